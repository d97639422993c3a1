"""Fields of a Service that came with later minors, by the spelling of a configuration.

A field counts from the minor whose gate is on by default. Before, an API server drops it without a word, or does not
know it. Read in `pkg/features/kube_features.go` of kubernetes/kubernetes, at the tags of these minors.
"""

from collections.abc import Mapping

from .choices import TrafficDistribution

FIRST_MINORS: Mapping[str, int] = {
    # Gate ServiceAppProtocol: alpha in 1.18, on from 1.19.
    "appProtocol": 19,
    # Gate ServiceLBNodePortControl: alpha in 1.20, on from 1.22 (#100412).
    "allocateLoadBalancerNodePorts": 22,
    # Gate ServiceInternalTrafficPolicy: alpha in 1.21 (#96600), on from 1.22 (#103462).
    "internalTrafficPolicy": 22,
    # Gate ServiceLoadBalancerClass: alpha in 1.21 (#98277), on from 1.22 (#103129).
    "loadBalancerClass": 22,
    # Gate ServiceTrafficDistribution: alpha in 1.30 (#123487), on from 1.31 (#125838).
    "trafficDistribution": 31,
}
"""The first minor of each such field."""

FIRST_DISTRIBUTIONS: Mapping[TrafficDistribution, int] = {
    TrafficDistribution.PREFER_CLOSE: 31,
    # Gate PreferSameTrafficDistribution: alpha in 1.33, on from 1.34 (#132127).
    TrafficDistribution.PREFER_SAME_ZONE: 34,
    TrafficDistribution.PREFER_SAME_NODE: 34,
}
"""The first minor of each traffic distribution."""

LEFT_OUT: Mapping[str, str] = {
    "loadBalancerIP": "deprecated since 1.24, and no controller for AWS reads it",
    "topologyKeys": "it was alpha up to 1.21, and then removed",
}
"""Fields of a Service that this program does not write, and why."""
