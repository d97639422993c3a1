"""metrics-server, as the API is given it."""

import pytest

from components.catalog import installed
from tests.support.clusters import spec


def found(kind, minor="1.37", **sections):
    # Its own pod range: 1.16 wants a wider one than the others.
    content = installed(spec(minor, pods={}, addons={"metricsServer": True}, **sections))
    objects = content["metrics-server"].objects()
    return {item["metadata"]["name"]: item for item in objects if item["kind"] == kind}


def pod(**args):
    return found("Deployment", **args)["metrics-server"]["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    ("minor", "version"),
    [
        *(("1.16", "0.5.2"), ("1.24", "0.5.2"), ("1.25", "0.6.4"), ("1.27", "0.7.2")),
        *(("1.31", "0.8.1"), ("1.34", "0.9.0"), ("1.37", "0.9.0")),
    ],
)
def test_each_minor_has_the_release_line_that_is_for_it(minor, version):
    (container,) = pod(minor=minor)["containers"]

    assert container["image"] == f"registry.k8s.io/metrics-server/metrics-server:v{version}"


AUTHORITY = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"


def test_it_asks_kubelets_at_their_nodes_addresses_and_accepts_certificates_of_the_cluster():
    (container,) = pod()["containers"]

    assert "--kubelet-preferred-address-types=InternalIP" in container["args"]
    assert f"--kubelet-certificate-authority={AUTHORITY}" in container["args"]
    assert "--kubelet-insecure-tls" not in container["args"]


@pytest.mark.parametrize("certificates", ["selfSigned", "signed"])
def test_while_kubelets_may_have_signed_for_themselves_it_accepts_any(certificates):
    (container,) = pod(kubeadm={"kubeletCertificates": certificates})["containers"]

    assert "--kubelet-insecure-tls" in container["args"]
    assert not any("certificate-authority" in argument for argument in container["args"])


def test_it_listens_where_its_service_and_its_probes_look():
    (container,) = pod()["containers"]
    (port,) = found("Service")["metrics-server"]["spec"]["ports"]

    assert "--secure-port=4443" in container["args"]
    assert container["ports"] == [{"name": "https", "containerPort": 4443, "protocol": "TCP"}]
    assert port["targetPort"] == container["readinessProbe"]["httpGet"]["port"] == "https"


def test_a_cluster_without_workers_runs_it_too():
    assert pod()["tolerations"] == [
        {
            "key": "node-role.kubernetes.io/control-plane",
            "operator": "Exists",
            "effect": "NoSchedule",
        }
    ]


def test_the_api_passes_on_what_is_asked_of_metrics():
    (service,) = found("APIService").values()

    assert service["metadata"]["name"] == "v1beta1.metrics.k8s.io"
    assert service["spec"]["service"] == {"name": "metrics-server", "namespace": "kube-system"}
