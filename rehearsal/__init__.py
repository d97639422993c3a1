"""The cluster on one machine: the real engine, and stand-ins for the providers it would call."""
