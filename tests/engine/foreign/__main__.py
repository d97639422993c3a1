"""A network of somebody else's: each line is often written, and wrong for IPv6 or for safety."""

from pulumi_aws import ec2, lb
from pulumi_aws import vpc as aws_vpc

vpc = ec2.Vpc("shop", cidr_block="10.9.0.0/16", assign_generated_ipv6_cidr_block=True)
subnet = ec2.Subnet("shop", vpc_id=vpc.id, cidr_block="10.9.0.0/24", availability_zone="eu-west-1a")
gateway = ec2.InternetGateway("shop", vpc_id=vpc.id)
table = ec2.RouteTable(
    "shop", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}]
)
group = ec2.SecurityGroup(
    "shop",
    vpc_id=vpc.id,
    ingress=[
        {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]},
        {"protocol": "tcp", "from_port": 22, "to_port": 22, "ipv6_cidr_blocks": ["2001:db8::/32"]},
    ],
)
for name, source in (("four", {"cidr_ipv4": "0.0.0.0/0"}), ("six", {"cidr_ipv6": "::/0"})):
    aws_vpc.SecurityGroupIngressRule(
        f"api-{name}",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=6443,
        to_port=6443,
        **source,
    )
ec2.Instance(
    "shop",
    ami="ami-12345678",
    instance_type="t3.medium",
    subnet_id=subnet.id,
    vpc_security_group_ids=[group.id],
)
lb.LoadBalancer("shop", load_balancer_type="network", subnets=[subnet.id])
