"""A cluster that runs, as the program finds it before it makes or changes anything."""

import gzip
import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pulumi
import pulumi_aws as aws
import pytest

from components import Cluster, ControlPlane, arrival, waiting

SPEC = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.36"},
    "network": {"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
    "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
}

CONTROL_PLANE = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.36"},
    "subnet_ids": {"eu-west-1a": "subnet-a", "eu-west-1b": "subnet-b", "eu-west-1c": "subnet-c"},
    "security_group_id": "sg-1",
    "instance_profile_name": "profile",
    "target_group_arn": "arn:targets",
}

LEAVES = "joined, and leaves etcd by itself"
RECORD = "/dualstack/prod/running/settings"
RUNNING = {f"prod-control-plane-{number}": "t3.medium" for number in range(3)}


def cluster(opts=None, **sections):
    """A program that makes a whole cluster."""

    def program():
        Cluster("prod", {**SPEC, **sections}, opts() if opts else None)

    return program


def version(kubernetes):
    return {**SPEC["cluster"], "kubernetes_version": kubernetes}


@pytest.fixture(scope="module")
def record(deploy):
    """What the first deployment writes down."""
    return deploy(cluster()).all("Parameter")["prod-control-plane-running"]["insecureValue"]


@pytest.fixture
def parameters(record):
    """The parameters of the cluster that runs."""
    return {RECORD: record}


def test_a_new_cluster_writes_down_what_it_is_made_with(record):
    assert json.loads(record) == {
        "api.dnsName": None,
        "api.scheme": "internal",
        "cluster.cloudProvider": "external",
        "cluster.cni": "flannel",
        "cluster.ipFamilies": "IPv4, IPv6",
        "cluster.kubernetesVersion": "1.36.5",
        "controlPlane.placementGroup": None,
        "controlPlane.tenancy": "default",
        "controlPlane.volumes": {},
        "kubeadm.apiServerArgs": {},
        "kubeadm.audit": "true",
        "kubeadm.auditPolicy": None,
        "kubeadm.certSans": "",
        "kubeadm.certificateDays": None,
        "kubeadm.controllerManagerArgs": {},
        "kubeadm.dnsDomain": "cluster.local",
        "kubeadm.etcdArgs": {},
        "kubeadm.featureGates": {},
        "kubeadm.files": {},
        "kubeadm.keyAlgorithm": None,
        "kubeadm.kubeletArgs": {},
        "kubeadm.kubeletCertificates": "verified",
        "kubeadm.patches": {},
        "kubeadm.proxyMetricsBindAddress": None,
        "kubeadm.proxyMode": "iptables",
        "kubeadm.schedulerArgs": {},
        "network.ipv4Range": "10.0.0.0/16",
        "network.ipv6": {"source": "amazon"},
        "network.subnets.privateSize": "19",
        "network.subnets.publicSize": "22",
        "network.zones": "eu-west-1a, eu-west-1b, eu-west-1c",
        "nodes.diskKmsKeyArn": None,
        "pods.ipv4Range": "10.244.0.0/16",
        "pods.ipv6Range": "fdab:1ba7:8370:100::/56",
        "pods.nodeMaskIpv4": "24",
        "pods.nodeMaskIpv6": "64",
        "services.ipv4Range": "10.96.0.0/16",
        "services.ipv6Range": "fdab:1ba7:8370::/112",
        "services.nodePorts": "30000-32767",
        "software.imageRepository": None,
    }


def test_machines_wait_for_the_record_and_it_goes_with_the_stack(deploy):
    made = deploy(cluster()).resources

    assert "Parameter prod-control-plane-running" in made["Instance prod-control-plane-0"].waits_for
    assert made["Parameter prod-control-plane-running"].inputs["name"] == RECORD
    assert made["Parameter prod-control-plane-running"].parent == "ControlPlane prod-control-plane"


def test_until_a_machine_exists_the_settings_may_still_be_corrected(deploy, parameters):
    corrected = deploy(cluster(cluster=version("1.37")), parameters=parameters)

    record = corrected.resources["Parameter prod-control-plane-running"]
    assert json.loads(record.inputs["insecureValue"])["cluster.kubernetesVersion"] == "1.37.2"
    assert record.ignored == []


def test_what_runs_keeps_its_record(deploy, parameters):
    again = deploy(cluster(), machines=RUNNING, parameters=parameters)

    assert again.resources["Parameter prod-control-plane-running"].ignored == ["insecureValue"]


def test_all_that_a_running_cluster_cannot_follow_is_refused_at_once(refused, parameters):
    lines = refused(
        cluster(
            cluster={**version("1.37"), "ip_families": ["IPv6", "IPv4"]},
            services={"ipv4_range": "10.97.0.0/16"},
            control_plane={"count": 1},
        ),
        machines=RUNNING,
        parameters=parameters,
    )

    assert lines[0] == "The configuration has 4 faults; nothing was changed."
    assert [line.partition(": ")[0] for line in lines[1:]] == [
        "cluster.kubernetes_version",
        "cluster.ip_families",
        "services.ipv4_range",
        "control_plane.count",
    ]


def test_a_renamed_stack_is_found_by_the_ranges_that_follow_from_its_name(refused, parameters):
    _, pods, services = refused(
        cluster(), stack="production", machines=RUNNING, parameters=parameters
    )

    assert pods.startswith("pods.ipv6_range: ")
    assert "the cluster runs fdab:1ba7:8370:100::/56" in pods
    assert "Write fdab:1ba7:8370:100::/56 here" in pods
    assert services.startswith("services.ipv6_range: ")


def test_a_range_that_is_written_down_outlives_the_names_it_came_from(deploy, parameters):
    deployment = deploy(
        cluster(
            pods={"ipv6_range": "fdab:1ba7:8370:100::/56"},
            services={"ipv6_range": "fdab:1ba7:8370::/112"},
        ),
        stack="production",
        machines=RUNNING,
        parameters=parameters,
    )

    assert len(deployment.all("Instance")) == 3


def said(monkeypatch):
    """The warnings of the program."""
    heard = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: heard.append(text))
    return heard


def test_what_reaches_some_machines_alone_is_warned_of(deploy, parameters, monkeypatch):
    heard = said(monkeypatch)
    deploy(
        cluster(
            cluster=version("1.36.4"),
            control_plane={"instance_type": "m6i.large"},
            kubeadm={"api_server_args": {"v": "4"}},
        ),
        machines=RUNNING,
        parameters=parameters,
    )

    assert [text.partition(": ")[0] for text in heard if "machines in" not in text][-3:] == [
        "cluster.kubernetes_version",
        "kubeadm.api_server_args.v",
        "control_plane.instance_type",
    ]


def test_a_cluster_without_a_record_gets_one_with_a_warning(deploy, monkeypatch):
    heard = said(monkeypatch)
    deploy(cluster(), machines=RUNNING)

    assert [text for text in heard if RECORD in text] == [
        "prod-control-plane-0, prod-control-plane-1, prod-control-plane-2 run, and /dualstack/prod/running/settings does not "
        "say with which settings they were made. The present ones are recorded: change nothing else in the same run"
    ]


def test_a_control_plane_alone_is_compared_too(refused, deploy):
    def program(**args):
        return lambda: ControlPlane("cp", {**CONTROL_PLANE, **args}) and None

    there = {f"cp-{number}": "t3.medium" for number in range(3)}
    written = deploy(program()).all("Parameter")["cp-running"]["insecureValue"]

    _, fault = refused(
        program(cluster=version("1.35")), machines=there, parameters={RECORD: written}
    )

    assert fault.startswith("cluster.kubernetes_version: 1.35.8 is asked for and the cluster runs")


def test_it_is_asked_where_the_cluster_is_made(deploy):
    def program():
        ireland = aws.Provider("ireland", region="eu-west-1")
        Cluster("prod", SPEC, pulumi.ResourceOptions(providers=[ireland]))

    deployment = deploy(program)

    [first, *_] = deployment.looked_up
    assert first.token == "aws:ec2/getInstances:getInstances"
    assert "pulumi:providers:aws::ireland" in first.provider


def test_an_account_that_may_not_look_is_told_which_rights_are_missing(refused, monkeypatch):
    def denied(*_, **__):
        raise Exception("UnauthorizedOperation: You are not authorized")  # noqa: TRY002 as the SDK does

    monkeypatch.setattr(aws.ec2, "get_instances", denied)

    [line] = refused(cluster())

    assert line == (
        "what runs of prod cannot be looked up, so nothing was changed. It takes ec2:DescribeInstances, and "
        "ssm:GetParametersByPath on /dualstack/prod/running and /dualstack/prod/status: UnauthorizedOperation: You are not authorized"
    )


def test_an_account_that_does_not_answer_in_time_lacks_no_rights(refused, monkeypatch):
    def throttled(*_, **__):
        raise Exception("RequestLimitExceeded: Request limit exceeded.")  # noqa: TRY002 as the SDK does

    monkeypatch.setattr(aws.ec2, "get_instances", throttled)

    [line] = refused(cluster())

    assert line == (
        "what runs of prod cannot be looked up, so nothing was changed. The answer was: RequestLimitExceeded: Request limit exceeded."
    )


def test_an_account_whose_region_is_not_known_yet_has_nothing_to_compare(deploy, monkeypatch):
    # The engine answers with nothing while a provider's configuration is unknown, as in a first preview.
    nothing = type("Nothing", (), {"ids": None, "names": None, "values": None})()
    monkeypatch.setattr(aws.ec2, "get_instances", lambda **_: nothing)

    assert len(deploy(cluster(), preview=True).all("Instance")) == 3


REACHED = "/dualstack/prod/join/reached"


@pytest.fixture
def following(deploy, record):
    """The parameters of a cluster whose control planes are what its plan says."""
    planned = deploy(cluster()).all("Parameter")
    parts = {each["name"]: each["value"] for each in planned.values() if "/plan/" in each["name"]}
    digest = parts["/dualstack/prod/control-plane/plan/1"].partition(" ")[0]
    return {RECORD: record, **parts, REACHED: f"{digest} 1.36.5"}


ISSUER = {"service_account_issuer": {"enabled": True}}


def test_an_issuer_comes_to_a_cluster_that_runs_without_one(deploy, following):
    # A preview, because an `up` waits until the control planes have followed.
    made = deploy(cluster(**ISSUER), machines=RUNNING, parameters=following, preview=True)

    assert made.one("OpenIdConnectProvider")["clientIdLists"] == ["sts.amazonaws.com"]


def test_an_issuer_whose_tokens_pods_have_cannot_be_taken_away(deploy, refused, record):
    planned = deploy(cluster(**ISSUER)).all("Parameter")
    parts = {each["name"]: each["value"] for each in planned.values() if "/plan/" in each["name"]}
    digest = parts["/dualstack/prod/control-plane/plan/1"].partition(" ")[0]
    parameters = {RECORD: record, **parts, REACHED: f"{digest} 1.36.5"}

    _, fault = refused(cluster(), machines=RUNNING, parameters=parameters)

    assert fault == (
        "service_account_issuer.enabled: false is asked for and the cluster has an issuer of its own; its pods have tokens that "
        "no API server would accept without it. Keep true, or make a second cluster"
    )


def heard_of(monkeypatch):
    """What the program tells."""
    heard = []
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_: heard.append(text))
    return heard


def test_control_planes_that_follow_are_upgraded_by_one_minor(deploy, following, monkeypatch):
    said(monkeypatch)
    heard = heard_of(monkeypatch)
    deploy(cluster(cluster=version("1.37")), machines=RUNNING, parameters=following, preview=True)

    [table] = [text for text in heard if text.startswith("The control planes are changed")]
    lines = dict(line.strip().split("  ", 1) for line in table.splitlines()[1:])
    assert (lines["from"].strip(), lines["to"].strip()) == ("1.36.5", "1.37.2")
    assert "/etc/dualstack/kubeadm/init.yaml" in lines["files"]
    assert lines["add-ons"].strip() == "aws-cloud-controller-manager 1.36.2 -> 1.37.1"


def test_the_minor_before_is_for_new_control_planes_alone(deploy, refused, following):
    earlier = cluster(cluster=version("1.35"))

    _, fault = refused(earlier, machines=RUNNING, parameters=following)
    made = deploy(earlier, parameters=following)

    assert "go back to a snapshot of etcd that 1.35 has written" in fault
    record = made.resources["Parameter prod-control-plane-running"].inputs["insecureValue"]
    assert json.loads(record)["cluster.kubernetesVersion"] == "1.35.8"


AUTHORITY = "0123456789abcdef"
TOO_OLD = f"prod/{AUTHORITY}/20261129T110000Z-1.35.8-3.6.6.db.gz"


@pytest.fixture
def restoring(following):
    """The parameters of a cluster of 1.36 for which a restore of a snapshot of 1.35 is asked."""
    leader = f"/dualstack/prod/leader/{AUTHORITY}"
    return {
        **following,
        "/dualstack/prod/join/ca-hash": f"sha256:{AUTHORITY * 4}",
        f"{leader}-restore": json.dumps({"id": "20261129T120000Z", "key": TOO_OLD, "copy": False}),
        f"{leader}-20261128T120000Z-done": "i-0123456789abcdef0",
    }


def test_new_control_planes_that_could_not_read_the_snapshot_that_is_asked_for_are_refused(
    deploy, refused, restoring
):
    _, fault = refused(cluster(cluster=version("1.37")), parameters=restoring)
    made = deploy(cluster(), parameters=restoring)

    assert fault == (
        f"cluster.kubernetes_version: {TOO_OLD} is to be restored: it is of Kubernetes 1.35.8, and the control planes are of 1.37.2, "
        "which read what the minor before has written and nothing older; make control planes of 1.36 or 1.35"
    )
    assert "Instance prod-control-plane-0" in made.resources


def test_a_snapshot_that_was_restored_before_stands_in_the_way_of_no_minor(deploy, restoring):
    restoring[f"/dualstack/prod/leader/{AUTHORITY}-20261129T120000Z-done"] = "i-0123456789abcdef0"

    made = deploy(cluster(cluster=version("1.37")), parameters=restoring)

    assert "Instance prod-control-plane-0" in made.resources


def test_control_planes_that_run_have_restored_what_was_asked_for(deploy, restoring):
    made = deploy(
        cluster(cluster=version("1.37")), machines=RUNNING, parameters=restoring, preview=True
    )

    assert "Instance prod-control-plane-0" in made.resources


def test_nothing_is_said_of_control_planes_that_stay_as_they_are(deploy, following, monkeypatch):
    warned, heard = said(monkeypatch), heard_of(monkeypatch)
    deploy(cluster(), machines=RUNNING, parameters=following)

    assert [text for text in heard if "control plane" in text] == []
    assert [text for text in warned if text.startswith("kubeadm.")] == []


def test_a_changed_argument_reaches_control_planes_that_follow(deploy, following, monkeypatch):
    warned, heard = said(monkeypatch), heard_of(monkeypatch)
    deploy(
        cluster(
            kubeadm={
                "api_server_args": {"v": "4"},
                "cert_sans": ["k8s.example.com"],
                "certificate_days": 180,
            }
        ),
        machines=RUNNING,
        parameters=following,
        preview=True,
    )

    [table] = [text for text in heard if text.startswith("The control planes are changed")]
    assert "write the settings of before" in table
    taken = [text for text in warned if "the cluster was made with" in text]
    assert [text.partition(": ")[0] for text in taken] == ["kubeadm.certificate_days"]
    assert taken[0].endswith("a control plane gets it whole when it is replaced")


POOL_RECORD = "/dualstack/prod/running/pools/web"


def test_a_pool_that_was_not_replaced_for_three_minors_holds_an_upgrade_up(refused, following):
    made = {**following, POOL_RECORD: json.dumps({"cluster.kubernetesVersion": "1.33.13"})}
    pool = {"workers": {"web": {}}}

    lines = refused(cluster(cluster=version("1.37"), **pool), machines=RUNNING, parameters=made)

    [fault] = [line for line in lines if "pool web" in line]
    assert fault.startswith("cluster.kubernetes_version: 1.37.2 is asked for")
    assert "Run `pulumi up` at 1.36 until it has replaced them" in fault


def test_machines_of_an_old_ubuntu_hold_an_upgrade_up_until_they_have_moved(
    deploy, refused, monkeypatch
):
    said(monkeypatch)
    heard = heard_of(monkeypatch)
    first = deploy(cluster(cluster=version("1.24"))).all("Parameter")
    at_25 = deploy(cluster(cluster=version("1.25"))).all("Parameter")
    parts = {each["name"]: each["value"] for each in at_25.values() if "/plan/" in each["name"]}
    digest = parts["/dualstack/prod/control-plane/plan/1"].partition(" ")[0]
    made = {
        RECORD: first["prod-control-plane-running"]["insecureValue"],
        **parts,
        REACHED: f"{digest} 1.25.16",
    }
    hop = {"cluster": version("1.26")}

    lines = refused(cluster(**hop), machines=RUNNING, parameters=made)
    heard.clear()
    deploy(
        cluster(**hop, nodes={"image": "ami-0123456789abcdef0"}),
        machines=RUNNING,
        parameters=made,
        preview=True,
    )

    assert any("run `pulumi up` until it has moved control planes" in line for line in lines)
    assert any(text.startswith("The control planes are changed") for text in heard)


def with_secret(text):
    """The settings of a cluster with a secret file."""
    files = {"/etc/kubernetes/encryption.yaml": {"content": text, "secret": True}}
    return {"kubeadm": {"files": files}}


def digest_of(deployment):
    return deployment.all("Parameter")["prod-control-plane-plan-1"]["value"].partition(" ")[0]


def test_another_text_of_a_secret_file_is_another_plan_and_the_same_text_is_the_same(
    deploy, record, monkeypatch
):
    first = deploy(cluster(**with_secret("key: abc")))
    parts = {
        each["name"]: each["value"]
        for each in first.all("Parameter").values()
        if "/plan/" in each["name"]
    }
    made = {RECORD: record, **parts, REACHED: f"{digest_of(first)} 1.36.5"}
    heard = heard_of(monkeypatch)

    same = deploy(cluster(**with_secret("key: abc")), machines=RUNNING, parameters=made)
    silent = [text for text in heard if "control planes" in text.lower()]
    other = deploy(cluster(**with_secret("key: def")))
    monkeypatch.setattr(arrival, "PATIENCE_SECONDS", -1)
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0)
    with pytest.raises(pulumi.RunError, match="Nothing new was said"):
        deploy(cluster(**with_secret("key: def")), machines=RUNNING, parameters=made)

    assert silent == []
    assert digest_of(same) == digest_of(first)
    assert digest_of(other) != digest_of(first)
    assert len(first.all("Parameter")) == len(other.all("Parameter"))
    assert [text for text in heard if text.startswith("The control planes")] == [
        "The control planes take over changed texts of secret files, one after the other"
    ]


POOL = {"workers": {"web": {"rollout": {"wait_for_nodes": False}}}}


def test_workers_wait_for_control_planes_that_follow(deploy, following):
    again = deploy(cluster(**POOL), machines=RUNNING, parameters=following)
    first = deploy(cluster(**POOL))

    wait = "Instance prod-control-plane-0"
    assert wait in again.resources["WorkerPool prod-web"].waits_for
    assert wait not in first.resources["WorkerPool prod-web"].waits_for


def test_a_control_plane_that_fails_leaves_workers_and_addons_as_they_are(
    deploy, following, monkeypatch
):
    monkeypatch.setattr(arrival, "FAILED_SECONDS", -1)
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0)
    said(monkeypatch)
    failed = {
        "/dualstack/prod/status/Instance prod-control-plane-1": "joined; upgrade to 1.36.6 failed: 404"
    }

    with pytest.raises(pulumi.RunError) as failure:
        deploy(
            cluster(cluster=version("1.36.6"), **POOL),
            machines=RUNNING,
            parameters={**following, **failed},
        )

    assert "prod-control-plane-1: joined; upgrade to 1.36.6 failed: 404" in str(failure.value)


def test_machines_of_another_type_that_are_asked_for_while_an_upgrade_runs_are_made(
    deploy, following, monkeypatch
):
    heard = heard_of(monkeypatch)
    words = {
        "prod-control-plane-0": LEAVES,
        "prod-control-plane-1": "joined; upgrade to 1.36.5: pulls",
    }
    told = {f"/dualstack/prod/status/i-{name}": text for name, text in words.items()}

    made = deploy(
        cluster(control_plane={"instance_type": "m6i.large"}),
        machines=RUNNING,
        parameters={**following, **told},
        preview=True,
    )

    first = made.resources["Instance prod-control-plane-0"]
    assert (first.inputs["instanceType"], first.ignored) == ("m6i.large", [])
    assert any(text.startswith("3 control planes are replaced, one after") for text in heard)
    assert any(
        "prod-control-plane-1: joined; upgrade to 1.36.5: pulls. A new machine" in text
        for text in heard
    )


@pytest.mark.parametrize(("hours", "warned"), [(1, False), (5, True)])
def test_a_late_backup_is_warned_of(deploy, parameters, monkeypatch, hours, warned):
    time = datetime.now(UTC) - timedelta(hours=hours)
    key = f"prod/0123456789abcdef/{time:%Y%m%dT%H%M%SZ}-1.36.5-3.6.8.db.gz"
    told = json.dumps({"time": "", "key": key, "bytes": 1234})

    heard = said(monkeypatch)

    deploy(
        cluster(),
        machines=RUNNING,
        parameters={**parameters, "/dualstack/prod/status/backup": told},
    )

    late = "the last backup is 5 h old, and one should follow each hour"
    assert any(late in line for line in heard) == warned


FAULT = "2026-11-29 12:00 UTC, i-0123456789abcdef0: AWS refused: NoSuchBucket  (PUT https://prod-backups)"


def test_why_a_late_backup_was_not_followed_is_said(deploy, parameters, monkeypatch):
    time = datetime.now(UTC) - timedelta(hours=5)
    key = f"prod/0123456789abcdef/{time:%Y%m%dT%H%M%SZ}-1.36.5-3.6.8.db.gz"
    parameters["/dualstack/prod/status/backup"] = json.dumps({"key": key, "bytes": 1234})
    parameters["/dualstack/prod/status/backup-fault"] = FAULT
    heard = said(monkeypatch)

    deploy(cluster(), machines=RUNNING, parameters=parameters)

    assert (
        f"the last backup is 5 h old, and one should follow each hour; the last attempt failed: {FAULT}"
        in heard
    )


def test_a_first_backup_that_failed_is_warned_of_with_the_reason(deploy, parameters, monkeypatch):
    heard = said(monkeypatch)
    failed = {**parameters, "/dualstack/prod/status/backup-fault": FAULT}

    made = deploy(cluster(), machines=RUNNING, parameters=failed)

    assert (
        f"no backup has been kept yet, and one should follow each hour; the last attempt failed: {FAULT}"
        in heard
    )
    assert not any(asked.token.endswith("getInstance") for asked in made.looked_up)


NEVER = (
    "no backup has been kept yet, and one should follow each hour; `journalctl --unit dualstack-backup` on the control planes "
    "says why"
)


@pytest.mark.parametrize(("hours", "warned"), [(2.4, False), (2.6, True)])
def test_a_cluster_that_has_never_kept_a_backup_is_warned_of_when_its_first_machine_is_old_enough(
    deploy, parameters, monkeypatch, hours, warned
):
    ages = {"i-prod-control-plane-0": 0, "i-prod-control-plane-1": hours}

    def launched(*, instance_id, **_):
        time = datetime.now(UTC) - timedelta(hours=ages.get(instance_id, 0))
        return type("Found", (), {"launch_time": f"{time:%Y-%m-%dT%H:%M:%SZ}"})()

    monkeypatch.setattr(aws.ec2, "get_instance", launched)
    heard = said(monkeypatch)

    deploy(cluster(), machines=RUNNING, parameters=parameters)

    assert (NEVER in heard) == warned


def test_a_cluster_without_backups_is_not_warned_of_them(deploy, parameters, monkeypatch):
    heard = said(monkeypatch)
    failed = {**parameters, "/dualstack/prod/status/backup-fault": FAULT}

    made = deploy(cluster(backups={"enabled": False}), machines=RUNNING, parameters=failed)

    assert [line for line in heard if "backup" in line] == []
    assert not any(asked.token.endswith("getInstance") for asked in made.looked_up)


# a component that was renamed


def renamed(**sections):
    """A program in which the component of the cluster has another name than it had."""
    alias = [pulumi.Alias(name="prod")]
    return lambda: Cluster("main", {**SPEC, **sections}, pulumi.ResourceOptions(aliases=alias))


def test_control_planes_of_a_component_that_was_renamed_are_not_taken_for_lost(refused, following):
    told = {
        "/dualstack/prod/status/i-prod-control-plane-0": LEAVES,
        "/dualstack/prod/status/i-prod-control-plane-1": "joined; upgrade to 1.36.5: pulls",
        "/dualstack/prod/status/i-prod-web": "joined",
        "/dualstack/prod/status/i-gone": LEAVES,
    }

    _, fault = refused(
        renamed(cluster=version("1.34"), control_plane={"count": 1}),
        machines={**RUNNING, "prod-web": "m6i.large"},
        parameters={**following, **told},
    )

    assert fault == (
        "name: i-prod-control-plane-0, i-prod-control-plane-1 run as control planes of prod, and this program would call the first "
        "one main-control-plane-0: what runs would not be found by its name, so nothing would guard it. Their Name tags in EC2 "
        "begin with the name that the component had. Give it that name again, or the cluster another one; an alias does not "
        "rename machines"
    )


def test_control_planes_that_are_lost_come_back_under_another_name_too(deploy, following):
    told = {
        "/dualstack/prod/status/i-prod-web": "joined",
        "/dualstack/prod/status/i-gone": LEAVES,
    }

    made = deploy(
        renamed(),
        machines={"prod-web": "m6i.large"},
        parameters={**following, **told},
        preview=True,
    )

    assert len(made.all("Instance")) == 3


# an image that another resource gives


def copied_image(**sections):
    """A program whose machines have an AMI that it makes itself."""

    def program():
        source = {"source_ami_id": "ami-0123456789abcdef0", "source_ami_region": "us-east-1"}
        image = aws.ec2.AmiCopy("copy", name="copy", **source).id
        Cluster("prod", {**SPEC, "nodes": {"image": image}, **sections})

    return program


def test_an_image_that_a_preview_does_not_know_is_said_to_be_so(deploy, following, monkeypatch):
    warned, heard = said(monkeypatch), heard_of(monkeypatch)
    told = {f"/dualstack/prod/status/i-{name}": LEAVES for name in RUNNING}

    made = deploy(
        copied_image(workers={"web": {}}),
        machines=RUNNING,
        parameters={**following, **told},
        preview=True,
    )

    [line] = [text for text in heard if "one after the other" in text]
    assert line.startswith(
        "3 control planes are replaced, one after the other: an image that is not known yet. Each"
    )
    assert [text for text in warned if text.startswith("nodes.image")] == []
    asked = [look_up.args for look_up in made.looked_up]
    assert [each for each in asked if "image-id" in str(each)] == []


def test_nothing_is_said_of_the_age_of_an_image_that_a_preview_does_not_know(deploy, monkeypatch):
    warned = said(monkeypatch)

    new = deploy(copied_image(), preview=True)

    assert new.resources["Instance prod-control-plane-0"].inputs["ami"] == "(unknown)"
    assert [text for text in warned if text.startswith("nodes.image")] == []


# the mode of kube-proxy


def proxied(mode):
    return cluster(kubeadm={"proxy_mode": mode})


def changed(deploy, made, runs):
    """The parameters of a cluster that was made with one mode and has followed to another one."""
    record = deploy(proxied(made)).all("Parameter")["prod-control-plane-running"]["insecureValue"]
    return {RECORD: record, **planned(deploy(proxied(runs)))}


def test_a_mode_that_kube_proxy_cannot_go_to_is_refused_whatever_the_cluster_was_made_with(
    deploy,
):
    there = changed(deploy, made="nftables", runs="iptables")

    with pytest.raises(pulumi.RunError, match="ipvs is asked for and the cluster runs iptables;"):
        deploy(proxied("ipvs"), machines=RUNNING, parameters=there, preview=True)


@pytest.mark.parametrize("asked", ["ipvs", "iptables", "nftables"])
def test_kube_proxy_goes_everywhere_from_nftables_whatever_the_cluster_was_made_with(deploy, asked):
    there = changed(deploy, made="iptables", runs="nftables")

    again = deploy(proxied(asked), machines=RUNNING, parameters=there, preview=True)

    assert len(again.all("Instance")) == 3


# certificates of kubelets


def checked(deployment):
    """Whether API servers of the plan check certificates of kubelets, and what the record says of them."""
    made = deployment.resources
    text = plan_of(deployment)["files"]["/etc/dualstack/kubeadm/init.yaml"][1]
    record = json.loads(made["Parameter prod-control-plane-running"].inputs["insecureValue"])
    return "kubelet-certificate-authority" in text, record["kubeadm.kubeletCertificates"]


def plan_of(deployment):
    parts = sorted(
        (name, inputs["value"])
        for name, inputs in deployment.all("Parameter").items()
        if "control-plane-plan-" in name
    )
    _, length, text = "".join(value for _, value in parts).split(" ", 2)
    return json.loads(gzip.decompress(b64decode(text[: int(length)])))


def test_api_servers_of_a_new_cluster_check_the_certificates_of_kubelets(deploy):
    assert checked(deploy(cluster())) == (True, "verified")


def test_a_running_cluster_that_says_nothing_of_them_keeps_kubelets_that_sign_for_themselves(
    deploy, record
):
    older = json.loads(record)
    del older["kubeadm.kubeletCertificates"]

    again = deploy(cluster(), machines=RUNNING, parameters={RECORD: json.dumps(older)})

    assert checked(again) == (False, "selfSigned")


def test_a_running_cluster_keeps_the_check_that_it_was_made_with(deploy, parameters):
    again = deploy(cluster(), machines=RUNNING, parameters=parameters)

    assert checked(again) == (True, "verified")


def test_a_running_cluster_can_be_asked_to_sign_them(deploy, record):
    older = json.loads(record)
    del older["kubeadm.kubeletCertificates"]
    signs = {"kubeadm": {"kubelet_certificates": "signed"}}

    again = deploy(cluster(**signs), machines=RUNNING, parameters={RECORD: json.dumps(older)})

    assert checked(again) == (False, "signed")


PLAN_PART = "/dualstack/prod/control-plane/plan/1"


def test_a_damaged_plan_is_written_again_with_a_warning(deploy, following, monkeypatch):
    warned = said(monkeypatch)
    damaged = {**following, PLAN_PART: "abc"}

    again = deploy(cluster(), machines=RUNNING, parameters=damaged, preview=True)

    assert plan_of(again)["version"] == "1.36.5"
    assert [text for text in warned if "damaged" in text] == [
        "the plan in /dualstack/prod/control-plane/plan is damaged, or half of it was written by a run that was cut off. It is "
        "written again: change nothing else in the same run"
    ]


def test_a_cluster_of_a_newer_program_is_refused_before_anything_is_changed(refused, following):
    newer = {**following, REACHED: f"{'0' * 64} 1.99.0"}
    del newer[PLAN_PART]

    _, fault = refused(cluster(), machines=RUNNING, parameters=newer)

    assert fault.startswith(
        "cluster.kubernetes_version: 1.36.5 is asked for, and 1.99.0 is what the cluster has"
    )


# keys of tokens


def keyed(key, oldest=1):
    return cluster(service_account_issuer={"key": key, "oldest_key": oldest})


def planned(deployment):
    """The parameters with the plan of a deployment, which its control planes have reached."""
    parts = {
        each["name"]: each["value"]
        for each in deployment.all("Parameter").values()
        if "/plan/" in each["name"]
    }
    return parts | {REACHED: f"{digest_of(deployment)} 1.36.5"}


def test_another_key_of_tokens_is_in_the_plan_beside_the_one_before(deploy, parameters):
    again = deploy(keyed(2), machines=RUNNING, parameters=parameters)

    settings = json.loads(plan_of(again)["files"]["/etc/dualstack/node.json"][1])
    assert settings["serviceAccountKeys"] == [2, 1]


@pytest.mark.parametrize(
    ("was", "asked", "why"),
    [
        (
            (2, 1),
            (1, 1),
            "service_account_issuer.key: 1 is asked for and key 2 signs the tokens of the cluster; write 2, or the next number for "
            "another key",
        ),
        (
            (1, 1),
            (2, 2),
            "service_account_issuer.oldest_key: pods have tokens of key 1, which would be refused; write at most 1, run "
            "`pulumi up`, and raise it a day later",
        ),
    ],
    ids=["a key is taken back", "the key that signs is refused at once"],
)
def test_a_key_of_tokens_goes_only_after_another_signs(deploy, refused, was, asked, why):
    before = planned(deploy(keyed(*was)))

    _, *faults = refused(keyed(*asked), machines=RUNNING, parameters=before)

    assert faults == [why]


def test_the_earlier_key_stays_while_an_up_that_was_cut_off_has_not_brought_the_later_one(
    deploy, refused, parameters
):
    first, second = planned(deploy(keyed(1))), planned(deploy(keyed(2)))
    cut_off = {**parameters, **second, REACHED: first[REACHED]}

    again = deploy(keyed(2), machines=RUNNING, parameters=cut_off, preview=True)
    _, *faults = refused(keyed(2, 2), machines=RUNNING, parameters=cut_off)
    _, *unsaid = refused(
        keyed(2, 2), machines=RUNNING, parameters={**parameters, **second, REACHED: ""}
    )

    assert json.loads(plan_of(again)["files"]["/etc/dualstack/node.json"][1])[
        "serviceAccountKeys"
    ] == [2, 1]
    assert (
        faults
        == unsaid
        == [
            "service_account_issuer.oldest_key: control planes have not reached the plan by which key 2 signs, so pods may have no "
            "tokens of it; keep 1, run `pulumi up` until it ends, and raise it a day later"
        ]
    )


def test_a_run_that_ends_an_earlier_key_may_be_cut_off_and_begun_again(deploy, parameters):
    before, after = planned(deploy(keyed(2))), planned(deploy(keyed(2, 2)))
    cut_off = {**parameters, **after, REACHED: before[REACHED]}

    again = deploy(keyed(2, 2), machines=RUNNING, parameters=cut_off, preview=True)

    settings = json.loads(plan_of(again)["files"]["/etc/dualstack/node.json"][1])
    assert settings["serviceAccountKeys"] == [2]


def test_the_earlier_key_goes_when_the_later_one_signs(deploy, parameters):
    before = planned(deploy(keyed(2)))

    after = deploy(keyed(2, 2), machines=RUNNING, parameters={**parameters, **before}, preview=True)

    settings = json.loads(plan_of(after)["files"]["/etc/dualstack/node.json"][1])
    assert settings["serviceAccountKeys"] == [2]


def test_kubelets_that_sign_for_themselves_are_not_checked_from_one_run_to_the_next(
    deploy, refused, record
):
    def asked(certificates):
        return cluster(kubeadm={"kubelet_certificates": certificates})

    before = planned(deploy(asked("selfSigned")))

    _, *faults = refused(asked("verified"), machines=RUNNING, parameters={RECORD: record, **before})

    assert faults == [
        "kubeadm.kubelet_certificates: verified is asked for and kubelets of the cluster sign for themselves: API servers would "
        "reach none for logs and commands. Write signed, run `pulumi up`, have every worker replaced, and then write verified"
    ]
