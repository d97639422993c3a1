"""The plan of a cluster for people: addresses, ways, machines, traffic, what is billed, and what would change."""
