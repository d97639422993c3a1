"""What a real kubeadm makes of documents: whether it accepts them, and what it then writes."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from tests.kubeadm.sandbox import Finished, Sandbox

Flags = dict[str, list[str]]
"""Every flag of a command line with all its values, in order."""

ABOUT_THE_MACHINE = re.compile(
    r"""
      \[WARNING\ (IsPrivilegedUser|SystemVerification|Hostname|Service-|Swap|CRI|ImagePull|NumCPU|Mem|Port-|
        IsDockerSystemdCheck|Firewalld|ContainerRuntimeVersion|
        File(Existing|Content|Available)-|DirAvailable-)
    | \[WARNING\ KubeletVersion\]:\ couldn't\ get\ kubelet\ version
    | cannot\ obtain\ the\ version\ of\ the\ kubelet
    | cannot\ automatically\ (set\ CgroupDriver|assign\ a\ '--cgroup-driver')
    | Cannot\ validate\ (kube-proxy|kubelet)\ config\ -\ no\ validator\ is\ available
    | kubeadm\ cannot\ validate\ component\ configs\ for\ API\ groups
    | the\ default\ kube-apiserver\ authorization-mode\ is
    | Couldn't\ create\ the\ interface\ used\ for\ talking\ to\ the\ container\ runtime
    | Using\ dry-run\ directory
      # 1.17 and 1.18 say so of every document, also of one without such a section, and then heed the section.
    | JoinControlPane\.controlPlane\ settings\ will\ be\ ignored
      # Its own check puts IPv4 in brackets, which the Go it is built with here no longer reads.
    | \[WARNING\ HTTPProxyCIDR\]:\ parse\ .*\ invalid\ IP-literal
    """,
    re.VERBOSE,
)
"""Warnings that no document causes or cures: in a sandbox a machine lacks nearly everything."""

COMPLAINT = re.compile(r"^[WE]\d{4} |^error|\[WARNING |WARNING:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether kubeadm took the documents, and every line in which it complains of them."""

    accepted: bool
    complaints: list[str]
    output: str


@dataclass(frozen=True, slots=True)
class Written:
    """What `kubeadm init` writes for one control-plane machine."""

    manifests: dict[str, Flags]
    """The command line of each static pod, by component."""
    kubelet_flags: Flags
    """The flags in kubeadm-flags.env."""
    kubelet: dict[str, Any]
    """The KubeletConfiguration."""
    kube_proxy: dict[str, Any]
    """The KubeProxyConfiguration in its ConfigMap."""
    cluster: dict[str, Any]
    """The ClusterConfiguration in its ConfigMap, which the next minor's kubeadm reads at an upgrade."""
    certificate_ips: list[str]
    """The addresses in the API server's certificate."""
    labels: list[str]
    taints: list[str]
    folder: Path
    """Where the files are."""


def verdict(finished: Finished) -> Verdict:
    """Judge what kubeadm said."""
    complaints = [
        line
        for line in finished.output.splitlines()
        if COMPLAINT.search(line) and not ABOUT_THE_MACHINE.search(line)
    ]
    return Verdict(finished.status == 0, complaints, finished.output)


def validated(machine: Sandbox, kubeadm: Path, documents: str) -> Verdict:
    """`kubeadm config validate`, which there is from 1.28."""
    path = machine.write("documents/validate.yaml", documents)
    return verdict(machine.run(kubeadm, "config", "validate", "--config", path))


def checked(machine: Sandbox, kubeadm: Path, documents: str) -> Verdict:
    """The quickest phase that reads every field of a control-plane machine's documents."""
    path = machine.write("documents/phase.yaml", documents)
    return verdict(machine.run(kubeadm, "init", "phase", "control-plane", "all", "--config", path))


def migrated(machine: Sandbox, kubeadm: Path, documents: str) -> Verdict:
    """`kubeadm config migrate`, which reads documents of every kind."""
    path = machine.write("documents/migrate.yaml", documents)
    return verdict(machine.run(kubeadm, "config", "migrate", "--old-config", path))


def joining(machine: Sandbox, kubeadm: Path, documents: str) -> Verdict:
    """`kubeadm join` up to its first packet; accepted means that only the network stopped it."""
    path = machine.write("documents/join.yaml", documents)
    finished = machine.run_until(
        r"requesting info from|[Ff]ailed to request cluster[- ]info",
        kubeadm,
        *("join", "-v=5", "--ignore-preflight-errors=all", "--config", path),
    )
    asked = "requesting info from" in finished.output
    return Verdict(asked, verdict(finished).complaints, finished.output)


def initialised(machine: Sandbox, kubeadm: Path, documents: str) -> tuple[Verdict, Written | None]:
    """`kubeadm init --dry-run` on a machine that has nothing: its verdict, and what it wrote if it took them."""
    path = machine.write("documents/init.yaml", documents)
    finished = machine.run(
        kubeadm, "init", "--dry-run", "--ignore-preflight-errors=all", "--config", path
    )
    found = verdict(finished)
    return found, _written(machine, finished.output) if found.accepted else None


def _written(machine: Sandbox, output: str) -> Written:
    (folder,) = (machine.folder / "etc/kubernetes/tmp").glob("kubeadm-init-dryrun*")
    environment = (folder / "kubeadm-flags.env").read_text()
    arguments = environment.partition("=")[2].strip().strip('"')
    certificate = re.search(r"apiserver serving cert is signed for .* and IPs \[(.*)\]", output)
    assert certificate is not None, output
    return Written(
        manifests={
            component: flags(command(folder / f"{component}.yaml"))
            for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
        },
        kubelet_flags=flags(shlex.split(arguments)),
        kubelet=yaml.safe_load((folder / "config.yaml").read_text()),
        kube_proxy=_stored(output, "config.conf"),
        cluster=_stored(output, "ClusterConfiguration"),
        certificate_ips=certificate[1].split(),
        labels=_marks(output, r"by adding the labels?:? (.*)"),
        taints=_marks(output, r"by adding the taints (.*)"),
        folder=folder,
    )


def command(manifest: Path) -> list[str]:
    """The arguments in a static pod's manifest."""
    (container,) = yaml.safe_load(manifest.read_text())["spec"]["containers"]
    return container["command"][1:]


def flags(arguments: list[str]) -> Flags:
    """A command line as its flags, `--name=value` each."""
    found: Flags = {}
    for argument in arguments:
        name, _, value = argument.removeprefix("--").partition("=")
        found.setdefault(name, []).append(value)
    return found


def _stored(output: str, key: str) -> dict[str, Any]:
    """The document that is kept under a key of a ConfigMap."""
    (found,) = (
        body["data"][key]
        for body in created(output)
        if body["kind"] == "ConfigMap" and key in body.get("data", {})
    )
    return yaml.safe_load(found)


def created(output: str) -> Iterator[dict[str, Any]]:
    """The API objects a dry run says it would create."""
    for block in re.split(r"^\[dryrun\] Attached object:\n", output, flags=re.MULTILINE)[1:]:
        body = re.split(r"^[\[WI]", block, maxsplit=1, flags=re.MULTILINE)[0]
        yield yaml.safe_load(dedent(body.expandtabs(8)))


def _marks(output: str, pattern: str) -> list[str]:
    found = re.search(pattern, output)
    names = re.findall(r"[a-z][a-z0-9./-]+(?::[A-Za-z]+)?", found[1]) if found else []
    return [name for name in names if "/" in name]
