"""Rules for the limits of AWS: the lengths of names and tag keys built from the configuration, and the number of tags."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..config.wording import short
from ..facts import ssm_paths
from ..facts.aws_names import BUCKET_STARTS
from ..facts.tags import AUTOSCALER
from ..spec.cluster import NodeSpec, Spec, WorkerPoolSpec
from ..spec.machines import PoolSection

SUFFIX = "-1234567"
"""The suffix that Pulumi adds to a name, so that a replacement can exist beside the resource that it replaces."""

TAG_KEY_LENGTH = 128
"""The most characters in the key of a tag.
https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""

TAG_COUNT = 50
"""The most tags on one resource.
https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html"""

GROUP_TAGS = 4
"""The number of tags that every Auto Scaling group has: its name, its cluster, and two by which the autoscaler finds it."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that AWS limits, and that contains a name from the configuration."""

    what: str
    limit: int
    made: str
    """The name as a format string, with {cluster} and {pool}."""


CLUSTER_NAMES = (
    Name("load balancer", 32, "{cluster}-api" + SUFFIX),
    Name("target group", 32, "{cluster}-api" + SUFFIX),
    Name("IAM role", 64, "{cluster}-control-plane" + SUFFIX),
    Name("instance profile", 64, "{cluster}-control-plane" + SUFFIX),
    Name("bucket", 63, "{cluster}-backups" + SUFFIX),
    Name("security group", 255, "{cluster}-control-plane" + SUFFIX),
    Name("tag", TAG_KEY_LENGTH, "k8s.io/cluster-autoscaler/{cluster}"),
    Name("SSM parameter", 1011, ssm_paths.pki_file("{cluster}", "front-proxy-ca.crt")),
)
"""Names that contain the cluster's name.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

POOL_NAMES = (
    Name("launch template", 128, "{cluster}-{pool}{family}" + SUFFIX),
    Name("Auto Scaling group", 255, "{cluster}-{pool}" + SUFFIX),
)
"""Names that contain a pool's name."""


def _too_long(names: tuple[Name, ...], key: str, parts: Mapping[str, str]) -> Iterator[str]:
    """The message about the name that exceeds its limit most, if any does."""
    made = [(name.made.format(**parts), name) for name in names]
    text, name = max(made, key=lambda pair: len(pair[0]) - pair[1].limit)
    excess = len(text) - name.limit
    if excess > 0:
        yield (
            f"{short(parts[key])} is too long: its {name.what} would be called {short(text)}, and AWS allows {name.limit} characters; "
            f"choose a name of at most {len(parts[key]) - excess}"
        )


def cluster_name(spec: NodeSpec) -> Iterator[Fault]:
    """The cluster's name must fit into every name that contains it, and AWS must accept its prefix."""
    name = spec.cluster.name
    for message in _too_long(CLUSTER_NAMES, "cluster", {"cluster": name}):
        yield Fault("cluster.name", message)
    if name.startswith("internal-"):
        yield Fault(
            "cluster.name",
            f"{short(name)} starts with internal-, which AWS refuses in the name of a load balancer; choose another name",
        )
    if f"{name}-".startswith("sg-"):
        yield Fault(
            "cluster.name",
            f"{short(name)} makes names of security groups that start with sg-, which AWS refuses; choose another name",
        )


def bucket_names(spec: Spec) -> Iterator[Fault]:
    """S3 must accept the names of the cluster's buckets, which begin with its own."""
    name = spec.cluster.name
    if not spec.backups.enabled and not spec.service_account_issuer.enabled:
        return
    for start in BUCKET_STARTS:
        if f"{name}-".startswith(start):
            yield Fault(
                "cluster.name",
                f"{short(name)} makes names of buckets that start with {start}, which AWS refuses; choose another name",
            )


def pool_name(spec: WorkerPoolSpec) -> Iterator[Fault]:
    """The name of a pool that is used alone must fit into every name that contains it."""
    for message in _too_long(POOL_NAMES, "pool", _parts(spec, spec.pool_name)):
        yield Fault("poolName", message)


def pool_names(spec: Spec) -> Iterator[Fault]:
    """The names of a cluster's pools must fit into every name that contains them."""
    for pool in spec.workers:
        for message in _too_long(POOL_NAMES, "pool", _parts(spec, pool)):
            yield Fault(f"workers.{pool}", message)


def _parts(spec: NodeSpec, pool: str) -> Mapping[str, str]:
    family = ""
    with suppress(Unsound):
        family = spec.nodes.template_suffix
    return {"cluster": spec.cluster.name, "pool": pool, "family": family}


def scaling_tags(pool: PoolSection) -> Iterator[Fault]:
    """The keys of labels and taints must fit into the tags that describe them to the autoscaler."""
    keys = [("labels", "label", key) for key in pool.labels]
    for index, taint in enumerate(pool.taints):
        with suppress(Unsound):
            keys.append((f"taints[{index}].key", "taint", taint.key))
    for path, kind, key in keys:
        excess = len(f"{AUTOSCALER}/{kind}/{key}") - TAG_KEY_LENGTH
        if excess > 0:
            yield Fault(
                path,
                f"{short(key)} is too long for the tag that tells the autoscaler of it; "
                f"choose a key of at most {len(key) - excess} characters",
            )


def pool_tags(spec: WorkerPoolSpec) -> Iterator[Fault]:
    """A pool that is used alone must not have more tags than an Auto Scaling group can have."""
    for message in _too_many(spec.cluster.tags, spec.pool):
        yield Fault("pool.labels", message)


def pools_tags(spec: Spec) -> Iterator[Fault]:
    """No pool of a cluster may have more tags than an Auto Scaling group can have."""
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            for message in _too_many(spec.cluster.tags, pool):
                yield Fault(f"workers.{name}.labels", message)


def _too_many(tags: Mapping[str, str], pool: PoolSection) -> Iterator[str]:
    taints = {taint.key for taint in pool.taints}
    count = len(tags) + len(pool.labels) + len(taints) + GROUP_TAGS
    if count > TAG_COUNT:
        yield (
            f"its Auto Scaling group would have {count} tags ({len(tags)} of the cluster, {len(pool.labels)} of labels, "
            f"{len(taints)} of taints, {GROUP_TAGS} of its own), and AWS allows {TAG_COUNT}; leave out {count - TAG_COUNT}"
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodeSpec: (cluster_name,),
    WorkerPoolSpec: (pool_name, pool_tags),
    Spec: (bucket_names, pool_names, pools_tags),
    PoolSection: (scaling_tags,),
}
"""The rules for each kind of section."""
