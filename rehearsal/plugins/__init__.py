"""The rehearsal behind the real command line: stand-ins as plugins, a language host for Python, and the environment for both."""
