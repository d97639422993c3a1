"""Upstream's own end-to-end tests of dual-stack, run against clusters on this host."""
