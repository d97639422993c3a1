"""The settings that are fixed when a cluster is made, as they are recorded then.

`kubeadm init` reads most of them once. A later change would reach some machines, or none.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, cast

from pydantic.alias_generators import to_camel

from ..config.forms import comes_later
from ..config.section import Section
from ..facts.choices import Scheme
from ..facts.families import Family
from ..facts.subnet_plan import Tier
from ..facts.versions import patch_of
from ..spec.cluster import ControlPlaneSpec, Spec
from ..spec.existing_network import ExistingNetworkSection
from ..spec.network import NetworkSection
from ..spec.yaml_texts import documents_of
from .documents import INIT_FILE

LIMIT_CHARACTERS = 4096
"""The longest value of a standard SSM parameter.
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"""

PLAIN_CHARACTERS = 60
"""The longest value that is recorded as it is. Longer ones are recorded by their digest."""

Value = str | dict[str, str] | None
Settings = Mapping[str, Value]
"""Settings by their place in the configuration; those of a map by its keys."""

VERSION = "cluster.kubernetesVersion"
MADE_VPC = "network.ipv4Range"
EXISTING_VPC = "existingNetwork.vpcId"
"""One of the two is recorded. The id of an existing VPC is None if another resource gives it."""
KUBELET_CERTIFICATES = "kubeadm.kubeletCertificates"
PROXY_MODE = "kubeadm.proxyMode"
ZONES = "network.zones"
TIERS = "network.tiers"


def settings(spec: ControlPlaneSpec) -> dict[str, Value]:
    """What is fixed when a cluster is made, with defaults and derived values filled in."""
    found: dict[str, Value] = {
        VERSION: patch_of(spec.cluster.kubernetes_version),
        "cluster.ipFamilies": value_of(spec.families),
        "cluster.cni": str(spec.cluster.cni),
        "cluster.cloudProvider": str(spec.cluster.cloud_provider),
        "software.imageRepository": value_of(spec.software.image_repository),
    }
    for family in Family:
        suffix = family.lower().capitalize()
        found[f"pods.{family.lower()}Range"] = str(spec.pod_range(family))
        found[f"pods.nodeMask{suffix}"] = str(spec.node_mask(family))
        found[f"services.{family.lower()}Range"] = str(spec.service_range(family))
    found["services.nodePorts"] = value_of(spec.services.node_ports)
    for name in type(spec.kubeadm).model_fields:
        found[f"kubeadm.{to_camel(name)}"] = entry(getattr(spec.kubeadm, name))
    found[PROXY_MODE] = str(spec.proxy_mode)
    found[KUBELET_CERTIFICATES] = str(spec.kubelet_certificates)
    found |= _hardware(spec)
    if isinstance(spec, Spec):
        if spec.network:
            found[MADE_VPC] = str(spec.network.ipv4_range)
            found["network.ipv6"] = entry(
                spec.network.ipv6.model_dump(exclude_none=True, by_alias=True)
            )
            found |= _layout(spec.network)
        elif spec.existing_network:
            vpc_id = spec.existing_network.vpc_id
            found[EXISTING_VPC] = None if comes_later(vpc_id) else vpc_id
            found |= _balanced(spec.existing_network, spec.api.scheme)
        found["api.scheme"] = str(spec.api.scheme)
        found["api.dnsName"] = value_of(spec.api.dns_name)
    return found


def _hardware(spec: ControlPlaneSpec) -> dict[str, Value]:
    """What control planes are made of and never change. Those that another resource gives are not recorded."""
    machines = spec.control_plane
    given = {
        "controlPlane.placementGroup": machines.placement_group,
        "controlPlane.tenancy": str(machines.tenancy),
        # Written out: a digest would not say which key.
        "nodes.diskKmsKeyArn": spec.nodes.disk_kms_key_arn,
    }
    known: dict[str, Value] = {
        path: value for path, value in given.items() if not comes_later(value)
    }
    return {"controlPlane.volumes": entry(machines.volumes), **known}


def _layout(network: NetworkSection) -> dict[str, Value]:
    """What the ranges of a network's subnets follow from: its zones, sizes and tiers."""
    # Written out, because a digest would not say which zone is gone.
    found: dict[str, Value] = {ZONES: ", ".join(network.zones)}
    for part in network.plan:
        if isinstance(part.tier, Tier):
            found[f"network.subnets.{part.tier}Size"] = str(part.ipv4.prefixlen)
    for name, tier in network.further_tiers:
        found[f"{TIERS}.{name}.slot"] = str(tier.slot)
        found[f"{TIERS}.{name}.ipv4Range"] = value_of(tier.ipv4_range)
    return found


def _balanced(network: ExistingNetworkSection, scheme: Scheme) -> dict[str, Value]:
    """The existing subnets in which the API's load balancer is. Those that another resource gives are None."""
    tier = "publicSubnets" if scheme is Scheme.INTERNET_FACING else "privateSubnets"
    return {
        f"existingNetwork.{tier}.{zone}.id": None if comes_later(subnet.id) else subnet.id
        for zone, subnet in sorted(network.tiers[tier].items())
        if zone in network.zones
    }


def written(found: Settings) -> str:
    """The settings as the parameter holds them. If they are too long for it, maps are recorded by their digests."""
    text = _json(found)
    if len(text) <= LIMIT_CHARACTERS:
        return text
    return _json({path: whole(value) for path, value in found.items()})


def read(text: str) -> Settings | None:
    """The settings in a parameter; None if it holds something else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return cast("Settings", found) if isinstance(found, dict) else None


def as_followed(recorded: Settings, files: Mapping[str, Sequence[str]]) -> Settings:
    """The settings of a cluster with what it has changed since they were recorded. `files` are those of its plan; empty without one."""
    _, text = files.get(INIT_FILE, ("", ""))
    kinds = {each["kind"]: each for each in documents_of(text)}
    proxy = kinds.get("KubeProxyConfiguration")
    return {**recorded, PROXY_MODE: proxy["mode"]} if proxy else recorded


def same(running: Value, asked: Value) -> bool:
    if isinstance(running, dict) and isinstance(asked, dict):
        return running == asked
    return whole(running) == whole(asked)


def known_in_both(one: Value, other: Value) -> tuple[Value, Value]:
    """Two settings without the pool's id if one lacks it: it was an output, which no record holds."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one, other
    untold = {"poolId"} - (one.keys() & other.keys())
    left = [{key: found[key] for key in found if key not in untold} for found in (one, other)]
    return left[0], left[1]


def entry(value: Any) -> Value:
    """A field as it is recorded: a map by its keys, everything else as one text."""
    if not isinstance(value, Mapping):
        return value_of(value)
    entries = cast("Mapping[Any, Any]", value)
    return {
        str(key): value_of(each) or "" for key, each in entries.items() if not comes_later(each)
    }


def value_of(value: Any) -> str | None:
    """A value as one text that a parameter can hold: a long one by its digest."""
    match value:
        case None:
            return None
        case bool():
            text = str(value).lower()
        case Enum():
            text = str(value.value)
        case Section():
            # Not even a digest of a secret file's text: a reader of the record could guess with it.
            hidden = {"content"} if getattr(value, "secret", False) else None
            text = _json(value.model_dump(mode="json", exclude=hidden))
        case list():
            text = ", ".join(value_of(each) or "" for each in cast("list[Any]", value))
        case _:
            text = str(value)
    # SSM refuses doubled braces, because it reads them as a reference to a parameter.
    plain = len(text) <= PLAIN_CHARACTERS and "{{" not in text and text.isprintable()
    return text if plain else _digest(text)


def whole(value: Value) -> str | None:
    """A value as one text: a map that is not empty by its digest."""
    if not isinstance(value, dict):
        return value
    return _digest(_json(value)) if value else ""


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
