"""Identity providers of IAM: issuers whose signed tokens stand for an identity (OpenID Connect)."""

from ..resource_type import Made, Properties
from .resource import AwsResource, changed, tag_changes, tag_list
from .session import Aws


class OpenIdConnectProviderResource(AwsResource):
    """An issuer, and for whom its tokens must be issued. An account has one of each URL."""

    engine_type = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    regional = False
    replaces = frozenset({"url"})
    computed = frozenset({"arn", "thumbprintLists"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        arn = aws.client("iam").create_open_id_connect_provider(
            Url=inputs["url"],
            ClientIDList=inputs["clientIdLists"],
            ThumbprintList=inputs.get("thumbprintLists") or [],
            Tags=tag_list(aws.tags_all(inputs.get("tags"))),
        )["OpenIDConnectProviderArn"]
        thumbprints = inputs.get("thumbprintLists") or []
        return Made(arn, {"arn": arn, "thumbprintLists": thumbprints})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=identity)
        return {
            "arn": identity,
            # AWS gives the URL back without its scheme, and the provider keeps the one that it was given.
            "clientIdLists": found["ClientIDList"],
            "thumbprintLists": found["ThumbprintList"],
            "tagsAll": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or ()},
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        client = aws.client("iam")
        target = {"OpenIDConnectProviderArn": identity}
        if changed(old, new, "clientIdLists"):
            before, after = old.get("clientIdLists") or [], new.get("clientIdLists") or []
            for one in [one for one in after if one not in before]:
                client.add_client_id_to_open_id_connect_provider(**target, ClientID=one)
            for one in [one for one in before if one not in after]:
                client.remove_client_id_from_open_id_connect_provider(**target, ClientID=one)
        if changed(old, new, "thumbprintLists") and new.get("thumbprintLists"):
            client.update_open_id_connect_provider_thumbprint(
                **target, ThumbprintList=new["thumbprintLists"]
            )
        changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
        if changed_tags:
            client.tag_open_id_connect_provider(**target, Tags=tag_list(changed_tags))
        if removed:
            client.untag_open_id_connect_provider(**target, TagKeys=removed)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=identity)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """The provider of this URL."""
        ending = f"oidc-provider/{properties['url'].removeprefix('https://')}"
        found = aws.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
        return [one["Arn"] for one in found if one["Arn"].endswith(ending)]


RESOURCES = (OpenIdConnectProviderResource(),)
