"""Checks of the values that component arguments may have."""

import re
from collections.abc import Callable, Mapping

Accepts = Callable[[str], bool]

TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
"""What the components read as true and false: https://pkg.go.dev/strconv#ParseBool"""

DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?(?:h|ms|m|s|us|µs|ns))+")
"""A time as the components read it: https://pkg.go.dev/time#ParseDuration"""

WHOLE = r"(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)"
"""A whole number without its sign as the components read it: https://pkg.go.dev/strconv#ParseInt"""

FLOAT = r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?"
"""A number as the components read it, but for one with an exponent of two: https://pkg.go.dev/strconv#ParseFloat"""

LOOPBACKS = ("127.0.0.1", "::1")
ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 (a value to compare with)


SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def seconds(value: str) -> float | None:
    """A duration like 1m30s; None for another text."""
    if not DURATION.fullmatch(value):
        return None
    found = re.findall(r"([0-9.]+)(h|ms|m|s|us|µs|ns)", value)
    return sum(float(number) * SECONDS[unit] for number, unit in found)


def measure(value: str) -> float:
    """A whole number, a fraction, or a time in seconds, as an argument of such a kind accepts them."""
    sign, plain = (-1 if value.startswith("-") else 1), value.lstrip("+-")
    if (time := seconds(plain)) is not None:
        return sign * time
    if re.fullmatch(WHOLE, plain):
        # Go reads 010 as 8.
        return sign * int(re.sub(r"^0(?=[0-7])", "0o", plain), base=0)
    return sign * float(plain)


def words(value: str) -> list[str]:
    """The entries of a list with commas, without the spaces around them. Where a component keeps those, they are refused."""
    return [word.strip() for word in value.split(",") if word.strip()]


def is_true(value: str) -> bool:
    """Whether a component reads a value as true."""
    return value in TRUE


def is_false(value: str) -> bool:
    """Whether a component reads a value as false."""
    return value in FALSE


def one_of(*values: str) -> Accepts:
    """Accept these values alone."""
    return lambda value: value in values


def has(*needed: str, without: tuple[str, ...] = ()) -> Accepts:
    """Accept lists that have every needed entry and none of the others."""
    return lambda value: {*needed} <= {*words(value)} and not {*without} & {*words(value)}


def lacks(*banned: str) -> Accepts:
    """Accept lists that have none of the entries."""
    return has(without=banned)


def reads_as(pattern: str) -> Accepts:
    """Accept texts that a pattern matches as a whole."""
    return lambda value: re.fullmatch(pattern, value) is not None


def is_tls_version(value: str) -> bool:
    """Whether the components know a version of TLS by this name."""
    return value in {"VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"}


CONTROLLERS: Mapping[str, str] = {
    "bootstrapsigner": "bootstrap-signer-controller",
    "tokencleaner": "token-cleaner-controller",
    "csrapproving": "certificatesigningrequest-approving-controller",
    "csrsigning": "certificatesigningrequest-signing-controller",
    "csrcleaner": "certificatesigningrequest-cleaner-controller",
    "nodeipam": "node-ipam-controller",
    "nodelifecycle": "node-lifecycle-controller",
    "serviceaccount": "serviceaccount-controller",
    "serviceaccount-token": "serviceaccount-token-controller",
    "root-ca-cert-publisher": "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation": "clusterrole-aggregation-controller",
    "endpoint": "endpoints-controller",
    "endpointslice": "endpointslice-controller",
    "daemonset": "daemonset-controller",
    "deployment": "deployment-controller",
    "replicaset": "replicaset-controller",
    "namespace": "namespace-controller",
    "garbagecollector": "garbage-collector-controller",
}
"""Controllers without which no node joins or no add-on runs, with their names from 1.28 on (#115813); both are read there."""

SWITCHED_ON = ("bootstrapsigner", "tokencleaner")
"""Controllers that are off by default. kubeadm turns them on, for the tokens with which machines join."""


def keeps_controllers(value: str) -> bool:
    """Whether a list of controllers leaves the needed ones on. The first word about a controller counts, as in the component."""
    listed = words(value)
    for old, new in CONTROLLERS.items():
        said = [word for word in listed if word.removeprefix("-") in (old, new)]
        on = not said[0].startswith("-") if said else "*" in listed and old not in SWITCHED_ON
        if not on:
            return False
    return True


def serves_stable(value: str) -> bool:
    """Whether a runtime-config leaves on what is stable."""
    switched_off = [
        word.partition("=")[0] for word in words(value) if word.partition("=")[2] in FALSE
    ]
    return not any(
        re.fullmatch(r"api/(all|ga|legacy)|(.*/)?v[0-9]+(/.*)?", group) for group in switched_off
    )


def answers_probes(value: str) -> bool:
    """Whether the kubelet's probe, which asks the first URL, finds etcd there on every machine."""
    known = (*LOOPBACKS, *ALL_ADDRESSES)
    hosts = "|".join(re.escape(f"[{host}]" if ":" in host else host) for host in known)
    url = rf"http://({hosts}):(?!(2379|2380)$)[0-9]{{1,5}}"
    listed = words(value)
    return bool(listed) and all(re.fullmatch(url, word) for word in listed)


def pins_origins(value: str) -> bool:
    """Whether each expression for origins says where the name of a host begins and ends."""
    return all(
        re.search(r"\^|//", origin) and re.search(r"[$:]", origin) for origin in value.split(",")
    )


SYSCTL = re.compile(r"kernel[./](sem|shm\w*|msg\w*)\*?|(fs[./]mqueue|net)[./][\w./*-]*")
"""A sysctl that each pod has for itself, or a pattern of some:
https://github.com/kubernetes/component-helpers/blob/v0.36.5/node/util/sysctl/namespace.go"""


def is_of_pods(value: str) -> bool:
    """Whether a pod has each of these sysctls for itself."""
    return all(SYSCTL.fullmatch(word) for word in words(value))


def lasts_an_hour(value: str) -> bool:
    """Whether a time is an hour at least, and what a token can last, or zero, for the default."""
    if value.startswith("-"):
        return False
    time = seconds(value.removeprefix("+"))
    return not time or 3600 <= time <= 2**32


def is_small_chance(value: str) -> bool:
    """Whether a number is a chance of 2 % at most. What is no number is refused as such."""
    try:
        return 0 <= float(value) <= 0.02
    except ValueError:
        return True


def logs_to_streams(value: str) -> bool:
    """Whether etcd logs to no file."""
    return all(word in {"default", "stderr", "stdout"} for word in words(value))
