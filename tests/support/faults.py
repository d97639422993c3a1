"""A small configuration without faults, and the faults of one."""

from components.config.check import SpecError
from components.rules import load
from components.spec.cluster import Spec


def described(minor: str = "1.36", **sections: object) -> dict[str, object]:
    """A whole cluster as a stack describes it, with other sections instead of its own."""
    return {
        "project": "dualstack",
        "stack": "test",
        "region": "eu-west-1",
        "cluster": {"name": "dev", "kubernetesVersion": minor},
        "network": {"zones": ["eu-west-1a"]},
        "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
        **sections,
    }


def faults_in(given: dict[str, object], model: type = Spec) -> list[str]:
    """Every fault of a configuration, as a person reads it."""
    try:
        load(model, given)
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []
