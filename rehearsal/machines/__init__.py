"""Machines for the instances that AWS runs: a stack becomes a cluster on this host."""
