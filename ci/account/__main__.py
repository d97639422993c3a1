"""What a person deploys once, before the first pipeline: a backend for states, and roles for jobs. It prints ci/stacks."""

import sys
from pathlib import Path
from typing import Any, cast

import pulumi

root = Path(__file__).parents[2]
# A team's repository has the library installed. This one holds its source.
if (root / "components").is_dir():
    sys.path.insert(0, str(root))
    from components import CiRoles, StateBackend
else:
    from dualstack import CiRoles, StateBackend

config = pulumi.Config()
region = pulumi.Config("aws").require("region")
bucket = config.require("bucket")
environments = cast("dict[str, Any]", config.require_object("environments"))

states = StateBackend("pulumi-state", {"region": region, "bucket": bucket})
roles = CiRoles(
    "ci",
    {
        "region": region,
        "bucket": bucket,
        "forge": cast("Any", config.require("forge")),
        "repository": config.require("repository"),
        "environments": environments,
        "key_arn": states.key_arn,
    },
)


def stacks_file(made: dict[str, Any]) -> str:
    """The text of ci/stacks: one name and its value in each line."""
    rows = {"backend": made["backend"], "read": made["read"], **made["write"]}
    return "".join(f"{name} {value}\n" for name, value in rows.items())


pulumi.export("secretsProvider", states.secrets_provider)
pulumi.export(
    "stacks",
    pulumi.Output.all(
        backend=states.backend_url, read=roles.read_role_arn, write=roles.write_role_arns
    ).apply(stacks_file),
)
