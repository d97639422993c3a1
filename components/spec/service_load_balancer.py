"""The network load balancer of a Service, as the AWS Load Balancer Controller reads it from annotations."""

from typing import Annotated

from pydantic import Field

from ..config.forms import Whole, matching
from ..config.section import Section
from ..facts.choices import HealthCheckProtocol, Scheme
from .ranges import ClientRange
from .service_ports import TargetPort

CONTROLLER = "service.beta.kubernetes.io/aws-load-balancer-"
"""The prefix of annotations for the AWS Load Balancer Controller.
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/"""

CONTROLLER_CLASS = "service.k8s.aws/nlb"
"""The class of load balancers that the controller makes."""

ATTRIBUTES = f"{CONTROLLER}target-group-attributes"
PRESERVED = "preserve_client_ip.enabled"
"""The attribute of a target group by which its targets see the address of the client.
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html"""

USUAL_INTERVAL = 10
USUAL_TIMEOUT = 10
USUAL_TIMEOUT_LOCAL = 6
"""The seconds that the controller writes for a time of a health check that is left out, the last with `externalTrafficPolicy`
Local. AWS takes no timeout that is longer than the interval.
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html"""

Path = Annotated[str, matching(r"/[\x21-\x7e]{0,1023}", "a path; write one like /healthz")]
Codes = Annotated[
    str,
    matching(
        r"[2-5][0-9]{2}([,-][2-5][0-9]{2})*",
        "HTTP status codes; write some like 200-399 or 200,204",
    ),
]
Interval = Annotated[Whole, Field(ge=5, le=300)]
Timeout = Annotated[Whole, Field(ge=2, le=120)]
Threshold = Annotated[Whole, Field(ge=2, le=10)]


class HealthCheckSection(Section):
    """How the load balancer asks its targets whether they are healthy. What is left out, the controller chooses."""

    protocol: HealthCheckProtocol | None = None
    """The protocol of the check. By default TCP, or HTTP if `externalTrafficPolicy` is Local."""
    port: TargetPort | None = None
    """A port of the node, or the name of one of the Service's ports, whose node port is asked. By default the node port of
    each port. If `externalTrafficPolicy` is Local, it is the one where kube-proxy says whether the node has a pod."""
    path: Path | None = None
    """The path that an HTTP check asks for. By default `/`, or `/healthz` if `externalTrafficPolicy` is Local."""
    success_codes: Codes | None = None
    """The status codes of a healthy answer, like 200-399 or 200,204. 200-399 by default."""
    interval_seconds: Interval | None = None
    """The time between two checks. 10 seconds by default."""
    timeout_seconds: Timeout | None = None
    """The time until a check without an answer has failed. By default 10 seconds, or 6 if `externalTrafficPolicy` is Local."""
    healthy_threshold: Threshold | None = None
    """How many good answers make a target healthy. By default 3, or 2 if `externalTrafficPolicy` is Local."""
    unhealthy_threshold: Threshold | None = None
    """How many failures make it unhealthy. By default 3, or 2 if `externalTrafficPolicy` is Local."""

    @property
    def annotations(self) -> dict[str, str]:
        """What is set here, as annotations."""
        values = {
            "protocol": self.protocol,
            "port": self.port,
            "path": self.path,
            "success-codes": self.success_codes,
            "interval": self.interval_seconds,
            "timeout": self.timeout_seconds,
            "healthy-threshold": self.healthy_threshold,
            "unhealthy-threshold": self.unhealthy_threshold,
        }
        return {
            f"{CONTROLLER}healthcheck-{word}": str(value)
            for word, value in values.items()
            if value is not None
        }


class ServiceLoadBalancerSection(Section):
    """The network load balancer of a Service. It always has addresses of both families."""

    scheme: Scheme = Scheme.INTERNAL
    """Whether the load balancer has public addresses. Internal by default: a public address is a decision."""
    source_ranges: list[ClientRange] = []
    """Ranges that may reach it, in both families. By default all ranges that have a route, as everywhere in Kubernetes."""
    preserve_client_ip: bool | None = None
    """Whether nodes see the address of the client, not the load balancer's. By default only where pods see it too: with
    `externalTrafficPolicy: Local`, and with UDP, where AWS allows nothing else. A pod whose connection returns to its own node
    fails while it is on, because AWS drops packets whose source is their target."""
    health_check: HealthCheckSection = HealthCheckSection()
    """How it asks its targets whether they are healthy."""
