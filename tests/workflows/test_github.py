"""GitHub's workflows as they are, run on this host: merges, pull requests, drift and what stops them.

The tests are one story: each begins where the one before it ended.
"""

import json

import psutil

from tests.support.patience import wait_until
from tests.workflows import forge
from tests.workflows.account import BUCKET, STACKS, value_of
from tests.workflows.comment import parts, tables

PLACE = f"{BUCKET}-github"
LOCKS = ".pulumi/locks/"
LOCKED = "the stack is currently locked by 1 lock(s)"


def states(repository):
    """The objects of the state's bucket by key."""
    s3 = repository.account.client("s3")
    found = s3.list_objects_v2(Bucket=PLACE).get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket=PLACE, Key=one["Key"])["Body"].read() for one in found}


def vpc(repository, stack):
    """The VPC of a stack."""
    ec2 = repository.account.client("ec2")
    [found] = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [stack]}])["Vpcs"]
    return found


def rounds(repository):
    """The tag `round` of each stack's VPC."""
    found = {stack: vpc(repository, stack)["Tags"] for stack in STACKS}
    return {
        stack: [tag["Value"] for tag in tags if tag["Key"] == "round"]
        for stack, tags in found.items()
    }


def test_a_merge_goes_through_the_stacks_in_their_order_and_its_state_shows_no_key(repository):
    run = repository.push()

    assert run.code == 0, run.log
    assert run.jobs("succeeded") == [
        f"{command} {stack}" for stack in STACKS for command in ("preview", "up")
    ]
    kept = states(repository)
    assert {f".pulumi/stacks/dualstack/{stack}.json" for stack in STACKS} <= kept.keys()
    assert not [key for key, body in kept.items() if b"PRIVATE KEY" in body]
    assert not [key for key in kept if key.startswith(LOCKS)]
    assert "PRIVATE KEY" not in run.log
    assert run.log.count("dualstack|local|policy/run") == len(STACKS), "each plan passes the rules"


def test_a_pull_request_is_checked_rehearsed_and_previewed_and_gets_one_comment(repository):
    outside = repository.outside.forge
    outside.issued.clear()
    repository.git("checkout", "-qb", "change")
    repository.change(
        "staging", "workers", general={"instanceTypes": ["t3.large"], "min": 1, "max": 3}
    )

    first = repository.pull_request()
    text = outside.comments[0]["body"]
    repository.change(
        "staging", "workers", general={"instanceTypes": ["t3.xlarge"], "min": 1, "max": 3}
    )
    second = repository.pull_request(job="comment")
    commit = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "main")

    assert first.code == 0, first.log
    assert sorted(first.jobs("succeeded")) == sorted(
        [
            *("stacks", "check", "comment"),
            *(f"rehearse-{number}" for number in (1, 2, 3)),
            *(f"preview {stack}" for stack in STACKS),
        ]
    )
    assert set(outside.issued) == {f"repo:{forge.REPOSITORY}:pull_request"}
    assert (first.artefacts / "preview-staging/plan.json").is_file(), "the plan is kept"
    changes = [
        ["update", "Cluster", "staging", ""],
        ["update", "Group", "staging-general", "launchTemplate, maxSize"],
        ["update", "LaunchTemplate", "staging-general", "instanceType"],
        ["update", "Parameter", "staging-general-asked", "insecureValue"],
        ["update", "Parameter", "staging-general-revision", "insecureValue"],
        ["update", "WorkerPool", "staging-general", ""],
    ]
    assert {title: tables(part)["What would change"] for title, part in parts(text).items()} == {
        "dev: what would change": [],
        "staging: what would change": changes,
        "prod: what would change": [],
    }

    assert second.code == 0, second.log
    [comment] = outside.comments
    assert comment["edits"] == 1
    of_dev, of_staging, of_prod = parts(comment["body"]).values()
    assert tables(of_staging)["What would change"] == changes
    assert 't3.medium" => "t3.xlarge' in of_staging
    assert "t3.xlarge" not in of_dev + of_prod
    assert comment["body"].splitlines()[0] == "<!-- dualstack: the reports of the stacks -->"
    assert f"Of {commit}. Whole outputs and plans: https://" in comment["body"].splitlines()[-1]
    assert len(comment["body"]) < 65_536


def test_a_pull_request_that_a_rule_of_the_policy_pack_refuses_fails_and_its_comment_says_why(
    repository,
):
    repository.git("checkout", "-qb", "open")
    repository.change("prod", "api", allowedCidrs=["0.0.0.0/0", "::/0"])

    run = repository.pull_request(job="preview")
    last = repository.last_job("pull_request", "pull-request", "comment", after=run)
    repository.git("checkout", "-q", "main")

    assert run.jobs("failed") == ["preview prod"]
    assert last.code == 0, last.log
    [comment] = repository.outside.forge.comments
    found = parts(comment["body"])
    assert [*found] == [
        "dev: what would change",
        "staging: what would change",
        "prod: the preview **failed**",
    ]
    assert "opens port 6443 to everybody" in found["prod: the preview **failed**"]
    assert "to everybody" not in found["dev: what would change"]


def test_a_pull_request_of_a_fork_gets_no_role_and_no_comment(repository):
    outside = repository.outside.forge
    outside.issued.clear()
    before = [*outside.comments]

    run = repository.pull_request("mallory/platform", job="comment")

    assert run.code == 0, run.log
    assert run.jobs("succeeded") == ["stacks"]
    assert outside.issued == []
    assert outside.comments == before
    assert list(run.artefacts.iterdir()) == []


def test_a_pull_request_that_breaks_users_of_the_package_needs_a_label_that_says_so(repository):
    base = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-qb", "broken")
    path = repository.folder / "components/schema.json"
    schema = json.loads(path.read_text())
    del schema["resources"]["dualstack:index:Network"]["inputProperties"]["zones"]

    same = repository.compared(base)
    path.write_text(json.dumps(schema))
    repository.commit("No zones")
    broken = repository.compared(base)
    allowed = repository.compared(base, "breaks users")
    repository.git("checkout", "-q", "main")

    assert same.code == 0, same.log
    assert "The schema is the same." in same.log
    assert broken.jobs("failed") == ["schema"]
    assert "broken   Network.zones" in broken.log
    assert allowed.code == 0, allowed.log
    assert "broken   Network.zones" in allowed.log


def test_a_stack_that_fails_stops_those_after_it_and_the_next_run_goes_on(repository):
    for stack in STACKS:
        repository.change(stack, "cluster", tags={"round": "two"})
    # Nobody may write staging's lock: the job fails as it would on any refusal of AWS.
    iam = repository.account.client("iam")
    role = value_of(repository.folder, "staging").rpartition("/")[2]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    taken = {name: iam.get_role_policy(RoleName=role, PolicyName=name) for name in names}
    for name in names:
        iam.delete_role_policy(RoleName=role, PolicyName=name)

    stopped = repository.push()
    between = rounds(repository)
    for name, policy in taken.items():
        text = json.dumps(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)
    second = repository.push()

    assert stopped.code != 0
    assert stopped.jobs("succeeded") == ["preview dev", "up dev", "preview staging"]
    assert stopped.jobs("failed") == ["up staging"]
    assert between == {"dev": ["two"], "staging": [], "prod": []}
    assert second.code == 0, second.log
    assert rounds(repository) == {"dev": ["two"], "staging": ["two"], "prod": ["two"]}


def test_drift_opens_one_issue_which_is_updated_and_closed_when_a_merge_has_mended_it(repository):
    issues = repository.outside.forge.issues
    clean = repository.drift()
    none = [*issues]
    ec2 = repository.account.client("ec2")
    of_dev = [{"Name": "vpc-id", "Values": [vpc(repository, "dev")["VpcId"]]}]
    [table] = [
        found["RouteTableId"]
        for found in ec2.describe_route_tables(Filters=of_dev)["RouteTables"]
        if any(
            route.get("DestinationIpv6CidrBlock") == "::/0" and route.get("GatewayId")
            for route in found["Routes"]
        )
    ]
    ec2.delete_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0")

    first = repository.drift()
    repository.last_job("schedule", "drift", "issue", after=first)
    opened = [dict(issue) for issue in issues]
    of_prod = [{"Name": "vpc-id", "Values": [vpc(repository, "prod")["VpcId"]]}]
    subnet = ec2.describe_subnets(Filters=of_prod)["Subnets"][0]
    off = {"Value": False}
    ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], AssignIpv6AddressOnCreation=off)
    second = repository.drift()
    repository.last_job("schedule", "drift", "issue", after=second)
    updated = [dict(issue) for issue in issues]
    mended = repository.push()
    after = repository.drift()

    differs, same = "**somebody changed what the stack made**", "no drift"
    assert clean.code == 0, clean.log
    assert none == []
    assert first.jobs("failed") == ["drift dev"]
    assert [(one["title"], one["state"]) for one in opened] == [("Drift", "open")]
    assert [*parts(opened[0]["body"])] == [f"dev: {differs}", f"staging: {same}", f"prod: {same}"]
    assert "aws:ec2/route:Route: (delete)" in parts(opened[0]["body"])[f"dev: {differs}"]
    assert sorted(second.jobs("failed")) == ["drift dev", "drift prod"]
    assert [(one["number"], one["state"], one["edits"]) for one in updated] == [(1, "open", 1)]
    changed = parts(updated[0]["body"])[f"prod: {differs}"]
    assert "assignIpv6AddressOnCreation: true => false" in changed
    assert mended.code == 0, mended.log
    assert after.code == 0, after.log
    assert after.jobs("succeeded")[-1] == "issue"
    assert [(one["number"], one["state"]) for one in issues] == [(1, "closed")]
    assert [*parts(issues[0]["body"])] == [f"{stack}: {same}" for stack in STACKS]
    [again] = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"]
    assert again["AssignIpv6AddressOnCreation"]


def test_a_second_run_is_refused_while_one_has_the_stack_and_a_killed_runs_lock_is_named(
    repository,
):
    repository.change("dev", "cluster", tags={"round": "three"})
    process, _ = repository.start_push("dev")
    wait_until(lambda: [key for key in states(repository) if key.startswith(LOCKS)])
    [holder] = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if child.name() == "pulumi"
    ]
    # It keeps its lock for as long as the second run needs to come here.
    holder.suspend()

    second = repository.push("dev")
    holder.kill()
    process.wait()
    third = repository.push("dev")
    repository.unlock("dev")
    left = [key for key in states(repository) if key.startswith(LOCKS)]
    fourth = repository.push("dev")

    assert LOCKED in second.log
    assert second.jobs("failed") == ["up dev"]
    assert LOCKED in third.log
    assert left == []
    assert fourth.code == 0, fourth.log
    assert rounds(repository)["dev"] == ["three"]


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
    assert [*vpc(repository, "staging"), *vpc(repository, "prod")]
