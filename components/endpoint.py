"""The API endpoint: a dual-stack network load balancer, and its names."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import lb, route53

from .args import ApiEndpointSpecArgs
from .boundary import checked
from .facts import ports
from .facts.api_shutdown import SERVING_SECONDS
from .facts.choices import Scheme
from .facts.families import Family
from .facts.tags import named
from .outputs import register
from .rules.part_names import LOAD_BALANCER, part_name
from .rules.part_network import subnets_once
from .spec.parts import ApiEndpointSpec


class ApiEndpointArgs(ApiEndpointSpecArgs):
    """The place of the load balancer, and its name."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """A subnet in each zone: public ones for an internet-facing endpoint, private ones for an internal one."""
    security_group_id: pulumi.Input[str]
    """The load balancer's security group."""


INPUTS = ("vpc_id", "subnet_ids", "security_group_id")


class ApiEndpoint(pulumi.ComponentResource):
    """The endpoint of a cluster's API: one name, with addresses of both families."""

    host: pulumi.Output[str]
    """Its DNS name, with A and AAAA records."""
    load_balancer_arn: pulumi.Output[str]
    """Its load balancer."""
    load_balancer_dns_name: pulumi.Output[str]
    """The load balancer's own DNS name, to which further names can be aliases."""
    load_balancer_zone_id: pulumi.Output[str]
    """The Route 53 zone of that name, which an alias record needs."""
    target_group_arn: pulumi.Output[str]
    """The group that control-plane machines are registered in."""

    def __init__(
        self, name: str, args: ApiEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """The endpoint of a cluster's API: one name, with addresses of both families.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        fits = part_name(name, LOAD_BALANCER)
        spec = checked(ApiEndpointSpec, args, *INPUTS, rules=[fits, subnets_once(args)])
        super().__init__("dualstack:index:ApiEndpoint", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = named(spec.tags, name)

        balancer = lb.LoadBalancer(
            name,
            load_balancer_type="network",
            internal=spec.scheme is Scheme.INTERNAL,
            ip_address_type="dualstack",
            subnets=args["subnet_ids"],
            # A network load balancer that was created without a security group can never get one.
            security_groups=[args["security_group_id"]],
            # Clients in every zone reach the API even if their own zone has no healthy control plane.
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=spec.protect,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protect or None),
        )
        targets = lb.TargetGroup(
            name,
            vpc_id=args["vpc_id"],
            target_type="instance",
            # A target group has one family. The load balancer translates for clients of the other.
            ip_address_type=spec.ip_families[0].lower(),
            protocol="TCP",
            port=ports.API,
            # kubeadm on a control plane calls the endpoint. If the client address were preserved, a machine that is balanced
            # back to itself would get no answer.
            preserve_client_ip="false",
            deregistration_delay=30,
            # An API server that ends says first that it is not ready, and serves on. By default, the load balancer would cut its
            # connections, and requests under way, at once.
            target_health_states=[
                {
                    "enable_unhealthy_connection_termination": False,
                    "unhealthy_draining_interval": SERVING_SECONDS,
                }
            ],
            health_check={
                "protocol": "HTTPS",
                "path": "/readyz",
                # An API server that refuses anonymous requests answers 401. It is healthy all the same.
                "matcher": "200-403",
                "port": str(ports.API),
                # Three looks take less than an API server serves on when it ends.
                "interval": 5,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            tags=tags,
            opts=child,
        )
        lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            protocol="TCP",
            port=ports.API,
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
            tags=tags,
            # A target group can belong to one load balancer only, so the old listener must be deleted before the new one exists.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        if spec.hosted_zone_id and spec.dns_name:
            for family, record_type in ((Family.IPV4, "A"), (Family.IPV6, "AAAA")):
                route53.Record(
                    f"{name}-{family.lower()}",
                    zone_id=spec.hosted_zone_id,
                    name=spec.dns_name,
                    type=record_type,
                    aliases=[
                        {
                            "name": balancer.dns_name,
                            "zone_id": balancer.zone_id,
                            # The load balancer checks the health of API servers; DNS need not.
                            "evaluate_target_health": False,
                        }
                    ],
                    opts=child,
                )

        self.host = pulumi.Output.from_input(spec.dns_name) if spec.dns_name else balancer.dns_name
        self.load_balancer_arn = balancer.arn
        self.load_balancer_dns_name = balancer.dns_name
        self.load_balancer_zone_id = balancer.zone_id
        self.target_group_arn = targets.arn
        register(self)
