"""The page on dependencies, held against what is locked and what is installed."""

import re
import tomllib
from importlib import import_module
from importlib.metadata import version

import pytest

from tests.docs.pages import DOCS, ROOT, code, table

PAGE = DOCS / "decisions/dependencies.md"
SDK = "What is patched in Pulumi's SDK, and what is used of its internals"


def test_every_dependency_says_what_it_is_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["status"],
        *project["project"]["optional-dependencies"]["verify"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    names = {re.match(r"[\w-]+", one)[0] for one in wanted}
    listed = {
        name
        for row in table(PAGE, "Dependencies")
        for name in re.findall(r"[\w-]+", re.sub(r"\(.*?\)", "", row[0]))
    }

    assert names - listed == set()


@pytest.mark.parametrize("name", [code(row[0])[0] for row in table(PAGE, SDK)])
def test_what_is_used_of_the_sdk_is_there(name):
    words = name.split(".")
    for length in range(len(words), 0, -1):
        try:
            found = import_module(".".join(words[:length]))
        except ModuleNotFoundError:
            continue
        break
    for word in words[length:]:
        assert hasattr(found, word), name
        found = getattr(found, word)


def test_the_sdk_was_read_in_the_version_that_is_locked():
    read = set(re.findall(r"in version (\d+\.\d+\.\d+)", " ".join(PAGE.read_text().split())))

    assert read == {version("pulumi")}


def test_the_providers_server_of_the_sdk_lacks_what_the_page_says():
    server = import_module("pulumi.provider.experimental.server").ProviderServicer
    request = import_module("pulumi.provider.experimental.provider").ConfigureRequest

    assert {"Attach", "Handshake"} & vars(server).keys() == set()
    assert {"id", "urn"} & set(request.__init__.__annotations__) == set()
