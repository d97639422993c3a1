"""Rules for arguments whose values must fit each other."""

from collections.abc import Iterator

from ..config.check import Fault, Rule
from ..facts.argument_checks import words
from ..facts.argument_words import HTTP2_SUITES, SUITES
from ..facts.component_flags import ARGUMENT_FIELDS
from ..spec.cluster import NodeSpec
from .arguments import given_arguments

ENABLED, DISABLED = "enable-admission-plugins", "disable-admission-plugins"


def one_answer_for_plugins(spec: NodeSpec) -> Iterator[Fault]:
    """No admission plugin is both on and off."""
    arguments = spec.kubeadm.api_server_args
    off = words(arguments.get(DISABLED, ""))
    for plugin in words(arguments.get(ENABLED, "")):
        if plugin in off:
            yield Fault(
                f"kubeadm.apiServerArgs.{DISABLED}",
                f"{plugin} is in {ENABLED} too, and kube-apiserver does not start with both; leave it out of one",
            )


def suites(spec: NodeSpec) -> Iterator[Fault]:
    """Among the cipher suites is one of HTTP/2's, unless TLS 1.3 chooses its own. etcd takes none then."""
    for field, arguments in given_arguments(spec.kubeadm):
        etcd = field == "etcdArgs"
        flag = "cipher-suites" if etcd else "tls-cipher-suites"
        given = words(arguments.get(flag, ""))
        path, component = f"kubeadm.{field}.{flag}", ARGUMENT_FIELDS[field]
        newest = arguments.get("tls-min-version") in {"TLS1.3", "VersionTLS13"}
        if etcd and given and newest:
            yield Fault(
                path,
                "etcd does not start with them beside tls-min-version TLS1.3, which chooses its own; leave them out",
            )
        # An unknown suite is a fault of its own.
        elif given and not newest and {*given} <= {*SUITES} and not {*given} & {*HTTP2_SUITES}:
            yield Fault(
                path,
                f"without a suite that HTTP/2 needs {component} does not start; add {' or '.join(HTTP2_SUITES)}",
            )


PAIR_RULES: tuple[Rule, ...] = (one_answer_for_plugins, suites)
"""The rules for such arguments of a `NodeSpec`."""
