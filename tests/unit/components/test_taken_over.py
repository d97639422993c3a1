"""A stack that an earlier version made is taken over: each of its resources keeps its type, name and parent.

`tests/stacks/made` lists the resources that version 0.1.0 made of each stack. The engine identifies a resource by these
three. One with another would be made again, and the first deleted.
"""

import json
import runpy

import pytest
import yaml

from tests.docs.blocks import ROOT

MADE = ROOT / "tests/stacks/made"


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_resource_of_the_first_version_is_still_the_same_one(deploy, stack):
    config = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text())["config"]
    given = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()
    }
    lines = (MADE / f"{stack}.txt").read_text().splitlines()
    made = {tuple(line.split("\t")) for line in lines}

    deployment = deploy(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__") and None,
        config=given,
        stack=stack,
    )

    now = {(label, str(seen.parent)) for label, seen in deployment.resources.items()}
    assert made - now == set()
