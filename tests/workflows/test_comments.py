"""What ci/github.sh writes to the forge: one comment and one issue, whatever else is there."""

import subprocess
from pathlib import Path

import pytest

from tests.workflows import forge

CHECKOUT = Path(__file__).parents[2]
SOMEBODY = {"login": "mallory", "type": "User"}
MARK = "<!-- dualstack: the reports of the stacks -->"


@pytest.fixture
def github():
    """A forge, and the script that a job runs against it: its exit code and what it says."""
    kept = forge.Forge()
    server = forge.start(kept)

    def run(*words, token=forge.JOB_TOKEN):
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "GH_TOKEN": token,
            "GITHUB_API_URL": f"http://127.0.0.1:{server.server_address[1]}",
            "GITHUB_REPOSITORY": forge.REPOSITORY,
        }
        done = subprocess.run(
            ["sh", "ci/github.sh", *map(str, words)],
            cwd=CHECKOUT,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    yield kept, run
    server.shutdown()


@pytest.fixture
def text(tmp_path):
    def write(words):
        path = tmp_path / "text.md"
        path.write_text(f'{MARK}\n{words}\n"quotes" & $(dollars) \\ ~~~~ é\n')
        return path

    return write


def test_a_comment_is_made_once_and_then_updated_behind_a_hundred_others(github, text):
    kept, run = github
    kept.comments += [{"id": number, "body": "words", "user": SOMEBODY} for number in range(1, 121)]

    first = run("comment", 7, text("one"))
    second = run("comment", 7, text("two"))

    assert (first, second) == ((0, ""), (0, ""))
    assert [entry for entry in kept.comments if entry["user"] != SOMEBODY] == [
        {
            "id": 121,
            "number": 121,
            "user": forge.BOT,
            "body": f'{MARK}\ntwo\n"quotes" & $(dollars) \\ ~~~~ é\n',
            "edits": 1,
        }
    ]


def test_a_comment_with_the_mark_by_somebody_else_is_left_alone(github, text):
    kept, run = github
    kept.comments.append({"id": 1, "body": f"{MARK}\nmine", "user": SOMEBODY})

    run("comment", 7, text("one"))

    assert [entry["body"].splitlines()[1] for entry in kept.comments] == ["mine", "one"]


def test_an_issue_is_opened_once_then_updated_and_closed_and_the_next_one_is_another(github, text):
    kept, run = github
    kept.issues.append(
        {"number": 1, "title": "Drift", "state": "open", "user": SOMEBODY, "body": "my own words"}
    )

    nothing = run("close", "Drift", text("zero"))
    codes = [
        run(words[0], "Drift", text(words[1]))[0]
        for words in (("issue", "one"), ("issue", "two"), ("close", "three"), ("issue", "four"))
    ]

    assert nothing == (0, "")
    assert codes == [0, 0, 0, 0]
    assert [
        (entry["number"], entry["state"], entry["body"].splitlines()[1])
        for entry in kept.issues[1:]
    ] == [(2, "closed", "three"), (3, "open", "four")]
    assert kept.issues[0]["body"] == "my own words"


def test_a_token_that_is_refused_fails_the_job_and_is_not_shown(github, text):
    _, run = github

    code, said = run("comment", 7, text("one"), token="another")

    assert code != 0
    assert "returned error: 401" in said
    assert "another" not in said
