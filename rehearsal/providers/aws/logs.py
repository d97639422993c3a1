"""Flow logs, and where they go: log groups and buckets."""

from ..resource_type import Made, Properties
from .resource import Ec2Resource, NamedResource, changed, request, tag_changes, tag_list
from .session import Aws


class FlowLog(Ec2Resource):
    """A record of what passes a VPC, a subnet or an interface."""

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

    def read(self, aws: Aws, identity: str, properties: Properties) -> Properties | None:
        found = aws.ec2.describe_flow_logs(FlowLogIds=[identity])["FlowLogs"]
        return {} if found else None

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.ec2.delete_flow_logs(FlowLogIds=[identity])


class LogGroup(NamedResource):
    """A place for logs."""

    engine_type = "aws:cloudwatch/logGroup:LogGroup"
    autoname = "name"
    name_limit = 512
    replaces = frozenset({"name", "namePrefix", "logGroupClass", "region"})
    computed = frozenset({"arn"})
    defaults = {"logGroupClass": "STANDARD", "retentionInDays": 0, "skipDestroy": False}

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

    def read(self, aws: Aws, identity: str, properties: Properties) -> Properties | None:
        found = aws.client("logs").describe_log_groups(logGroupNamePrefix=identity)["logGroups"]
        return {} if identity in [group["logGroupName"] for group in found] else None

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


class Bucket(NamedResource):
    """A bucket of S3, as far as logs need one."""

    engine_type = "aws:s3/bucket:Bucket"
    autoname = "bucket"
    name_limit = 63
    replaces = frozenset({"bucket", "bucketPrefix", "objectLockEnabled", "region"})
    computed = frozenset(
        {"arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId"}
        | {"websiteDomain", "websiteEndpoint"}
    )
    defaults = {"forceDestroy": False}

    def identity(self, aws: Aws, inputs: Properties) -> str:
        return inputs["bucket"]

    def create(self, aws: Aws, inputs: Properties) -> Made:
        client, name = aws.client("s3"), inputs["bucket"]
        # S3 refuses its first region as a constraint.
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
        client.create_bucket(Bucket=name, **({} if aws.region == "us-east-1" else elsewhere))
        self._tag(aws, name, inputs)
        return Made(
            self.identity(aws, inputs),
            {
                "arn": f"arn:{aws.partition}:s3:::{name}",
                "bucketDomainName": f"{name}.s3.amazonaws.com",
                "bucketRegion": aws.region,
                "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
                "hostedZoneId": "",
                "websiteDomain": "",
                "websiteEndpoint": "",
            },
        )

    def read(self, aws: Aws, identity: str, properties: Properties) -> Properties | None:
        present = aws.client("s3").list_buckets()["Buckets"]
        return {} if identity in [bucket["Name"] for bucket in present] else None

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        self._tag(aws, identity, new)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        client = aws.client("s3")
        if properties.get("forceDestroy"):
            for item in client.list_objects_v2(Bucket=identity).get("Contents", ()):
                client.delete_object(Bucket=identity, Key=item["Key"])
        client.delete_bucket(Bucket=identity)

    def _tag(self, aws: Aws, name: str, inputs: Properties) -> None:
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        if tags:
            aws.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})


RESOURCES = (FlowLog(), LogGroup(), Bucket())
