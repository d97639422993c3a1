"""Numbers that are said in two places must fit together, and a fault names both."""

import pytest

from components.rules import load
from components.rules.warnings import warnings
from components.spec.cluster import Spec
from tests.support.faults import described, faults_in


def warned_of(kubeadm: dict[str, object], **sections: object) -> list[str]:
    spec = load(Spec, described(kubeadm=kubeadm, **sections))
    return [str(warning) for warning in warnings(spec) if warning.path.startswith("pods.")]


def faults_of(kubeadm: dict[str, object], minor: str = "1.36", **sections: object) -> list[str]:
    return faults_in(described(minor, kubeadm=kubeadm, **sections))


def max_pods(number: str) -> dict[str, object]:
    return {"kubeletArgs": {"max-pods": number}}


def test_more_pods_than_addresses_are_refused_and_both_numbers_are_named():
    assert faults_of(max_pods("500")) == [
        "kubeadm.kubeletArgs.max-pods: a kubelet runs up to 500 pods, and a node's share of 10.244.0.0/16, a /24, has 254 "
        "addresses for them; lower it, or write a shorter pods.nodeMaskIpv4"
    ]


def test_a_wider_share_has_room_for_more_pods():
    assert faults_of(max_pods("500"), pods={"nodeMaskIpv4": 23}) == []
    assert faults_of(max_pods("254")) == []
    assert len(faults_of(max_pods("255"))) == 1


def test_pods_are_counted_in_ipv6_too():
    pods = {"ipv6Range": "fd12:3456:789a::/108", "nodeMaskIpv6": 121}

    assert faults_of(max_pods("126"), pods=pods) == []
    assert faults_of(max_pods("127"), pods=pods) == [
        "kubeadm.kubeletArgs.max-pods: a kubelet runs up to 127 pods, and a node's share of fd12:3456:789a::/108, a /121, "
        "has 126 addresses for them; lower it, or write a shorter pods.nodeMaskIpv6"
    ]


def test_the_kubelets_own_limit_is_warned_of_because_nobody_chose_it():
    assert warned_of({}, pods={"nodeMaskIpv4": 25}) == []
    assert warned_of({}, pods={"nodeMaskIpv4": 26}) == [
        "pods.nodeMaskIpv4: a kubelet runs up to 110 pods, and a node's share of 10.244.0.0/16, a /26, has 62 addresses "
        "for them; lower max-pods in kubeadm.kubeletArgs, or write a shorter pods.nodeMaskIpv4"
    ]
    assert faults_of({}, pods={"nodeMaskIpv4": 26}) == []
    assert warned_of(max_pods("60"), pods={"nodeMaskIpv4": 26}) == []


@pytest.mark.parametrize(
    ("name", "patch"),
    [
        ("kubeletconfiguration.yaml", "maxPods: 500"),
        ("kubeletconfiguration1+merge.yaml", "{maxPods: 500}"),
        ("kubeletconfiguration+json.json", '[{"op": "add", "path": "/maxPods", "value": 500}]'),
    ],
)
def test_pods_in_a_patch_are_counted(name, patch):
    [fault] = faults_of({"patches": {name: patch}})

    assert "a kubelet runs up to 500 pods" in fault
    assert fault.startswith("kubeadm.patches[")


FIRST, SECOND = "kubeletconfiguration1+json.yaml", "kubeletconfiguration2+merge.yaml"


@pytest.mark.parametrize(
    "patches",
    [
        {FIRST: "[{op: add, path: /maxPods, value: 500}]", SECOND: "maxPods: 100"},
        {FIRST: "[{op: test, path: /maxPods, value: 500}]"},
        {
            FIRST: "[{op: add, path: /maxPods, value: 500}, {op: replace, path: /maxPods, value: 100}]"
        },
        {FIRST: "[{op: add, path: /maxPods, value: 500}, {op: remove, path: /maxPods}]"},
        {"kubeletconfiguration.yaml": "maxPods: 500", SECOND: "maxPods: null"},
    ],
)
def test_of_several_patches_the_last_by_its_name_counts(patches):
    assert faults_of({"patches": patches}) == []


def test_a_later_patch_with_more_pods_is_the_one_that_is_named():
    patches = {FIRST: "[{op: add, path: /maxPods, value: 100}]", SECOND: "maxPods: 500"}

    [fault] = faults_of({"patches": patches})

    assert fault.startswith(f'kubeadm.patches["{SECOND}"]: a kubelet runs up to 500 pods')


def test_a_pool_with_its_own_number_of_pods_is_counted_beside_a_patch():
    patches = {"patches": {SECOND: "maxPods: 100"}}

    assert faults_of(patches, workers={"a": {"kubelet": {"maxPods": 500}}}) == [
        "workers.a.kubelet.maxPods: a kubelet runs up to 500 pods, and a node's share of 10.244.0.0/16, a /24, has 254 "
        "addresses for them; lower it, or write a shorter pods.nodeMaskIpv4"
    ]


def test_a_patch_counts_for_no_machine_whose_section_has_a_number_of_its_own():
    own = {"kubelet": {"maxPods": 100}}

    patches = {"patches": {SECOND: "maxPods: 500"}}

    assert faults_of(patches, controlPlane=own, workers={"a": own}) == []
    assert len(faults_of(patches, controlPlane=own, workers={"a": {}})) == 1


def test_a_plugin_with_its_own_allocator_does_not_use_the_share():
    calico = {"name": "dev", "kubernetesVersion": "1.36", "cni": "calico"}

    assert faults_of(max_pods("500"), cluster=calico) == []


@pytest.mark.parametrize("number", ["many", "-1", "", "1e2"])
def test_pods_are_counted_by_a_whole_number(number):
    [fault] = faults_of(max_pods(number))

    assert fault.endswith("is not a number of pods; write one, like 110")


def test_a_lease_lasts_longer_than_its_renewal():
    field = "controllerManagerArgs"

    assert faults_of({field: {"leader-elect-lease-duration": "60s"}}) == []
    assert faults_of({field: {"leader-elect-lease-duration": "10s"}}) == [
        "kubeadm.controllerManagerArgs.leader-elect-lease-duration: the lease of 10 s must be longer than the renewal's 10 s, "
        "and that longer than 1.2 times the 2 s between tries, in 1.36; change one of the three"
    ]
    assert len(faults_of({"schedulerArgs": {"leader-elect-retry-period": "8.5s"}})) == 1


def test_a_component_that_tries_to_lead_without_a_pause_is_refused():
    assert faults_of({"schedulerArgs": {"leader-elect-retry-period": "0s"}}) == [
        "kubeadm.schedulerArgs.leader-elect-retry-period: is 0 s, and a component waits between two tries; write 2s"
    ]


def test_a_node_reports_more_often_than_it_is_waited_for():
    assert faults_of({"kubeletArgs": {"node-status-update-frequency": "20s"}}) == []
    assert faults_of({"kubeletArgs": {"node-status-update-frequency": "1m"}}) == [
        "kubeadm.kubeletArgs.node-status-update-frequency: a node reports every 60 s, and is taken for lost after 40 s, "
        "in 1.36; let it report at least twice in that time"
    ]
    assert len(faults_of({"controllerManagerArgs": {"node-monitor-grace-period": "15s"}})) == 1
    both = {
        "controllerManagerArgs": {"node-monitor-grace-period": "16s"},
        "kubeletArgs": {"node-status-update-frequency": "4s"},
    }
    assert faults_of(both) == []


def test_an_election_takes_five_heartbeats():
    assert faults_of({"etcdArgs": {"heartbeat-interval": "250", "election-timeout": "1250"}}) == []
    assert faults_of({"etcdArgs": {"heartbeat-interval": "250"}}) == [
        "kubeadm.etcdArgs.heartbeat-interval: an election of 1000 ms must take at least 5 heartbeats of 250 ms, "
        "and at most 50000 ms; change one of both"
    ]


def test_images_are_removed_down_to_a_lower_threshold():
    assert faults_of({"kubeletArgs": {"image-gc-high-threshold": "81"}}) == []
    assert faults_of({"kubeletArgs": {"image-gc-high-threshold": "80"}}) == [
        "kubeadm.kubeletArgs.image-gc-high-threshold: images are removed from 80 % of the disk down to 80 %, and the kubelet "
        "of 1.36 does not start unless the second is lower; change one of both"
    ]


def test_etcd_and_the_audit_log_fit_on_the_disk():
    quota = {"etcdArgs": {"quota-backend-bytes": str(30 * 1024**3)}}

    assert faults_of({"etcdArgs": {"quota-backend-bytes": str(8 * 1024**3)}}) == []
    assert faults_of(quota, controlPlane={"diskGib": 80}) == []
    assert faults_of(quota) == [
        "kubeadm.etcdArgs.quota-backend-bytes: 32212254720 bytes and as many for defragmentation do not fit on the disk "
        "of 40 GiB; lower it, or raise controlPlane.diskGib"
    ]
    assert faults_of({"apiServerArgs": {"audit-log-maxbackup": "500"}}) == [
        "kubeadm.apiServerArgs.audit-log-maxbackup: 501 logs of 100 MB take more than half of the disk of 40 GiB, which "
        "etcd needs; lower one of both, or raise controlPlane.diskGib"
    ]


STATIC_MEMORY = {
    "memory-manager-policy": "Static",
    "reserved-memory": "0:memory=512Mi;1:memory=512Mi",
}
PLACE = "kubeadm.kubeletArgs.reserved-memory"


def test_reserved_memory_needs_a_reservation_that_is_known():
    assert faults_of({"kubeletArgs": STATIC_MEMORY}, workers={"a": {}}) == [
        f"{place}.kubelet.kubeReserved.memory: missing: a machine computes it from its own size, and {PLACE} must hold exactly "
        "as much; write it, like 500Mi"
        for place in ("controlPlane", "workers.a")
    ]


def test_reserved_memory_is_what_the_kubelet_keeps_from_pods():
    fitting = {
        "kubelet": {"kubeReserved": {"memory": "500Mi"}, "systemReserved": {"memory": "424Mi"}}
    }
    larger = {"kubelet": {"kubeReserved": {"memory": "1Gi"}}}

    assert faults_of({"kubeletArgs": STATIC_MEMORY}, controlPlane=fitting) == []
    assert faults_of(
        {"kubeletArgs": STATIC_MEMORY}, controlPlane=fitting, workers={"a": larger}
    ) == [
        f"{PLACE}: it must be what the kubelets of workers.a keep from pods, exactly: 1Gi of kubeReserved, 0 of systemReserved "
        "and 100Mi at which they evict; write 1124Mi in all"
    ]


@pytest.mark.parametrize(
    "others",
    [
        {"kube-reserved": "memory=924Mi"},
        {"kube-reserved": "memory=1Gi", "eviction-hard": "nodefs.available<10%"},
        {"kube-reserved": "memory=900Mi", "eviction-hard": "memory.available<5%"},
        {"kube-reserved": "memory=1Gi", "experimental-allocatable-ignore-eviction": "true"},
    ],
)
def test_reserved_memory_is_compared_with_arguments_too_unless_a_share_decides(others):
    assert faults_of({"kubeletArgs": {**STATIC_MEMORY, **others}}) == []
