"""Makes AWS trust the tokens of a cluster that something else made, whose public key is known here."""

import pulumi
from dualstack import ServiceAccountIssuer

config = pulumi.Config()

issuer = ServiceAccountIssuer(
    "onprem-issuer",
    {
        "cluster_name": "onprem",
        # The file sa.pub of its API servers. While one key follows another, both are named.
        "public_keys": [config.require("publicKey")],
    },
)

# For --service-account-issuer of the API servers. The issuer from before stays as a second one, for tokens that name it.
pulumi.export("issuerUrl", issuer.issuer_url)
# For PodRole, as in the example pod-role.
pulumi.export("issuerProviderArn", issuer.issuer_provider_arn)
