"""Rules for files: an argument may name a file only if it will be there, and a file must fit where it is kept."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..config.wording import path_of, short
from ..facts.choices import FileScope
from ..facts.component_flags import ARGUMENT_FIELDS
from ..facts.file_flags import AUDIT_FOLDER, OF_SECRETS, PRESENT, named_files, named_folder
from ..facts.kubernetes_folder import FOLDER
from ..spec.cluster import NodeSpec
from ..spec.kubeadm import KubeadmSection
from ..spec.machine_files import PRIVATE_KEY, file_text
from .arguments import given_arguments, refusals

PARAMETER_BYTES = 4096
"""The most bytes in a standard SSM parameter.
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"""

IN_IMAGE = ("image-credential-provider-bin-dir",)
"""Folders of programs, which only an image can bring."""


def named_in_arguments(spec: NodeSpec) -> Iterator[Fault]:
    """A file or folder that an argument names must be there, on every machine that runs the component and in its pod."""
    for field, arguments in given_arguments(spec.kubeadm):
        for flag, value in arguments.items():
            if refusals(field, flag, value, spec.kubernetes):
                continue
            at = f"kubeadm.{field}.{flag}"
            for path in named_files(field, flag, value):
                if message := _absent(spec.kubeadm, field, path):
                    yield Fault(at, message)
                given = spec.kubeadm.files.get(path)
                if flag in OF_SECRETS and given and not given.secret:
                    yield Fault(
                        path_of(("kubeadm", "files", path, "secret")),
                        f"{flag} reads secrets from it, and everybody who may read user data would read them; write true",
                    )
            folder = named_folder(flag, value)
            if folder is not None and not _has_folder(spec, field, flag, folder):
                yield Fault(
                    at,
                    f"{short(folder)} is no folder that {ARGUMENT_FIELDS[field]} of {spec.kubernetes.name} finds; "
                    f"give a file below it in kubeadm.files{_for_all(field)}, or leave the argument out",
                )
            if flag == "audit-log-path" and (message := _lost_log(spec.kubeadm, value)):
                yield Fault(at, message)


def _absent(kubeadm: KubeadmSection, field: str, path: str) -> str | None:
    """Why a component does not find a file; None if it does."""
    component = ARGUMENT_FIELDS[field]
    if path in PRESENT[field]:
        return None
    if field == "etcdArgs":
        return f"{short(path)} would not be there: kubeadm mounts no file of yours into {component}'s pod; leave it out"
    if path not in kubeadm.files:
        return (
            f"{short(path)} would not be there, and {component} would not start; "
            f"give the file in kubeadm.files, below {FOLDER}{_for_all(field)}"
        )
    if field == "kubeletArgs" and kubeadm.files[path].on is not FileScope.ALL:
        return f"{path} is on control planes alone, and every machine has a kubelet; write on: all in kubeadm.files"
    return None


def _for_all(field: str) -> str:
    return ", with on: all" if field == "kubeletArgs" else ""


def _has_folder(spec: NodeSpec, field: str, flag: str, folder: str) -> bool:
    if field == "kubeletArgs" and flag in IN_IMAGE and not spec.nodes.looks_up:
        return True
    inside = [
        file
        for path, file in spec.kubeadm.files.items()
        if path.startswith(folder.rstrip("/") + "/")
    ]
    return any(field != "kubeletArgs" or file.on is FileScope.ALL for file in inside)


def _lost_log(kubeadm: KubeadmSection, value: str) -> str | None:
    """What is wrong with the path of the audit log; None if nothing is."""
    if value == "-" or (kubeadm.audit and value.startswith(f"{AUDIT_FOLDER}/")):
        return None
    policy = "" if kubeadm.audit else ", while kubeadm.audit is on"
    return (
        f"{short(value)} is in no folder that is mounted, and the log would be lost with the pod; "
        f"write - for the pod's own log, or a file below {AUDIT_FOLDER}{policy}"
    )


def kept(spec: NodeSpec) -> Iterator[Fault]:
    """A file needs a text, a secret one must fit into an SSM parameter that only control planes read, and no path may be a folder."""
    files = spec.kubeadm.files
    for path, file in files.items():
        at = path_of(("kubeadm", "files", path))
        content = file.content or ""
        below = next((other for other in files if other.startswith(f"{path}/")), None)
        if below:
            yield Fault(at, f"{below} makes it a folder; choose another path for one of both")
        if file.content is None and not file.secret:
            yield Fault(f"{at}.content", "missing: write the file's lines as a block, after a |")
        if not file.secret:
            if PRIVATE_KEY.search(content):
                yield Fault(
                    f"{at}.secret",
                    "the file holds a private key, and everybody who may read user data would read it; write true",
                )
            continue
        if file.on is FileScope.ALL:
            yield Fault(
                f"{at}.on",
                "all means workers too, and they may read no secret but the join token; write control-plane, or leave it out",
            )
        yield from (Fault(f"{at}.content", message) for message in _refused_by_ssm(content))


def unfit(text: object) -> Iterator[str]:
    """Why a value cannot be the text of a secret file. No message repeats it."""
    try:
        yield from _refused_by_ssm(file_text(text))
    except ValueError as error:
        yield str(error)


def _refused_by_ssm(text: str) -> Iterator[str]:
    if (size := len(text.encode())) > PARAMETER_BYTES:
        yield f"{size} bytes do not fit into an SSM parameter, which has at most {PARAMETER_BYTES}; shorten it"
    if "{{" in text:
        yield "SSM reads two braces as a reference to another parameter, and refuses them; write it without"


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodeSpec: (named_in_arguments, kept),
}
"""The rules for each kind of section."""
