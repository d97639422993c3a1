"""Every fenced block and every link of every page: what a page shows is what the project does.

| a block of | must |
|---|---|
| `yaml`, keys of a stack | load on top of a small good stack, without faults, and with the warnings printed next to it |
| the same, with a fault printed next to it | be refused with exactly that text |
| `yaml`, a Kubernetes object | be one that the schema of the newest minor takes |
| `yaml`, steps of CI | run commands that hold |
| `python` | run against the stand-in for the cloud |
| `sh` | call targets, commands, fields and files that exist |
| `text` | be what the program writes: a fault, a warning, an address plan, or a text of its sources |
| `env` | set variables that the project reads |
| no kind | be a drawing |
"""

import ast
import re
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
import yaml

import components
from tests.docs import shell
from tests.docs.blocks import LINK, PAGES, ROOT, after, anchors, before, blocks, prose
from tests.docs.project import Spec, SpecError, address_plan, load, schemas, warnings

SMALL = yaml.safe_load(
    """
    aws:region: eu-west-1
    dualstack:cluster: {name: dev, kubernetesVersion: "1.36"}
    dualstack:network: {zones: [eu-west-1a, eu-west-1b]}
    dualstack:api: {scheme: internet-facing, allowedCidrs: [203.0.113.0/24, 2001:db8:203::/48]}
    dualstack:controlPlane: {count: 1}
    """
)
"""A stack that is as small as one can be without a warning; what a page shows is laid over it."""

ADDING = Path(__file__).with_name("test_adding.py")
EDITS = re.findall(r'edits\("([\w.-]+)"\)', ADDING.read_text()) if ADDING.exists() else []
"""Pages whose code is edits of the repository: another test makes them in a copy."""

ALL = [
    block
    for page in PAGES
    for block in blocks(page)
    if not (page.name in EDITS and block.kind in ("yaml", "python"))
]

AWAITED = {
    *("fields", "docs/adding-an-addon.md", "docs/architecture.md", "docs/words.md"),
    *(
        f"docs/reference/{name}.md"
        for name in (
            *("addons", "configuration", "dual-stack-page", "iam", "kubeadm", "outputs", "ports"),
            *("rehearsal", "ssm-parameters", "verifier"),
        )
    ),
}
"""Pages, and a target of make, that are written at the same time as these; once one is there it is not awaited."""


def of_kind(*kinds):
    found = [block for block in ALL if block.kind in kinds]
    return pytest.mark.parametrize("block", found, ids=lambda block: block.name)


def test_there_are_pages_of_each_kind():
    folders = {page.parent.name for page in PAGES}

    assert {"tutorial", "how-to"} <= folders
    assert len(ALL) > 60


@pytest.mark.parametrize("block", ALL, ids=lambda block: block.name)
def test_a_block_is_of_a_kind_that_is_checked(block):
    assert block.kind in ("yaml", "python", "sh", "text", "env", "")


# YAML


def is_stack(content):
    keys = content.get("config", content) if isinstance(content, dict) else {}
    return bool(keys) and all(re.match(r"(dualstack|aws):", key) for key in keys)


def laid_over(below, above):
    """One map over another: maps are joined, all else is replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return deepcopy(above)
    return {
        key: laid_over(below.get(key), above.get(key, below.get(key))) for key in {**below, **above}
    }


def specified(config):
    """A stack's configuration as a spec."""
    sections = {key.removeprefix("dualstack:"): value for key, value in config.items()}
    region = sections.pop("aws:region")
    return load(Spec, {**sections, "region": region, "project": "dualstack", "stack": "dev"})


def answer(config):
    """What the program says of a configuration: its faults, or its warnings."""
    try:
        return "".join(f"warning: {warning}\n" for warning in warnings(specified(config)))
    except SpecError as error:
        return f"error: {error}\n"


def over_small(block):
    content = yaml.safe_load(block.text)
    return laid_over(SMALL, content.get("config", content))


def run_lines(steps):
    return [step["run"] for step in steps if isinstance(step, dict) and "run" in step]


@of_kind("yaml")
def test_yaml_is_what_it_is_shown_as(block):
    documents = list(yaml.safe_load_all(block.text))

    if any(is_stack(content) for content in documents):
        shown = after(block)
        expected = shown.text if shown and re.match("error: The conf|warning: ", shown.text) else ""
        assert answer(over_small(block)) == expected
    elif all(
        isinstance(content, dict) and {"apiVersion", "kind"} <= set(content)
        for content in documents
    ):
        assert [fault for content in documents for fault in schemas.faults(content, 37)] == []
    else:
        (steps,) = documents
        scripts = run_lines(steps)
        assert scripts, f"{block.name} is no stack, no Kubernetes object and no step of CI"
        assert [found for script in scripts for found in faults_of(script)] == []


# Python


def told(number):
    """A subnet as another stack tells of it."""
    return {"id": f"subnet-{number:08x}", "ipv6Range": f"2001:db8:40:{number}::/64"}


OTHER_STACKS = {
    "StackReference acme/network/prod": {
        "outputs": {
            "vpcId": "vpc-0123456789abcdef0",
            "ipv6Range": "2001:db8:40::/56",
            "private": {"eu-west-1a": told(1), "eu-west-1b": told(2)},
            "public": {"eu-west-1a": told(3), "eu-west-1b": told(4)},
            "natAddress": "203.0.113.7",
        }
    }
}
"""The outputs of the stacks that pages refer to."""


@of_kind("python")
def test_python_runs(block, deploy, monkeypatch):
    # A reader has the package installed; here it is the checkout's own.
    monkeypatch.setitem(sys.modules, "dualstack", components)
    code = compile(block.text, block.name, "exec")
    config = {"dualstack:kubernetesVersion": "1.36"}

    deployment = deploy(
        lambda: exec(code, {"__name__": "__main__"}), config=config, made=OTHER_STACKS
    )

    makes = re.search(
        r"\b(Cluster|Network|WorkerPool|Firewall|Roles|DualStackService)\($",
        block.text,
        re.MULTILINE,
    )
    assert deployment.resources or not makes


# Shell


def faults_of(script):
    found = [
        f"{' '.join(words)}: {said}"
        for words in shell.commands(script)
        if (said := shell.wrong(words))
    ]
    return found + configuration_faults(script)


def configuration_faults(script):
    """What is wrong with what a script sets in the configuration."""
    assigned = shell.assignments(script)
    if not assigned:
        return []
    config = yaml.safe_load((ROOT / "stacks/Pulumi.dev.yaml").read_text())["config"]
    for path, value in assigned.items():
        # A setting of another project's, as in an example, has no section of ours.
        if not re.match(r"(dualstack|aws):", path):
            return []
        shell.configured(config, path, value)
    said = answer(config)
    return [said] if said.startswith("error") else []


@of_kind("sh")
def test_commands_hold(block):
    assert faults_of(block.text) == []


# Text


@cache
def sayings():
    """Each line that the sources can write, as its fixed pieces: between them anything is filled in."""
    places = [ROOT / "__main__.py"]
    for folder in ("components", "rehearsal", "templates"):
        places += [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.sh")]
    said = {line for place in places for text in texts(place) for line in lines_of(text)}
    return [line for line in said if sum(map(len, line)) >= 12]


def texts(place: Path):
    """Every text in a source, as its fixed pieces."""
    source = place.read_text()
    if place.suffix == ".sh":
        return [re.split(r"\$\w+|\$\{[^}]*\}", said) for said in re.findall(r'"([^"\n]+)"', source)]
    nodes = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.JoinedStr | ast.Constant)
    )
    return [pieces(node) for node in nodes]


def pieces(node):
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    found = [""]
    for value in node.values:
        if isinstance(value, ast.Constant):
            found[-1] += value.value
        else:
            found.append("")
    return found


def lines_of(text):
    """The lines of a text, without the marks of what is shown in colour."""
    line = []
    for piece in text:
        first, *others = re.sub(r"\[/?\w+\]", "", piece).split("\n")
        line.append(first)
        for other in others:
            yield tuple(filter(None, line))
            line = [other]
    yield tuple(filter(None, line))


SUMMARY = re.compile(r"\w+: (\d+ (created|updated|replaced|deleted|unchanged)(, )?)+ in \d+ s")
"""What a run ends with, which is put together of single words."""


def is_said(line):
    """Whether the sources write most of a line; one that ends in an ellipsis may be cut anywhere."""
    return bool(SUMMARY.fullmatch(line)) or any(
        covered(said, line) > 0.4 * len(line) for said in sayings()
    )


def covered(said, line):
    """How much of a line is a source's fixed pieces, if they are all there and in order."""
    line, cut, place, total = line.rstrip("… "), line.endswith("…"), 0, 0
    for piece in said:
        at = line.find(piece, place)
        if at < 0:
            if not cut:
                return 0
            begun = next(
                (n for n in range(len(piece), 0, -1) if line[place:].endswith(piece[:n])), 0
            )
            return total + begun
        place, total = at + len(piece), total + len(piece)
    return total


def plan_of(block):
    """The address plan of the stack that a text is printed next to: the stack of a YAML block, or dev."""
    shown = before(block)
    if shown and shown.kind == "yaml":
        config = over_small(shown)
    else:
        config = yaml.safe_load((ROOT / "stacks/Pulumi.dev.yaml").read_text())["config"]
    return address_plan.address_table(address_plan.address_rows(specified(config)))


@of_kind("text")
def test_text_is_what_the_program_writes(block):
    if block.text.startswith("tier "):
        assert block.text.strip() == plan_of(block)
        return
    shown = before(block)
    if shown and shown.kind == "yaml" and re.match("error: The conf|warning: ", block.text):
        return  # it is compared with what the YAML is answered
    lines = [line for line in block.text.splitlines() if line.strip() not in ("", "…")]
    assert [line for line in lines if not is_said(line)] == []


# The rest


@of_kind("env")
def test_a_variable_is_read_somewhere(block):
    names = re.findall(r"^([A-Z0-9_]+)=", block.text, re.MULTILINE)
    # Those of AWS's own tools are made of a service's name; those of proxies are read by Python and Go.
    known = ("AWS_ENDPOINT_URL", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
    files = [path for path in (ROOT / "templates/node").iterdir() if path.is_file()]
    sources = "".join(path.read_text() for path in files)

    assert len(names) == len(block.text.splitlines())
    assert [name for name in names if not name.startswith(known) and name not in sources] == []


@of_kind("")
def test_a_drawing_is_one_and_fits(block):
    lines = block.text.splitlines()

    assert any(set(line) & set("│─┌└├►▼→") for line in lines)
    assert max(map(len, lines)) <= 120


LINKS = [(page, link) for page in PAGES for _, line in prose(page) for link in LINK.findall(line)]


@pytest.mark.parametrize(
    ("page", "link"), LINKS, ids=[f"{page.relative_to(ROOT)}-{link}" for page, link in LINKS]
)
def test_a_link_leads_somewhere(page, link):
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page

    if str(target.relative_to(ROOT)) in AWAITED and not target.exists():
        pytest.skip("the page is still being written")
    assert target.exists()
    if anchor and target.suffix == ".md":
        assert anchor in anchors(target)


ROOT_PAGES = [page for page in PAGES if page.parent == ROOT and page.name != "README.md"]


@pytest.mark.parametrize("page", ROOT_PAGES, ids=lambda page: page.name)
def test_a_line_is_at_most_120_characters(page):
    # A row of a table cannot be wrapped.
    assert [n for n, line in prose(page) if len(line) > 120 and not line.startswith("|")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_within_a_sentence_holds(page):
    found = [
        said
        for _, line in prose(page)
        for command in re.findall(r"`((?:[A-Z]+=\S+ )?make [^`]+)`", line)
        for words in shell.commands(command)
        if (said := shell.wrong(words)) and said.split()[-1] not in AWAITED
    ]

    assert found == []


PATH = re.compile(r"`((?:components|examples|rehearsal|stacks|templates|tests)/[\w./-]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_path_within_a_sentence_is_there(page):
    named = [path for _, line in prose(page) for path in PATH.findall(line)]

    # What a page on adding something names is not there yet.
    assert [path for path in named if not (ROOT / path).exists() and page.name not in EDITS] == []


@pytest.mark.parametrize(
    "folder", ["docs/how-to", "docs/reference", "docs/decisions", "docs/tutorial"]
)
def test_a_page_is_in_an_index(folder):
    indexes = (ROOT / "docs/README.md", ROOT / "docs/how-to/README.md")
    linked = {
        (index.parent / link.partition("#")[0]).resolve()
        for index in indexes
        for link in LINK.findall(index.read_text())
    }

    assert set((ROOT / folder).glob("*.md")) <= linked


def test_nobody_is_told_to_install_the_name_from_an_index():
    # The name is not ours on any index: pip would install what somebody else puts there.
    sources = [*PAGES, *(ROOT / "components").rglob("*.py")]
    told = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources
        for line in path.read_text().splitlines()
        if re.search(r"""(install|add|run)\b[^`#]*[\s"'`]dualstack(\[\w+\])?([\s"'`]|$)""", line)
        and re.search(r"\b(pip|pipx|uv|uvx)\b", line)
    ]

    assert told == []
