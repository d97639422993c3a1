"""A pool of workers, as AWS is asked for it."""

import base64
import gzip
import json

import pulumi
import pytest
import yaml

from components import WorkerPool, joining

ARGS = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "pool_name": "general",
    "subnet_ids": {"eu-west-1a": "subnet-a", "eu-west-1b": "subnet-b"},
    "security_group_id": "sg-1",
    "instance_profile_name": "profile",
}

UBUNTU_24_04 = "/aws/service/canonical/ubuntu/server/24.04/stable/current"


def pool(**args):
    """A program that makes one pool and returns its outputs."""

    def program():
        made = WorkerPool("pool", {**ARGS, **args})
        return {"group_name": made.group_name}

    return program


def tags(deployment):
    """The group's tags: key, value, and whether machines get it."""
    return {
        tag["key"]: (tag["value"], tag["propagateAtLaunch"])
        for tag in deployment.one("Group")["tags"]
    }


def test_a_pool_is_a_template_and_a_group(deploy):
    deployment = deploy(pool())

    assert {key: made.parent for key, made in deployment.resources.items()} == {
        "WorkerPool pool": "Stack dualstack-test",
        "LaunchTemplate pool": "WorkerPool pool",
        "Group pool": "WorkerPool pool",
        "LifecycleHook pool-joined": "WorkerPool pool",
        "LifecycleHook pool-left": "WorkerPool pool",
        "Parameter pool-asked": "WorkerPool pool",
        "Parameter pool-revision": "WorkerPool pool",
    }
    assert deployment.outputs == {"group_name": "pool"}


def test_a_machine_is_asked_for_like_this(deploy):
    deployment = deploy(pool())

    template = dict(deployment.one("LaunchTemplate"))

    assert template.pop("userData").startswith("H4sI")
    own = {"Name": "pool", "kubernetes.io/cluster/prod": "owned"}
    assert template == {
        "imageId": f"ami of {UBUNTU_24_04}/amd64/hvm/ebs-gp3/ami-id",
        "instanceType": "m6i.large",
        "iamInstanceProfile": {"name": "profile"},
        "networkInterfaces": [
            {
                "deviceIndex": 0,
                "securityGroups": ["sg-1"],
                "associatePublicIpAddress": "false",
                "ipv6AddressCount": 1,
                "primaryIpv6": "true",
                "deleteOnTermination": "true",
            }
        ],
        "privateDnsNameOptions": {
            "hostnameType": "resource-name",
            "enableResourceNameDnsARecord": True,
            "enableResourceNameDnsAaaaRecord": True,
        },
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
            "httpProtocolIpv6": "enabled",
        },
        "updateDefaultVersion": True,
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/sda1",
                "ebs": {
                    "encrypted": "true",
                    "volumeType": "gp3",
                    "volumeSize": 80,
                    "deleteOnTermination": "true",
                },
            }
        ],
        "tagSpecifications": [
            {"resourceType": "instance", "tags": own},
            {"resourceType": "volume", "tags": own},
        ],
        "tags": own,
    }


def test_a_group_is_asked_for_like_this(deploy):
    deployment = deploy(pool(pool={"min": 2, "max": 8}))

    group = dict(deployment.one("Group"))

    group.pop("tags")
    assert group == {
        "minSize": 2,
        "maxSize": 8,
        "vpcZoneIdentifiers": ["subnet-a", "subnet-b"],
        "launchTemplate": {"id": "LaunchTemplate pool", "version": "1"},
        "waitForCapacityTimeout": "0",
        "instanceRefresh": {
            "strategy": "Rolling",
            "preferences": {
                "minHealthyPercentage": 100,
                "maxHealthyPercentage": 110,
                "instanceWarmup": "30",
                "autoRollback": True,
                "skipMatching": True,
                "scaleInProtectedInstances": "Ignore",
                "standbyInstances": "Ignore",
            },
        },
        "initialLifecycleHooks": [
            {
                "name": "joined",
                "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
                "defaultResult": "ABANDON",
                "heartbeatTimeout": 1200,
            },
            {
                "name": "left",
                "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
                "defaultResult": "CONTINUE",
                "heartbeatTimeout": 720,
            },
        ],
    }


def test_a_group_made_earlier_gets_the_hooks_that_a_new_one_is_made_with(deploy):
    deployment = deploy(pool())

    given = deployment.one("Group")["initialLifecycleHooks"]
    hooks = [{"autoscalingGroupName": "pool", **hook} for hook in given]
    assert deployment.all("LifecycleHook") == {f"pool-{hook['name']}": hook for hook in hooks}


def test_the_times_of_a_pool_are_those_of_its_hooks(deploy):
    deployment = deploy(pool(pool={"rollout": {"join_seconds": 600, "drain_seconds": 1800}}))

    hooks = deployment.all("LifecycleHook")
    assert hooks["pool-joined"]["heartbeatTimeout"] == 600
    assert hooks["pool-left"]["heartbeatTimeout"] == 1920


def test_a_pool_is_replaced_as_it_says(deploy):
    rollout = {
        "min_healthy_percentage": 90,
        "max_healthy_percentage": 150,
        "warm_up_seconds": 0,
        "pause_at_percentages": [1, 50],
        "pause_seconds": 600,
        "auto_rollback": False,
        "max_instance_lifetime_days": 30,
    }

    group = deploy(pool(pool={"rollout": rollout})).one("Group")

    preferences = group["instanceRefresh"]["preferences"]
    assert preferences["minHealthyPercentage"] == 90
    assert preferences["maxHealthyPercentage"] == 150
    assert preferences["instanceWarmup"] == "0"
    # Without the last one, AWS ends the refresh at half of the pool.
    assert preferences["checkpointPercentages"] == [1, 50, 100]
    assert preferences["checkpointDelay"] == "600"
    assert preferences["autoRollback"] is False
    assert group["maxInstanceLifetime"] == 2592000


@pytest.mark.parametrize("spot", [False, True])
def test_no_pool_waits_for_capacity(deploy, spot):
    deployment = deploy(pool(pool={"spot": spot}))

    assert deployment.one("Group")["waitForCapacityTimeout"] == "0"


def test_the_size_between_its_limits_is_the_autoscalers(deploy):
    deployment = deploy(pool(pool={"min": 2, "max": 8}))

    assert "desiredCapacity" not in deployment.one("Group")


def test_a_pool_may_stand_in_some_zones_only(deploy):
    deployment = deploy(pool(pool={"zones": ["eu-west-1b"]}))

    assert deployment.one("Group")["vpcZoneIdentifiers"] == ["subnet-b"]


def test_a_changed_template_reaches_the_group_by_its_number(deploy):
    deployment = deploy(pool(), made={"LaunchTemplate pool": {"latestVersion": 7}})

    assert deployment.one("Group")["launchTemplate"]["version"] == "7"


def test_several_types_are_taken_in_order_of_preference(deploy):
    deployment = deploy(pool(pool={"instance_types": ["m6i.xlarge", "m5.xlarge"]}))

    group = deployment.one("Group")

    assert "launchTemplate" not in group
    assert "capacityRebalance" not in group
    assert group["mixedInstancesPolicy"] == {
        "instancesDistribution": {
            "onDemandPercentageAboveBaseCapacity": 100,
            "onDemandAllocationStrategy": "prioritized",
            "spotAllocationStrategy": "price-capacity-optimized",
        },
        "launchTemplate": {
            "launchTemplateSpecification": {
                "launchTemplateId": "LaunchTemplate pool",
                "version": "1",
            },
            "overrides": [{"instanceType": "m6i.xlarge"}, {"instanceType": "m5.xlarge"}],
        },
    }


@pytest.mark.parametrize("types", [["m7g.large"], ["m7g.large", "m6g.large"]], ids=["one", "two"])
def test_spot_capacity_is_all_spot_and_replaced_before_it_ends(deploy, types):
    deployment = deploy(pool(pool={"instance_types": types, "spot": True}))

    group = deployment.one("Group")

    distribution = group["mixedInstancesPolicy"]["instancesDistribution"]
    assert distribution["onDemandPercentageAboveBaseCapacity"] == 0
    assert distribution["spotAllocationStrategy"] == "price-capacity-optimized"
    overrides = group["mixedInstancesPolicy"]["launchTemplate"]["overrides"]
    assert overrides == [{"instanceType": name} for name in types]
    assert group["capacityRebalance"] is True
    assert deployment.one("LaunchTemplate")["imageId"] == (
        f"ami of {UBUNTU_24_04}/arm64/hvm/ebs-gp3/ami-id"
    )


def test_the_autoscaler_finds_the_pool_and_knows_its_nodes_while_there_are_none(deploy):
    deployment = deploy(
        pool(
            cluster={**ARGS["cluster"], "tags": {"team": "platform"}},
            pool={
                "labels": {"example.com/tier": "data"},
                "taints": [
                    {"key": "dedicated", "value": "databases", "effect": "NoSchedule"},
                    {"key": "example.com/slow", "effect": "PreferNoSchedule"},
                ],
            },
        )
    )

    scaling = "k8s.io/cluster-autoscaler"
    assert tags(deployment) == {
        "Name": ("pool", True),
        "team": ("platform", True),
        "kubernetes.io/cluster/prod": ("owned", True),
        f"{scaling}/enabled": ("true", False),
        f"{scaling}/prod": ("owned", False),
        f"{scaling}/node-template/label/example.com/tier": ("data", False),
        f"{scaling}/node-template/taint/dedicated": ("databases:NoSchedule", False),
        f"{scaling}/node-template/taint/example.com/slow": (":PreferNoSchedule", False),
    }


@pytest.mark.parametrize(
    ("effects", "told"),
    [
        (("NoExecute", "NoSchedule"), "databases:NoExecute"),
        (("NoSchedule", "NoExecute"), "databases:NoExecute"),
        (("NoSchedule", "PreferNoSchedule"), "databases:NoSchedule"),
    ],
)
def test_of_two_effects_of_a_key_the_autoscaler_is_told_the_harder(deploy, effects, told):
    taints = [{"key": "dedicated", "value": "databases", "effect": effect} for effect in effects]

    deployment = deploy(pool(pool={"taints": taints}))

    assert tags(deployment)["k8s.io/cluster-autoscaler/node-template/taint/dedicated"] == (
        told,
        False,
    )


def test_a_newer_ubuntu_replaces_no_worker(deploy):
    deployment = deploy(pool())

    assert deployment.resources["LaunchTemplate pool"].ignored == ["imageId"]
    # The hooks of a group's creation.
    assert deployment.resources["Group pool"].ignored == ["initialLifecycleHooks"]


def test_a_named_image_replaces_workers_when_it_changes(deploy):
    deployment = deploy(pool(nodes={"image": "ami-0123456789abcdef0"}))

    assert deployment.one("LaunchTemplate")["imageId"] == "ami-0123456789abcdef0"
    assert deployment.resources["LaunchTemplate pool"].ignored == []


RECORD = "/dualstack/prod/running/pools/general"
ASKED = f"{RECORD}/asked"


def recorded(deployment):
    """The records that a run leaves, as the next one finds them."""
    found = deployment.all("Parameter").values()
    return {record["name"]: record["insecureValue"] for record in found}


def test_what_machines_are_made_with_is_recorded_with_their_image(deploy):
    found = json.loads(recorded(deploy(pool()))[RECORD])

    assert found["cluster.kubernetesVersion"] == "1.37.2"
    assert found["nodes.image"] == f"ami of {UBUNTU_24_04}/amd64/hvm/ebs-gp3/ami-id"


def test_a_byte_that_matters_to_no_machine_replaces_nobody(deploy):
    first = deploy(pool())

    second = deploy(pool(), parameters=recorded(first), machines={"pool": "m6i.large"})

    assert second.resources["LaunchTemplate pool"].ignored == ["tagSpecifications", "userData"]


def test_a_change_that_matters_replaces_machines_and_is_said(deploy, caplog):
    caplog.set_level("INFO")
    first = deploy(pool())

    second = deploy(
        pool(pool={"labels": {"tier": "web"}}, nodes={"packages": ["nfs-common"]}),
        parameters=recorded(first),
        machines={"pool": "m6i.large"},
        preview=True,
    )

    assert second.resources["LaunchTemplate pool"].ignored == []
    assert (
        "pool general: its machine is replaced, after the new one has joined: "
        "nodes.packages nothing -> nfs-common; labels.tier nothing -> web"
    ) in caplog.messages


def test_a_change_that_failed_is_taken_back_although_the_machines_have_stayed(deploy, caplog):
    caplog.set_level("INFO")
    joined, failed = deploy(pool()), deploy(pool(nodes={"packages": ["nfs-commmon"]}))
    left = {RECORD: recorded(joined)[RECORD], ASKED: recorded(failed)[ASKED]}

    taken_back = deploy(pool(), parameters=left, machines={"pool": "m6i.large"})

    assert taken_back.resources["LaunchTemplate pool"].ignored == []
    assert (
        "pool general: its machine is replaced, after the new one has joined: nodes.packages nfs-commmon -> nothing"
    ) in caplog.messages
    assert recorded(taken_back) == recorded(joined)


def test_an_image_that_failed_is_taken_back_although_the_machines_have_stayed(deploy, caplog):
    caplog.set_level("INFO")
    image = "ami-0123456789abcdef0"
    joined, failed = deploy(pool()), deploy(pool(nodes={"image": image}))
    left = {RECORD: recorded(joined)[RECORD], ASKED: recorded(failed)[ASKED]}
    before = joined.one("LaunchTemplate")["imageId"]

    taken_back = deploy(pool(), parameters=left, machines={"pool": "m6i.large"})

    assert taken_back.resources["LaunchTemplate pool"].ignored == []
    assert taken_back.one("LaunchTemplate")["imageId"] == before
    assert (
        f"pool general: its machine is replaced, after the new one has joined: image {image} -> {before}"
    ) in caplog.messages


def test_a_pool_keeps_its_image_when_a_newer_one_is_there(deploy):
    image = f"ami of {UBUNTU_24_04}/amd64/hvm/ebs-gp3/ami-id"
    record = {RECORD: recorded(deploy(pool()))[RECORD].replace(image, "ami-old")}

    deployment = deploy(pool(), parameters=record, machines={"pool": "m6i.large"})

    assert deployment.one("LaunchTemplate")["imageId"] == "ami-old"


def test_a_pool_gets_the_newest_image_of_another_architecture(deploy):
    types = {"instance_types": ["m7g.large"]}
    first = recorded(deploy(pool()))

    deployment = deploy(pool(pool=types), parameters=first, machines={"pool": "m6i.large"})

    assert deployment.resources["LaunchTemplate pool"].ignored == []
    assert deployment.one("LaunchTemplate")["imageId"] == (
        f"ami of {UBUNTU_24_04}/arm64/hvm/ebs-gp3/ami-id"
    )


@pytest.mark.parametrize(
    ("asked", "replaced"),
    [("ami-0123456789abcdef0", False), ("ami-00000000000000001", True)],
    ids=["the same", "another"],
)
def test_machines_are_said_to_be_replaced_by_an_image_that_is_an_output_if_it_is_another(
    deploy, caplog, asked, replaced
):
    caplog.set_level("INFO")
    first = deploy(pool(nodes={"image": "ami-0123456789abcdef0"}))

    def program():
        image = pulumi.Output.from_input(asked)
        WorkerPool("pool", {**ARGS, "nodes": {"image": image}})

    deploy(program, parameters=recorded(first), machines={"pool": "m6i.large"})

    said = [line for line in caplog.messages if "is replaced, after the new one" in line]
    assert bool(said) is replaced
    assert all(f"image ami-0123456789abcdef0 -> {asked}" in line for line in said)


def test_an_image_that_is_a_secret_is_not_said(deploy, caplog):
    caplog.set_level("INFO")
    first = deploy(pool(nodes={"image": "ami-0123456789abcdef0"}))

    def program():
        image = pulumi.Output.secret("ami-00000000000000001")
        WorkerPool("pool", {**ARGS, "nodes": {"image": image}})

    deploy(program, parameters=recorded(first), machines={"pool": "m6i.large"})

    assert (
        "pool general: its machine is replaced, after the new one has joined: another image"
    ) in caplog.messages
    assert [line for line in caplog.messages if "ami-00000000000000001" in line] == []


def test_what_is_asked_for_is_recorded_before_the_template_changes(deploy):
    made = deploy(pool()).resources

    assert "Parameter pool-asked" in made["LaunchTemplate pool"].waits_for
    assert "Parameter pool-revision" not in made["LaunchTemplate pool"].waits_for


def test_a_pool_of_an_earlier_program_is_said_to_be_replaced_once(deploy, caplog):
    caplog.set_level("INFO")

    deployment = deploy(pool(), machines={"pool": "m6i.large"})

    assert deployment.resources["LaunchTemplate pool"].ignored == ["imageId"]
    assert [line for line in caplog.messages if "is not recorded yet" in line]


def test_a_pool_that_follows_the_newest_image_is_replaced_by_one(deploy, caplog):
    caplog.set_level("INFO")
    image = f"ami of {UBUNTU_24_04}/amd64/hvm/ebs-gp3/ami-id"
    record = {RECORD: recorded(deploy(pool()))[RECORD].replace(image, "ami-old")}
    follows = pool(nodes={"newest_image": True})

    deployment = deploy(follows, parameters=record, machines={"pool": "m6i.large"})

    assert deployment.resources["LaunchTemplate pool"].ignored == []
    assert deployment.one("LaunchTemplate")["imageId"] == image
    assert [line for line in caplog.messages if "image ami-old -> " in line]


@pytest.mark.parametrize(("made", "warned"), [("2020-01-31T00:00:00.000Z", True), (None, False)])
def test_a_named_image_is_warned_of_when_it_is_old(deploy, caplog, made, warned):
    image = "ami-0123456789abcdef0"

    deploy(pool(nodes={"image": image}), images={image: made} if made else {})

    old = [line for line in caplog.messages if line.startswith(f"nodes.image: {image} is ")]
    assert bool(old) is warned


@pytest.fixture
def awaited(monkeypatch):
    """What runs waited for: whether machines are replaced."""
    found = []
    monkeypatch.setattr(joining, "patience", lambda *_, replaces: found.append(replaces) or 1)
    return found


@pytest.mark.parametrize(
    ("waits", "preview", "asked"),
    [(True, False, [False]), (None, False, []), (True, True, [])],
    ids=["new", "not asked for", "preview"],
)
def test_a_run_waits_for_a_new_pool(deploy, awaited, waits, preview, asked):
    deploy(pool(pool={"rollout": {"wait_for_nodes": waits}}), preview=preview)

    assert awaited == asked


def test_a_run_that_changes_nothing_of_a_pool_waits_for_nobody(deploy, awaited):
    record = recorded(deploy(pool()))

    deploy(pool(pool={"rollout": {"wait_for_nodes": True}}), parameters=record)

    assert awaited == []


def test_a_pool_of_another_family_has_another_template_with_its_root_disk(deploy):
    deployment = deploy(pool(nodes={"image": "amazon-linux-2023"}))

    template = deployment.one("LaunchTemplate")
    assert template["imageId"] == (
        "ami of /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    )
    assert template["blockDeviceMappings"][0]["deviceName"] == "/dev/xvda"
    # Under the name of the earlier template it would keep that one's image, which a change does not replace.
    assert deployment.resources["LaunchTemplate pool-amazon-linux-2023"].ignored == ["imageId"]
    assert "LaunchTemplate pool" not in deployment.resources


def test_an_image_of_ones_own_is_of_the_family_that_is_named_beside_it(deploy):
    nodes = {"image": "ami-0123456789abcdef0", "image_family": "amazon-linux-2023"}

    deployment = deploy(pool(nodes=nodes))

    template = deployment.one("LaunchTemplate")
    assert template["imageId"] == "ami-0123456789abcdef0"
    assert template["blockDeviceMappings"][0]["deviceName"] == "/dev/xvda"
    assert deployment.resources["LaunchTemplate pool-amazon-linux-2023"].ignored == []


def test_workers_have_further_groups_a_faster_disk_and_metrics_where_they_are_asked_for(deploy):
    wanted = {
        "security_group_ids": ["sg-0123456789abcdef1"],
        "disk_iops": 6000,
        "disk_throughput": 500,
        "detailed_monitoring": True,
    }

    deployment = deploy(pool(pool=wanted, nodes={"security_group_ids": ["sg-0123456789abcdef0"]}))

    template = deployment.one("LaunchTemplate")
    groups = template["networkInterfaces"][0]["securityGroups"]
    assert groups[1:] == ["sg-0123456789abcdef0", "sg-0123456789abcdef1"]
    disk = template["blockDeviceMappings"][0]["ebs"]
    assert (disk["iops"], disk["throughput"]) == (6000, 500)
    assert template["monitoring"] == {"enabled": True}


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_workers_have_further_disks_a_key_and_a_place_where_they_are_asked_for(deploy):
    wanted = {
        "disk_gib": 80,
        "volumes": {
            "/dev/sdg": {"size_gib": 50, "throughput": 250},
            "/dev/sdf": {"size_gib": 100, "type": "io2", "iops": 9000},
        },
        "placement_group": "apart",
        "tenancy": "dedicated",
    }

    deployment = deploy(pool(pool=wanted, nodes={"disk_kms_key_arn": KEY}))

    template = deployment.one("LaunchTemplate")
    kept = {"encrypted": "true", "deleteOnTermination": "true", "kmsKeyId": KEY}
    assert template["blockDeviceMappings"] == [
        {"deviceName": "/dev/sda1", "ebs": {"volumeType": "gp3", "volumeSize": 80, **kept}},
        {
            "deviceName": "/dev/sdf",
            "ebs": {"volumeType": "io2", "volumeSize": 100, "iops": 9000, **kept},
        },
        {
            "deviceName": "/dev/sdg",
            "ebs": {"volumeType": "gp3", "volumeSize": 50, "throughput": 250, **kept},
        },
    ]
    assert template["placement"] == {"groupName": "apart", "tenancy": "dedicated"}


def test_a_template_says_nothing_of_what_is_not_asked_for(deploy):
    template = deploy(pool()).one("LaunchTemplate")

    assert not {"monitoring", "placement"} & template.keys()
    assert sorted(template["blockDeviceMappings"][0]["ebs"]) == [
        *("deleteOnTermination", "encrypted", "volumeSize", "volumeType")
    ]
    assert len(template["networkInterfaces"][0]["securityGroups"]) == 1


def test_workers_are_never_protected(deploy):
    deployment = deploy(pool(cluster={**ARGS["cluster"], "protect": True}))

    assert {made.protect for made in deployment.resources.values()} == {False}


@pytest.mark.parametrize("version", ["1.16", "1.23", "1.37"])
def test_user_data_is_a_cloud_config_that_fits(deploy, version):
    deployment = deploy(
        pool(cluster={**ARGS["cluster"], "kubernetes_version": version, "cni": "calico"})
    )

    compressed = base64.b64decode(deployment.one("LaunchTemplate")["userData"])

    text = gzip.decompress(compressed).decode()
    assert len(compressed) < 16 * 1024
    assert text.startswith("#cloud-config\n")
    files = {file["path"] for file in yaml.safe_load(text)["write_files"]}
    assert "/etc/dualstack/kubeadm/join.yaml" in files
    assert "/etc/dualstack/kubeadm/init.yaml" not in files


def test_a_preview_shows_the_pool_with_its_user_data(deploy):
    deployed, previewed = deploy(pool()), deploy(pool(), preview=True)

    assert sorted(previewed.resources) == sorted(deployed.resources)
    assert previewed.one("LaunchTemplate")["userData"] == deployed.one("LaunchTemplate")["userData"]


def test_arguments_in_camel_case_make_the_same_pool(deploy):
    snake = pool(
        pool={"instance_types": ["m6i.large", "m5.large"], "disk_gib": 100},
        nodes={"ssh_key_name": "operators"},
    )

    def camel():
        args = {key: value for key, value in ARGS.items() if key not in ("pool_name", "cluster")}
        WorkerPool(
            "pool",
            {
                **args,
                "poolName": "general",
                "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
                "pool": {"instanceTypes": ["m6i.large", "m5.large"], "diskGib": 100},
                "nodes": {"sshKeyName": "operators"},
            },
        )

    of_snake, of_camel = deploy(snake).inputs(), deploy(camel).inputs()

    of_snake.pop("WorkerPool pool")
    of_camel.pop("WorkerPool pool")
    assert of_snake == of_camel


def test_a_pool_alone_is_not_newer_than_what_its_control_planes_have_reached(refused):
    parameters = {"/dualstack/prod/join/reached": f"{'a' * 64} 1.36.5"}

    [_, line] = ["", *refused(pool(), parameters=parameters)][-2:]

    assert line == (
        "cluster.kubernetes_version: 1.37 is asked for and the control planes have reached 1.36.5; no kubelet may be newer than an API "
        "server. Bring the control planes there first, and name it here when `python -m dualstack status` shows that all have reached "
        "it. If no cluster of this name runs, an earlier one has left the parameter join/reached behind: delete it"
    )


@pytest.mark.parametrize("reached", ["1.37.0", "1.38.1"])
def test_a_pool_alone_may_be_older_than_its_control_planes_or_of_their_minor(deploy, reached):
    parameters = {"/dualstack/prod/join/reached": f"{'a' * 64} {reached}"}

    assert "Group pool" in deploy(pool(), parameters=parameters).resources
