"""Fields in faults are spelled as the caller spells them; values stay as they are."""

import pytest

from components.config.check import Fault
from components.config.spelling import CamelCase, spelled
from components.spec.cluster import Spec, WorkerPoolSpec


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("controlPlane.diskGib", "control_plane.disk_gib"),
        ("network.ipv4Range", "network.ipv4_range"),
        ("network.zones[1]", "network.zones[1]"),
        ("workers.spotPool.instanceTypes[0]", "workers.spotPool.instance_types[0]"),
        ("workers.diskGib.diskGib", "workers.diskGib.disk_gib"),
        ("workers.a.labels.diskGib", "workers.a.labels.diskGib"),
        ('kubeadm.apiServerArgs["a.diskGib"]', 'kubeadm.api_server_args["a.diskGib"]'),
        (
            'kubeadm.files["/etc/kubernetes/diskGib"].on',
            'kubeadm.files["/etc/kubernetes/diskGib"].on',
        ),
        ("controlPlane.portsFromNodes[0].endPort", "control_plane.ports_from_nodes[0].end_port"),
        ("clutserName", "clutserName"),
        ("secretFiles", "secret_files"),
        ("configuration", "configuration"),
    ],
)
def test_a_path_has_fields_in_the_spelling_of_python_and_keys_as_they_are(path, expected):
    fault = spelled({}, Spec, Fault(path, "missing"), ["secret_files"])

    assert str(fault) == f"{expected}: missing"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("write none, or [IPv4, IPv6] in ipFamilies", "write none, or [IPv4, IPv6] in ip_families"),
        ("give more names in kubeadm.certSans", "give more names in kubeadm.cert_sans"),
        (
            "the machine's own addresses, in the order of cluster.ipFamilies; the API's stay",
            "the machine's own addresses, in the order of cluster.ip_families; the API's stay",
        ),
        (
            "unknown key 'diskGibb'; did you mean diskGib?",
            "unknown key 'diskGibb'; did you mean disk_gib?",
        ),
        ("the key is there twice, as 'disk_gib' and as 'diskGib'", None),
        ('["diskGib"] is not a text; write a single value', None),
        ('"it\'s a diskGib" is not a text', None),
        ("connect securityGroupId", "connect security_group_id"),
    ],
)
def test_a_message_names_fields_in_the_spelling_of_python_and_repeats_values(message, expected):
    fault = spelled({}, WorkerPoolSpec, Fault("pool", message), ["security_group_id"])

    assert fault.message == (expected or message)


def test_who_writes_camel_case_is_answered_in_it():
    fault = Fault("controlPlane.diskGib", "lower diskGib")

    assert spelled(CamelCase(), Spec, fault) == fault
