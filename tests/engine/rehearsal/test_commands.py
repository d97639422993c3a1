"""The command line, run as a person runs it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.patience import PATIENCE_SECONDS, wait_until

CHECKOUT = Path(__file__).parents[3]
PROGRAM = """
import pulumi
from pulumi_aws import ec2

cidr = pulumi.Config("small").require("cidr")
if not cidr.endswith("/16"):
    raise pulumi.RunError(f"cidr: {cidr} is not a /16; choose one")
vpc = ec2.Vpc("net", cidr_block=cidr, assign_generated_ipv6_cidr_block=True)
if pulumi.Config("small").get_bool("two"):
    ec2.Vpc("other", cidr_block=cidr)
pulumi.export("vpc", vpc.id)
pulumi.export("kubeconfig", pulumi.Output.secret("apiVersion: v1"))
pulumi.export(
    "addressPlan",
    [{"tier": "private", "zone": "eu-west-1a", "ipv4": cidr, "ipv6": vpc.ipv6_cidr_block}],
)
"""


@pytest.fixture
def home(tmp_path):
    """A project and a state folder for one test."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(
        yaml.safe_dump({"name": "small", "runtime": "python", "stackConfigDir": "stacks"})
    )
    (tmp_path / "__main__.py").write_text(PROGRAM)
    write_stack(tmp_path)
    return tmp_path


def write_stack(home, **settings):
    config = {"aws:region": "eu-west-1", "small:cidr": "10.0.0.0/16"} | settings
    (home / "stacks" / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))


def environment(home):
    return os.environ | {
        "DUALSTACK_PROJECT": str(home),
        "DUALSTACK_STATE": str(home / "state"),
        "COLUMNS": "200",
    }


def rehearse(home, *words, module="rehearsal"):
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=CHECKOUT,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_stack_goes_up_twice_and_down(home):
    preview = rehearse(home, "preview", "dev")
    first = rehearse(home, "up", "dev")
    second = rehearse(home, "up", "dev")
    kubeconfig = rehearse(home, "kubeconfig", "dev")
    outputs = rehearse(home, "outputs", "dev")
    down = rehearse(home, "down", "dev")
    nothing = rehearse(home, "down", "dev")

    assert [run.returncode for run in (preview, first, second, kubeconfig, outputs, down)] == [
        0
    ] * 6
    assert "aws:ec2:Vpc │ created  │ 1" in preview.stdout
    assert "│ private │ eu-west-1a │ 10.0.0.0/16 │ known after up │" in preview.stdout
    assert "created aws:ec2:Vpc net" in first.stdout
    assert "kubeconfig  [secret]" in first.stdout
    assert "dev: 1 created in" in first.stdout
    assert "dev: nothing changed (1 resources) in" in second.stdout
    assert kubeconfig.stdout == "apiVersion: v1\n"
    assert "kubeconfig: [secret]" in outputs.stdout
    assert down.stdout.endswith("nothing of dev is left in AWS\n")
    assert nothing.stdout == "dev is not up: there is nothing to take down\n"
    assert not (home / "state" / "cloud" / "server.json").exists()


def test_a_mistake_in_the_configuration_is_one_line_and_makes_nothing(home):
    write_stack(home, **{"small:cidr": "10.0.0.0/8"})

    run = rehearse(home, "up", "dev")

    assert run.returncode == 1
    assert "error: cidr: 10.0.0.0/8 is not a /16; choose one\n" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
    assert run.stdout.endswith("dev: failed, and nothing was changed in 0 s\n") or (
        "dev: failed, and nothing was changed" in run.stdout
    )


def test_another_file_can_stand_for_the_stacks_own(home):
    other = home / "other.yaml"
    other.write_text(
        yaml.safe_dump({"config": {"aws:region": "eu-west-1", "small:cidr": "10.7.0.0/16"}})
    )

    run = rehearse(home, "preview", "dev", "--config-file", str(other))

    assert run.returncode == 0
    assert "10.7.0.0/16" in run.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("up", "nowhere"), "the stacks that have a file: dev"),
        (("outputs", "dev"), "dev is not up; bring it up first"),
        (("kubeconfig", "dev"), "dev is not up; bring it up first"),
    ],
    ids=["up", "outputs", "kubeconfig"],
)
def test_a_stack_that_is_not_there_is_a_line_on_the_error_stream(home, words, said):
    run = rehearse(home, *words)

    assert run.returncode == 1
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_value_that_is_sealed_elsewhere_is_refused(home):
    write_stack(home, **{"small:token": {"secure": "v1:abc"}})

    run = rehearse(home, "preview", "dev")

    assert run.returncode == 1
    assert "small:token is sealed for another backend" in run.stderr


def test_ctrl_c_stops_in_good_order(home):
    write_stack(home, **{"small:two": True})
    held = home / "held"
    run = subprocess.Popen(
        [sys.executable, CHECKOUT / "tests/support/held.py", "1", held, "up", "dev"],
        cwd=CHECKOUT,
        env=environment(home),
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: held.exists() or run.poll() is not None)

    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=PATIENCE_SECONDS)
    down = rehearse(home, "down", "dev")

    assert run.returncode == 130
    assert "stopped; what was under way has been finished and written down" in said
    assert "created aws:ec2:Vpc net\n" in said
    assert "created aws:ec2:Vpc other\n" in said
    assert down.returncode == 0
