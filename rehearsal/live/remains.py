"""What machines have made in AWS by themselves, which no engine knows of and so takes away."""

from typing import Any

AT_ONCE = 10
"""Parameters that AWS deletes in one call."""


def forget_parameters(ssm: Any, cluster: str) -> None:
    """Delete the markers of leaders and the reports of machines."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"/dualstack/{cluster}", Recursive=True
    )
    names = [parameter["Name"] for page in pages for parameter in page["Parameters"]]
    for start in range(0, len(names), AT_ONCE):
        ssm.delete_parameters(Names=names[start : start + AT_ONCE])
