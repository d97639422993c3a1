"""Roles, their policies, and instance profiles."""

import json
import threading
from typing import Any

from ..resource_type import Made, Properties
from .resource import NamedResource, changed, inputs_from, request, tag_changes, tag_list, tags_of
from .session import Aws, refusal

INLINE_LIMIT = 10_240
"""The characters of all inline policies of a role together, without white space. moto knows no such limit.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
COUNTING = threading.Lock()
"""Held while a role's policies are counted and one is written."""


class RoleResource(NamedResource):
    """A role with its trust policy."""

    engine_type = "aws:iam/role:Role"
    regional = False
    autoname = "name"
    name_limit = 64
    replaces = frozenset({"name", "namePrefix", "path"})
    computed = frozenset({"arn", "createDate", "uniqueId"})
    defaults = {"maxSessionDuration": 3600, "path": "/", "forceDetachPolicies": False}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        client = aws.client("iam")
        check_document("CreateRole", inputs["assumeRolePolicy"])
        role = client.create_role(
            RoleName=inputs["name"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            **request(inputs, "path", "description", "maxSessionDuration", "permissionsBoundary"),
            Tags=tag_list(aws.tags_all(inputs.get("tags"))),
        )["Role"]
        for arn in inputs.get("managedPolicyArns") or ():
            client.attach_role_policy(RoleName=inputs["name"], PolicyArn=arn)
        for policy in inputs.get("inlinePolicies") or ():
            put_role_policy(aws, inputs["name"], policy["name"], policy["policy"])
        return Made(self.identity(aws, inputs), _made(role, "RoleId"))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        client = aws.client("iam")
        role = client.get_role(RoleName=identity)["Role"]
        found = _made(role, "RoleId") | inputs_from(
            role, "path", "description", "maxSessionDuration"
        )
        found |= {
            "name": identity,
            "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        }
        found["permissionsBoundary"] = (role.get("PermissionsBoundary") or {}).get(
            "PermissionsBoundaryArn"
        )
        # Other resources may attach policies too: the provider compares only the lists that the program sets.
        if "managedPolicyArns" in known:
            attached = client.list_attached_role_policies(RoleName=identity)["AttachedPolicies"]
            found["managedPolicyArns"] = [policy["PolicyArn"] for policy in attached]
        if "inlinePolicies" in known:
            names = client.list_role_policies(RoleName=identity)["PolicyNames"]
            found["inlinePolicies"] = [
                {"name": name, "policy": _document(aws, identity, name)} for name in names
            ]
        return found

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        client = aws.client("iam")
        if changed(old, new, "assumeRolePolicy"):
            check_document("UpdateAssumeRolePolicy", new["assumeRolePolicy"])
            client.update_assume_role_policy(
                RoleName=identity, PolicyDocument=new["assumeRolePolicy"]
            )
        if changed(old, new, "description", "maxSessionDuration"):
            client.update_role(
                RoleName=identity, **request(new, "description", "maxSessionDuration")
            )
        before, after = old.get("managedPolicyArns") or [], new.get("managedPolicyArns") or []
        for arn in [arn for arn in before if arn not in after]:
            client.detach_role_policy(RoleName=identity, PolicyArn=arn)
        for arn in [arn for arn in after if arn not in before]:
            client.attach_role_policy(RoleName=identity, PolicyArn=arn)
        if changed(old, new, "inlinePolicies"):
            for policy in old.get("inlinePolicies") or ():
                client.delete_role_policy(RoleName=identity, PolicyName=policy["name"])
            for policy in new.get("inlinePolicies") or ():
                put_role_policy(aws, identity, policy["name"], policy["policy"])
        changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
        if changed_tags:
            client.tag_role(RoleName=identity, Tags=tag_list(changed_tags))
        if removed:
            client.untag_role(RoleName=identity, TagKeys=removed)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        client = aws.client("iam")
        # A run that was cut off may have created the role without all of its policies.
        attached = client.list_attached_role_policies(RoleName=identity)["AttachedPolicies"]
        arns = {policy["PolicyArn"] for policy in attached}
        for arn in arns.intersection(properties.get("managedPolicyArns") or ()):
            client.detach_role_policy(RoleName=identity, PolicyArn=arn)
        names = {policy["name"] for policy in properties.get("inlinePolicies") or ()}
        for name in names.intersection(client.list_role_policies(RoleName=identity)["PolicyNames"]):
            client.delete_role_policy(RoleName=identity, PolicyName=name)
        client.delete_role(RoleName=identity)


class RolePolicyResource(NamedResource):
    """An inline policy of a role."""

    engine_type = "aws:iam/rolePolicy:RolePolicy"
    regional = False
    tagged = False
    autoname = "name"
    name_limit = 128
    replaces = frozenset({"name", "namePrefix", "role"})

    def identity(self, aws: Aws, inputs: Properties) -> str:
        return f"{inputs['role']}:{inputs['name']}"

    def create(self, aws: Aws, inputs: Properties) -> Made:
        put_role_policy(aws, inputs["role"], inputs["name"], inputs["policy"])
        return Made(self.identity(aws, inputs), {})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        role, name = identity.split(":", 1)
        return {"role": role, "name": name, "policy": _document(aws, role, name)}

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        put_role_policy(aws, new["role"], new["name"], new["policy"])
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        role, name = identity.split(":", 1)
        aws.client("iam").delete_role_policy(RoleName=role, PolicyName=name)


class InstanceProfileResource(NamedResource):
    """An instance profile, which attaches a role to machines."""

    engine_type = "aws:iam/instanceProfile:InstanceProfile"
    regional = False
    autoname = "name"
    name_limit = 128
    replaces = frozenset({"name", "namePrefix", "path"})
    computed = frozenset({"arn", "createDate", "uniqueId"})
    defaults = {"path": "/"}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        client = aws.client("iam")
        profile = client.create_instance_profile(
            InstanceProfileName=inputs["name"],
            **request(inputs, "path"),
            Tags=tag_list(aws.tags_all(inputs.get("tags"))),
        )["InstanceProfile"]
        if inputs.get("role"):
            client.add_role_to_instance_profile(
                InstanceProfileName=inputs["name"], RoleName=inputs["role"]
            )
        return Made(self.identity(aws, inputs), _made(profile, "InstanceProfileId"))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.client("iam").get_instance_profile(InstanceProfileName=identity)
        profile = found["InstanceProfile"]
        roles = [role["RoleName"] for role in profile["Roles"]]
        own = {"name": identity, "path": profile["Path"], "role": roles[0] if roles else ""}
        return _made(profile, "InstanceProfileId") | own

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        client = aws.client("iam")
        if changed(old, new, "role"):
            if old.get("role"):
                client.remove_role_from_instance_profile(
                    InstanceProfileName=identity, RoleName=old["role"]
                )
            if new.get("role"):
                client.add_role_to_instance_profile(
                    InstanceProfileName=identity, RoleName=new["role"]
                )
        changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
        if changed_tags:
            client.tag_instance_profile(InstanceProfileName=identity, Tags=tag_list(changed_tags))
        if removed:
            client.untag_instance_profile(InstanceProfileName=identity, TagKeys=removed)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        client = aws.client("iam")
        profile = client.get_instance_profile(InstanceProfileName=identity)["InstanceProfile"]
        for role in profile["Roles"]:
            client.remove_role_from_instance_profile(
                InstanceProfileName=identity, RoleName=role["RoleName"]
            )
        client.delete_instance_profile(InstanceProfileName=identity)


def _made(answer: dict[str, Any], identity: str) -> Properties:
    """What IAM gives to a role or an instance profile when it makes it."""
    return {
        "arn": answer["Arn"],
        "createDate": answer["CreateDate"].isoformat(),
        "uniqueId": answer[identity],
        "tagsAll": tags_of(answer),
    }


def _document(aws: Aws, role: str, name: str) -> str:
    found = aws.client("iam").get_role_policy(RoleName=role, PolicyName=name)
    return json.dumps(found["PolicyDocument"])


def put_role_policy(aws: Aws, role: str, name: str, document: str) -> None:
    check_document("PutRolePolicy", document)
    client = aws.client("iam")
    # The engine creates several policies of a role at once.
    with COUNTING:
        names = client.list_role_policies(RoleName=role)["PolicyNames"]
        others = (_document(aws, role, other) for other in names if other != name)
        if sum(len("".join(text.split())) for text in (document, *others)) > INLINE_LIMIT:
            raise refusal(
                "PutRolePolicy",
                "LimitExceeded",
                f"Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {role}",
            )
        client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)


def check_document(operation: str, document: Any) -> None:
    """Refuse a policy that is not JSON, as AWS does. moto accepts some of them."""
    try:
        json.loads(document)
    except ValueError as error:
        raise refusal(
            operation, "MalformedPolicyDocument", f"This policy contains invalid Json: {error}"
        ) from None


RESOURCES = (RoleResource(), RolePolicyResource(), InstanceProfileResource())
