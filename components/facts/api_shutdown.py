"""How long an API server that ends still serves, so that load balancers send to others meanwhile."""

SERVING_SECONDS = 20
"""It says at once that it is not ready. The load balancer notices within 15 seconds, and keeps connections as long as this.

The kubelet gives its pod 30 seconds, as every pod that says nothing else; `templates/node/manifests.py` does so too.
"""
