"""GitHub's workflows as they are, run on this host: merges, pull requests, drift and what stops them.

The tests are one story: each begins where the one before it ended.
"""

import re
import signal

import psutil

from tests.support.patience import wait_until
from tests.workflows.conftest import BUCKET, STACKS

PLACE = f"{BUCKET}-github"
LOCKS = ".pulumi/locks/"


def jobs(run, outcome):
    """The jobs that ended so, in their order."""
    return [
        line.partition("]")[0].rpartition("/")[2].strip(" [")
        for line in run.log.splitlines()
        if line.endswith(f"Job {outcome}")
    ]


def states(repository):
    """The objects of the state's bucket by key."""
    s3 = repository.account.client("s3")
    found = s3.list_objects_v2(Bucket=PLACE).get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket=PLACE, Key=one["Key"])["Body"].read() for one in found}


def vpc(repository, stack):
    """The VPC of a stack."""
    ec2 = repository.account.client("ec2")
    [found] = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [stack]}])["Vpcs"]
    return found["VpcId"]


def test_a_merge_goes_through_the_stacks_in_their_order_and_its_state_shows_no_key(repository):
    run = repository.push()

    assert run.code == 0, run.log
    assert jobs(run, "succeeded") == [
        f"{command} {stack}" for stack in STACKS for command in ("preview", "up")
    ]
    kept = states(repository)
    assert {f".pulumi/stacks/dualstack/{stack}.json" for stack in STACKS} <= kept.keys()
    assert not [key for key, body in kept.items() if b"PRIVATE KEY" in body]
    assert not [key for key in kept if key.startswith(LOCKS)]
    assert "PRIVATE KEY" not in run.log
    assert b"PRIVATE KEY" not in (run.artefacts / "preview-dev/plan.json").read_bytes()


def test_a_pull_request_is_checked_rehearsed_and_previewed_and_gets_one_comment(repository):
    repository.git("checkout", "-qb", "change")
    repository.change(
        "staging", "workers", general={"instanceTypes": ["t3.large"], "min": 1, "max": 3}
    )

    first = repository.pull_request()
    second = repository.pull_request(jobs=("preview", "comment"))
    repository.git("checkout", "-q", "main")

    assert first.code == 0, first.log
    assert sorted(jobs(first, "succeeded")) == sorted(
        [
            *("stacks", "check", "comment"),
            *(f"rehearse-{number}" for number in (1, 2, 3)),
            *(f"preview {stack}" for stack in STACKS),
        ]
    )
    assert second.code == 0, second.log
    [comment] = second.forge("comments")
    assert comment["edited"]
    assert [
        line
        for line in comment["body"].splitlines()
        if line.startswith("<!--") or line.endswith("what would change")
    ] == [
        "<!-- dualstack: the plans of a pull request -->",
        "### dev: what would change",
        "### staging: what would change",
        "### prod: what would change",
    ]
    of_dev, of_staging, of_prod = re.split("\n### (?:dev|staging|prod): ", comment["body"])[1:]
    assert "t3.large" in of_staging
    assert "t3.large" not in of_dev + of_prod
    assert all("Plan of " in part for part in (of_dev, of_staging, of_prod))


def test_a_pull_request_of_a_fork_gets_no_role_and_no_comment(repository):
    run = repository.pull_request("mallory/platform", jobs=("preview", "comment"))

    assert run.code == 0, run.log
    assert jobs(run, "succeeded") == ["stacks"]
    assert "configure-aws-credentials" not in run.log
    assert run.artefacts.is_dir()
    assert list(run.artefacts.iterdir()) == []


def test_a_stack_that_fails_stops_those_after_it(repository):
    before = states(repository)[".pulumi/stacks/dualstack/prod.json"]
    repository.change("dev", "cluster", tags={"round": "two"})
    repository.change("prod", "cluster", tags={"round": "two"})
    # Nobody may write staging's lock: the job fails as it would on any refusal of AWS.
    iam = repository.account.client("iam")
    [role] = [
        r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"].startswith("ci-staging")
    ]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    taken = {name: iam.get_role_policy(RoleName=role, PolicyName=name) for name in names}
    for name in names:
        iam.delete_role_policy(RoleName=role, PolicyName=name)

    stopped = repository.push()
    for name, policy in taken.items():
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_text(policy))
    after = states(repository)[".pulumi/stacks/dualstack/prod.json"]
    again = repository.push()

    assert stopped.code != 0
    assert jobs(stopped, "succeeded") == ["preview dev", "up dev", "preview staging"]
    assert jobs(stopped, "failed") == ["up staging"]
    assert after == before
    assert again.code == 0, again.log


def test_drift_opens_one_issue_and_a_merge_mends_it(repository):
    clean = repository.drift()
    ec2 = repository.account.client("ec2")
    network = vpc(repository, "dev")
    [table] = [
        found["RouteTableId"]
        for found in ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [network]}])[
            "RouteTables"
        ]
        if any(
            route.get("DestinationIpv6CidrBlock") == "::/0" and route.get("GatewayId")
            for route in found["Routes"]
        )
    ]
    ec2.delete_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0")

    first, second = repository.drift(), repository.drift()
    mended = repository.push()
    after = repository.drift()

    assert clean.code == 0, clean.log
    assert jobs(first, "failed") == ["drift dev"]
    [issue] = second.forge("issues")
    assert (issue["title"], issue["edited"]) == ("Drift", True)
    assert "### dev: **somebody changed what the stack made**" in issue["body"]
    assert "### staging: no drift" in issue["body"]
    assert mended.code == 0, mended.log
    assert after.code == 0, after.log


def test_a_second_run_is_refused_while_one_has_the_stack_and_a_killed_runs_lock_is_named(
    repository,
):
    repository.change("dev", "cluster", tags={"round": "three"})
    process, _ = repository.start_push()
    wait_until(lambda: [key for key in states(repository) if key.startswith(LOCKS)])

    second = repository.push()
    for child in psutil.Process(process.pid).children(recursive=True):
        if child.name() == "pulumi":
            child.send_signal(signal.SIGKILL)
    process.communicate()
    third = repository.push()
    repository.unlock("dev")
    left = [key for key in states(repository) if key.startswith(LOCKS)]
    fourth = repository.push()

    assert "the stack is currently locked by 1 lock(s)" in second.log
    assert jobs(second, "failed") == ["up dev"]
    assert "the stack is currently locked by 1 lock(s)" in third.log
    assert left == []
    assert fourth.code == 0, fourth.log


def test_a_stack_is_destroyed_only_if_its_name_was_typed(repository):
    refused = repository.destroy("dev", typed="de")
    kept = vpc(repository, "dev")
    done = repository.destroy("dev", typed="dev")

    assert refused.code != 0
    assert "error: type the stack's name to destroy it: dev, not 'de'" in refused.log
    assert kept
    assert done.code == 0, done.log
    ec2 = repository.account.client("ec2")
    assert ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["dev"]}])["Vpcs"] == []


def _text(policy):
    import json

    return json.dumps(policy["PolicyDocument"])
