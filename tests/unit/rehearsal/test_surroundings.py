"""Settings of a shell for other work: a rehearsal goes on as if they were not there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.providers.aws.session import Clients
from rehearsal.surroundings import in_order, put_in_order

ROOT = Path(__file__).parents[3]


def test_settings_of_aws_and_of_the_engine_are_dropped():
    environment = {
        "AWS_PROFILE": "nope",
        "AWS_CONFIG_FILE": "/nope",
        "AWS_ENDPOINT_URL_EC2": "http://nope",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/nope",
        "MOTO_ACCOUNT_ID": "1",
        "PYTHONWARNINGS": "error",
        "HOME": "/home/me",
        "PATH": "/bin",
    }

    put_in_order(environment)

    assert environment == {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": "/home/me",
        "PATH": "/bin",
        "no_proxy": "localhost,127.0.0.1,::1,10.255.0.1,fd00:255::1",
        "NO_PROXY": "localhost,127.0.0.1,::1,10.255.0.1,fd00:255::1",
        "no_grpc_proxy": "localhost,127.0.0.1,::1,10.255.0.1,fd00:255::1",
    }


def test_builds_keep_the_proxy_and_this_machine_is_exempt():
    environment = {
        "https_proxy": "http://proxy:3128",
        "grpc_proxy": "http://proxy:3128",
        "GRPC_PROXY": "http://proxy:3128",
        "NO_PROXY": "corp.example, .internal",
        "HOME": "/",
    }

    put_in_order(environment)

    assert environment["https_proxy"] == "http://proxy:3128"
    assert environment["no_proxy"] == environment["NO_PROXY"]
    assert environment["no_proxy"].endswith("fd00:255::1,corp.example,.internal")
    assert [name for name in environment if name.lower() == "grpc_proxy"] == []


def test_a_star_exempts_every_host():
    environment = {"HTTPS_PROXY": "http://proxy:3128", "all_proxy": "socks5://p", "no_proxy": "*"}

    put_in_order(environment)

    assert {"HTTPS_PROXY", "all_proxy"} & environment.keys() == set()


def test_a_folder_for_temporary_files_that_is_not_there_is_not_used():
    environment = {"TMPDIR": "/nope", "HOME": ""}

    put_in_order(environment)

    assert "TMPDIR" not in environment
    assert Path(environment["HOME"]).is_absolute()


def test_the_environment_is_as_before_after_a_command(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")

    with in_order():
        inside = os.environ.get("AWS_PROFILE")

    assert (inside, os.environ["AWS_PROFILE"]) == (None, "mine")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_PROFILE", "nope"),
        ("AWS_DEFAULT_PROFILE", "nope"),
        ("AWS_CONFIG_FILE", "/"),
        ("AWS_DEFAULTS_MODE", "nope"),
        ("AWS_RETRY_MODE", "nope"),
        ("AWS_MAX_ATTEMPTS", "nope"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "nope"),
        ("AWS_ENDPOINT_URL", "http://nope"),
        ("AWS_CA_BUNDLE", "/nope"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "nope"),
        ("http_proxy", "http://127.0.0.1:9"),
    ],
)
def test_a_client_of_the_stand_in_heeds_no_setting_of_the_user(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    client = Clients("http://127.0.0.1:4566").get("sqs", "eu-west-1")

    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client.meta.config.proxies == {}


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_standard_file_that_is_closed_is_not_taken_by_another(closed, tmp_path):
    program = (
        "import os, sys; from rehearsal.surroundings import open_standard_files as o; o();"
        "there = [os.fstat(n).st_rdev == os.stat(os.devnull).st_rdev for n in range(3)];"
        "open(sys.argv[1], 'w').write(f'{there}')"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "said")]
    run = ["sh", "-c", f'exec "$@" {closed}', "sh", *words]
    subprocess.run(run, cwd=ROOT, stdin=subprocess.PIPE, capture_output=True, check=True)

    said = (tmp_path / "said").read_text()

    assert said.count("True") == closed.count("&-")
