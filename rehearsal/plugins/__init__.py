"""The rehearsal behind the real command line: stand-ins as plugins, hosts of languages, and the environment for both."""
