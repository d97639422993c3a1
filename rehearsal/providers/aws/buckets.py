"""Buckets of S3, and the settings of a bucket that are resources of their own."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from components.facts.regions import dns_suffix

from ..resource_type import Made, Properties
from .iam import check_document
from .resource import AwsResource, NamedResource, settings, tag_list
from .session import Aws


class BucketResource(NamedResource):
    """A bucket. AWS deletes it only if no version of an object is left."""

    engine_type = "aws:s3/bucket:Bucket"
    autoname = "bucket"
    autoname_in_small_letters = True
    name_limit = 63
    replaces = frozenset({"bucket", "bucketPrefix", "region", "objectLockEnabled"})
    computed = frozenset(
        {"arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId"}
    )
    defaults = {"forceDestroy": False}

    def identity(self, aws: Aws, inputs: Properties) -> str:
        return inputs["bucket"]

    def create(self, aws: Aws, inputs: Properties) -> Made:
        name = inputs["bucket"]
        # The oldest region has no constraint.
        place = (
            {}
            if aws.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
        )
        aws.client("s3").create_bucket(Bucket=name, **place)
        self._tag(aws, name, inputs)
        return Made(name, self._outputs(aws, name))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        aws.client("s3").head_bucket(Bucket=identity)
        return {"bucket": identity, **self._outputs(aws, identity), "tagsAll": _tags(aws, identity)}

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        self._tag(aws, identity, new)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        client = aws.client("s3")
        if properties.get("forceDestroy"):
            pages = client.get_paginator("list_object_versions").paginate(Bucket=identity)
            for held in pages.search("[Versions, DeleteMarkers][][]"):
                client.delete_object(Bucket=identity, Key=held["Key"], VersionId=held["VersionId"])
        client.delete_bucket(Bucket=identity)

    def _tag(self, aws: Aws, name: str, inputs: Properties) -> None:
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        client = aws.client("s3")
        if tags:
            client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        else:
            client.delete_bucket_tagging(Bucket=name)

    def _outputs(self, aws: Aws, name: str) -> Properties:
        suffix = dns_suffix(aws.region)
        return {
            "arn": f"arn:{aws.partition}:s3:::{name}",
            "bucketRegion": aws.region,
            "bucketDomainName": f"{name}.s3.{suffix}",
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.{suffix}",
        }


def _tags(aws: Aws, name: str) -> dict[str, str]:
    client = aws.client("s3")
    try:
        found = client.get_bucket_tagging(Bucket=name)["TagSet"]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchTagSet":
            raise
        return {}
    return {tag["Key"]: tag["Value"] for tag in found}


OF_OWNER = frozenset({"bucket", "expectedBucketOwner", "region"})
"""What replaces a setting whose bucket may be required to have an owner."""


class BucketSetting(NamedResource):
    """One setting of a bucket: written by one call, which replaces it whole."""

    tagged = False
    replaces = frozenset({"bucket", "region"})
    written: ClassVar[str]
    """The call that writes it."""

    def identity(self, aws: Aws, inputs: Properties) -> str:
        return inputs["bucket"]

    def asked(self, inputs: Properties) -> dict[str, Any]:
        """The setting in the call that writes it."""
        raise NotImplementedError

    def found(self, client: Any, bucket: str) -> Properties:
        """The setting as AWS holds it, by the names of the inputs."""
        raise NotImplementedError

    def remove(self, client: Any, bucket: str) -> None:
        """Take the setting away, where AWS can."""

    def create(self, aws: Aws, inputs: Properties) -> Made:
        getattr(aws.client("s3"), self.written)(Bucket=inputs["bucket"], **self.asked(inputs))
        return Made(inputs["bucket"], {})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        return {"bucket": identity, **self.found(aws.client("s3"), identity)}

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        getattr(aws.client("s3"), self.written)(Bucket=identity, **self.asked(new))
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        self.remove(aws.client("s3"), identity)


class VersioningResource(BucketSetting):
    """Whether replaced and deleted objects are kept. It can be suspended but not taken away."""

    engine_type = "aws:s3/bucketVersioning:BucketVersioning"
    written = "put_bucket_versioning"
    replaces = OF_OWNER

    def asked(self, inputs: Properties) -> dict[str, Any]:
        return {"VersioningConfiguration": settings(inputs["versioningConfiguration"])}

    def found(self, client: Any, bucket: str) -> Properties:
        status = client.get_bucket_versioning(Bucket=bucket).get("Status")
        return {"versioningConfiguration": {"status": status}} if status else {}

    def remove(self, client: Any, bucket: str) -> None:
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


class EncryptionResource(BucketSetting):
    """How new objects are encrypted."""

    engine_type = (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    )
    written = "put_bucket_encryption"
    replaces = OF_OWNER

    def asked(self, inputs: Properties) -> dict[str, Any]:
        rules = [
            {
                "ApplyServerSideEncryptionByDefault": {
                    "SSEAlgorithm": default["sseAlgorithm"],
                    "KMSMasterKeyID": default["kmsMasterKeyId"],
                },
                "BucketKeyEnabled": bool(rule.get("bucketKeyEnabled")),
            }
            for rule in inputs["rules"]
            for default in [rule["applyServerSideEncryptionByDefault"]]
        ]
        return {"ServerSideEncryptionConfiguration": {"Rules": rules}}

    def found(self, client: Any, bucket: str) -> Properties:
        held = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        return {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": default["SSEAlgorithm"],
                        "kmsMasterKeyId": default.get("KMSMasterKeyID", ""),
                    },
                    "bucketKeyEnabled": bool(rule.get("BucketKeyEnabled")),
                }
                for rule in held["Rules"]
                for default in [rule["ApplyServerSideEncryptionByDefault"]]
            ]
        }

    def remove(self, client: Any, bucket: str) -> None:
        client.delete_bucket_encryption(Bucket=bucket)


class PublicAccessBlockResource(BucketSetting):
    """What is refused that would open the bucket to everybody."""

    engine_type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    written = "put_public_access_block"

    def asked(self, inputs: Properties) -> dict[str, Any]:
        return {
            "PublicAccessBlockConfiguration": {
                aws_name: bool(inputs.get(name)) for name, aws_name in BLOCKS.items()
            }
        }

    def found(self, client: Any, bucket: str) -> Properties:
        held = client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        return {name: bool(held.get(aws_name)) for name, aws_name in BLOCKS.items()}

    def remove(self, client: Any, bucket: str) -> None:
        client.delete_public_access_block(Bucket=bucket)


BLOCKS = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}
"""What can be refused, by the names of the provider and of AWS."""


class OwnershipResource(BucketSetting):
    """Who owns an object that another account writes."""

    engine_type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    written = "put_bucket_ownership_controls"

    def asked(self, inputs: Properties) -> dict[str, Any]:
        return {"OwnershipControls": {"Rules": [settings(inputs["rule"])]}}

    def found(self, client: Any, bucket: str) -> Properties:
        held = client.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
        return {"rule": {"objectOwnership": held["Rules"][0]["ObjectOwnership"]}}

    def remove(self, client: Any, bucket: str) -> None:
        client.delete_bucket_ownership_controls(Bucket=bucket)


class LifecycleResource(BucketSetting):
    """When objects and their old versions are deleted."""

    engine_type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    written = "put_bucket_lifecycle_configuration"
    replaces = OF_OWNER

    def asked(self, inputs: Properties) -> dict[str, Any]:
        return {"LifecycleConfiguration": {"Rules": [_as_asked(rule) for rule in inputs["rules"]]}}

    def found(self, client: Any, bucket: str) -> Properties:
        held = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        return {"rules": [_as_found(rule) for rule in held]}

    def remove(self, client: Any, bucket: str) -> None:
        client.delete_bucket_lifecycle(Bucket=bucket)


PARTS = {
    "noncurrentVersionExpiration": "NoncurrentVersionExpiration",
    "expiration": "Expiration",
    "abortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
}
"""The parts of a lifecycle rule, by the names of the provider and of AWS."""


def _as_asked(rule: Properties) -> dict[str, Any]:
    parts = {
        aws_name: {key: _whole(value) for key, value in settings(rule[name]).items()}
        for name, aws_name in PARTS.items()
        if rule.get(name)
    }
    return {
        "ID": rule["id"],
        "Status": rule["status"],
        "Filter": {"Prefix": (rule.get("filter") or {}).get("prefix") or ""},
        **parts,
    }


def _as_found(rule: dict[str, Any]) -> Properties:
    parts = {
        name: {f"{key[0].lower()}{key[1:]}": value for key, value in rule[aws_name].items()}
        for name, aws_name in PARTS.items()
        if rule.get(aws_name)
    }
    prefix = (rule.get("Filter") or {}).get("Prefix") or ""
    return {"id": rule["ID"], "status": rule["Status"], "filter": {"prefix": prefix}, **parts}


def _whole(value: Any) -> Any:
    """A number as AWS takes it: the engine sends each as a float."""
    return int(value) if isinstance(value, float) else value


class ObjectLockResource(BucketSetting):
    """From whom new objects are protected, and for how long. A bucket needs versions for it, and cannot do without it again."""

    engine_type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    written = "put_object_lock_configuration"
    replaces = OF_OWNER
    defaults = {"objectLockEnabled": "Enabled"}

    def asked(self, inputs: Properties) -> dict[str, Any]:
        retention = inputs["rule"]["defaultRetention"]
        rule = {"Mode": retention["mode"], "Days": _whole(retention["days"])}
        return {
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": rule},
            }
        }

    def found(self, client: Any, bucket: str) -> Properties:
        held = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        rule = held.get("Rule")
        if not rule:
            return {"objectLockEnabled": held["ObjectLockEnabled"]}
        retention = rule["DefaultRetention"]
        return {
            "objectLockEnabled": held["ObjectLockEnabled"],
            "rule": {"defaultRetention": {"mode": retention["Mode"], "days": retention["Days"]}},
        }

    def remove(self, client: Any, bucket: str) -> None:
        client.put_object_lock_configuration(
            Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )


class BucketPolicyResource(BucketSetting):
    """Who may do what with the bucket, beside what their own policies say."""

    engine_type = "aws:s3/bucketPolicy:BucketPolicy"
    written = "put_bucket_policy"

    def asked(self, inputs: Properties) -> dict[str, Any]:
        check_document("PutBucketPolicy", inputs["policy"])
        return {"Policy": inputs["policy"]}

    def found(self, client: Any, bucket: str) -> Properties:
        return {"policy": client.get_bucket_policy(Bucket=bucket)["Policy"]}

    def remove(self, client: Any, bucket: str) -> None:
        client.delete_bucket_policy(Bucket=bucket)


class ObjectResource(AwsResource):
    """An object whose content is a text of the program."""

    engine_type = "aws:s3/bucketObjectv2:BucketObjectv2"
    replaces = frozenset({"bucket", "key", "region"})
    computed = frozenset({"arn", "etag", "storageClass", "serverSideEncryption", "versionId"})
    defaults = {"forceDestroy": False}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        return Made(inputs["key"], self._written(aws, inputs))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        bucket, key = known["bucket"], known["key"]
        found = aws.client("s3").get_object(Bucket=bucket, Key=key)
        tags = aws.client("s3").get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        return {
            "bucket": bucket,
            "key": key,
            "contentType": found["ContentType"],
            # The provider does not read a content back.
            "content": known.get("content"),
            "etag": found["ETag"].strip('"'),
            "tagsAll": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        return self._written(aws, new)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.client("s3").delete_object(Bucket=properties["bucket"], Key=properties["key"])

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        aws.client("s3").head_object(Bucket=properties["bucket"], Key=properties["key"])
        return [properties["key"]]

    def _written(self, aws: Aws, inputs: Properties) -> Properties:
        bucket, key = inputs["bucket"], inputs["key"]
        answer = aws.client("s3").put_object(
            Bucket=bucket,
            Key=key,
            Body=inputs["content"].encode(),
            ContentType=inputs["contentType"],
            Tagging=urlencode(aws.tags_all(inputs.get("tags"))),
        )
        return {
            "arn": f"arn:{aws.partition}:s3:::{bucket}/{key}",
            "etag": answer["ETag"].strip('"'),
            "storageClass": "STANDARD",
            "serverSideEncryption": "AES256",
            "versionId": answer.get("VersionId", ""),
        }


RESOURCES: tuple[AwsResource, ...] = (
    BucketResource(),
    VersioningResource(),
    EncryptionResource(),
    PublicAccessBlockResource(),
    OwnershipResource(),
    LifecycleResource(),
    ObjectLockResource(),
    BucketPolicyResource(),
    ObjectResource(),
)
