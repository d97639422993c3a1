"""Keys of AWS's Key Management Service (KMS), and their aliases."""

from ..resource_type import Made, Properties
from .resource import AwsResource, NamedResource, changed, inputs_from, request, tag_changes
from .session import Aws, refusal

WINDOW = range(7, 31)
"""The days that a key may wait for its deletion."""


class KeyResource(AwsResource):
    """A symmetric key, encrypting and decrypting inside of AWS."""

    engine_type = "aws:kms/key:Key"
    replaces = frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion", "region"})
    computed = frozenset({"arn", "keyId", "policy"})
    defaults = {"isEnabled": True, "keyUsage": "ENCRYPT_DECRYPT", "multiRegion": False}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        self._check_window(inputs)
        client = aws.client("kms")
        made = client.create_key(
            Tags=_tags(aws.tags_all(inputs.get("tags"))), **request(inputs, "description", "policy")
        )["KeyMetadata"]
        if inputs.get("enableKeyRotation"):
            client.enable_key_rotation(KeyId=made["KeyId"])
        policy = client.get_key_policy(KeyId=made["KeyId"], PolicyName="default")["Policy"]
        return Made(made["KeyId"], {"arn": made["Arn"], "keyId": made["KeyId"], "policy": policy})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        client = aws.client("kms")
        found = client.describe_key(KeyId=identity)["KeyMetadata"]
        # findKeyByID in internal/service/kms/key.go of terraform-provider-aws takes such a key for none.
        if found["KeyState"] == "PendingDeletion":
            return None
        tags = client.list_resource_tags(KeyId=identity)["Tags"]
        return {
            **inputs_from(found, "arn", "keyId", "description", "keyUsage", "multiRegion"),
            "isEnabled": found["Enabled"],
            "enableKeyRotation": client.get_key_rotation_status(KeyId=identity)[
                "KeyRotationEnabled"
            ],
            "policy": client.get_key_policy(KeyId=identity, PolicyName="default")["Policy"],
            "tagsAll": {tag["TagKey"]: tag["TagValue"] for tag in tags},
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        self._check_window(new)
        client = aws.client("kms")
        if changed(old, new, "description"):
            client.update_key_description(KeyId=identity, Description=new.get("description") or "")
        if changed(old, new, "policy") and new.get("policy"):
            client.put_key_policy(KeyId=identity, PolicyName="default", Policy=new["policy"])
        if changed(old, new, "isEnabled"):
            (client.enable_key if new["isEnabled"] else client.disable_key)(KeyId=identity)
        if changed(old, new, "enableKeyRotation"):
            rotates = bool(new.get("enableKeyRotation"))
            (client.enable_key_rotation if rotates else client.disable_key_rotation)(KeyId=identity)
        changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
        if changed_tags:
            client.tag_resource(KeyId=identity, Tags=_tags(changed_tags))
        if removed:
            client.untag_resource(KeyId=identity, TagKeys=removed)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        days = properties.get("deletionWindowInDays") or WINDOW[-1]
        aws.client("kms").schedule_key_deletion(KeyId=identity, PendingWindowInDays=days)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """Keys with exactly these tags, which are not deleted already."""
        client = aws.client("kms")
        keys = [
            key["KeyId"]
            for page in client.get_paginator("list_keys").paginate()
            for key in page["Keys"]
        ]
        return [
            key
            for key in keys
            if client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion"
            and client.list_resource_tags(KeyId=key)["Tags"] == _tags(properties["tagsAll"])
        ]

    def _check_window(self, inputs: Properties) -> None:
        days = inputs.get("deletionWindowInDays")
        if days is not None and days not in WINDOW:
            raise refusal(
                "CreateKey",
                "InvalidParameter",
                f"expected deletion_window_in_days to be in the range (7 - 30), got {days:g}",
            )


class AliasResource(NamedResource):
    """A name of a key. Another key of that name may follow at once, while the first waits for its deletion."""

    engine_type = "aws:kms/alias:Alias"
    autoname = "name"
    tagged = False
    replaces = frozenset({"name", "region"})
    computed = frozenset({"arn", "targetKeyArn"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        aws.client("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return Made(self.identity(aws, inputs), _alias(aws, inputs))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        pages = aws.client("kms").get_paginator("list_aliases").paginate()
        found = [
            alias for page in pages for alias in page["Aliases"] if alias["AliasName"] == identity
        ]
        if not found:
            return None
        inputs = {"name": identity, "targetKeyId": found[0]["TargetKeyId"]}
        return inputs | _alias(aws, inputs)

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        aws.client("kms").update_alias(AliasName=identity, TargetKeyId=new["targetKeyId"])
        return _alias(aws, new)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.client("kms").delete_alias(AliasName=identity)


def _alias(aws: Aws, inputs: Properties) -> Properties:
    return {
        "arn": aws.arn("kms", inputs["name"]),
        "targetKeyArn": aws.arn("kms", f"key/{inputs['targetKeyId']}"),
    }


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())]


RESOURCES = (KeyResource(), AliasResource())
