"""Rules for the roles of CI's jobs: a role's rights follow from the beginnings of names."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..spec.delivery import CiRolesSpec


def clusters_apart(spec: CiRolesSpec) -> Iterator[Fault]:
    """No cluster's name begins with another's and a hyphen: the role of that one may change what begins so."""
    clusters = _clusters(spec)
    for environment, cluster in clusters.items():
        for other, shorter in clusters.items():
            if cluster.startswith(f"{shorter}-"):
                yield Fault(
                    f"environments.{environment}",
                    f"the cluster {cluster} begins with {shorter}-, as all of the cluster {shorter} does, which jobs of {other} may "
                    "change; name one of them otherwise",
                )


def apart_from_roles(name: str) -> Rule:
    """The rule that no job may change the roles of jobs, whose names begin with the component's."""

    def check(spec: CiRolesSpec) -> Iterator[Fault]:
        for environment, cluster in _clusters(spec).items():
            if f"{name}-".startswith(f"{cluster}-"):
                yield Fault(
                    f"environments.{environment}",
                    f"jobs of {environment} may change what begins with {cluster}-, which these roles do as {name}-; "
                    "name the cluster or the component otherwise",
                )

    return check


def _clusters(spec: CiRolesSpec) -> Mapping[str, str]:
    """The name of each environment's cluster."""
    return {name: section.cluster or name for name, section in spec.environments.items()}


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {CiRolesSpec: (clusters_apart,)}
"""The rules for each kind of section."""
