"""Machines for the instances that AWS runs, so that a stack becomes a cluster on this host."""
