"""The networks of machines on one host: VPCs, routers, packet filters, load balancers, metadata."""
