"""A changed configuration against what runs: what is refused, what is warned of, and in which words."""

import hashlib
from typing import Any

import pytest

from components.config.wording import Later
from components.facts.component_flags import flags_of
from components.facts.file_flags import named_files, named_folder
from components.machine.settled import LIMIT_CHARACTERS, read, settings, written
from components.rules import load
from components.rules.arguments import refusals
from components.rules.running import FIXED, refused, unheard
from components.spec.cluster import ClusterSection, Spec

SPEC: dict[str, Any] = {
    "project": "dualstack",
    "stack": "prod",
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetesVersion": "1.36"},
    "network": {"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
    "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
}

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"
OTHER_POLICY = POLICY.replace("Metadata", "Request")


def spec(**sections: Any) -> Spec:
    """The cluster with something else in some sections."""
    merged = {**SPEC}
    for name, section in sections.items():
        merged[name] = {**SPEC.get(name, {}), **section} if isinstance(section, dict) else section
    return load(Spec, merged)


def recorded(**sections: Any):
    """The settings as a later run reads them from the parameter."""
    return read(written(settings(spec(**sections))))


def faults(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in refused(recorded(**before), settings(spec(**after)))]


def warned(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in unheard(recorded(**before), settings(spec(**after)))]


@pytest.mark.parametrize(
    ("after", "path"),
    [
        ({"cluster": {"ipFamilies": ["IPv6", "IPv4"]}}, "cluster.ipFamilies"),
        ({"cluster": {"cni": "calico"}}, "cluster.cni"),
        ({"cluster": {"cloudProvider": "none"}}, "cluster.cloudProvider"),
        ({"pods": {"ipv4Range": "10.32.0.0/16"}}, "pods.ipv4Range"),
        ({"pods": {"ipv6Range": "fd12::/56"}}, "pods.ipv6Range"),
        ({"pods": {"nodeMaskIpv4": 25}}, "pods.nodeMaskIpv4"),
        ({"pods": {"nodeMaskIpv6": 66}}, "pods.nodeMaskIpv6"),
        ({"services": {"ipv4Range": "10.97.0.0/16"}}, "services.ipv4Range"),
        ({"services": {"ipv6Range": "fd12::/112"}}, "services.ipv6Range"),
        ({"services": {"nodePorts": "31000-32000"}}, "services.nodePorts"),
        ({"kubeadm": {"dnsDomain": "example.internal"}}, "kubeadm.dnsDomain"),
        ({"kubeadm": {"proxyMode": "ipvs"}}, "kubeadm.proxyMode"),
        ({"network": {"ipv4Range": "10.8.0.0/16"}}, "network.ipv4Range"),
        (
            {
                "network": {
                    "ipv6": {
                        "source": "ipam",
                        "poolId": "ipam-pool-0123456789abcdef0",
                        "netmaskLength": 56,
                    }
                }
            },
            "network.ipv6",
        ),
        ({"api": {"scheme": "internet-facing"}}, "api.scheme"),
        (
            {"api": {"dnsName": "api.example.com", "hostedZoneId": "Z0123456789ABCDEFGHIJ"}},
            "api.dnsName",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_was_fixed_when_the_cluster_was_made_is_refused(after, path):
    assert [fault.partition(": ")[0] for fault in faults({}, after)] == [path]
    assert warned({}, after) == []


def test_the_same_configuration_has_nothing_to_say():
    assert (faults({}, {}), warned({}, {})) == ([], [])


def test_keys_and_certificates_of_another_kind_reach_no_machine_and_end_nothing():
    after = {"kubeadm": {"keyAlgorithm": "ECDSA-P256", "certificateDays": 180}}

    assert faults({}, after) == []
    assert warned({}, after) == [
        "kubeadm.keyAlgorithm: the cluster was made with nothing, and ECDSA-P256 is asked for; only `kubeadm init` reads it, "
        "so no machine of this cluster gets it",
        "kubeadm.certificateDays: the cluster was made with nothing, and 180 is asked for; only `kubeadm init` reads it, so no "
        "machine of this cluster gets it",
    ]


def test_a_default_that_is_written_out_is_no_change():
    after = {
        "cluster": {"cni": "flannel", "kubernetesVersion": "1.36.5"},
        "pods": {"nodeMaskIpv6": 64},
        "kubeadm": {"proxyMode": "iptables"},
    }

    assert (faults({}, after), warned({}, after)) == ([], [])


def test_another_range_is_refused_with_both_ranges_and_the_reason():
    assert faults({}, {"services": {"ipv4Range": "10.97.0.0/16"}}) == [
        "services.ipv4Range: 10.97.0.0/16 is asked for and the cluster runs 10.96.0.0/16; Services have addresses of the first "
        "range. Keep 10.96.0.0/16, or make a second cluster"
    ]


def test_what_was_left_out_is_to_be_left_out_again():
    after = {"api": {"dnsName": "api.example.com", "hostedZoneId": "Z0123456789ABCDEFGHIJ"}}

    assert faults({}, after) == [
        "api.dnsName: api.example.com is asked for and the cluster runs nothing; machines and the API server's certificate have "
        "the first name. Leave it out, or make a second cluster"
    ]


def test_another_patch_is_warned_of_with_who_gets_it():
    assert warned({}, {"cluster": {"kubernetesVersion": "1.36.4"}}) == [
        "cluster.kubernetesVersion: 1.36.4 is asked for and the control planes run 1.36.5: all workers are replaced and get "
        "1.36.4, control planes keep 1.36.5"
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            {"apiServerArgs": {"v": "2"}},
            {"apiServerArgs": {"v": "4"}},
            [
                "kubeadm.apiServerArgs.v: the cluster was made with 2, and 4 is asked for; only `kubeadm init` reads it, so no "
                "machine of this cluster gets it"
            ],
            id="an argument",
        ),
        pytest.param(
            {"etcdArgs": {"quota-backend-bytes": "4294967296"}},
            {},
            [
                "kubeadm.etcdArgs.quota-backend-bytes: the cluster was made with 4294967296, and nothing is asked for; only "
                "`kubeadm init` reads it, so no machine of this cluster gets it"
            ],
            id="an argument taken away",
        ),
        pytest.param(
            {},
            {"kubeletArgs": {"v": "4"}},
            [
                "kubeadm.kubeletArgs.v: the cluster was made with nothing, and 4 is asked for; workers are replaced and get it; a "
                "control plane gets it when it is replaced"
            ],
            id="an argument of kubelets",
        ),
        pytest.param(
            {},
            {"featureGates": {"NodeLocalCRISocket": True}},
            [
                "kubeadm.featureGates.NodeLocalCRISocket: the cluster was made with nothing, and true is asked for; only `kubeadm "
                "init` reads it, so no machine of this cluster gets it"
            ],
            id="a gate",
        ),
        pytest.param(
            {},
            {"certSans": ["k8s.example.com"]},
            [
                "kubeadm.certSans: the cluster was made with nothing, and k8s.example.com is asked for; only `kubeadm init` reads "
                "it, so no machine of this cluster gets it"
            ],
            id="a name in the certificate",
        ),
        pytest.param(
            {"auditPolicy": POLICY},
            {"auditPolicy": OTHER_POLICY},
            [
                "kubeadm.auditPolicy: the cluster was made with a text of sha256:{before}, and a text of sha256:{after} is "
                "asked for; a control plane gets it when it is replaced, and only if the cluster was made with an audit log"
            ],
            id="another audit policy",
        ),
        pytest.param(
            {},
            {"patches": {"kubeletconfiguration0+merge.yaml": "maxPods: 50\n"}},
            [
                'kubeadm.patches["kubeletconfiguration0+merge.yaml"]: the cluster was made with nothing, and a text of sha256:{patch} is '
                "asked for; workers are replaced and get it; a control plane gets it when it is replaced"
            ],
            id="a patch",
        ),
    ],
)
def test_what_reaches_only_some_machines_is_warned_of(before, after, expected):
    digests = {
        "before": hashlib.sha256(POLICY.encode()).hexdigest()[:16],
        "after": hashlib.sha256(OTHER_POLICY.encode()).hexdigest()[:16],
        "patch": hashlib.sha256(b"maxPods: 50\n").hexdigest()[:16],
    }

    assert faults({"kubeadm": before}, {"kubeadm": after}) == []
    assert warned({"kubeadm": before}, {"kubeadm": after}) == [
        line.format(**digests) for line in expected
    ]


def test_other_disks_and_another_place_of_control_planes_are_warned_of():
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    after = {
        "controlPlane": {
            "volumes": {"/dev/sdf": {"sizeGib": 20}},
            "placementGroup": "apart",
            "tenancy": "dedicated",
        },
        "nodes": {"diskKmsKeyArn": key},
    }
    later = "a control plane gets it when it is replaced"

    assert faults({}, after) == []
    disk, group, tenancy, of_key = warned({}, after)
    assert disk.startswith(
        'controlPlane.volumes["/dev/sdf"]: the cluster was made with nothing, and '
    )
    assert disk.endswith(f"is asked for; {later}")
    assert group == (
        f"controlPlane.placementGroup: the cluster was made with nothing, and apart is asked for; {later}"
    )
    assert tenancy == (
        f"controlPlane.tenancy: the cluster was made with default, and dedicated is asked for; {later}"
    )
    assert of_key == (
        f"nodes.diskKmsKeyArn: the cluster was made with nothing, and {key} is asked for; workers are replaced and get it; {later}"
    )


def test_a_mounted_policy_must_stay_where_control_planes_do_not_follow():
    off = {"kubeadm": {"audit": False}}
    expected = (
        "kubeadm.audit: it is gone, and running control planes mount that file: a control plane made now could not join. "
        "Keep it, or make a second cluster"
    )

    assert faults({}, off) == [expected]
    assert warned({}, off) == []

    # An earlier release recorded the policy alone.
    earlier = recorded(kubeadm={"auditPolicy": POLICY})
    del earlier["kubeadm.audit"]
    asked = settings(spec(**off))
    assert [str(fault) for fault in refused(earlier, asked)] == [expected]
    assert [*refused(earlier, asked, follows=True)] == []


def test_a_policy_of_ones_own_gives_way_to_the_usual_one():
    before = {"kubeadm": {"auditPolicy": POLICY}}

    assert faults(before, {}) == []
    assert len(warned(before, {})) == 1


FILE = "/etc/kubernetes/encryption.yaml"


def test_a_file_that_an_argument_names_must_stay_even_if_the_argument_goes():
    before = {
        "kubeadm": {
            "files": {FILE: {"content": "kind: EncryptionConfiguration\n", "secret": True}},
            "apiServerArgs": {"encryption-provider-config": FILE},
        }
    }

    [fault] = faults(before, {})
    assert "encryption.yaml" in fault
    assert "it is gone, and running control planes mount that file" in fault


def test_the_text_of_a_secret_file_leaves_no_trace_in_the_record():
    def record(content):
        files = {FILE: {"content": content, "secret": True}}
        return recorded(
            kubeadm={"files": files, "apiServerArgs": {"encryption-provider-config": FILE}}
        )

    assert record("one\n") == record("another\n")


def long_arguments(field: str) -> dict[str, str]:
    """A long value of each argument whose text is free."""
    minor = spec().kubernetes
    return {
        flag: "x" * 60
        for flag in flags_of(field, minor.minor)
        if flag not in ("feature-gates", "audit-log-path", "max-pods")
        and not flag.startswith("oidc-")
        and not refusals(field, flag, "x" * 60, minor)
        and not named_files(field, flag, "x")
        and not named_folder(flag, "x")
    }


def test_a_record_of_many_long_arguments_fits_its_parameter_and_still_shows_a_change():
    fields = ("apiServerArgs", "controllerManagerArgs", "schedulerArgs")
    many = {field: long_arguments(field) for field in fields}
    assert sum(map(len, many.values())) > 30
    before = {"kubeadm": many}
    after = {"kubeadm": {**many, "schedulerArgs": {**many["schedulerArgs"], "v": "4"}}}

    assert len(written(settings(spec(**before)))) <= LIMIT_CHARACTERS
    assert warned(before, before) == []
    assert [fault.partition(": ")[0] for fault in warned(before, after)] == [
        "kubeadm.schedulerArgs"
    ]


def test_a_value_that_ssm_would_refuse_is_recorded_by_its_digest():
    text = written(
        settings(spec(kubeadm={"schedulerArgs": {"leader-elect-resource-name": "{{4}}"}}))
    )

    assert "{{" not in text
    assert '"leader-elect-resource-name":"sha256:' in text


def test_settings_that_an_older_record_lacks_are_not_compared():
    older = {
        path: value
        for path, value in recorded().items()
        if path not in ("api.scheme", "kubeadm.certSans")
    }
    asked = settings(spec(api={"scheme": "internet-facing"}, kubeadm={"certSans": ["a.example"]}))

    assert ([*refused(older, asked)], [*unheard(older, asked)]) == ([], [])


def test_a_record_that_is_no_map_is_none():
    assert read("yes") is None
    assert read("[1]") is None


def test_every_field_of_the_cluster_is_recorded_or_known_to_be_free():
    free = {"name", "tags", "protect"}

    recorded_fields = {path.partition(".")[2] for path in recorded() if path.startswith("cluster.")}
    named = {field.alias for field in ClusterSection.model_fields.values()}
    assert recorded_fields == named - free


def test_every_field_of_addresses_and_of_kubeadm_is_recorded():
    whole = spec()

    for name in ("pods", "services", "kubeadm"):
        section = getattr(whole, name)
        assert {f"{name}.{field.alias}" for field in type(section).model_fields.values()} <= set(
            recorded()
        ), name


EXISTING = {
    "vpcId": "vpc-0a1b2c3d4e5f60718",
    "ipv4Ranges": ["10.40.0.0/16"],
    "ipv6Range": "2001:db8:40::/56",
    "privateSubnets": {
        "eu-west-1a": {
            "id": "subnet-0a1b2c3d4e5f60711",
            "ipv4Range": "10.40.0.0/20",
            "ipv6Range": "2001:db8:40:1::/64",
        }
    },
}
IN_EXISTING = {"network": None, "existingNetwork": EXISTING}


def test_every_reason_is_about_a_setting_that_is_recorded():
    assert set(FIXED) - set(recorded()) - set(recorded(**IN_EXISTING)) == set()


def test_machines_move_into_no_other_vpc():
    assert faults({}, IN_EXISTING) == [
        "existingNetwork: the cluster runs in the VPC of network, and machines cannot move to another; keep network, or make a "
        "second cluster"
    ]
    assert faults(IN_EXISTING, {}) == [
        "network: the cluster runs in the VPC of existingNetwork, and machines cannot move to another; keep existingNetwork, or "
        "make a second cluster"
    ]
    elsewhere = {"network": None, "existingNetwork": {**EXISTING, "vpcId": "vpc-00000000"}}
    assert faults(IN_EXISTING, elsewhere) == [
        "existingNetwork.vpcId: vpc-00000000 is asked for and the cluster runs vpc-0a1b2c3d4e5f60718; the machines are in the first "
        "VPC, and machines cannot move. Keep vpc-0a1b2c3d4e5f60718, or make a second cluster"
    ]


def test_a_vpc_whose_id_another_resource_gives_is_compared_with_none():
    later = {"network": None, "existingNetwork": {**EXISTING, "vpcId": Later()}}

    assert faults(IN_EXISTING, later) == []
    assert faults(later, IN_EXISTING) == []


@pytest.mark.parametrize(
    ("was", "wanted", "follows", "possible"),
    [
        ("ipvs", "nftables", True, True),
        ("iptables", "nftables", True, True),
        ("nftables", "iptables", True, True),
        ("ipvs", "iptables", True, False),
        ("iptables", "nftables", False, False),
    ],
)
def test_kube_proxy_changes_its_mode_only_to_and_from_nftables_where_control_planes_follow(
    was, wanted, follows, possible
):
    before, after = ({"kubeadm": {"proxyMode": mode}} for mode in (was, wanted))

    found = [*refused(recorded(**before), settings(spec(**after)), follows=follows)]

    assert [fault.path for fault in found] == ([] if possible else ["kubeadm.proxyMode"])
