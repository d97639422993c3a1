"""The files of a public project: what they say of the project is so."""

import hashlib
import re
import subprocess
import tomllib

import yaml

from tests.docs.blocks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""The SHA-256 of https://www.apache.org/licenses/LICENSE-2.0.txt"""


def test_the_licence_is_the_standard_text_and_the_package_names_it():
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert [
        file for file in PROJECT["project"]["license-files"] if not (ROOT / file).exists()
    ] == []


def test_the_version_is_said_once():
    version = PROJECT["project"]["version"]
    folders = ("bench", "components", "examples", "rehearsal", "stacks", "template", "templates")
    files = [
        *(
            file
            for file in ROOT.iterdir()
            if file.suffix in (".toml", ".yaml") or file.name == "Makefile"
        ),
        *(
            file
            for folder in folders
            for end in ("py", "yaml")
            for file in (ROOT / folder).rglob(f"*.{end}")
        ),
    ]

    said = [
        file.name
        for file in files
        if re.search(rf"version\W+{re.escape(version)}\b", file.read_text())
    ]

    assert said == ["pyproject.toml"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_hooks_run_what_make_lint_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]

    run = [line.strip().removeprefix("@$(RUN)").removesuffix(" .") for line in lint.splitlines()]

    assert [hook["entry"] for hook in hooks] == [f".venv/bin/python{words}" for words in run]


def test_each_file_of_live_tests_is_run_by_a_target():
    commands = re.findall(r"^\t@DUALSTACK_LIVE=.*", (ROOT / "Makefile").read_text(), re.MULTILINE)
    left_out = {*re.findall(r"--ignore=(\S+)", " ".join(commands))}

    named = {*re.findall(r"pytest (tests/live/\S+)", " ".join(commands))}

    assert left_out
    assert named == left_out
    assert {file for file in named if not (ROOT / file).exists()} == set()


def test_locked_packages_name_no_registry():
    for file in ROOT.glob("requirements*.txt"):
        assert "://" not in file.read_text()
    for file in (ROOT / "tests").rglob("package-lock.json"):
        assert '"resolved": "http' not in file.read_text()


def test_an_old_engine_finds_no_symbolic_link_in_the_package_which_it_would_refuse():
    held = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert held
    assert [line for line in held if line.startswith("120000 ")] == []


def test_every_promise_of_security_names_a_test():
    rows = (ROOT / "SECURITY.md").read_text().partition("## What is protected")[2]
    promises = re.findall(
        r"^\| (?!what \||---)(.+?) \| (.+) \|$", rows.partition("\n## ")[0], re.MULTILINE
    )
    tests = {what: re.findall(r"`(tests/[\w/]+\.py)`", how) for what, how in promises}

    assert len(promises) >= 18
    assert [what for what, named in tests.items() if not named] == []
    assert [file for named in tests.values() for file in named if not (ROOT / file).is_file()] == []
