"""A whole cluster, as AWS is asked for it."""

import json
import logging

import pulumi
import pulumi_aws
import pytest

from components import Cluster
from components.testing import PUBLIC_KEY

ARGS = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "network": {"zones": ["eu-west-1a", "eu-west-1b"]},
    "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
    "workers": {"general": {}},
}


def cluster(opts=None, **args):
    """A program that makes one cluster and returns its outputs."""

    def program():
        made = Cluster("prod", {**ARGS, **args}, opts)
        return {
            "api_endpoint": made.api_endpoint,
            "kubeconfig": made.kubeconfig,
            "vpc_id": made.vpc_id,
            "public_subnet_ids": made.public_subnet_ids,
            "private_subnet_ids": made.private_subnet_ids,
            "address_plan": made.address_plan,
            "control_plane_role_arn": made.control_plane_role_arn,
            "worker_role_arn": made.worker_role_arn,
        }

    return program


@pytest.fixture(scope="module")
def standing(deploy):
    """A cluster of the least arguments, for tests that only look at it."""
    return deploy(cluster())


def basics(**args):
    """The cluster's own section, with something else in it."""
    return {**ARGS["cluster"], **args}


def test_a_cluster_is_made_of_these_parts(deploy):
    deployment = deploy(cluster(workers={"general": {}, "databases": {}}))

    parts = [key for key, made in deployment.resources.items() if made.parent == "Cluster prod"]

    assert sorted(parts) == [
        "Addons prod-addons",
        "ApiEndpoint prod-api",
        "Backups prod-backups",
        "ConfigMap prod-clean-up",
        "ControlPlane prod-control-plane",
        "Firewall prod",
        "Identity prod",
        "Network prod",
        "Parameter prod-present",
        "Roles prod",
        "WorkerPool prod-databases",
        "WorkerPool prod-general",
    ]


def test_an_issuer_of_pods_tokens_is_there_before_the_machines_that_ask_for_it(deploy):
    deployment = deploy(cluster(service_account_issuer={"enabled": True}))

    made = deployment.resources["ServiceAccountIssuer prod-issuer"]
    assert made.parent == "Cluster prod"
    assert made.inputs["public_keys"] == [PUBLIC_KEY]
    assert "Parameter prod-issuer" in (
        deployment.resources["ControlPlane prod-control-plane"].waits_for
    )


def test_everything_stands_below_the_cluster(standing):
    components = {
        "Addons prod-addons",
        "ApiEndpoint prod-api",
        "Backups prod-backups",
        "Cluster prod",
        "ControlPlane prod-control-plane",
        "Firewall prod",
        "Identity prod",
        "Network prod",
        "Programs prod-programs",
        "Roles prod",
        "WorkerPool prod-general",
    }
    assert {made.parent for made in standing.resources.values()} == {
        "Stack dualstack-test",
        *components,
    }
    at_the_top = [
        key for key, made in standing.resources.items() if made.parent.startswith("Stack")
    ]
    assert at_the_top == ["Cluster prod"]


def test_a_preview_shows_everything_that_will_be_made(deploy, standing):
    # What a component made inside `apply` would be missing here, since nothing is known yet.
    previewed = deploy(cluster(), preview=True)

    assert sorted(previewed.resources) == sorted(standing.resources)


def test_a_protected_cluster_protects_what_cannot_be_made_again(deploy):
    deployment = deploy(cluster(cluster=basics(protect=True)))

    assert sorted(key for key, made in deployment.resources.items() if made.protect) == [
        "Bucket prod-backups",
        "Instance prod-control-plane-0",
        "Instance prod-control-plane-1",
        "Instance prod-control-plane-2",
        "Key prod-parameters",
        "LoadBalancer prod-api",
        "Parameter prod-present",
        "PrivateKey prod-ca",
        "PrivateKey prod-etcd-ca",
        "PrivateKey prod-front-proxy-ca",
        "PrivateKey prod-sa",
        "RandomBytes prod-encryption-1",
        "SelfSignedCert prod-ca",
        "SelfSignedCert prod-etcd-ca",
        "SelfSignedCert prod-front-proxy-ca",
        "Vpc prod",
    ]


def test_nothing_is_protected_unless_asked_for(standing):
    assert [key for key, made in standing.resources.items() if made.protect] == []


def test_only_these_changes_are_ignored(standing):
    machine = [
        *("ami", "ebsBlockDevices", "instanceType", "keyName", "placementGroup"),
        *("rootBlockDevice.kmsKeyId", "subnetId", "tenancy", "userDataBase64"),
    ]
    assert {key: made.ignored for key, made in standing.resources.items() if made.ignored} == {
        "Group prod-general": ["initialLifecycleHooks"],
        "Instance prod-control-plane-0": machine,
        "Instance prod-control-plane-1": machine,
        "Instance prod-control-plane-2": machine,
        "LaunchTemplate prod-general": ["imageId"],
        "Parameter prod-token": ["keyId", "value"],
    }


def test_secrets_are_nowhere_but_where_the_state_hides_them(standing):
    secrets = ("key of prod-", "0123456789abcdef")

    shown = {
        f"{key}: {name}"
        for key, made in standing.resources.items()
        for name, value in made.inputs.items()
        if name not in made.secrets and any(secret in json.dumps(value) for secret in secrets)
    }

    assert shown == set()
    hidden = {key for key, made in standing.resources.items() if made.secrets}
    assert {"Parameter prod-ca-key", "Parameter prod-token", "SelfSignedCert prod-ca"} <= hidden
    assert standing.secret_outputs == {"kubeconfig"}


def test_everything_that_can_be_tagged_says_whose_it_is(deploy):
    deployment = deploy(
        cluster(
            cluster=basics(tags={"team": "platform"}),
            network={
                **ARGS["network"],
                "endpoints": {"interfaces": ["ssm"]},
                "flow_logs": {"destination": "cloudWatch"},
            },
        )
    )

    untagged = {
        key.partition(" ")[0]
        for key, made in deployment.resources.items()
        if made.parent not in ("Addons prod-addons", "Cluster prod", "Stack dualstack-test")
        and "platform" not in json.dumps(made.inputs.get("tags"))
    }

    assert untagged == {
        # AWS gives these no tags.
        "Alias",
        "BucketLifecycleConfiguration",
        "BucketOwnershipControls",
        "BucketPolicy",
        "BucketPublicAccessBlock",
        "BucketServerSideEncryptionConfiguration",
        "BucketVersioning",
        "LifecycleHook",
        "RolePolicy",
        "Route",
        "RouteTableAssociation",
        "TargetGroupAttachment",
        # These are no resources of AWS.
        "CertRequest",
        "LocallySignedCert",
        "PrivateKey",
        "RandomBytes",
        "RandomPassword",
        "RandomString",
        "SelfSignedCert",
    }


def test_a_pool_that_is_added_or_taken_away_touches_nothing_else(deploy, standing):
    fewer = standing.inputs()
    more = deploy(cluster(workers={"databases": {"max": 6}, "general": {}})).inputs()

    assert {key for key in fewer if fewer[key] != more[key]} == {"Cluster prod"}
    assert sorted(more.keys() - fewer.keys()) == [
        "Group prod-databases",
        "LaunchTemplate prod-databases",
        "LifecycleHook prod-databases-joined",
        "LifecycleHook prod-databases-left",
        "Parameter prod-databases-asked",
        "Parameter prod-databases-revision",
        "WorkerPool prod-databases",
    ]


def test_a_pool_may_be_called_as_any_other_part(deploy):
    pools = ("addons", "api", "control-plane", "default", "public", "worker")

    deployment = deploy(cluster(workers={pool: {} for pool in pools}))

    assert list(deployment.all("Group")) == [f"prod-{pool}" for pool in pools]


def test_a_zone_that_is_added_touches_only_what_spans_the_zones(deploy):
    two = deploy(cluster(network={"zones": ["eu-west-1a", "eu-west-1c"]})).inputs()
    three = deploy(cluster(network={"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]})).inputs()

    changed = {key for key in two if two[key] != three[key]}

    assert changed == {
        # These repeat their arguments.
        "ApiEndpoint prod-api",
        "Cluster prod",
        "ControlPlane prod-control-plane",
        "Network prod",
        "WorkerPool prod-general",
        # What a cluster was made with. It is written once.
        "Parameter prod-control-plane-running",
        # These take a subnet or a table more.
        "Group prod-general",
        "LoadBalancer prod-api",
        "VpcEndpoint prod-s3-gateway",
    }
    assert all("eu-west-1b" in key for key in three.keys() - two.keys())


def test_a_preview_of_one_more_zone_shows_what_the_load_balancer_keeps(deploy):
    zones = ["eu-west-1a", "eu-west-1b"]
    public = {**ARGS["api"], "scheme": "internet-facing"}
    before = deploy(cluster(api=public))

    previewed = deploy(
        cluster(api=public, network={"zones": [*zones, "eu-west-1c"]}),
        preview=True,
        existing=before.resources,
    )

    # Were the list unknown as a whole, the provider would announce a replacement, and protection would refuse it.
    assert previewed.one("LoadBalancer")["subnets"] == [
        "Subnet prod-public-eu-west-1a",
        "Subnet prod-public-eu-west-1b",
        "(unknown)",
    ]
    rules = previewed.all("SecurityGroupIngressRule")
    kept = "prod-load-balancer-api-from-api-clients-nat-eu-west-1a"
    assert rules[kept]["cidrIpv4"] == "198.51.100.1/32"


def test_an_internal_endpoint_stands_in_private_subnets_and_knows_no_nat(standing):
    assert standing.one("LoadBalancer")["internal"] is True
    assert standing.one("LoadBalancer")["subnets"] == [
        "Subnet prod-private-eu-west-1a",
        "Subnet prod-private-eu-west-1b",
    ]
    assert [name for name in standing.all("SecurityGroupIngressRule") if "-nat-" in name] == []


@pytest.mark.parametrize(
    ("nat", "zones"),
    [("perZone", ["eu-west-1a", "eu-west-1b"]), ("single", ["eu-west-1a"])],
)
def test_an_endpoint_on_the_internet_lets_nodes_in_by_their_nat_gateways(deploy, nat, zones):
    deployment = deploy(
        cluster(
            network={**ARGS["network"], "nat": nat},
            api={**ARGS["api"], "scheme": "internet-facing"},
        )
    )

    assert deployment.one("LoadBalancer")["subnets"] == [
        "Subnet prod-public-eu-west-1a",
        "Subnet prod-public-eu-west-1b",
    ]
    assert [name for name in deployment.all("SecurityGroupIngressRule") if "-nat-" in name] == [
        f"prod-load-balancer-api-from-api-clients-nat-{zone}" for zone in zones
    ]


@pytest.mark.parametrize("part", ["ControlPlane prod-control-plane", "WorkerPool prod-general"])
def test_no_machine_boots_before_its_rights_and_its_way_out_or_outlives_its_token(standing, part):
    assert {
        "Parameter prod-token",
        "RolePolicy prod-control-plane",
        "RolePolicy prod-worker",
        "Route prod-private-eu-west-1a-ipv4",
        "Route prod-private-eu-west-1b-ipv6",
        "RouteTableAssociation prod-private-eu-west-1a",
    } <= standing.resources[part].waits_for


@pytest.mark.parametrize(
    "part", ["Instance prod-control-plane-0", "Group prod-general", "Parameter prod-ca-key"]
)
def test_neither_machines_nor_keys_wait_for_the_load_balancer_which_takes_minutes(standing, part):
    assert "TargetGroup prod-api" in _all_awaited(standing, "Instance prod-control-plane-0")
    assert "LoadBalancer prod-api" not in _all_awaited(standing, part)


def test_the_load_balancer_does_not_wait_for_the_nat_gateways_which_take_minutes_too(deploy):
    api = {**ARGS["api"], "scheme": "internet-facing"}
    deployment = deploy(cluster(api=api))

    gateway = "NatGateway prod-eu-west-1a"
    assert gateway in _all_awaited(deployment, "Instance prod-control-plane-0")
    assert gateway not in _all_awaited(deployment, "LoadBalancer prod-api")
    rule = "SecurityGroupIngressRule prod-load-balancer-api-from-api-clients-nat-eu-west-1a"
    assert gateway not in _all_awaited(deployment, rule)


def _all_awaited(deployment, key):
    """What must be there before a resource is: what it or its parents wait for, and what those wait for."""
    found, open_ends = set(), {key}
    while open_ends:
        key = open_ends.pop()
        found.add(key)
        resource = deployment.resources.get(key)
        open_ends |= ({*resource.waits_for, resource.parent} if resource else set()) - found
    return found


def test_each_kind_of_machine_has_its_own_group_and_profile(standing):
    control_plane = standing.all("Instance")["prod-control-plane-0"]
    worker = standing.one("LaunchTemplate")

    assert control_plane["vpcSecurityGroupIds"] == ["SecurityGroup prod-control-plane"]
    assert control_plane["iamInstanceProfile"] == "prod-control-plane"
    assert worker["networkInterfaces"][0]["securityGroups"] == ["SecurityGroup prod-worker"]
    assert worker["iamInstanceProfile"] == {"name": "prod-worker"}


def test_a_cluster_tells_how_to_reach_it_and_where_it_stands(deploy):
    deployment = deploy(cluster(network={"zones": ["eu-west-1a"]}))

    kubeconfig = deployment.outputs.pop("kubeconfig")
    assert "server: https://prod-api.elb.eu-west-1.amazonaws.com:6443" in kubeconfig
    assert deployment.outputs == {
        "api_endpoint": "https://prod-api.elb.eu-west-1.amazonaws.com:6443",
        "vpc_id": "Vpc prod",
        "public_subnet_ids": {"eu-west-1a": "Subnet prod-public-eu-west-1a"},
        "private_subnet_ids": {"eu-west-1a": "Subnet prod-private-eu-west-1a"},
        "control_plane_role_arn": "arn:aws:iam::123456789012:role/prod-control-plane",
        "worker_role_arn": "arn:aws:iam::123456789012:role/prod-worker",
        "address_plan": [
            {
                "tier": "public",
                "zone": "eu-west-1a",
                "ipv4": "10.0.224.0/22",
                "ipv6": "2600:1f14:db8::/64",
            },
            {
                "tier": "private",
                "zone": "eu-west-1a",
                "ipv4": "10.0.0.0/19",
                "ipv6": "2600:1f14:db8:8::/64",
            },
            {
                "tier": "pods",
                "zone": "",
                "ipv4": "10.244.0.0/16",
                "ipv6": "fdab:1ba7:8370:100::/56",
            },
            {
                "tier": "services",
                "zone": "",
                "ipv4": "10.96.0.0/16",
                "ipv6": "fdab:1ba7:8370::/112",
            },
        ],
    }


def test_a_name_of_its_own_is_what_everybody_calls_the_endpoint(deploy):
    deployment = deploy(
        cluster(
            api={
                **ARGS["api"],
                "hosted_zone_id": "Z0123456789ABC",
                "dns_name": "api.example.com",
            }
        )
    )

    assert deployment.outputs["api_endpoint"] == "https://api.example.com:6443"
    assert deployment.all("Parameter")["prod-api-host"]["value"] == "api.example.com"
    assert "server: https://api.example.com:6443" in deployment.outputs["kubeconfig"]


def test_a_preview_prints_the_address_plan_with_numbers_where_the_range_is_unknown(deploy, caplog):
    with caplog.at_level(logging.INFO):
        deploy(cluster(network={"zones": ["eu-west-1a"]}), preview=True)

    (plan,) = [record.message for record in caplog.records if "address plan" in record.message]
    assert plan.splitlines() == [
        "The address plan:",
        "tier      zone        ipv4           ipv6",
        "public    eu-west-1a  10.0.224.0/22  /64 number 0 of the VPC's range",
        "private   eu-west-1a  10.0.0.0/19    /64 number 8 of the VPC's range",
        "pods                  10.244.0.0/16  fdab:1ba7:8370:100::/56",
        "services              10.96.0.0/16   fdab:1ba7:8370::/112",
    ]


def test_a_deployment_prints_no_plan(deploy, caplog):
    with caplog.at_level(logging.INFO):
        deploy(cluster())

    assert [record for record in caplog.records if "address plan" in record.message] == []


def test_what_deserves_a_second_look_is_said(deploy, caplog):
    deploy(cluster(cluster=basics(cni="flannel"), network={"zones": ["eu-west-1a"]}))

    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    internal, zones = warnings
    assert internal.startswith("api.scheme: internal, and add-ons are installed through the API")
    assert zones == "network.zones: 3 control planes all fail with eu-west-1a; name three zones"


def test_with_ipv6_first_api_servers_are_reached_over_ipv6(deploy):
    deployment = deploy(cluster(cluster=basics(ip_families=["IPv6", "IPv4"])))

    assert deployment.one("TargetGroup")["ipAddressType"] == "ipv6"


def test_two_clusters_in_one_program_share_nothing(deploy):
    def program():
        Cluster("one", {**ARGS, "cluster": basics(name="one")})
        Cluster("two", {**ARGS, "cluster": basics(name="two")})

    deployment = deploy(program)

    of_one = {key for key in deployment.resources if key.partition(" ")[2].startswith("one")}
    of_two = {key for key in deployment.resources if key.partition(" ")[2].startswith("two")}
    assert of_one | of_two == deployment.resources.keys()
    assert {key.replace(" one", " two") for key in of_one} == of_two
    for key in of_one:
        assert not {other for other in deployment.resources[key].waits_for if " two" in other}


def test_everything_of_a_cluster_goes_to_the_account_its_caller_chose(deploy):
    def program():
        provider = pulumi_aws.Provider("other-account", region="eu-west-1")
        Cluster("prod", ARGS, pulumi.ResourceOptions(providers=[provider]))

    deployment = deploy(program)

    of_aws = {
        made.provider
        for key, made in deployment.resources.items()
        if "aws" in made.provider or key.startswith(("Vpc ", "Instance ", "Parameter ", "Role "))
    }
    assert len(of_aws) == 1
    assert "other-account" in of_aws.pop()
    assert all("other-account" in call.provider for call in deployment.looked_up)


def test_arguments_in_camel_case_make_the_same_cluster(deploy):
    def camel():
        Cluster(
            "prod",
            {
                "region": "eu-west-1",
                "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
                "network": {"zones": ["eu-west-1a", "eu-west-1b"]},
                "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
                "workers": {"general": {"diskGib": 100}},
                "controlPlane": {"instanceType": "m6i.large"},
            },
        )

    of_camel = deploy(camel).inputs()
    of_snake = deploy(
        cluster(
            workers={"general": {"disk_gib": 100}}, control_plane={"instance_type": "m6i.large"}
        )
    ).inputs()

    of_camel.pop("Cluster prod")
    of_snake.pop("Cluster prod")
    assert of_camel == of_snake


@pytest.mark.parametrize(
    ("addons", "control_plane", "hops"),
    [
        ({}, {}, 1),
        ({"load_balancer_controller": True}, {}, 2),
        ({"ebs_csi": True}, {}, 2),
        ({}, {"metadata_hop_limit": 2}, 2),
    ],
    ids=["no controller", "load balancers", "volumes", "a controller of one's own"],
)
def test_only_pods_of_control_planes_with_a_controller_of_aws_reach_metadata(
    deploy, addons, control_plane, hops
):
    deployment = deploy(cluster(addons=addons, control_plane=control_plane))

    limits = {
        name: made["metadataOptions"]["httpPutResponseHopLimit"]
        for kind in ("Instance", "LaunchTemplate")
        for name, made in deployment.all(kind).items()
    }

    assert limits == {
        "prod-control-plane-0": hops,
        "prod-control-plane-1": hops,
        "prod-control-plane-2": hops,
        "prod-general": 1,
    }
