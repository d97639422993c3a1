"""Flow logs, and the log groups they are written to."""

from collections.abc import Iterable

from components.spec.values import CLOUD_WATCH_RETENTIONS

from ..resource_type import Made, Properties
from ..schema import InputFault
from ..wire import UNKNOWN
from .resource import (
    Ec2Resource,
    NamedResource,
    changed,
    inputs_from,
    request,
    tag_changes,
    tags_of,
)
from .session import Aws


class FlowLogResource(Ec2Resource):
    """A flow log: the traffic of a VPC, a subnet or a network interface."""

    engine_type = "aws:ec2/flowLog:FlowLog"
    kind = "vpc-flow-log"
    replaces = frozenset(
        {"destinationOptions", "eniId", "iamRoleArn", "logDestination", "logDestinationType"}
        | {"logFormat", "maxAggregationInterval", "subnetId", "trafficType", "vpcId", "region"}
    )
    computed = frozenset({"arn", "logFormat"})
    defaults = {"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        inputs = self.defaults | inputs
        kind, target = next(
            (kind, inputs[name])
            for name, kind in (
                ("vpcId", "VPC"),
                ("subnetId", "Subnet"),
                ("eniId", "NetworkInterface"),
            )
            if inputs.get(name)
        )
        options = inputs.get("destinationOptions")
        made = aws.ec2.create_flow_logs(
            ResourceType=kind,
            ResourceIds=[target],
            **request(inputs, "trafficType", "logDestinationType", "logDestination", "logFormat"),
            **request(inputs, "maxAggregationInterval", iamRoleArn="DeliverLogsPermissionArn"),
            **({"DestinationOptions": request(options, *options)} if options else {}),
            **self.tag_specification(aws, inputs),
        )
        identity = made["FlowLogIds"][0]
        found = aws.ec2.describe_flow_logs(FlowLogIds=[identity])["FlowLogs"][0]
        arn = aws.arn("ec2", f"vpc-flow-log/{identity}")
        return Made(identity, {"arn": arn, "logFormat": found["LogFormat"]})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.ec2.describe_flow_logs(FlowLogIds=[identity])["FlowLogs"]
        if not found:
            return None
        return {
            **inputs_from(
                found[0], "trafficType", "logDestinationType", "logDestination", "logFormat"
            ),
            **inputs_from(
                found[0], "maxAggregationInterval", iamRoleArn="DeliverLogsPermissionArn"
            ),
            "tagsAll": tags_of(found[0]),
        }

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.ec2.delete_flow_logs(FlowLogIds=[identity])


class LogGroupResource(NamedResource):
    """A log group of CloudWatch."""

    engine_type = "aws:cloudwatch/logGroup:LogGroup"
    autoname = "name"
    name_limit = 512
    replaces = frozenset({"name", "namePrefix", "logGroupClass", "region"})
    computed = frozenset({"arn"})
    defaults = {"logGroupClass": "STANDARD", "retentionInDays": 0, "skipDestroy": False}

    def faults(self, inputs: Properties) -> Iterable[InputFault]:
        yield from super().faults(inputs)
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/logs/group.go
        days = inputs.get("retentionInDays")
        if days not in (None, UNKNOWN, 0, *CLOUD_WATCH_RETENTIONS):
            yield InputFault(
                "retentionInDays", f"{days} is not a retention time of CloudWatch Logs"
            )

    def create(self, aws: Aws, inputs: Properties) -> Made:
        client, name = aws.client("logs"), inputs["name"]
        client.create_log_group(
            logGroupName=name,
            tags=aws.tags_all(inputs.get("tags")),
            **({"kmsKeyId": inputs["kmsKeyId"]} if inputs.get("kmsKeyId") else {}),
        )
        if inputs.get("retentionInDays"):
            client.put_retention_policy(
                logGroupName=name, retentionInDays=inputs["retentionInDays"]
            )
        return Made(self.identity(aws, inputs), {"arn": aws.arn("logs", f"log-group:{name}")})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        client = aws.client("logs")
        found = client.describe_log_groups(logGroupNamePrefix=identity)["logGroups"]
        for group in found:
            if group["logGroupName"] == identity:
                arn = aws.arn("logs", f"log-group:{identity}")
                return {
                    "arn": arn,
                    "name": identity,
                    "kmsKeyId": group.get("kmsKeyId", ""),
                    "logGroupClass": group.get("logGroupClass", "STANDARD"),
                    "retentionInDays": group.get("retentionInDays", 0),
                    "tagsAll": client.list_tags_for_resource(resourceArn=arn)["tags"],
                }
        return None

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        client = aws.client("logs")
        if changed(old, new, "retentionInDays"):
            if new.get("retentionInDays"):
                client.put_retention_policy(
                    logGroupName=identity, retentionInDays=new["retentionInDays"]
                )
            else:
                client.delete_retention_policy(logGroupName=identity)
        changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
        arn = aws.arn("logs", f"log-group:{identity}")
        if changed_tags:
            client.tag_resource(resourceArn=arn, tags=changed_tags)
        if removed:
            client.untag_resource(resourceArn=arn, tagKeys=removed)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        if not properties.get("skipDestroy"):
            aws.client("logs").delete_log_group(logGroupName=identity)


RESOURCES = (FlowLogResource(), LogGroupResource())
