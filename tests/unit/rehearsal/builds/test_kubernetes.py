"""The module file each minor of Kubernetes is built in."""

from rehearsal.builds.kubernetes import module_file, program_of
from tests.support.minors import NUMBERS

UPSTREAM = """module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
\tgithub.com/json-iterator/go v1.1.7
)

replace (
\tgithub.com/json-iterator/go => github.com/json-iterator/go v1.1.7
\tk8s.io/api => ./staging/src/k8s.io/api
\tk8s.io/cluster-bootstrap => ./staging/src/k8s.io/cluster-bootstrap
\tk8s.io/kube-proxy => ./staging/src/k8s.io/kube-proxy
)
"""


def test_every_minor_from_1_16_to_1_37_is_built_from_the_patch_that_is_installed():
    names = [str(program_of("kubeadm", f"1.{minor}")) for minor in NUMBERS]

    assert (names[0], names[7], names[21]) == (
        "kubeadm v1.16.15",
        "kubeadm v1.23.17",
        "kubeadm v1.37.2",
    )


def test_1_16_needs_a_newer_json_library_and_a_moved_module():
    text = module_file("k8s.io/kubernetes", "v1.16.15", UPSTREAM)

    assert text == (
        "module build\n"
        "\n"
        "go 1.20\n"
        "\n"
        "require k8s.io/kubernetes v1.16.15\n"
        "require github.com/modern-go/reflect2 v1.0.2\n"
        "require github.com/json-iterator/go v1.1.12\n"
        "\n"
        "replace k8s.io/api => k8s.io/api v0.16.15\n"
        "replace k8s.io/cluster-bootstrap => k8s.io/cluster-bootstrap v0.16.15\n"
        "replace k8s.io/kube-proxy => k8s.io/kube-proxy v0.16.15\n"
        "replace vbom.ml/util => github.com/fvbommel/util v0.0.0-20180919145318-efcd4e0f9787\n"
    )


def test_1_25_takes_two_modules_from_a_neighbouring_patch():
    text = module_file("k8s.io/kubernetes", "v1.25.16", UPSTREAM)

    assert text == (
        "module build\n"
        "\n"
        "go 1.26.0\n"
        "\n"
        "require k8s.io/kubernetes v1.25.16\n"
        "\n"
        "replace k8s.io/api => k8s.io/api v0.25.16\n"
        "replace k8s.io/cluster-bootstrap => k8s.io/cluster-bootstrap v0.25.9\n"
        "replace k8s.io/kube-proxy => k8s.io/kube-proxy v0.25.9\n"
    )


def test_1_24_is_built_with_a_go_line_of_our_own():
    text = module_file("k8s.io/kubernetes", "v1.24.17", UPSTREAM)

    assert text.splitlines()[2] == "go 1.20"
