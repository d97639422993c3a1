"""A role of AWS for the pods of one ServiceAccount, in a cluster whose tokens AWS knows already: one of this library, or EKS."""

import json

import pulumi
from dualstack import PodRole
from pulumi_aws import s3

config = pulumi.Config()
pictures = s3.Bucket("pictures")

web = PodRole(
    "shop-web",
    {
        # The output issuerProviderArn of a cluster.
        "issuer_provider_arn": config.require("issuerProviderArn"),
        "namespace": "shop",
        "service_account": "web",
        "policy": pictures.arn.apply(
            lambda arn: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/*"}
                    ],
                }
            )
        ),
    },
)

pulumi.export("bucket", pictures.bucket)
# For AWS_ROLE_ARN in the pods, or as annotations of the ServiceAccount where Amazon's webhook runs.
pulumi.export("roleArn", web.role_arn)
pulumi.export("annotations", web.annotations)
