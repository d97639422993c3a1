"""The AWS Load Balancer Controller, as its own chart makes it of our values."""

import pytest

pytestmark = pytest.mark.parametrize("minor", ["1.20", "1.21", "1.22", "1.37"])
"""The first and the last minor of each release."""

NAME = "aws-load-balancer-controller"


@pytest.fixture
def objects(rendered, minor):
    return lambda **args: rendered(
        NAME, minor, addons={"loadBalancerController": True, "cni": False}, **args
    )


@pytest.fixture
def pod(objects):
    return lambda **args: objects(**args).one("Deployment", NAME)["spec"]["template"]["spec"]


def test_it_is_told_the_cluster_and_asks_no_service_that_its_role_may_not(pod):
    (container,) = pod()["containers"]

    assert container["args"] == [
        "--cluster-name=dev",
        "--ingress-class=alb",
        "--aws-region=eu-west-1",
        "--enable-shield=false",
        "--enable-waf=false",
        "--enable-wafv2=false",
    ]


def test_it_runs_on_control_planes_in_the_network_of_pods(pod):
    found = pod()

    assert found["nodeSelector"] == {"node-role.kubernetes.io/control-plane": ""}
    assert {toleration["effect"] for toleration in found["tolerations"]} == {"NoSchedule"}
    # Its webhooks are reached by the overlay: of the firewall's groups nothing more is asked.
    assert "hostNetwork" not in found


def test_its_webhooks_are_trusted_without_a_manager_of_certificates(objects):
    made = objects()

    kinds = {item["kind"] for item in made}
    webhooks = made.one("MutatingWebhookConfiguration", "aws-load-balancer-webhook")["webhooks"]
    assert {"Secret", "MutatingWebhookConfiguration"} <= kinds
    assert not {"Certificate", "Issuer"} & kinds
    assert all(webhook["clientConfig"]["caBundle"] for webhook in webhooks)


def test_while_it_is_away_pods_and_services_of_others_can_be_made(objects):
    made = objects()

    held = [
        webhook["name"]
        for webhook in made.one("MutatingWebhookConfiguration", "aws-load-balancer-webhook")[
            "webhooks"
        ]
        if webhook["failurePolicy"] == "Fail" and not chooses(webhook)
    ]
    assert held == ["mtargetgroupbinding.elbv2.k8s.aws"]


def chooses(webhook):
    """Whether it asks about objects that someone has marked for it."""
    rules = [
        *webhook.get("namespaceSelector", {}).get("matchExpressions", []),
        *webhook.get("objectSelector", {}).get("matchExpressions", []),
    ]
    return any(rule["operator"] == "In" for rule in rules)


def test_what_it_makes_has_the_clusters_tags(rendered, minor):
    cluster = {
        "name": "dev",
        "kubernetesVersion": minor,
        "cni": "none",
        "tags": {"cost": "a b", "unit": "c:d"},
    }
    made = rendered(NAME, minor, addons={"loadBalancerController": True}, cluster=cluster)

    (container,) = made.one("Deployment", NAME)["spec"]["template"]["spec"]["containers"]
    assert "--default-tags=cost=a b,unit=c:d" in container["args"]


def test_its_image_comes_from_the_users_own_repository_by_its_last_name(pod):
    (container,) = pod(software={"imageRepository": "mirror.example.com/k8s"})["containers"]

    assert container["image"].rpartition(":")[0] == f"mirror.example.com/k8s/{NAME}"
