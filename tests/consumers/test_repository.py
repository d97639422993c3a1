"""From an empty folder, by the lines of the README: the package comes from a git server by a tag, and programs make a network and a cluster."""

import re
import tomllib

import pytest

from rehearsal.plugins.stand_in import ENDPOINT
from tests.consumers.git_server import git_server, publish
from tests.consumers.programs import CHECKOUT, EXAMPLES, REGION, Program, run
from tests.engine.conftest import clients
from tests.engine.inventory import counted, inventory

VERSION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]

IMPORTED = {
    "typescript": ("@pulumi/dualstack", "@acme/dualstack"),
    "go": ("example.com/pulumi-dualstack/sdk/go", "github.com/acme/pulumi-dualstack/sdk/go"),
    "yaml": ("", ""),
}
"""How a program imports the SDK: that of a checkout, and that of a repository of the organisation `acme`."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """The address of a repository with the last commit of this checkout, tagged as the version says; whom a client shall trust."""
    folder = tmp_path_factory.mktemp("server")
    publish(CHECKOUT, folder / "repositories/acme/dualstack.git", f"v{VERSION}")
    with git_server(folder / "repositories", folder) as (address, trusted):
        yield f"{address}/acme/dualstack.git", trusted


@pytest.fixture(scope="module")
def trusting(variables, repository, tmp_path_factory):
    """The environment of `pulumi`, in which each client trusts the server."""
    address, trusted = repository
    # The stand-ins have the versions that are locked here.
    locked = re.findall(
        r"^\S+==[^\s;\\]+", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE
    )
    constraints = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    constraints.write_text("\n".join(locked))
    return variables | {
        "SSL_CERT_FILE": str(trusted),
        "GIT_SSL_CAINFO": str(trusted),
        "UV_CONSTRAINT": str(constraints),
        "DUALSTACK_REPOSITORY": address,
    }


@pytest.fixture(scope="module")
def added(request, repository, trusting, tmp_path_factory):
    """A program in a folder of its own with the package added, and what `pulumi package add` ended with."""
    address, _ = repository
    language = request.param
    folder = tmp_path_factory.mktemp(language)
    here, there = IMPORTED[language]
    for file in (EXAMPLES / "network" / language).iterdir():
        if file.is_file():
            text = re.sub(r"^packages:\n( .*\n)+", "", file.read_text(), flags=re.MULTILINE)
            (folder / file.name).write_text(text.replace(here, there) if here else text)
    program = Program(folder, trusting)
    return program, program.pulumi("package", "add", f"{address}/components@{VERSION}")


@pytest.mark.parametrize("added", IMPORTED, indirect=True)
def test_the_package_is_added_at_the_version_of_the_tag(added, repository):
    program, add = added

    assert add.code == 0, add.text
    source = repository[0].removeprefix("https://")
    assert (
        f"dualstack: {source}/components@{VERSION}" in (program.folder / "Pulumi.yaml").read_text()
    )
    assert list(program.folder.glob("sdks/acme-dualstack/*"))


# The host of YAML that is to be had here is older than its Link. It clones the repository once more, by an older rule, and makes the
# plugin's environment in a folder where the plugin does not look. Programs in YAML on a checkout, and on a wheel, are in
# test_examples.py and test_install.py.
@pytest.mark.parametrize("added", ["typescript", "go"], indirect=True)
def test_a_program_with_the_package_makes_a_network_and_takes_it_down(added):
    program, _ = added
    client = clients(program.variables[ENDPOINT])
    before = inventory(client, REGION)
    program.begin()

    up = program.pulumi("up", "--yes", "--skip-preview")
    during = counted(inventory(client, REGION) - before)
    again = program.pulumi("preview", "--expect-no-changes")
    down = program.pulumi("destroy", "--yes", "--skip-preview")

    assert up.code == 0, up.text
    assert (during["Subnets"], during["NatGateways"]) == (4, 1)
    assert again.code == 0, again.text
    assert down.code == 0, down.text
    assert inventory(client, REGION) == before


ANSWERS = {
    "aws:region": REGION,
    "clusterName": "shop",
    "allowedCidrs": "198.51.100.0/24,2001:db8:1::/48",
    # Nothing here answers as the API of a cluster.
    "addons": "false",
}


def test_the_template_installs_the_library_of_the_tag_and_brings_a_cluster_up(trusting, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    client = clients(trusting[ENDPOINT])
    before = inventory(client, REGION)
    answers = [word for key, value in ANSWERS.items() for word in ("--config", f"{key}={value}")]
    words = ["--yes", "--name", "shop", "--description", "A shop", "--stack", "dev", *answers]
    program = Program(folder, trusting)

    new = program.pulumi("new", str(CHECKOUT / "template"), *words)
    up = program.pulumi("up", "--yes", "--skip-preview")
    during = counted(inventory(client, REGION) - before)
    again = program.pulumi("preview", "--expect-no-changes")
    down = program.pulumi("destroy", "--yes", "--skip-preview")

    assert new.code == 0, new.text
    assert up.code == 0, up.text
    assert (during["Instances"], during["AutoScalingGroups"]) == (1 + 1, 1)
    assert again.code == 0, again.text
    assert down.code == 0, down.text
    assert inventory(client, REGION) == before
    asked = run([".venv/bin/python", "-m", "dualstack", "--version"], folder, trusting)
    assert asked.text == f"{VERSION}\n"
