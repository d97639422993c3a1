"""IAM permissions: the statements of policies, and those of controllers in the cluster."""
