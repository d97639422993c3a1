"""Plain `pulumi` on the rehearsal, as in `make shell`."""

import hashlib
import subprocess
import sys
from importlib.metadata import version

import psutil

from tests.engine.rehearsal.test_commands import CHECKOUT, environment, home, rehearse
from tests.support.patience import wait_until

__all__ = ["home"]

WAITING = """
import os, pathlib, time
place = pathlib.Path(os.environ["HELD"])
place.with_suffix(".new").write_text(str(os.getpid()))
place.with_suffix(".new").rename(place)
time.sleep(3600)
"""


def enter(home, command):
    return rehearse(home, "enter", "dev", "--run", command)


def files(folder):
    """The hash of every file of the project, without the state beside it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "state" not in path.parts and "__pycache__" not in path.parts
    }


def test_every_command_of_pulumi_works_and_the_checkout_stays_as_it_was(home):
    before = files(home)

    made = enter(home, "pulumi preview && pulumi up --yes --skip-preview")
    again = enter(
        home,
        "pulumi preview --expect-no-changes && pulumi refresh --preview-only --expect-no-changes",
    )
    vpc = enter(home, "pulumi stack output vpc")
    gone = enter(home, "pulumi destroy --yes --skip-preview")

    assert "+ 2 created" in made.stdout, made.stdout + made.stderr
    assert again.returncode == 0, again.stdout + again.stderr
    assert vpc.stdout.startswith("vpc-")
    assert "- 2 deleted" in gone.stdout
    assert files(home) == before
    assert not (home / "state" / "cloud" / "server.json").exists()


def test_a_stack_of_up_is_the_same_stack_in_the_shell(home):
    rehearse(home, "up", "dev")
    seen = enter(home, "pulumi preview --expect-no-changes")
    changed = enter(home, "pulumi config set two true && pulumi up --yes --skip-preview")
    back = rehearse(home, "up", "dev")
    rehearse(home, "down", "dev")

    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "+ 1 created" in changed.stdout, changed.stdout + changed.stderr
    assert "deleted aws:ec2:Vpc other" in back.stdout


def test_a_stack_file_that_is_edited_meanwhile_is_read(home):
    stack = home / "stacks" / "Pulumi.dev.yaml"

    shown = enter(
        home, f"pulumi preview; sed -i.bak s:10.0.0.0/16:10.0.0.0/8: {stack}; pulumi preview"
    )

    assert shown.returncode != 0
    assert "+ 2 to create" in shown.stdout
    assert "cidr: 10.0.0.0/8 is not a /16; choose one" in shown.stdout


def test_the_exit_code_is_that_of_the_command(home):
    assert enter(home, "exit 7").returncode == 7


def test_a_stack_without_a_file_is_refused_before_anything_starts(home):
    refused = rehearse(home, "enter", "dve", "--run", "true")

    assert refused.returncode == 1
    assert "did you mean dev?" in refused.stderr
    assert not (home / "state" / "cloud").exists()


def test_a_program_that_fails_shows_its_own_line(home):
    (home / "__main__.py").write_text("import pulumi\n\n1 / 0\n")

    failed = enter(home, "pulumi preview")

    assert failed.returncode != 0
    assert "ZeroDivisionError: division by zero" in failed.stdout


def test_nothing_that_the_engine_started_outlives_a_killed_engine(home, tmp_path):
    (home / "__main__.py").write_text(WAITING)
    held = tmp_path / "held"
    with subprocess.Popen(
        [sys.executable, "-m", "rehearsal", "enter", "dev", "--run", "pulumi preview"],
        cwd=CHECKOUT,
        env=environment(home) | {"HELD": str(held)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as command:
        wait_until(held.exists)
        program = psutil.Process(int(held.read_text()))
        host = program.parent()
        engine = host.parent()
        engine.kill()

        _, alive = psutil.wait_procs([program, host], timeout=60)

    assert alive == []
    assert command.returncode != 0


def test_the_plugins_have_the_versions_of_the_installed_packages(home):
    enter(home, "true")

    assert sorted(path.name for path in (home / "state" / "home" / "plugins").iterdir()) == [
        *(f"language-{name}-v{version('pulumi')}" for name in ("go", "nodejs", "python", "yaml")),
        *(f"resource-{name}-v{version(f'pulumi-{name}')}" for name in ("aws", "random", "tls")),
    ]
