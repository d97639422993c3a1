"""How any configuration is read: sections, their faults, and the words of the faults."""
