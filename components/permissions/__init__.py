"""IAM permissions: statements of policies, and the permissions of controllers in the cluster."""
