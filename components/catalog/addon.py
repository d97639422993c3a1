"""The shape of an add-on: when a cluster has it, in which release, and what the API is given."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from ..facts.choices import Cni
from ..rendering import templates
from ..spec.addons import AddonsSection
from ..spec.cluster import AddonsSpec
from .releases import Release, release_for


@dataclass(frozen=True, slots=True)
class Manifest:
    """Objects that this program writes."""

    yaml: str
    """One document for each object."""

    def objects(self) -> list[dict[str, Any]]:
        """The objects, in the order in which they are made."""
        return list(yaml.safe_load_all(self.yaml))

    def text(self) -> str:
        """What `kubectl apply` takes."""
        return self.yaml


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart of the add-on's own makers, and the values it is given."""

    name: str
    repository: str
    """The URL of the repository that its makers publish it in."""
    version: str
    namespace: str
    values: dict[str, Any]

    def text(self) -> str:
        """What `helm install --values` takes, and how it is called."""
        command = f"helm install {self.name} {self.name} --repo {self.repository} --version {self.version}"
        values = yaml.safe_dump(self.values, sort_keys=False)
        return (
            f"# {command} --namespace {self.namespace} --create-namespace --values FILE\n{values}"
        )


@dataclass(frozen=True, slots=True)
class Addon:
    """One add-on."""

    chosen_by: str
    """The field that asks for it, like cluster.cni."""
    instead: str
    """What to write where no release is for the cluster's minor."""
    needed: Callable[[AddonsSpec], bool]
    """Whether a cluster has it, whoever installs it."""
    on: Callable[[AddonsSection], bool]
    """Whether it is ours to install."""
    releases: tuple[Release, ...]
    content: Callable[[AddonsSpec, str], Manifest | Chart]
    """What the API is given of one release."""
    after: tuple[str, ...] = ()
    """The add-ons that bring the kinds of its objects."""

    def release(self, spec: AddonsSpec) -> Release | None:
        """The release for the cluster's minor, if there is one."""
        return release_for(self.releases, spec.minor)

    def of(self, spec: AddonsSpec) -> Manifest | Chart | None:
        """What the API of this cluster is given; nothing if no release is for its minor."""
        release = self.release(spec)
        return self.content(spec, release.version) if release else None


def cni_addon(
    cni: Cni,
    releases: tuple[Release, ...],
    content: Callable[[AddonsSpec, str], Manifest | Chart],
    after: tuple[str, ...] = (),
) -> Addon:
    """The add-on, or one of those, that makes the network of clusters with this CNI."""
    return Addon(
        chosen_by="cluster.cni",
        instead="turn addons.cni off and install one yourself",
        needed=lambda spec: spec.cluster.cni is cni,
        on=lambda switches: switches.cni,
        releases=releases,
        content=content,
        after=after,
    )


def place(spec: AddonsSpec, repository: str) -> str:
    """Where an image is: in the user's own repository if there is one, where kubeadm looks too, by its last name alone."""
    own = spec.software.image_repository
    return f"{own}/{repository.rpartition('/')[2]}" if own else repository


def image(spec: AddonsSpec, repository: str, version: str) -> str:
    """An image whose tag is its version, as most projects write it."""
    return f"{place(spec, repository)}:v{version}"


def chart(
    spec: AddonsSpec,
    *,
    name: str,
    repository: str,
    version: str,
    namespace: str,
    values: dict[str, Any],
) -> Chart:
    """A chart, from the user's own repository of charts if there is one."""
    return Chart(
        name=name,
        repository=spec.software.chart_repository or repository,
        version=version,
        namespace=namespace,
        values=values,
    )


def manifest(name: str, **values: Any) -> Manifest:
    """A template of `templates/addons`, filled in. Its fingerprint changes with what the pods read at their start."""
    fingerprint = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    template = templates("addons").get_template(f"{name}.yaml.j2")
    return Manifest(template.render(values, fingerprint=fingerprint))
