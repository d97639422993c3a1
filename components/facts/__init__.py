"""Facts that hold whatever a stack configures: Kubernetes minors, AWS's regions and instance types, ports, names."""
