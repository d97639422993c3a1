"""What callers are told when arguments are wrong, whichever component they use."""

from datetime import date
from decimal import Decimal
from ipaddress import IPv4Network

import pulumi
import pytest

from components import (
    ApiEndpoint,
    Cluster,
    ControlPlane,
    Firewall,
    Identity,
    Network,
    Roles,
    WorkerPool,
    args,
)
from components.config.check import check
from components.facts.choices import Nat
from components.spec import (
    additions,
    addons,
    addresses,
    api,
    backups,
    cluster,
    delivery,
    encryption,
    existing_network,
    hardware,
    kubeadm,
    kubelet,
    machine_files,
    machines,
    network,
    oidc,
    parts,
    pod_security,
    rollout,
    service,
    service_account_issuer,
    service_load_balancer,
    tiers,
    transit,
)

CLUSTER = {"name": "prod", "kubernetes_version": "1.37"}
MACHINES = {
    "region": "eu-west-1",
    "cluster": CLUSTER,
    "subnet_ids": {"eu-west-1a": "subnet-1"},
    "security_group_id": "sg-1",
    "instance_profile_name": "profile",
}

CONNECT = "missing: connect it to what another resource gives"


def test_all_faults_of_a_network_are_reported_together(refused):
    lines = refused(
        lambda: Network("net", {"ipv4_range": "10.0.0.0/24", "nat": "two", "zone": "a"})
    )

    assert lines == [
        "The configuration has 4 faults; nothing was changed.",
        "ipv4_range: 10.0.0.0/24 is a /24; a VPC takes a /16 to a /20 here",
        "zones: missing: name 1 to 6 zones of the region, like [eu-west-1a, eu-west-1b]",
        "nat: 'two' is not known; choose perZone, single, transit or none",
        "zone: unknown key 'zone'; did you mean zones?",
    ]


def test_all_faults_of_a_firewall_are_reported_together(refused):
    lines = refused(
        lambda: Firewall(
            "fw",
            {
                "vpc_ipv4_range": "10.0.0.0/16",
                "cluster_name": "prod",
                "cni": "weave",
                "allowed_cidrs": ["203.0.113.0/24", "203.0.113.0/24"],
            },
        )
    )

    assert lines == [
        "The configuration has 5 faults; nothing was changed.",
        "cni: 'weave' is not known; choose calico, cilium, flannel, kubenet or none",
        "allowed_cidrs: no IPv6 range may reach the API; name at least one, like 2001:db8:1::/48",
        "allowed_cidrs: 203.0.113.0/24 is there 2 times; name it once",
        f"vpc_id: {CONNECT}",
        f"vpc_ipv6_range: {CONNECT}",
    ]


def test_all_faults_of_an_identity_are_reported_together(refused):
    lines = refused(lambda: Identity("id", {"cluster_name": "Prod"}))

    assert lines == [
        "The configuration has 2 faults; nothing was changed.",
        "cluster_name: 'Prod' is not a name of lower-case letters, digits and hyphens that starts with a letter and ends with no hyphen",
        f"api_host: {CONNECT}",
    ]


def test_all_faults_of_roles_are_reported_together(refused):
    lines = refused(
        lambda: Roles(
            "roles", {"region": "Ireland", "cluster_name": "prod", "cloud_provider": "aws"}
        )
    )

    assert lines == [
        "The configuration has 2 faults; nothing was changed.",
        "region: 'Ireland' is not an AWS region; write one like eu-west-1",
        "cloud_provider: 'aws' is not known; choose external or none",
    ]


def test_all_faults_of_an_endpoint_are_reported_together(refused):
    lines = refused(
        lambda: ApiEndpoint(
            "api",
            {
                "vpc_id": "vpc-1",
                "security_group_id": "sg-1",
                "ip_families": ["IPv6"],
                "dns_name": "api.example.com",
            },
        )
    )

    assert lines == [
        "The configuration has 3 faults; nothing was changed.",
        "ip_families: [IPv6] is not one of each family; write [IPv4, IPv6] or [IPv6, IPv4], the primary family first",
        "hosted_zone_id: missing: name the Route 53 zone that holds api.example.com, or leave dns_name out",
        f"subnet_ids: {CONNECT}",
    ]


def test_all_faults_of_a_control_plane_are_reported_together(refused):
    lines = refused(lambda: ControlPlane("cp", {**MACHINES, "control_plane": {"count": 2}}))

    assert lines == [
        "The configuration has 2 faults; nothing was changed.",
        "control_plane.count: 2 control planes survive no more losses than 1, because etcd needs a majority; write 1 or 3",
        f"target_group_arn: {CONNECT}",
    ]


def test_all_faults_of_a_pool_are_reported_together(refused):
    lines = refused(
        lambda: WorkerPool(
            "pool",
            {
                **MACHINES,
                "pool": {"min": 5, "max": 3, "zones": ["eu-west-1a", "eu-west-1c"]},
            },
        )
    )

    assert lines == [
        "The configuration has 3 faults; nothing was changed.",
        "pool_name: missing: name the pool, like general",
        "pool.min: 5 is more than max, 3; lower min or raise max",
        "pool.zones[1]: subnet_ids names no subnet in eu-west-1c; add one, or leave the zone out",
    ]


def test_all_faults_of_a_cluster_are_reported_together(refused):
    lines = refused(
        lambda: Cluster(
            "prod",
            {
                "region": "eu-west-1",
                "cluster": {**CLUSTER, "kubernetes_version": "1.15"},
                "network": {"zones": ["us-east-1a"]},
                "api": {"allowed_cidrs": ["0.0.0.0/0"]},
                "workers": {"general": {"spots": True}},
            },
        )
    )

    assert lines[0] == "The configuration has 4 faults; nothing was changed."
    assert sorted(line.partition(":")[0] for line in lines[1:]) == [
        "api.allowed_cidrs",
        "cluster.kubernetes_version",
        "network.zones[0]",
        "workers.general.spots",
    ]


@pytest.mark.parametrize(
    ("component", "given"),
    [
        (ControlPlane, {**MACHINES, "target_group_arn": "arn"}),
        (WorkerPool, {**MACHINES, "pool_name": "general"}),
    ],
    ids=["ControlPlane", "WorkerPool"],
)
def test_zones_decide_what_is_made_so_a_map_that_is_not_known_yet_is_refused(
    refused, component, given
):
    def program():
        later = pulumi.Output.from_input({"eu-west-1a": "subnet-1"})
        component("machines", {**given, "subnet_ids": later})

    lines = refused(program)

    assert lines == [
        "The configuration has 1 fault; nothing was changed.",
        "subnet_ids: it is not a map yet, and its zones decide what is made; "
        'name them, like {"eu-west-1a": network.private_subnet_ids["eu-west-1a"]}',
    ]


def test_machines_need_a_subnet_to_stand_in(refused):
    lines = refused(
        lambda: ControlPlane("cp", {**MACHINES, "target_group_arn": "arn", "subnet_ids": {}})
    )

    assert lines[1:] == ["subnet_ids: it is empty; name at least one zone"]


@pytest.mark.parametrize(
    "component",
    [ApiEndpoint, Cluster, ControlPlane, Firewall, Identity, Network, Roles, WorkerPool],
)
def test_no_arguments_at_all_are_answered_like_wrong_ones(component, refused):
    lines = refused(lambda: component("it", None))

    assert lines == [
        "The configuration has 1 fault; nothing was changed.",
        "args: nothing is not a map of arguments; write one",
    ]


def test_what_decides_must_be_plain(refused):
    lines = refused(lambda: Network("net", {"zones": pulumi.Output.from_input(["eu-west-1a"])}))

    assert lines[1:] == [
        "zones: it is an output or a secret, and this field is checked with all others before anything is made, so it must be known by then; "
        "write a plain value, or read one from the configuration"
    ]


NOT_PLAIN = (
    "is not plain, and Pulumi could not record it; write a text, a number, true or false, a list or a map, "
    "as str(), int() or list() make it"
)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"zones": {"eu-west-1a"}}, f"zones: a value of type set {NOT_PLAIN}"),
        ({"zones": {"eu-west-1a": 1}.keys()}, f"zones: a value of type dict_keys {NOT_PLAIN}"),
        ({"zones": (zone for zone in "a")}, f"zones: a value of type generator {NOT_PLAIN}"),
        ({"cluster_name": b"prod"}, f"cluster_name: a value of type bytes {NOT_PLAIN}"),
        (
            {"ipv4_range": IPv4Network("10.0.0.0/16")},
            f"ipv4_range: a value of type IPv4Network {NOT_PLAIN}",
        ),
        (
            {"further_ipv4_ranges": [IPv4Network("10.1.0.0/16")]},
            f"further_ipv4_ranges[0]: a value of type IPv4Network {NOT_PLAIN}",
        ),
        (
            {"subnets": {"private_size": Decimal(20)}},
            f"subnets.private_size: a value of type Decimal {NOT_PLAIN}",
        ),
        ({"tags": {"made": date(2026, 1, 1)}}, f"tags.made: a value of type date {NOT_PLAIN}"),
        ({"flow_logs": object()}, f"flow_logs: a value of type object {NOT_PLAIN}"),
    ],
)
def test_a_value_that_pulumi_cannot_record_is_refused_where_it_is(refused, arguments, fault):
    lines = refused(lambda: Network("net", {"zones": ["eu-west-1a"], **arguments}))

    assert lines == ["The configuration has 1 fault; nothing was changed.", fault]


def test_tuples_and_words_of_an_enumeration_are_plain(deploy):
    made = deploy(lambda: Network("net", {"zones": ("eu-west-1a",), "nat": Nat.SINGLE}))

    assert len(made.all("NatGateway")) == 1


def test_what_pulumi_knows_is_not_written(refused):
    given = {**CLUSTER_OF_FOUR_POOLS, "project": "mine", "stack": "prod"}

    assert refused(lambda: Cluster("prod", given))[1:] == [
        "project: it has no effect, because Pulumi itself knows it; leave it out",
        "stack: it has no effect, because Pulumi itself knows it; leave it out",
    ]


def test_an_error_has_no_traceback_of_its_cause(deploy):
    with pytest.raises(pulumi.RunError) as error:
        deploy(lambda: Network("net", {"zones": []}))

    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ is True


SECTIONS = [
    (args.CiRolesSpecArgs, delivery.CiRolesSpec),
    (args.EnvironmentArgs, delivery.EnvironmentSection),
    (args.FileArgs, additions.FileSection),
    (args.StateBackendSpecArgs, delivery.StateBackendSpec),
    (args.AddonsSectionArgs, addons.AddonsSection),
    (args.ApiArgs, api.ApiSection),
    (args.BackupsSectionArgs, backups.BackupsSection),
    (args.ClusterSectionArgs, cluster.ClusterSection),
    (args.ControlPlaneSectionArgs, machines.ControlPlaneSection),
    (args.EncryptionArgs, encryption.EncryptionSection),
    (args.EndpointsArgs, network.EndpointsSection),
    (args.EnvironmentArgs, delivery.EnvironmentSection),
    (args.ExistingNetworkArgs, existing_network.ExistingNetworkSection),
    (args.ExistingSubnetArgs, existing_network.ExistingSubnetSection),
    (args.FileArgs, additions.FileSection),
    (args.FlowLogsArgs, network.FlowLogsSection),
    (args.SubnetsArgs, network.SubnetsSection),
    (args.HealthCheckArgs, service_load_balancer.HealthCheckSection),
    (args.Ipv6Args, network.Ipv6Section),
    (args.KubeadmArgs, kubeadm.KubeadmSection),
    (args.KubeletArgs, kubelet.KubeletSection),
    (args.MachineFileArgs, machine_files.MachineFileSection),
    (args.NetworkSectionArgs, network.NetworkSection),
    (args.NodesArgs, machines.NodesSection),
    (args.OpenPortsArgs, machines.OpenPortsSection),
    (args.PodsArgs, addresses.PodsSection),
    (args.PoolArgs, machines.PoolSection),
    (args.RolloutArgs, rollout.RolloutSection),
    (args.ServiceLoadBalancerArgs, service.ServiceLoadBalancerSection),
    (args.ServiceAccountIssuerSectionArgs, service_account_issuer.ServiceAccountIssuerSection),
    (args.ServicePortArgs, service.ServicePortSection),
    (args.ServicesArgs, addresses.ServicesSection),
    (args.SoftwareArgs, machines.SoftwareSection),
    (args.OidcArgs, oidc.OidcSection),
    (args.OidcIssuerArgs, oidc.OidcIssuerSection),
    (args.PodSecurityArgs, pod_security.PodSecuritySection),
    (args.TaintArgs, machines.TaintSection),
    (args.TierArgs, tiers.TierSection),
    (args.TransitArgs, transit.TransitSection),
    (args.VolumeArgs, hardware.VolumeSection),
    (args.AddonsSpecArgs, cluster.AddonsSpec),
    (args.ApiEndpointSpecArgs, parts.ApiEndpointSpec),
    (args.BackupsSpecArgs, backups.BackupsSpec),
    (args.CiRolesSpecArgs, delivery.CiRolesSpec),
    (args.ClusterSpecArgs, cluster.Spec),
    (args.ControlPlaneSpecArgs, cluster.ControlPlaneSpec),
    (args.DualStackServiceSpecArgs, service.ServiceSpec),
    (args.FirewallSpecArgs, parts.FirewallSpec),
    (args.PodRoleSpecArgs, service_account_issuer.PodRoleSpec),
    (args.ProgramsSpecArgs, parts.ProgramsSpec),
    (args.IdentitySpecArgs, parts.IdentitySpec),
    (args.NetworkSpecArgs, network.NetworkSpec),
    (args.RolesSpecArgs, parts.RolesSpec),
    (args.ServiceAccountIssuerSpecArgs, service_account_issuer.ServiceAccountIssuerSpec),
    (args.StateBackendSpecArgs, delivery.StateBackendSpec),
    (args.WorkerPoolSpecArgs, cluster.WorkerPoolSpec),
]
"""What callers give, and what reads it."""

KNOWN_TO_PULUMI = {"project", "stack"}


@pytest.mark.parametrize(("given", "read"), SECTIONS, ids=lambda kind: kind.__name__)
def test_callers_are_offered_what_is_read_and_must_give_what_is_needed(given, read):
    offered, needed = set(given.__annotations__), set(given.__required_keys__)

    assert offered == set(read.model_fields) - KNOWN_TO_PULUMI
    required = {name for name, field in read.model_fields.items() if field.is_required()}
    assert needed == required - KNOWN_TO_PULUMI


def test_every_shared_argument_is_held_against_its_section():
    shared = {name for name in vars(args) if name.endswith("Args")}

    assert shared == {given.__name__ for given, _ in SECTIONS}


@pytest.mark.parametrize("read", [read for _, read in SECTIONS], ids=lambda kind: kind.__name__)
def test_every_field_says_what_it_means(read):
    assert [name for name, field in read.model_fields.items() if not field.description] == []


CLUSTER_OF_FOUR_POOLS = {
    "region": "eu-west-1",
    "cluster": CLUSTER,
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
    "workers": {"a": {}, "b": {}, "c": {}, "d": {}},
}


def test_one_cluster_is_checked_once_however_many_parts_it_has(deploy, monkeypatch):
    models = []

    def counted(model, *rest):
        models.append(model.__name__)
        return check(model, *rest)

    monkeypatch.setattr("components.boundary.check", counted)
    deployment = deploy(lambda: Cluster("prod", CLUSTER_OF_FOUR_POOLS))

    assert len(deployment.all("Group")) == 4
    assert models == ["Spec"]


def test_a_part_alone_is_checked(deploy, monkeypatch):
    models = []

    def counted(model, *rest):
        models.append(model.__name__)
        return check(model, *rest)

    monkeypatch.setattr("components.boundary.check", counted)
    deploy(lambda: Network("net", {"zones": ["eu-west-1a"]}))

    assert models == ["NetworkSpec"]
