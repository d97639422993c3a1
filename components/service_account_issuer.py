"""The issuer of the tokens of pods, as AWS sees it: two public documents, and the account's trust in who signs by them."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_aws import iam, s3, ssm

from .args import ServiceAccountIssuerSpecArgs
from .boundary import checked
from .bucket import encrypted_transport_only
from .facts import ssm_paths
from .facts.issuer_paths import CONFIGURATION, KEYS
from .facts.tags import named
from .issuer_documents import configuration, key_set
from .outputs import register
from .permissions.web_identity import AUDIENCE
from .rules.part_names import BUCKET, part_name
from .spec.service_account_issuer import ServiceAccountIssuerSpec


class ServiceAccountIssuerArgs(ServiceAccountIssuerSpecArgs):
    """The cluster whose API servers sign tokens, and with which keys."""

    public_keys: Sequence[pulumi.Input[str]]
    """The public keys of service accounts as PEM, each an RSA key. Several while one follows another."""


class ServiceAccountIssuer(pulumi.ComponentResource):
    """The issuer of the tokens of pods: its public documents in a bucket, and the account's trust in it."""

    issuer_url: pulumi.Output[str]
    """The URL that tokens name as their issuer, and below which its documents are."""
    issuer_provider_arn: pulumi.Output[str]
    """The identity provider in IAM, which the trust policy of a pod's role names."""
    issuer_bucket: pulumi.Output[str]
    """The bucket with the two documents, which everybody may read."""

    def __init__(
        self,
        name: str,
        args: ServiceAccountIssuerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """The issuer of the tokens of pods: its public documents in a bucket, and the account's trust in it.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(
            ServiceAccountIssuerSpec, args, "public_keys", rules=[part_name(name, BUCKET)]
        )
        super().__init__("dualstack:index:ServiceAccountIssuer", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)

        bucket = s3.Bucket(
            name,
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protect or None),
        )
        issuer = pulumi.Output.concat("https://", bucket.bucket_regional_domain_name)
        # The attribute is the resources, not their values: machines wait for them.
        self.documents = [
            self._document(
                f"{name}-configuration", bucket, CONFIGURATION, issuer.apply(configuration)
            ),
            self._document(
                f"{name}-keys", bucket, KEYS, pulumi.Output.all(*args["public_keys"]).apply(key_set)
            ),
        ]
        readable = self._readable(name, bucket)
        # The attribute is the resource, not its value: machines wait for it.
        self.parameter = ssm.Parameter(
            name,
            name=ssm_paths.issuer(spec.cluster_name),
            type="String",
            value=issuer,
            tags=named(spec.tags, name),
            opts=child,
        )
        provider = iam.OpenIdConnectProvider(
            name,
            url=issuer,
            client_id_lists=[AUDIENCE],
            # No thumbprints: for issuers in S3 AWS relies on its own list of authorities.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self.documents, readable]),
        )

        self.issuer_url = issuer
        self.issuer_provider_arn = provider.arn
        self.issuer_bucket = bucket.bucket
        register(self)

    def _document(
        self, name: str, bucket: s3.Bucket, key: str, content: pulumi.Output[str]
    ) -> s3.BucketObjectv2:
        return s3.BucketObjectv2(
            name,
            bucket=bucket.bucket,
            key=key,
            content=content,
            content_type="application/json",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _readable(self, name: str, bucket: s3.Bucket) -> s3.BucketPolicy:
        """Everybody may read the two documents, and nothing else, over TLS.

        A new bucket refuses each policy that lets everybody in, until its block of public access says otherwise.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        """
        child = pulumi.ResourceOptions(parent=self)
        s3.BucketOwnershipControls(
            name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        opened = s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            ignore_public_acls=True,
            block_public_policy=False,
            restrict_public_buckets=False,
            opts=child,
        )
        return s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=bucket.arn.apply(lambda arn: json.dumps(public_documents(arn))),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[opened]),
        )


def public_documents(arn: str) -> dict[str, Any]:
    """The policy of the bucket: everybody may read the two documents, and nobody anything without TLS."""
    policy = encrypted_transport_only(arn)
    readable = {
        "Sid": "ReadDocuments",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": [f"{arn}/{key}" for key in (CONFIGURATION, KEYS)],
    }
    return {**policy, "Statement": [readable, *policy["Statement"]]}
