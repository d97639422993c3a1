"""Writes down the outputs of components from their classes: `make fields`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition

from components.plugin import COMPONENTS, NAME

PAGE = Path(__file__).parent / "reference/outputs.md"

HEADING = "## Of each component\n"
"""The end of the part of the page that is written by hand."""

INTRODUCTION = """\
For programs that use the components; `make fields` writes this part of the page from their classes. Other languages
write these names in lower camel case: `vpcId`.

An output has one name everywhere. `Cluster` passes on the outputs of its parts under the parts' names, with the same
values. Only its `address_plan` is longer than its network's, by the rows of pods and Services. Of its pools, `Cluster`
has maps by pool with the plural of a pool's name: `group_names` of `group_name`.

In Python, `Cluster` and `Addons` also have `kubernetes_provider`, a provider that waits for the API:
[how to use it](../how-to/connect-to-a-cluster.md#a-workload). Other languages make one from `kubeconfig`:
with such an output, each SDK would need Pulumi's whole SDK of Kubernetes.
"""


def page() -> str:
    """The page: what is written there by hand, then the tables."""
    by_hand = PAGE.read_text().partition(HEADING)[0]
    return "\n".join([by_hand + HEADING, INTRODUCTION, *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    yield "| component | output | type | what it is |"
    yield "|---|---|---|---|"
    for component in sorted(COMPONENTS, key=lambda kind: kind.__name__):
        found, python = Analyzer(NAME).analyze_type(component, is_component_output=True)
        shown = f"`{component.__name__}`"
        for name, output in found.items():
            words = " ".join((output.description or "").split())
            yield f"| {shown} | `{python[name]}` | {_kind(output)} | {words} |"
            shown = ""


def _kind(output: PropertyDefinition) -> str:
    if output.items:
        return "list of maps" if output.items.additional_properties else "list"
    if output.additional_properties:
        return "map"
    return "text" if output.type else "resource"


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write("docs/reference/outputs.md\n")
