"""The whole chain: stacks become clusters on this host, and are asked for what they promise. Run by `make test-live`."""
