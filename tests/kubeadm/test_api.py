"""Which shapes of documents each minor's kubeadm reads."""

import re

import pytest

from tests.kubeadm.minimal import Case, api_version, document, extra_arguments, number, says, within
from tests.kubeadm.reading import checked, migrated

TEXT = r"ReadString: expects \" or n|cannot unmarshal (number|bool) into"
TOO_OLD = (
    r"this version of kubeadm only supports deploying clusters with the control plane version >= "
)

WARNED = "deprecated API spec"
OLD = "old API spec"
UNKNOWN = "no kind .* is registered"
EXPERIMENTAL = "experimental API spec"

API_VERSIONS = {
    "v1beta1": {"1.16-1.16": None, "1.17-1.21": WARNED, "1.22-1.37": OLD},
    "v1beta2": {"1.16-1.23": None, "1.24-1.26": WARNED, "1.27-1.37": OLD},
    "v1beta3": {"1.16-1.21": UNKNOWN, "1.22-1.30": None, "1.31-1.36": WARNED, "1.37-1.37": OLD},
    "v1beta4": {"1.16-1.27": UNKNOWN, "1.28-1.30": EXPERIMENTAL, "1.31-1.37": None},
    "v1": {"1.16-1.36": UNKNOWN, "1.37-1.37": EXPERIMENTAL},
}
"""Every version of kubeadm's API with what each minor says to it."""


@pytest.mark.parametrize("api", API_VERSIONS)
def test_each_version_of_the_api_is_taken_warned_of_or_refused(
    standing_machine, kubeadm, minor, api
):
    expected = within(API_VERSIONS[api], minor)

    said = says(checked(standing_machine, kubeadm, document(Case(), minor, api)))

    if expected is None:
        assert said is None
    else:
        assert said is not None
        assert re.search(expected, said), said


@pytest.mark.parametrize("api", ["v1beta2", "v1beta3", "v1beta4"])
def test_extra_arguments_of_the_other_shape_are_refused(standing_machine, kubeadm, minor, api):
    mask = {"node-cidr-mask-size-ipv6": "64"}
    right = extra_arguments(api, mask)
    wrong = extra_arguments("v1beta3" if api == "v1beta4" else "v1beta4", mask)
    text = document(Case(controller_manager=mask), minor, api)
    assert right in text

    verdict = checked(standing_machine, kubeadm, text.replace(right, wrong))

    assert not verdict.accepted


def test_an_argument_that_is_a_number_is_refused(standing_machine, kubeadm, minor):
    text = document(Case(controller_manager={"node-cidr-mask-size-ipv6": "64"}), minor)

    said = says(checked(standing_machine, kubeadm, text.replace('"64"', "64")))

    assert said is not None
    assert re.search(TEXT, said), said


def test_a_control_plane_of_two_minors_before_is_refused(standing_machine, kubeadm, minor):
    older = f"v1.{number(minor) - 2}.0"
    text = document(Case(), minor).replace(
        f"kubernetesVersion: v{minor}.0", f"kubernetesVersion: {older}"
    )
    assert older in text

    said = says(checked(standing_machine, kubeadm, text))

    assert said is not None
    assert re.search(TOO_OLD, said), said


def test_a_users_own_gates_replace_the_generated_ones(standing_machine, kubeadm, minor):
    """So a user's gates must be written together with the dual-stack gate, up to 1.20."""
    text = document(Case(controller_manager={"feature-gates": "EndpointSlice=true"}), minor)

    verdict = checked(standing_machine, kubeadm, text)

    assert verdict.accepted, verdict.output
    manifest = standing_machine.folder / "etc/kubernetes/manifests/kube-controller-manager.yaml"
    gates = [line.strip() for line in manifest.read_text().splitlines() if "feature-gates" in line]
    assert gates == ["- --feature-gates=EndpointSlice=true"]


ENDPOINTS = {
    "10.0.0.1:6443": None,
    "[fd00:aa::1]:6443": None,
    "api.example.com:6443": None,
    "fd00:aa::1:6443": "too many colons in address",
    "fd00:aa::1": "too many colons in address",
}
"""What a joining machine may be told of the API, with the words against it."""


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_ipv6_endpoint_to_join_needs_brackets_and_a_port(
    standing_machine, kubeadm, minor, endpoint
):
    expected = ENDPOINTS[endpoint]
    text = (
        f"apiVersion: kubeadm.k8s.io/{api_version(minor)}\n"
        "kind: JoinConfiguration\n"
        "discovery:\n"
        "  bootstrapToken:\n"
        f'    apiServerEndpoint: "{endpoint}"\n'
        "    token: abcdef.0123456789abcdef\n"
        "    unsafeSkipCAVerification: true\n"
    )

    said = says(migrated(standing_machine, kubeadm, text))

    if expected is None:
        assert said is None
    else:
        assert said is not None
        assert re.search(expected, said), said
