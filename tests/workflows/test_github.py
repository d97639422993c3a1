"""GitHub's workflows as they are, run on this host: merges, a fork, and what stops them.

The tests are one story: each begins where the one before it ended.
"""

import json

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
    assert run.log.count("dualstack|local|policy/run") == len(STACKS), "each plan passes the rules"


def test_a_pull_request_of_a_fork_gets_no_role_and_no_comment(repository):
    run = repository.pull_request("mallory/platform", jobs=("preview", "comment"))

    assert run.code == 0, run.log
    assert jobs(run, "succeeded") == ["stacks"]
    assert "configure-aws-credentials" not in run.log
    assert run.artefacts.is_dir()
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
    assert jobs(broken, "failed") == ["schema"]
    assert "broken   Network.zones" in broken.log
    assert allowed.code == 0, allowed.log
    assert "broken   Network.zones" in allowed.log


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

    assert stopped.code != 0
    assert jobs(stopped, "succeeded") == ["preview dev", "up dev", "preview staging"]
    assert jobs(stopped, "failed") == ["up staging"]
    assert after == before


def _text(policy):
    return json.dumps(policy["PolicyDocument"])
