"""Programs of any Kubernetes minor, built from the Go module of the pinned patch release."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.facts.versions import MINORS

from .golang import Program, ToolError, built

MODULE = "k8s.io/kubernetes"

PROGRAMS: Final[Mapping[str, str]] = {
    **{
        name: f"cmd/{name}"
        for name in (
            *("kubeadm", "kubelet", "kube-apiserver", "kube-controller-manager"),
            *("kube-scheduler", "kube-proxy", "kubectl"),
        )
    },
    # Upstream's end-to-end tests, and the program in their pods.
    "e2e.test": "test/e2e",
    "agnhost": "test/images/agnhost",
}
"""The package of each program in the module."""


RELEASES: Final = {row.name: row for row in MINORS.values()}
"""The row of every minor by its name, like 1.36. The row has the patch release that is built."""


@dataclass(frozen=True, slots=True)
class Fixes:
    """Changes of a minor's go.mod without which it does not build today."""

    requires: tuple[str, ...] = ()
    """Newer modules than the release required."""
    replaces: tuple[str, ...] = ()
    """Replacements of modules. They take precedence over the staging modules of the same version."""


JSON = ("github.com/modern-go/reflect2 v1.0.2", "github.com/json-iterator/go v1.1.12")
"""The JSON library of those releases uses internals of the runtime, which today's Go refuses."""

MOVED = ("vbom.ml/util => github.com/fvbommel/util v0.0.0-20180919145318-efcd4e0f9787",)
"""A module whose host name no longer exists."""


def _staging(module: str, version: str) -> str:
    # The proxy does not serve every patch of these modules. Another patch of the minor has the same interface.
    return f"k8s.io/{module} => k8s.io/{module} {version}"


FIXES: Final[Mapping[int, Fixes]] = {
    16: Fixes(JSON, MOVED),
    17: Fixes(JSON, MOVED),
    18: Fixes(JSON, MOVED),
    19: Fixes(JSON, MOVED),
    20: Fixes(JSON),
    21: Fixes(JSON),
    22: Fixes(JSON),
    23: Fixes(JSON),
    25: Fixes(
        replaces=(_staging("cluster-bootstrap", "v0.25.9"), _staging("kube-proxy", "v0.25.9"))
    ),
    26: Fixes(replaces=(_staging("kube-proxy", "v0.26.13"),)),
    31: Fixes(replaces=(_staging("kube-proxy", "v0.31.11"),)),
}
"""The minors that need changes. All others build unchanged."""

LAST_WITHOUT_GO_LINE = 24
"""Up to this minor the module's own go line is too old for the newer modules that it is built with."""


def kubeadm(minor: str) -> Path:
    """The path of a minor's kubeadm, built first if it is missing."""
    return kubernetes("kubeadm", minor)


def kubernetes(program: str, minor: str) -> Path:
    """The path of one program of a minor, built first if it is missing."""
    return built(program_of(program, minor))


def program_of(program: str, minor: str) -> Program:
    """How one program of a minor is built. Raises ToolError for an unknown program or minor."""
    if program not in PROGRAMS:
        raise ToolError(f"{program} is not a Kubernetes program; there are {', '.join(PROGRAMS)}.")
    release = RELEASES.get(minor)
    if release is None:
        first, *_, last = RELEASES
        raise ToolError(f"Kubernetes {minor} is not known; minors are {first} to {last}.")
    version = f"v{release.patch}"
    return Program(
        name=program,
        version=version,
        module=MODULE,
        package=f"{MODULE}/{PROGRAMS[program]}",
        variables=_version_variables(version),
        module_file=module_file,
        # kubeadm runs for a second at a time, so its build time matters more. The standard library is optimised, because
        # the build of the engine has compiled it already.
        optimised=("std",) if program == "kubeadm" else ("all",),
        is_test=program.endswith(".test"),
    )


def module_file(module: str, version: str, upstream: str) -> str:
    """The go.mod that builds one patch of Kubernetes as its own repository does."""
    minor = int(version.split(".")[1])
    fixes = FIXES.get(minor, Fixes())
    fixed = {replace.split(" => ")[0]: replace for replace in fixes.replaces}
    # In its repository Kubernetes replaces these modules by folders. Published, they have v0 versions.
    staging = {
        name: f"{name} => {name} {version.replace('v1.', 'v0.', 1)}"
        for name in re.findall(r"(\S+) => \./staging/", upstream)
    }
    go_line = re.search(r"^go .+$", upstream, re.MULTILINE)
    own_go = go_line is not None and minor > LAST_WITHOUT_GO_LINE
    return "\n".join(
        [
            "module build\n",
            go_line.group() if go_line and own_go else "go 1.20",
            "",
            *(f"require {wanted}" for wanted in (f"{module} {version}", *fixes.requires)),
            "",
            *(f"replace {replace}" for replace in (staging | fixed).values()),
            "",
        ]
    )


def _version_variables(version: str) -> dict[str, str]:
    major, minor, _ = version.removeprefix("v").split(".")
    packages = (
        "k8s.io/component-base/version",
        "k8s.io/client-go/pkg/version",
        "k8s.io/kubernetes/pkg/version",
    )
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return {
        **{f"{package}.{name}": value for package in packages for name, value in values.items()},
        "k8s.io/kubernetes/cmd/kubeadm/app/version.gitVersion": version,
    }
