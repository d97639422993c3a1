"""Add-ons with roles of their own: what they get, and what their machines no longer have."""

import json

import pytest

from components import Addons, Cluster

EVERY = {"load_balancer_controller": True, "ebs_csi": True, "cluster_autoscaler": True}

CLUSTER = {
    "region": "eu-west-1",
    "cluster": {"name": "dev", "kubernetes_version": "1.36", "cni": "flannel"},
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowed_cidrs": ["10.0.0.0/16", "fd00::/8"]},
    "service_account_issuer": {"enabled": True},
}

ALONE = {
    "region": "eu-west-1",
    "cluster": {"name": "dev", "kubernetes_version": "1.36", "cni": "flannel"},
    "service_account_issuer": {"enabled": True},
    "kubeconfig": "",
    "identity": "sha256:abc",
    "control_plane_ids": ["i-1"],
}

VARIABLES = {
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/dev-addons-{}",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/sts.amazonaws.com/token",
    "AWS_STS_REGIONAL_ENDPOINTS": "regional",
}

VOLUME = {
    "name": "aws-token",
    "projected": {
        "sources": [
            {
                "serviceAccountToken": {
                    "audience": "sts.amazonaws.com",
                    "expirationSeconds": 3600,
                    "path": "token",
                }
            }
        ]
    },
}

MOUNT = {"name": "aws-token", "mountPath": "/var/run/secrets/sts.amazonaws.com", "readOnly": True}


def cluster(**args):
    """A program that makes a cluster with an issuer and says which roles its add-ons have."""

    def program():
        made = Cluster("dev", {**CLUSTER, **args})
        return {"arns": made.addon_role_arns, "names": made.addon_role_names}

    return program


@pytest.fixture(scope="module")
def standing(deploy):
    return deploy(cluster(addons=EVERY))


def of(name):
    """The variables of an add-on."""
    return {key: value.format(name) for key, value in VARIABLES.items()}


@pytest.mark.parametrize(
    ("addon", "service_account", "statements"),
    [
        ("aws-cloud-controller-manager", "aws-cloud-controller-manager", ["CloudController"]),
        ("cluster-autoscaler", "cluster-autoscaler", ["SeePools", "ScaleOwnPools"]),
        (
            "aws-ebs-csi-driver",
            "ebs-csi-controller-sa",
            [
                *("SeeVolumes", "MakeVolumes", "MakeSnapshots", "TagNewVolumes"),
                *("ChangeOwnVolumes", "UseOwnSnapshots", "AttachToOwnMachines"),
            ],
        ),
    ],
)
def test_an_add_on_has_a_role_for_its_service_account_with_its_permissions_alone(
    standing, addon, service_account, statements
):
    role = standing.all("Role")[f"dev-addons-{addon}"]
    policy = json.loads(standing.all("RolePolicy")[f"dev-addons-{addon}"]["policy"])

    [trust] = json.loads(role["assumeRolePolicy"])["Statement"]
    (subjects,) = [
        value for key, value in trust["Condition"]["StringEquals"].items() if key.endswith(":sub")
    ]
    assert subjects == [f"system:serviceaccount:kube-system:{service_account}"]
    assert [statement["Sid"] for statement in policy["Statement"]] == statements


def test_the_control_planes_role_has_none_of_them(standing):
    of_machines = {
        name: [statement["Sid"] for statement in json.loads(one["policy"])["Statement"]]
        for name, one in standing.all("RolePolicy").items()
        if one["role"] == "Role dev-control-plane" and "backups" not in name
    }

    assert of_machines == {
        "dev-control-plane": [
            *("Report", "Fetch", "ReadClusterKeys", "DecryptClusterKeys", "EncryptToken"),
            *("ForgetMachines", "SeeMachines", "SessionManager"),
        ]
    }


def test_metadata_answers_one_hop_away_on_every_machine(standing):
    limits = {
        made["metadataOptions"]["httpPutResponseHopLimit"]
        for kind in ("Instance", "LaunchTemplate")
        for made in standing.all(kind).values()
    }

    assert limits == {1}


def test_the_cloud_controller_takes_its_role_by_a_token(standing):
    pod = standing.resources["DaemonSet dev-addons-aws-cloud-controller-manager"].inputs["spec"][
        "template"
    ]["spec"]

    (container,) = pod["containers"]
    assert {one["name"]: one["value"] for one in container["env"]} == {
        **of("aws-cloud-controller-manager"),
        "AWS_REGION": "eu-west-1",
    }
    assert VOLUME in pod["volumes"]
    assert MOUNT in container["volumeMounts"]
    assert pod["serviceAccountName"] == "aws-cloud-controller-manager"


def test_the_load_balancer_controller_asks_no_metadata(standing):
    values = standing.all("Release")["dev-addons-aws-load-balancer-controller"]["values"]

    assert values["env"] == {**of("aws-load-balancer-controller"), "AWS_REGION": "eu-west-1"}
    assert (values["extraVolumes"], values["extraVolumeMounts"]) == ([VOLUME], [MOUNT])
    assert (values["vpcId"], values["region"]) == ("Vpc dev", "eu-west-1")


def test_the_volume_driver_takes_its_role_by_a_token(standing):
    controller = standing.all("Release")["dev-addons-aws-ebs-csi-driver"]["values"]["controller"]

    assert {one["name"]: one["value"] for one in controller["env"]} == {
        **of("aws-ebs-csi-driver"),
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
    }
    assert (controller["volumes"], controller["volumeMounts"]) == ([VOLUME], [MOUNT])


def test_the_autoscaler_leaves_its_machines_network_where_that_role_is(standing):
    values = standing.all("Release")["dev-addons-cluster-autoscaler"]["values"]

    assert values["extraEnv"] == of("cluster-autoscaler")
    assert (values["extraVolumes"], values["extraVolumeMounts"]) == ([VOLUME], [MOUNT])
    assert values["hostNetwork"] is False


def test_a_cluster_says_which_roles_its_add_ons_have(standing):
    addons = [
        "aws-cloud-controller-manager",
        "aws-ebs-csi-driver",
        "aws-load-balancer-controller",
        "cluster-autoscaler",
    ]

    assert standing.outputs["names"] == {addon: f"dev-addons-{addon}" for addon in addons}
    assert standing.outputs["arns"] == {
        addon: f"arn:aws:iam::123456789012:role/dev-addons-{addon}" for addon in addons
    }


def test_the_roles_outlive_the_clean_up_that_controllers_do(standing):
    waits = standing.resources["ConfigMap dev-clean-up"].waits_for

    assert {
        "RolePolicy dev-addons-aws-load-balancer-controller",
        "RolePolicy dev-addons-aws-ebs-csi-driver",
    } <= waits


def test_a_cloud_controller_of_somebody_else_keeps_the_machines_role(deploy):
    deployment = deploy(cluster(addons={"cloud_controller": False, "ebs_csi": True}))

    assert "dev-control-plane-controllers" in deployment.all("RolePolicy")
    assert deployment.outputs["names"] == {"aws-ebs-csi-driver": "dev-addons-aws-ebs-csi-driver"}


def test_without_an_issuer_no_add_on_has_a_role(deploy):
    deployment = deploy(cluster(addons=EVERY, service_account_issuer={"enabled": False}))

    assert deployment.outputs == {"arns": {}, "names": {}}
    assert deployment.all("PodRole") == {}
    assert (
        "vpcId"
        not in deployment.all("Release")["dev-addons-aws-load-balancer-controller"]["values"]
    )


def test_add_ons_alone_say_what_their_roles_need(refused):
    assert refused(lambda: Addons("dev", ALONE) and None)[1:] == [
        "issuer_provider_arn: missing: with service_account_issuer.enabled add-ons that call AWS get roles of their own, which need it",
        "vpc_id: missing: with service_account_issuer.enabled add-ons that call AWS get roles of their own, which need it",
    ]
