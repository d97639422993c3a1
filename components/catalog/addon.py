"""The form of an add-on: when a cluster needs it, its releases, and its manifest or chart."""

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
from .own_role import Access
from .releases import PinnedRelease, release_for


@dataclass(frozen=True, slots=True)
class Manifest:
    """Kubernetes objects from a template of this program."""

    yaml: str
    """The objects as YAML, one document each."""

    def objects(self) -> list[dict[str, Any]]:
        """The objects, in the order in which they are created."""
        return list(yaml.safe_load_all(self.yaml))

    def text(self) -> str:
        """The input of `kubectl apply`."""
        return self.yaml


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart that the add-on's project publishes, and the values for it."""

    name: str
    repository: str
    """The URL of the repository of charts."""
    version: str
    namespace: str
    values: dict[str, Any]

    def text(self) -> str:
        """The input of `helm install --values`, with the whole command as a comment."""
        command = f"helm install {self.name} {self.name} --repo {self.repository} --version {self.version}"
        values = yaml.safe_dump(self.values, sort_keys=False)
        return (
            f"# {command} --namespace {self.namespace} --create-namespace --values FILE\n{values}"
        )


@dataclass(frozen=True, slots=True)
class Addon:
    """One add-on."""

    chosen_by: str
    """The field of the configuration that asks for the add-on, like cluster.cni."""
    instead: str
    """The advice in a fault if there is no release for the cluster's minor."""
    needed: Callable[[AddonsSpec], bool]
    """Whether a cluster needs the add-on, whether this program installs it or its users do."""
    on: Callable[[AddonsSection], bool]
    """Whether this program installs the add-on."""
    releases: tuple[PinnedRelease, ...]
    content: Callable[[AddonsSpec, str], Manifest | Chart]
    """The manifest or chart of one release, by spec and version."""
    after: tuple[str, ...] = ()
    """The add-ons that must be installed first, because they define the kinds of this one's objects."""
    access: Access | None = None
    """What it may do on AWS. None if it asks AWS for nothing."""

    def wanted(self, spec: AddonsSpec) -> bool:
        """Whether a cluster needs the add-on and this program installs it, if there is a release for the minor."""
        return self.needed(spec) and self.on(spec.addons)

    def release(self, spec: AddonsSpec) -> PinnedRelease | None:
        """The release for the cluster's minor; None if there is none."""
        return release_for(self.releases, spec.minor)

    def of(self, spec: AddonsSpec) -> Manifest | Chart | None:
        """The add-on's manifest or chart for a cluster; None if there is no release for its minor."""
        release = self.release(spec)
        return self.content(spec, release.version) if release else None


def cni_addon(
    cni: Cni,
    releases: tuple[PinnedRelease, ...],
    content: Callable[[AddonsSpec, str], Manifest | Chart],
    after: tuple[str, ...] = (),
) -> Addon:
    """An add-on that clusters with this network plugin need."""
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
    """The repository of an image. In the user's own (`software.imageRepository`), it is found by its last name only, as with kubeadm."""
    own = spec.software.image_repository
    return f"{own}/{repository.rpartition('/')[2]}" if own else repository


def image(spec: AddonsSpec, repository: str, version: str) -> str:
    """An image whose tag is v and its version, as in most projects."""
    return f"{place(spec, repository)}:v{version}"


def proxy_environment(spec: AddonsSpec) -> dict[str, str]:
    """The machines' proxy, for a controller that asks AWS. Without it the cloud controller, for one, would make no node ready."""
    url = spec.software.proxy
    if not url:
        return {}
    return {"HTTP_PROXY": url, "HTTPS_PROXY": url, "NO_PROXY": ",".join(spec.no_proxy)}


def chart(
    spec: AddonsSpec,
    *,
    name: str,
    repository: str,
    version: str,
    namespace: str,
    values: dict[str, Any],
) -> Chart:
    """A chart, from the user's own repository (`software.chartRepository`) if there is one."""
    return Chart(
        name=name,
        repository=spec.software.chart_repository or repository,
        version=version,
        namespace=namespace,
        values=values,
    )


def manifest(name: str, **values: Any) -> Manifest:
    """A template of `templates/addons`, rendered with values.

    A template can put the fingerprint of the values into its pods. Pods that read their configuration only at their start are then
    replaced when it changes.
    """
    fingerprint = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    template = templates("addons").get_template(f"{name}.yaml.j2")
    return Manifest(template.render(values, fingerprint=fingerprint))
