"""The pages on adding a minor and an add-on: a copy of the repository gets the edits that they list, and no others."""

import ast
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import DOCS, ROOT, blocks

COPIED = ("components", "templates", "rehearsal", "stacks", "Pulumi.yaml", "__main__.py")


@pytest.fixture
def copy(tmp_path):
    """A copy of what the program and `make render` need."""
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def edits(page: str) -> Iterator[tuple[str, str, str]]:
    """Each edit of a page's steps: the file, the place in it, the text."""
    steps = re.split(r"^\d+\. ", (DOCS / page).read_text(), flags=re.MULTILINE)[1:]
    for step in steps:
        text = textwrap.dedent("   " + step)
        if found := blocks(text, r"\w+"):
            path, opening = re.match(r"`([\w./-]+)`,(.*?)(?:\n\n|```)", text, re.DOTALL).groups()
            named = re.findall(r"a new file|at the end|among the imports|in `\w+`", opening)
            yield from ((path, place, block) for place, block in zip(named, found, strict=True))


def apply(copy: Path, path: str, place: str, text: str) -> None:
    """Make one edit."""
    file = copy / path
    if place == "a new file":
        assert not file.exists()
        file.write_text(text)
        return
    lines = file.read_text().splitlines(keepends=True)
    number, indent = spot(ast.parse("".join(lines)), lines, place)
    file.write_text("".join([*lines[:number], textwrap.indent(text, indent), *lines[number:]]))


def spot(module: ast.Module, lines: list[str], place: str) -> tuple[int, str]:
    """The number of lines before a place, and how far it is indented."""
    match place.split("`"):
        case ["at the end"]:
            return len(lines), ""
        case ["among the imports"]:
            imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
            return imports[-1].end_lineno, ""
        case ["in ", name, ""]:
            (node,) = [node for node in module.body if name in names(node)]
            if isinstance(node, ast.ClassDef):
                return node.end_lineno, " " * node.body[-1].col_offset
            within = range(node.lineno, node.end_lineno + 1)
            last = max(at for at in within if lines[at - 1].rstrip().endswith(","))
            entry = lines[last - 1]
            return last, entry[: len(entry) - len(entry.lstrip())]
    raise AssertionError(place)


def names(node: ast.stmt) -> list[str]:
    """What a statement defines."""
    match node:
        case ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def run(copy: Path, *words: str) -> str:
    """What a Python program of the copy prints."""
    ended = subprocess.run(
        [sys.executable, *words], cwd=copy, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_minor_is_added_by_the_edits_of_its_page(copy):
    for edit in edits("adding-a-minor.md"):
        apply(copy, *edit)

    run(copy, "-m", "rehearsal", "render", "dev", "--kubernetes", "1.38")

    folder = copy / "render/dev/1.38.0"
    cluster = next(yaml.safe_load_all((folder / "control-plane/init.yaml").read_text()))
    assert cluster["kubernetesVersion"] == "v1.38.0"
    user_data = (folder / "workers/general/user-data.yaml").read_text()
    assert "kubelet 1.38.0 https://dl.k8s.io/release/v1.38.0/" in user_data
    controller = (folder / "addons/aws-cloud-controller-manager.yaml").read_text()
    assert "/cloud-controller-manager:v1.38.0" in controller


MESSAGES = """
from components.rules import load
from components.spec import Spec

for cluster in ({"name": "dev"}, {"name": "dev", "kubernetesVersion": 1}, {"name": "dev", "kubernetesVersion": "x"}):
    try:
        load(Spec, {"cluster": cluster})
    except ValueError as error:
        print(*[line for line in str(error).splitlines() if "kubernetesVersion" in line])
"""


def test_messages_name_the_newest_minor_of_the_table(copy):
    for edit in edits("adding-a-minor.md"):
        apply(copy, *edit)

    said = run(copy, "-c", MESSAGES).splitlines()

    assert len(said) == 3
    assert [line for line in said if "1.38" not in line or "1.37" in line] == []


def test_an_add_on_is_added_by_the_edits_of_its_page(copy):
    stack = copy / "stacks/Pulumi.dev.yaml"
    stack.write_text(stack.read_text() + "  dualstack:addons:\n    hello: true\n")
    for edit in edits("adding-an-addon.md"):
        apply(copy, *edit)

    run(copy, "-m", "rehearsal", "render", "dev")

    text = (copy / "render/dev/1.36.5/addons/hello.yaml").read_text()
    (deployment,) = yaml.safe_load_all(text)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/hello:v1.2.3"
    assert container["args"] == ["hello from dev"]


def test_an_add_on_is_refused_in_a_minor_that_none_of_its_releases_is_for(copy):
    for edit in edits("adding-an-addon.md"):
        apply(copy, *edit)
    stack = copy / "stacks/Pulumi.dev.yaml"
    stack.write_text(stack.read_text() + "  dualstack:addons:\n    hello: true\n")

    with pytest.raises(AssertionError, match=r"hello is pinned here for Kubernetes 1\.20 to 1\.37"):
        run(copy, "-m", "rehearsal", "render", "dev", "--kubernetes", "1.19")


SWITCHES = """
from components.spec.addons import AddonsSection
from pydantic.alias_generators import to_camel
from rehearsal.machines.overrides import WITHOUT_IMAGES
from rehearsal.mirror.images import ON_REQUEST
from rehearsal.workspace import NO_MACHINES

fields = AddonsSection.model_fields.items()
switches = {to_camel(name): field for name, field in fields if "bool" in str(field.annotation)}
off = {name for name, field in switches.items() if field.default is False}
assert switches.keys() == NO_MACHINES["addons"].keys(), switches
assert off == {*WITHOUT_IMAGES, *ON_REQUEST, "reader"}, off
"""


@pytest.mark.parametrize("added", [False, True], ids=["as it is", "with one added"])
def test_a_rehearsal_knows_every_switch(copy, added):
    for edit in edits("adding-an-addon.md") if added else ():
        apply(copy, *edit)

    run(copy, "-c", SWITCHES)
