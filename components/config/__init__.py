"""Reading any configuration: sections, checks that report every fault, and the wording of faults."""
