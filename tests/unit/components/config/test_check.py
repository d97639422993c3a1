"""Faults of a configuration: all of them at once, in words for people, whatever else is wrong beside them."""

from collections.abc import Iterator
from copy import deepcopy
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.config.check import Fault, SpecError, check
from components.config.draft import draft
from components.config.section import Section, Unsound, sound
from components.rules import load, warnings
from components.spec.cluster import Spec, WorkerPoolSpec
from components.spec.network import NetworkSpec

FULL: dict[str, Any] = {
    "project": "dualstack",
    "stack": "prod",
    "region": "eu-west-1",
    "cluster": {
        "name": "prod",
        "kubernetesVersion": "1.37",
        "ipFamilies": ["IPv4", "IPv6"],
        "cni": "calico",
        "cloudProvider": "external",
        "tags": {"team": "platform"},
        "protect": True,
    },
    "network": {
        "ipv4Range": "10.0.0.0/16",
        "ipv6": {"source": "ipam", "poolId": "ipam-pool-0123456789abcdef0", "netmaskLength": 56},
        "zones": ["eu-west-1a", "eu-west-1b"],
        "nat": "single",
        "endpoints": {"s3": True, "interfaces": ["ssm"]},
        "flowLogs": {"destination": "cloudWatch", "retentionDays": 90},
    },
    "pods": {
        "ipv4Range": "10.244.0.0/16",
        "ipv6Range": "fd12:3456:789a:100::/56",
        "nodeMaskIpv4": 24,
        "nodeMaskIpv6": 64,
    },
    "services": {"ipv4Range": "10.96.0.0/16", "ipv6Range": "fd12:3456:789a::/112"},
    "api": {
        "scheme": "internal",
        "allowedCidrs": ["198.51.100.0/24", "2001:db8:1::/48"],
        "hostedZoneId": "Z0123456789ABC",
        "dnsName": "api.example.com",
    },
    "controlPlane": {"count": 3, "instanceType": "t3.medium", "diskGib": 40},
    "workers": {
        "blue": {
            "instanceTypes": ["m6i.large", "m5.large"],
            "min": 1,
            "max": 3,
            "diskGib": 80,
            "labels": {"example.com/tier": "blue"},
            "taints": [
                {"key": "dedicated", "value": "blue", "effect": "NoSchedule"},
                {"key": "slow", "effect": "NoExecute"},
            ],
            "spot": True,
            "zones": ["eu-west-1a"],
        },
        "green": {"min": 0, "max": 9, "zones": ["eu-west-1b"]},
    },
    "nodes": {"image": "ubuntu", "sessionManager": True, "sshKeyName": "ops"},
    "software": {
        "releaseServer": "https://mirror.example.com",
        "imageRepository": "registry.example.com/k8s",
        "prebaked": False,
    },
    "kubeadm": {
        "apiServerArgs": {"v": "2"},
        "featureGates": {"RootlessControlPlane": True},
        "certSans": ["api.example.org"],
        "patches": {},
        "auditPolicy": None,
        "proxyMode": "iptables",
    },
}
"""A good configuration with something to say of everything."""

Path = tuple[str | int, ...]


def leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    """The place of every plain value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in entries:
        if isinstance(entry, dict | list) and entry:
            yield from leaves(entry, (*at, key))
        else:
            yield (*at, key)


def branches(value: Any, at: Path = ()) -> Iterator[Path]:
    """The place of every map and list."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in entries:
        if isinstance(entry, dict | list):
            yield (*at, key)
            yield from branches(entry, (*at, key))


def changed(config: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The configuration with one value in another's place."""
    copy = deepcopy(config)
    at: Any = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


def spelt(path: Path) -> str:
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        elif "/" in key:
            text += f'["{key}"]'
        else:
            text += f".{key}"
    return text.removeprefix(".")


def faults_of(config: Any, model: type[Section] = Spec) -> list[str]:
    try:
        load(model, config)
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


class Thing:
    """Something that no field of a configuration holds."""


FAULTY = changed(FULL, ("cluster", "name"), "internal-prod")
for _path, _value in (
    (("network", "zones"), ["eu-west-1a", "eu-central-1b"]),
    (("network", "ipv6", "source"), "byoip"),
    (("network", "flowLogs", "destination"), "s3"),
    (("services", "ipv4Range"), "10.244.8.0/24"),
    (("api", "hostedZoneId"), None),
    (("api", "allowedCidrs"), ["198.51.100.0/24"]),
    (("software", "prebaked"), True),
    (("workers", "blue", "min"), 4),
    (("workers", "blue", "taints", 1), {"key": "dedicated", "effect": "NoSchedule"}),
    (("workers", "blue", "instanceTypes"), ["m6i.large", "m6g.large"]),
    (("workers", "green", "zones"), ["eu-west-1c"]),
):
    FAULTY = changed(FAULTY, _path, _value)

BETWEEN_FIELDS = {
    "cluster.name: internal-prod starts with internal-, which AWS refuses in the name of a load balancer; choose another name": {
        "cluster.name"
    },
    "network.zones[1]: eu-central-1b is no zone of eu-west-1; choose zones of that region, or change aws:region": {
        "region",
        "network.zones",
    },
    "network.ipv6.poolId: ipam-pool-0123456789abcdef0 is no pool of source byoip; its id starts with ipv6pool-ec2-": {
        "network.ipv6.source",
        "network.ipv6.poolId",
    },
    "network.ipv6.netmaskLength: 56 has no effect, because a BYOIP pool is asked for a range; leave it out": {
        "network.ipv6.source",
        "network.ipv6.netmaskLength",
    },
    "network.ipv6.range: missing: choose the range to take from the BYOIP pool": {
        "network.ipv6.source"
    },
    "network.flowLogs.retentionDays: 90 has no effect with the destination s3; leave it out and give the bucket a lifecycle rule": {
        "network.flowLogs.destination",
        "network.flowLogs.retentionDays",
    },
    "network.flowLogs.bucketArn: missing: name the bucket, like arn:aws:s3:::my-flow-logs": {
        "network.flowLogs.destination"
    },
    "services.ipv4Range: 10.244.8.0/24 lies inside 10.244.0.0/16, which is pods.ipv4Range; choose a range outside it": {
        "services.ipv4Range",
        "pods.ipv4Range",
    },
    "api.hostedZoneId: missing: name the Route 53 zone that holds api.example.com, or leave dnsName out": {
        "api.dnsName",
        "api.hostedZoneId",
    },
    "api.allowedCidrs: no IPv6 range may reach the API; name at least one, like 2001:db8:1::/48": {
        "api.allowedCidrs"
    },
    "nodes.image: ubuntu holds no kubelet, yet software.prebaked says that nothing is downloaded; name the AMI that holds it, or leave prebaked out": {
        "nodes.image",
        "software.prebaked",
    },
    "workers.blue.min: 4 is more than max, 3; lower min or raise max": {
        "workers.blue.min",
        "workers.blue.max",
    },
    "workers.blue.taints[1]: dedicated with NoSchedule is there already; keep one of the two": {
        "workers.blue.taints[0].key",
        "workers.blue.taints[0].effect",
        "workers.blue.taints[1]",
    },
    "workers.blue.instanceTypes: m6i.large is amd64 and m6g.large is arm64; give each architecture a pool of its own": {
        "workers.blue.instanceTypes"
    },
    "workers.green.zones[0]: the network has no zone eu-west-1c; choose among eu-west-1a, eu-central-1b, or add it to network.zones": {
        "network.zones",
        "workers.green.zones",
    },
}
"""The faults between the fields of FAULTY, and the fields each is about."""


def test_the_full_configuration_is_good():
    assert faults_of(FULL) == []


def test_the_faulty_one_has_these_faults_and_no_other():
    assert sorted(faults_of(FAULTY)) == sorted(BETWEEN_FIELDS)


@pytest.mark.parametrize("path", list(leaves(FULL)), ids=spelt)
def test_a_thing_that_is_no_value_is_reported_where_it_lies(path):
    faults = faults_of(changed(FULL, path, Thing()))

    assert [fault for fault in faults if fault.startswith(f"{spelt(path)}: ")] != []


@pytest.mark.parametrize("path", list(leaves(FAULTY)), ids=spelt)
def test_a_fault_in_one_field_hides_none_between_others(path):
    at = spelt(path)
    untouched = [
        fault
        for fault, fields in BETWEEN_FIELDS.items()
        if not any(at.startswith(field) for field in fields)
    ]

    faults = faults_of(changed(FAULTY, path, Thing()))

    assert [fault for fault in untouched if fault not in faults] == []


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["10.0.0.0/8", "fd00::/8", "::/0", "1.16", "m6g.medium", "none", "eu-west-1a", "s3", "IPv6"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
PLACES = st.sampled_from([*leaves(FULL), *branches(FULL)])


@given(changes=st.lists(st.tuples(PLACES, PLAIN), min_size=1, max_size=4))
def test_whatever_is_written_anywhere_is_read_or_answered_in_words_for_people(changes):
    config = FULL
    for path, value in changes:
        try:
            config = changed(config, path, value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away

    try:
        list(warnings(load(Spec, config)))
    except SpecError as error:
        said = str(error)
        assert "Input should" not in said
        assert "valid" not in said.replace("invalid", "")
        assert "does not belong here" not in said


@given(config=PLAIN)
def test_whatever_is_given_as_a_whole_is_answered(config):
    with pytest.raises(SpecError):
        load(Spec, config)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (None, "configuration: nothing is not a map of keys"),
        ([], "configuration: [] is not a map of keys"),
        ("prod", "configuration: 'prod' is not a map of keys"),
        (7, "configuration: 7 is not a map of keys"),
        (Thing(), "configuration: a value of type Thing is not a map of keys"),
    ],
)
def test_what_is_no_map_at_all_is_said_to_be_none(given, fault):
    assert faults_of(given) == [fault]


def test_any_kind_of_mapping_will_do():
    wrapped = MappingProxyType({**FULL, "cluster": MappingProxyType(FULL["cluster"])})

    assert load(Spec, wrapped) == load(Spec, FULL)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("cluster", "cni"), "x" * 200, "cluster.cni: 'xxx"),
        (("cluster", "name"), "X" * 200, "cluster.name: 'XXX"),
        (("network", "ipv4Range"), "y" * 200, "network.ipv4Range: 'yyy"),
        (("network", "ipv4Range"), "fdXY:IJKL:MNOP" * 20, "network.ipv4Range: fdXY:IJKL"),
        (("network", "zones"), [["z"] * 99], 'network.zones[0]: ["z", "z"'),
        (("controlPlane", "count"), {"a": "z" * 200}, 'controlPlane.count: {"a": "zzz'),
    ],
)
def test_a_long_value_is_shortened_in_the_middle(path, value, fault):
    [said] = faults_of(changed(FULL, path, value))

    assert said.startswith(fault)
    assert "…" in said
    assert len(said) < 350


@pytest.mark.parametrize(
    ("model", "given", "fault"),
    [
        (Spec, {**FULL, "netwrok": {}}, "netwrok: unknown key 'netwrok'; did you mean network?"),
        (
            Spec,
            changed(FULL, ("network", "ipv6", "pool"), "x"),
            "network.ipv6.pool: unknown key 'pool'; did you mean poolId?",
        ),
        (
            Spec,
            changed(FULL, ("workers", "blue", "taints", 0, "efect"), "x"),
            "workers.blue.taints[0].efect: unknown key 'efect'; did you mean effect?",
        ),
        (
            Spec,
            changed(FULL, ("workers", "blue", "dnsName"), "x"),
            "workers.blue.dnsName: unknown key 'dnsName'; it belongs under api",
        ),
        (
            Spec,
            changed(FULL, ("api", "effect"), "x"),
            "api.effect: unknown key 'effect'; it belongs under workers.<name>.taints",
        ),
        (
            Spec,
            changed(FULL, ("network", "nat_gateways"), 3),
            "network.nat_gateways: unknown key 'nat_gateways'; known here: ipv4Range, furtherIpv4Ranges, subnets, tiers, ipv6, zones, nat, transit, endpoints, flowLogs",
        ),
        (
            Spec,
            changed(FULL, ("network", "retention_days"), 30),
            "network.retention_days: unknown key 'retention_days'; it belongs under network.flowLogs",
        ),
        (Spec, {**FULL, 7: {}}, "configuration: the key 7 is not a text; put it in quotes"),
        (
            NetworkSpec,
            {"zones": ["eu-west-1a"], "instanceTypes": []},
            "instanceTypes: unknown key 'instanceTypes'; known here: ipv4Range, furtherIpv4Ranges, subnets, tiers, ipv6, zones, nat, transit, endpoints, flowLogs, clusterName, tags, protect",
        ),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_or_with_its_home(model, given, fault):
    assert faults_of(given, model) == [fault]


def test_an_unknown_key_with_nothing_after_it_is_still_unknown():
    faults = faults_of(changed(FULL, ("network", "zonez"), None))

    assert faults == ["network.zonez: unknown key 'zonez'; did you mean zones?"]


def test_python_spells_keys_its_own_way_and_faults_spell_them_as_stacks_do():
    faults = faults_of({"zones": ["eu-west-1a"], "flow_logs": {"bucket_arn": 3}}, NetworkSpec)

    assert faults == ["flowLogs.bucketArn: 3 was read as a number, not as a text; put it in quotes"]


def test_a_fault_is_reported_once_however_many_rules_find_it():
    def rule(_: Spec) -> Iterator[Fault]:
        yield Fault("cluster.name", "it is a bad name; choose another")

    with pytest.raises(SpecError) as refused:
        check(Spec, FULL, [rule, rule])

    assert str(refused.value) == (
        "The configuration has 1 fault; nothing was changed.\n"
        "  cluster.name: it is a bad name; choose another"
    )


def test_a_rule_that_meets_a_faulty_value_stops_and_the_next_goes_on():
    def meets(spec: Spec) -> Iterator[Fault]:
        yield Fault("stack", "said before")
        yield Fault("controlPlane", f"never said of {spec.control_plane.count}")

    def goes_on(spec: Spec) -> Iterator[Fault]:
        yield Fault("region", f"said of {spec.region}")

    with pytest.raises(SpecError) as refused:
        check(Spec, changed(FULL, ("controlPlane", "count"), "three"), [meets, goes_on])

    assert [str(fault) for fault in refused.value.faults] == [
        "controlPlane.count: 'three' is not a whole number; write one, like 3",
        "stack: said before",
        "region: said of eu-west-1",
    ]


def test_a_draft_holds_what_is_sound_and_refuses_to_be_asked_for_the_rest():
    sketch = draft(Spec, changed(FULL, ("workers", "blue", "taints", 0, "effect"), "Never"))

    assert sketch.region == "eu-west-1"
    assert sketch.workers["blue"].taints[0].key == "dedicated"
    assert sketch.workers["blue"].taints[1].effect == "NoExecute"
    with pytest.raises(Unsound):
        _ = sketch.workers["blue"].taints[0].effect


def test_a_draft_of_a_section_that_is_none_knows_nothing_of_it():
    sketch = draft(WorkerPoolSpec, {"pool": "large"})

    with pytest.raises(Unsound):
        _ = sketch.pool.min
    with pytest.raises(Unsound):
        _ = sketch.region
    with pytest.raises(AttributeError):
        _ = sketch.nonsense


def test_a_draft_keeps_the_sound_entries_of_a_faulty_map():
    labels = {"tier": "front", "gpu": True, "node-role.kubernetes.io/gpu": "x"}

    sketch = draft(Spec, changed(FULL, ("workers", "blue", "labels"), labels))

    assert sketch.workers["blue"].labels == {"tier": "front"}


def test_a_draft_keeps_the_sound_entries_of_a_faulty_list_with_their_places():
    zones = ["eu-west-1a", "nowhere", "eu-west-1c"]

    sketch = draft(Spec, changed(FULL, ("network", "zones"), zones))

    assert sound(sketch.network.zones) == {0: "eu-west-1a", 2: "eu-west-1c"}
    assert "eu-west-1c" in sketch.network.zones
    assert sketch.network.zones[0] == "eu-west-1a"
    for reads_on in (len, list, lambda them: "eu-west-1b" in them, lambda them: them[2]):
        with pytest.raises(Unsound):
            reads_on(sketch.network.zones)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            ("network", "zones"),
            ["eu-west-1a", "eu-west-1a", "eu-west-1z", "eu-central-1a"],
            [
                "network.zones[2]: 'eu-west-1z' is not an availability zone (Local and Wavelength Zones are not supported); "
                "write one like eu-west-1a",
                "network.zones: eu-west-1a is there more than once; name each zone once",
                "network.zones[3]: eu-central-1a is no zone of eu-west-1; choose zones of that region, or change aws:region",
            ],
        ),
        (
            ("api", "allowedCidrs"),
            ["198.51.100.7", "203.0.113.0/24", "203.0.113.0/24", "2001:db8:1::/48"],
            [
                "api.allowedCidrs[0]: 198.51.100.7 has no prefix length; write 198.51.100.7/32 for the one address, or a range "
                "like 10.0.0.0/16 or fd12:3456::/56",
                "api.allowedCidrs: 203.0.113.0/24 is there 2 times; name it once",
            ],
        ),
        (
            ("workers", "blue", "instanceTypes"),
            ["m6i.large", "m6g.large", "t2.large"],
            [
                "workers.blue.instanceTypes[2]: t2.large does not run on Nitro, so it cannot hold a primary IPv6 address; "
                "choose a newer type like t3.large",
                "workers.blue.instanceTypes: m6i.large is amd64 and m6g.large is arm64; give each architecture a pool of its own",
            ],
        ),
        (
            ("cluster", "tags"),
            {"Owner": "a", "owner": "b", "bad#": "c"},
            [
                "cluster.tags[\"bad#\"]: 'bad#' is not a tag key; write 1 to 128 letters, digits, spaces and + - = . _ : / @",
                "cluster.tags: 'Owner' and 'owner' differ in case alone, which IAM takes for one tag; keep one",
            ],
        ),
    ],
)
def test_a_fault_of_one_entry_hides_none_among_the_others(path, value, said):
    assert faults_of(changed(FULL, path, value)) == said


def test_a_faulty_zone_makes_no_zone_of_a_pool_unknown():
    given = changed(FULL, ("network", "zones"), ["eu-west-1a", "EU-WEST-1B"])
    given = changed(given, ("workers", "blue", "zones"), ["eu-west-1b"])

    assert [fault for fault in faults_of(given) if "workers" in fault] == []


@pytest.mark.parametrize("path", [("workers",), ("kubeadm", "kubeletArgs"), ("cluster", "tags")])
def test_a_map_that_is_none_is_drafted_as_empty(path):
    sketch: Any = draft(Spec, changed(FULL, path, "none"))

    for name in path:
        sketch = getattr(sketch, {"kubeletArgs": "kubelet_args"}.get(name, name))
    assert sketch == {}
