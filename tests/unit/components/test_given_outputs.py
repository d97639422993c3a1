"""Arguments that other resources give: passed on, and checked once they are known."""

import json

import pulumi
import pytest

from components import ControlPlane, DualStackService, Firewall, Network, WorkerPool


def later(value):
    return pulumi.Output.from_input(value)


def network(**more):
    return lambda: Network("net", {"zones": ["eu-west-1a"], **more}) and None


POOL = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "pool_name": "general",
    "subnet_ids": {"eu-west-1a": "subnet-a"},
    "security_group_id": "sg-1",
    "instance_profile_name": "workers",
}

MACHINES = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "subnet_ids": {"eu-west-1a": "subnet-a"},
    "security_group_id": "sg-1",
    "instance_profile_name": "profile",
    "target_group_arn": "arn",
}


def test_the_bucket_of_flow_logs_and_a_tag_may_be_outputs(deploy):
    def program():
        logs = {"destination": "s3", "bucket_arn": later("arn:aws:s3:::logs")}
        network(flow_logs=logs, tags={"team": later("web")})()

    made = deploy(program)

    assert made.one("FlowLog")["logDestination"] == "arn:aws:s3:::logs"
    assert made.one("Vpc")["tags"] == {"team": "web", "Name": "net"}


def test_a_pool_of_addresses_may_be_an_output(deploy):
    def program():
        pool = {"source": "ipam", "pool_id": later("ipam-pool-0123456789abcdef0")}
        network(ipv6={**pool, "netmask_length": 56})()

    assert deploy(program).one("Vpc")["ipv6IpamPoolId"] == "ipam-pool-0123456789abcdef0"


def test_the_image_and_the_key_of_machines_may_be_outputs(deploy):
    def program():
        nodes = {"image": later("ami-0123456789abcdef0"), "ssh_key_name": later("ops")}
        WorkerPool("pool", {**POOL, "nodes": nodes})

    made = deploy(program)

    template = made.one("LaunchTemplate")
    assert (template["imageId"], template["keyName"]) == ("ami-0123456789abcdef0", "ops")
    records = [made.all("Parameter")[f"pool-{name}"] for name in ("asked", "revision")]
    images = [json.loads(record["insecureValue"])["nodes.image"] for record in records]
    assert images == ["ami-0123456789abcdef0"] * 2


def test_the_key_of_disks_and_a_placement_group_may_be_outputs(deploy):
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    def program():
        nodes = {"disk_kms_key_arn": later(key)}
        WorkerPool("pool", {**POOL, "nodes": nodes, "pool": {"placement_group": later("apart")}})

    template = deploy(program).one("LaunchTemplate")

    assert template["blockDeviceMappings"][0]["ebs"]["kmsKeyId"] == key
    assert template["placement"] == {"groupName": "apart"}


GROUPS = ["sg-0123456789abcdef0", "sg-0123456789abcdef1", "sg-0123456789abcdef2"]


def test_security_groups_may_be_outputs(deploy):
    def program():
        nodes = {"security_group_ids": [GROUPS[0], later(GROUPS[1])]}
        added = {"security_group_ids": [later(GROUPS[2])]}
        WorkerPool("pool", {**POOL, "nodes": nodes, "pool": added})
        ControlPlane("cp", {**MACHINES, "nodes": nodes, "control_plane": {"count": 1, **added}})

    made = deploy(program)

    interface = made.one("LaunchTemplate")["networkInterfaces"][0]
    assert interface["securityGroups"] == ["sg-1", *GROUPS]
    assert made.one("Instance")["vpcSecurityGroupIds"] == ["sg-1", *GROUPS]
    recorded = json.loads(made.all("Parameter")["pool-asked"]["insecureValue"])
    assert "nodes.securityGroupIds" not in recorded


def test_no_machine_has_more_known_security_groups_than_aws_allows(deploy, refused):
    def pool(*added):
        def program():
            nodes = {"security_group_ids": GROUPS}
            more = {"security_group_ids": [*added, later(GROUPS[0])]}
            WorkerPool("pool", {**POOL, "nodes": nodes, "pool": more})

        return program

    deploy(pool("sg-0123456789abcdef3"))

    assert refused(pool("sg-0123456789abcdef3", "sg-0123456789abcdef4"))[1:] == [
        "pool.security_group_ids: with those of nodes and their own, its machines have 6 security groups, and AWS allows 5; "
        "leave out 1"
    ]


def test_the_range_of_a_firewalls_vpc_may_be_an_output(deploy):
    def program():
        Firewall(
            "fire",
            {
                "cluster_name": "prod",
                "cni": "flannel",
                "allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"],
                "vpc_id": "vpc-1",
                "vpc_ipv4_range": later("10.8.0.0/16"),
                "vpc_ipv6_range": "2001:db8:1::/56",
            },
        )

    rules = deploy(program).all("SecurityGroupIngressRule")

    assert rules["fire-worker-node-ports-tcp-from-vpc-ipv4"]["cidrIpv4"] == "10.8.0.0/16"


def test_what_a_service_says_to_others_may_be_outputs(deploy):
    def program():
        DualStackService(
            "web",
            {
                "name": "web",
                "namespace": later("shop"),
                "kubernetes_version": "1.37",
                "selector": {"app": later("web")},
                "ports": [{"port": 80}],
                "annotations": {"example.com/arn": later("arn:aws:acm:::certificate/1")},
            },
        )

    service = deploy(program).one("Service")

    assert service["metadata"]["namespace"] == "shop"
    assert service["metadata"]["annotations"]["example.com/arn"] == "arn:aws:acm:::certificate/1"
    assert service["spec"]["selector"] == {"app": "web"}


WRONG = {
    "of another form": (
        {"flow_logs": {"destination": "s3", "bucket_arn": "logs"}},
        "  flow_logs.bucket_arn: 'logs' is not the ARN of a bucket; write one like arn:aws:s3:::my-flow-logs",
    ),
    "against another field": (
        {"flow_logs": {"destination": "s3", "bucket_arn": "arn:aws-cn:s3:::logs"}},
        "  flow_logs.bucket_arn: arn:aws-cn:s3:::logs lies in another partition than eu-west-1; "
        "it must start with arn:aws:s3:::",
    ),
    "in a map": (
        {"tags": {"team": "a|b"}},
        "  tags.team: 'a|b' is not a tag value; write at most 256 letters, digits, spaces and + - = . _ : / @",
    ),
}


def given_later(value):
    """The same arguments with each text of a map inside a section as an output."""
    return {key: one if key == "destination" else later(one) for key, one in value.items()}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_is_refused_in_the_same_words_now_and_later(deploy, name):
    arguments, fault = WRONG[name]

    def afterwards():
        return {key: given_later(one) for key, one in arguments.items()}

    for given in (lambda: arguments, afterwards):
        with pytest.raises(pulumi.RunError) as refused:
            deploy(lambda given=given: network(**given())())

        assert fault in str(refused.value).splitlines()


def test_a_secret_that_does_not_fit_is_not_shown(deploy):
    def program():
        network(tags={"team": pulumi.Output.secret("hush|hush")})()

    with pytest.raises(pulumi.RunError) as refused:
        deploy(program)

    assert "tags.team: the secret value does not fit here" in str(refused.value)
    assert "hush" not in str(refused.value)


def test_what_decides_what_is_made_is_no_output(deploy):
    def program():
        network(nat=later("single"))()

    with pytest.raises(pulumi.RunError) as refused:
        deploy(program)

    assert "  nat: it is an output or a secret" in str(refused.value)
