"""A configuration is read whole: what is good becomes a spec, what is bad is answered in full, all at once."""

from ipaddress import IPv4Network, IPv6Network
from typing import Any

import pytest
from pydantic import ValidationError

from components.config.check import SpecError
from components.rules import load
from components.spec.cluster import Spec
from tests.support.corpus import BAD, GOOD, Stack, stacks

SMALLEST: dict[str, Any] = {
    "project": "dualstack",
    "stack": "prod",
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
}


NO_ADDITIONS: dict[str, Any] = {
    "files": {},
    "packages": [],
    "pre_kubeadm_commands": [],
    "post_kubeadm_commands": [],
    "security_group_ids": [],
}
"""Machines with nothing but what a node needs."""

NO_HARDWARE: dict[str, Any] = {"volumes": {}, "placement_group": None, "tenancy": "default"}
"""Machines with a type and a root disk alone."""

NO_LIMITS: dict[str, Any] = {
    "max_pods": None,
    "kube_reserved": {},
    "system_reserved": {},
    "eviction_hard": {},
    "pod_pids_limit": None,
}
"""Kubelets with nothing but their own limits."""


def smallest(section: str, **fields: Any) -> dict[str, Any]:
    """The least a cluster is, with more said in one section."""
    return {**SMALLEST, section: {**SMALLEST.get(section, {}), **fields}}


def faults_of(given: dict[str, Any]) -> list[str]:
    try:
        load(Spec, given)
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


@pytest.mark.parametrize("stack", stacks(BAD), ids=lambda stack: stack.path.stem)
def test_a_bad_stack_is_answered_as_its_file_says(stack: Stack):
    with pytest.raises(SpecError) as refused:
        load(Spec, stack.given)

    assert [str(fault) for fault in refused.value.faults] == stack.expected


@pytest.mark.parametrize("stack", stacks(GOOD), ids=lambda stack: stack.path.stem)
def test_a_good_stack_is_read_without_a_fault(stack: Stack):
    spec = load(Spec, stack.given)

    assert spec.cluster.name == stack.given["cluster"]["name"]


def test_what_is_left_out_has_a_default():
    spec = load(Spec, SMALLEST)

    assert spec.model_dump(exclude={"project", "stack", "region", "addons"}) == {
        "cluster": {
            "name": "prod",
            "kubernetes_version": "1.37",
            "ip_families": ["IPv4", "IPv6"],
            "cni": "flannel",
            "cloud_provider": "external",
            "tags": {},
            "protect": False,
        },
        "network": {
            "ipv4_range": "10.0.0.0/16",
            "further_ipv4_ranges": None,
            "subnets": None,
            "tiers": None,
            "ipv6": {"source": "amazon", "pool_id": None, "netmask_length": None, "range": None},
            "zones": ["eu-west-1a"],
            "nat": "perZone",
            "transit": None,
            "endpoints": {"s3": True, "interfaces": []},
            "flow_logs": {"destination": "none", "bucket_arn": None, "retention_days": 30},
        },
        "existing_network": None,
        "pods": {
            "ipv4_range": "10.244.0.0/16",
            "ipv6_range": None,
            "node_mask_ipv4": 24,
            "node_mask_ipv6": None,
        },
        "services": {
            "ipv4_range": "10.96.0.0/16",
            "ipv6_range": None,
            "node_ports": "30000-32767",
        },
        "api": {
            "scheme": "internal",
            "allowed_cidrs": ["198.51.100.0/24", "2001:db8:1::/48"],
            "hosted_zone_id": None,
            "dns_name": None,
        },
        "encryption": {"enabled": True, "key": 1},
        "oidc": {"issuers": []},
        "pod_security": {"enforce": None, "audit": None, "warn": None, "exempt_namespaces": []},
        "service_account_issuer": {"enabled": False, "key": 1, "oldest_key": 1},
        "backups": {"enabled": True, "keep_days": 30, "object_lock": "none"},
        "control_plane": {
            "count": 3,
            "instance_type": "t3.medium",
            "disk_gib": 40,
            "disk_iops": None,
            "disk_throughput": None,
            "ports_from_nodes": [],
            "metadata_hop_limit": None,
            "kubelet": NO_LIMITS,
            **NO_ADDITIONS,
            **NO_HARDWARE,
        },
        "workers": {},
        "nodes": {
            **NO_ADDITIONS,
            "image": "ubuntu",
            "newest_image": False,
            "image_family": None,
            "session_manager": True,
            "ssh_key_name": None,
            "disk_kms_key_arn": None,
            "shutdown_grace_seconds": 60,
            "shutdown_critical_seconds": 20,
        },
        "software": {
            "release_server": None,
            "image_repository": None,
            "chart_repository": None,
            "prebaked": False,
            "package_mirror": None,
            "proxy": None,
            "no_proxy": [],
        },
        "kubeadm": {
            "api_server_args": {},
            "controller_manager_args": {},
            "scheduler_args": {},
            "etcd_args": {},
            "kubelet_args": {},
            "feature_gates": {},
            "cert_sans": [],
            "key_algorithm": None,
            "certificate_days": None,
            "kubelet_certificates": None,
            "patches": {},
            "audit": True,
            "audit_policy": None,
            "dns_domain": "cluster.local",
            "proxy_metrics_bind_address": None,
            "files": {},
            "proxy_mode": None,
        },
    }


def test_a_pool_with_nothing_below_it_has_every_default():
    spec = load(Spec, {**SMALLEST, "workers": {"general": None}})

    assert spec.workers["general"].model_dump() == {
        "instance_types": ["m6i.large"],
        "min": 1,
        "max": 3,
        "disk_gib": 80,
        "disk_iops": None,
        "disk_throughput": None,
        "detailed_monitoring": False,
        "labels": {},
        "taints": [],
        "spot": False,
        "zones": None,
        "kubelet": NO_LIMITS,
        "rollout": {
            "join_seconds": 1200,
            "drain_seconds": 600,
            "min_healthy_percentage": 100,
            "max_healthy_percentage": 110,
            "warm_up_seconds": 30,
            "pause_at_percentages": [],
            "pause_seconds": 3600,
            "auto_rollback": True,
            "max_instance_lifetime_days": None,
            "wait_for_nodes": None,
        },
        **NO_HARDWARE,
        **NO_ADDITIONS,
    }


def test_a_key_with_nothing_after_it_is_as_if_left_out():
    quiet = {**SMALLEST, "pods": None, "workers": None, "controlPlane": {"count": None}}

    assert load(Spec, quiet) == load(Spec, SMALLEST)


def test_python_may_spell_keys_its_own_way():
    python = {
        **SMALLEST,
        "cluster": {"name": "prod", "kubernetes_version": "1.37"},
        "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
    }

    assert load(Spec, python) == load(Spec, SMALLEST)


@pytest.mark.parametrize("stack", stacks(GOOD), ids=lambda stack: stack.path.stem)
def test_a_spec_written_out_is_read_again_as_the_same(stack: Stack):
    spec = load(Spec, stack.given)

    assert load(Spec, spec.model_dump()) == spec
    assert load(Spec, spec.model_dump(exclude_none=True)) == spec
    assert load(Spec, spec.model_dump(by_alias=True)) == spec


def test_a_spec_does_not_change():
    spec = load(Spec, SMALLEST)

    with pytest.raises(ValidationError):
        spec.region = "eu-west-2"  # type: ignore[misc]


def test_two_clusters_share_no_default():
    one, other = load(Spec, SMALLEST), load(Spec, SMALLEST)

    one.kubeadm.kubelet_args["v"] = "4"

    assert other.kubeadm.kubelet_args == {}


def test_other_words_for_yes_and_no_and_numbers_in_quotes_are_understood():
    [stack] = [each for each in stacks(GOOD) if each.path.stem == "answers-in-other-words"]

    spec = load(Spec, stack.given)

    assert spec.cluster.protect is True
    assert spec.network.endpoints.s3 is False
    assert spec.workers["general"].spot is False
    assert (spec.control_plane.count, spec.control_plane.disk_gib) == (1, 48)
    assert spec.workers["general"].max == 5


def test_both_families_are_ranges_not_texts():
    spec = load(Spec, smallest("services", ipv6Range="fd12:3456:789a::/112"))

    assert spec.services.ipv4_range == IPv4Network("10.96.0.0/16")
    assert spec.services.ipv6_range == IPv6Network("fd12:3456:789a::/112")


def test_a_pool_sees_the_cluster_as_a_worker_of_it_does():
    spec = load(Spec, {**SMALLEST, "workers": {"arm": {"instanceTypes": ["m7g.large"]}}})

    pool = spec.pool("arm")

    assert (pool.pool_name, pool.pool.architecture) == ("arm", "arm64")
    assert (pool.region, pool.cluster.name, pool.minor) == ("eu-west-1", "prod", 37)


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        ("api", {"dnsName": "a" * 63 + ".example.com", "hostedZoneId": "Z" + "A" * 31}),
        ("cluster", {"tags": {"k" * 128: "v" * 256}}),
        ("cluster", {"tags": {"größe": "naïve + - = . _ : / @ 7"}}),
        ("cluster", {"tags": {f"tag-{n}": "" for n in range(40)}}),
        ("cluster", {"tags": {"AWS": "no prefix", "awsome": "x"}}),
        ("kubeadm", {"certSans": ["*.example.com", "localhost", "192.0.2.7", "2001:db8::7"]}),
        ("network", {"endpoints": {"interfaces": ["ecr.api", "s3express", "kms-fips"]}}),
        ("nodes", {"image": "ami-01234567", "sshKeyName": "ops key (2026)"}),
        ("software", {"imageRepository": "localhost:5000"}),
        ("software", {"releaseServer": "http://10.0.0.7:8080"}),
        ("workers", {"general": {"labels": {"a" * 63: "b" * 63}}}),
        ("workers", {"general": {"min": 0, "max": 1, "diskGib": 16384}}),
        ("pods", {"nodeMaskIpv4": 18}),
    ],
)
def test_a_value_at_its_border_is_taken(section, fields):
    assert faults_of(smallest(section, **fields)) == []


@pytest.mark.parametrize(
    ("section", "field", "value", "at"),
    [
        ("api", "dnsName", "a" * 64 + ".example.com", "api.dnsName"),
        ("api", "dnsName", "-a.example.com", "api.dnsName"),
        ("api", "dnsName", "a.example.com.", "api.dnsName"),
        ("api", "hostedZoneId", "Z" + "A" * 32, "api.hostedZoneId"),
        ("cluster", "tags", {"": "x"}, 'cluster.tags[""]'),
        ("cluster", "tags", {"k" * 129: "x"}, f"cluster.tags.{'k' * 129}"),
        ("cluster", "tags", {"k": "v" * 257}, "cluster.tags.k"),
        ("cluster", "tags", {"AWS:x": "y"}, 'cluster.tags["AWS:x"]'),
        ("cluster", "kubernetesVersion", "1.37.2-rc.0", "cluster.kubernetesVersion"),
        ("cluster", "kubernetesVersion", "1", "cluster.kubernetesVersion"),
        ("cluster", "kubernetesVersion", "2.0", "cluster.kubernetesVersion"),
        ("cluster", "kubernetesVersion", "1.36.05", "cluster.kubernetesVersion"),
        ("cluster", "kubernetesVersion", "1.36.00", "cluster.kubernetesVersion"),
        ("cluster", "kubernetesVersion", "1.06", "cluster.kubernetesVersion"),
        ("kubeadm", "certSans", ["*"], "kubeadm.certSans[0]"),
        ("kubeadm", "certSans", ["a_b.example.com"], "kubeadm.certSans[0]"),
        ("kubeadm", "certSans", ["10.0.0.0/8"], "kubeadm.certSans[0]"),
        ("network", "zones", ["eu-west-1h"], "network.zones[0]"),
        ("network", "zones", ["EU-WEST-1A"], "network.zones[0]"),
        ("nodes", "image", "ami-0123", "nodes.image"),
        ("nodes", "sshKeyName", "k" * 256, "nodes.sshKeyName"),
        ("software", "releaseServer", "ftp://mirror.example.com", "software.releaseServer"),
        ("software", "imageRepository", "Registry.example.com", "software.imageRepository"),
        ("workers", "general", {"labels": {"a" * 64: "x"}}, f"workers.general.labels.{'a' * 64}"),
        ("workers", "general", {"labels": {"a": "b" * 64}}, "workers.general.labels.a"),
        ("workers", "general", {"labels": {"a/b/c": "x"}}, 'workers.general.labels["a/b/c"]'),
        ("workers", "general", {"diskGib": 16385}, "workers.general.diskGib"),
        ("workers", "general", {"max": 5001}, "workers.general.max"),
        ("workers", "1st", {}, "workers.1st"),
        ("workers", "trailing-", {}, "workers.trailing-"),
        ("pods", "nodeMaskIpv6", 129, "pods.nodeMaskIpv6"),
    ],
)
def test_a_value_beyond_its_border_is_a_fault_where_it_lies(section, field, value, at):
    faults = faults_of(smallest(section, **{field: value}))

    assert any(fault.startswith(f"{at}: ") for fault in faults), faults
