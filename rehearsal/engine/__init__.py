"""The real Pulumi engine on this machine: how it is started, driven and recovered."""
