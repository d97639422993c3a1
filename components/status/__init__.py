"""How a cluster's machines are, and what is waited for: `python -m dualstack status`."""
