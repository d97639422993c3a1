"""The AWS actions that Pulumi's provider calls for each resource type and look-up of the program.

Read from the provider's sources, `internal/service` of github.com/hashicorp/terraform-provider-aws. `see` is what a preview with
a refresh calls, `change` what a creation, an update or a deletion calls beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from .statements import actions


class Calls(NamedTuple):
    """The actions of one resource type or look-up."""

    see: Sequence[str] = ()
    make: Sequence[str] = ()
    """Actions that create a resource, whose request has its tags."""
    change: Sequence[str] = ()


def _ec2(see: str, make: str = "", change: str = "") -> Calls:
    return _of("ec2", see, make, change)


def _of(service: str, see: str, make: str = "", change: str = "") -> Calls:
    return Calls(*(actions(service, *names.split()) for names in (see, make, change)))


TAGS = ["ec2:CreateTags", "ec2:DeleteTags"]
"""Actions by which every type of EC2 is tagged."""

_RULES = "DescribeSecurityGroupRules DescribeSecurityGroups"

BY_TYPE: Final[Mapping[str, Calls]] = {
    # network
    "aws:ec2/vpc:Vpc": _ec2(
        "DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups",
        "CreateVpc",
        "DeleteVpc ModifyVpcAttribute AssociateVpcCidrBlock DisassociateVpcCidrBlock",
    ),
    "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation": _ec2(
        "DescribeVpcs", change="AssociateVpcCidrBlock DisassociateVpcCidrBlock"
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": _ec2(
        "DescribeVpcs", change="AssociateVpcCidrBlock DisassociateVpcCidrBlock"
    ),
    "aws:ec2/subnet:Subnet": _ec2(
        "DescribeSubnets DescribeNetworkInterfaces",
        "CreateSubnet",
        "DeleteSubnet ModifySubnetAttribute AssociateSubnetCidrBlock DisassociateSubnetCidrBlock",
    ),
    "aws:ec2/tag:Tag": _ec2("DescribeTags", change="CreateTags DeleteTags"),
    "aws:ec2/internetGateway:InternetGateway": _ec2(
        "DescribeInternetGateways",
        "CreateInternetGateway",
        "AttachInternetGateway DetachInternetGateway DeleteInternetGateway",
    ),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": _ec2(
        "DescribeEgressOnlyInternetGateways",
        "CreateEgressOnlyInternetGateway",
        "DeleteEgressOnlyInternetGateway",
    ),
    "aws:ec2/eip:Eip": _ec2(
        "DescribeAddresses DescribeAddressesAttribute", "AllocateAddress", "ReleaseAddress"
    ),
    "aws:ec2/natGateway:NatGateway": _ec2(
        "DescribeNatGateways", "CreateNatGateway", "DeleteNatGateway"
    ),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": _ec2(
        "DescribeTransitGatewayVpcAttachments DescribeTransitGateways GetTransitGatewayRouteTableAssociations "
        "GetTransitGatewayRouteTablePropagations",
        "CreateTransitGatewayVpcAttachment",
        "ModifyTransitGatewayVpcAttachment DeleteTransitGatewayVpcAttachment",
    ),
    "aws:ec2/routeTable:RouteTable": _ec2(
        "DescribeRouteTables", "CreateRouteTable", "DeleteRouteTable DisassociateRouteTable"
    ),
    "aws:ec2/route:Route": _ec2(
        "DescribeRouteTables", change="CreateRoute ReplaceRoute DeleteRoute"
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _ec2(
        "DescribeRouteTables",
        change="AssociateRouteTable ReplaceRouteTableAssociation DisassociateRouteTable",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2(
        "DescribeVpcEndpoints DescribePrefixLists",
        "CreateVpcEndpoint",
        "ModifyVpcEndpoint DeleteVpcEndpoints",
    ),
    "aws:ec2/flowLog:FlowLog": _ec2("DescribeFlowLogs", "CreateFlowLogs", "DeleteFlowLogs"),
    # firewall
    "aws:ec2/securityGroup:SecurityGroup": _ec2(
        f"{_RULES} DescribeNetworkInterfaces",
        "CreateSecurityGroup",
        "DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
        _RULES, change="RevokeSecurityGroupEgress RevokeSecurityGroupIngress"
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2(
        _RULES,
        change="AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress ModifySecurityGroupRules",
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2(
        _RULES,
        change="AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress ModifySecurityGroupRules",
    ),
    # machines
    "aws:ec2/instance:Instance": _ec2(
        "DescribeInstances DescribeInstanceTypes DescribeInstanceAttribute DescribeInstanceCreditSpecifications "
        "DescribeImages DescribeVolumes DescribeTags DescribeVpcs DescribeSubnets DescribeIamInstanceProfileAssociations",
        "RunInstances",
        "StartInstances StopInstances TerminateInstances ModifyInstanceAttribute ModifyInstanceMetadataOptions "
        "ModifyPrivateDnsNameOptions ModifyVolume",
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": _ec2(
        "DescribeLaunchTemplates DescribeLaunchTemplateVersions",
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate",
    ),
    "aws:autoscaling/group:Group": _of(
        "autoscaling",
        "DescribeAutoScalingGroups DescribeInstanceRefreshes DescribeScalingActivities DescribeWarmPool",
        "CreateAutoScalingGroup",
        "UpdateAutoScalingGroup DeleteAutoScalingGroup CreateOrUpdateTags DeleteTags StartInstanceRefresh CancelInstanceRefresh "
        "SetInstanceProtection",
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": _of(
        "autoscaling", "DescribeLifecycleHooks", change="PutLifecycleHook DeleteLifecycleHook"
    ),
    # load balancer
    "aws:lb/loadBalancer:LoadBalancer": _of(
        "elasticloadbalancing",
        "DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeCapacityReservation DescribeTags",
        "CreateLoadBalancer",
        "DeleteLoadBalancer ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets SetIpAddressType AddTags RemoveTags",
    ),
    "aws:lb/targetGroup:TargetGroup": _of(
        "elasticloadbalancing",
        "DescribeTargetGroups DescribeTargetGroupAttributes DescribeTags",
        "CreateTargetGroup",
        "DeleteTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes AddTags RemoveTags",
    ),
    "aws:lb/listener:Listener": _of(
        "elasticloadbalancing",
        "DescribeListeners DescribeListenerAttributes DescribeTags",
        "CreateListener",
        "DeleteListener ModifyListener ModifyListenerAttributes AddTags RemoveTags",
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": _of(
        "elasticloadbalancing", "DescribeTargetHealth", change="RegisterTargets DeregisterTargets"
    ),
    "aws:route53/record:Record": _of(
        "route53",
        "GetChange GetHostedZone ListResourceRecordSets",
        change="ChangeResourceRecordSets",
    ),
    # permissions
    "aws:iam/role:Role": _of(
        "iam",
        "GetRole ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole",
        "CreateRole",
        "DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole PassRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": _of(
        "iam", "GetRolePolicy", change="PutRolePolicy DeleteRolePolicy"
    ),
    "aws:iam/instanceProfile:InstanceProfile": _of(
        "iam",
        "GetInstanceProfile",
        "CreateInstanceProfile",
        "DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile",
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _of(
        "iam",
        "GetOpenIDConnectProvider",
        "CreateOpenIDConnectProvider",
        "DeleteOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint AddClientIDToOpenIDConnectProvider "
        "RemoveClientIDFromOpenIDConnectProvider TagOpenIDConnectProvider UntagOpenIDConnectProvider",
    ),
    # secrets
    "aws:kms/key:Key": _of(
        "kms",
        "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        "CreateKey",
        "EnableKeyRotation DisableKeyRotation PutKeyPolicy UpdateKeyDescription ScheduleKeyDeletion TagResource UntagResource",
    ),
    "aws:kms/alias:Alias": _of("kms", "ListAliases", change="CreateAlias UpdateAlias DeleteAlias"),
    "aws:ssm/parameter:Parameter": Calls(
        [
            *actions("ssm", "GetParameter", "ListTagsForResource", "DescribeParameters"),
            "kms:Decrypt",
        ],
        ["ssm:PutParameter"],
        [
            *actions("ssm", "DeleteParameter", "AddTagsToResource", "RemoveTagsFromResource"),
            *actions("kms", "Encrypt", "GenerateDataKey"),
        ],
    ),
    # backups
    "aws:s3/bucket:Bucket": _of(
        "s3",
        "ListBucket GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy "
        "GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetAccelerateConfiguration "
        "GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration",
        "CreateBucket",
        # The last three empty a bucket that nobody protects.
        "DeleteBucket PutBucketTagging ListBucketVersions DeleteObject DeleteObjectVersion",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _of(
        "s3", "GetBucketVersioning", change="PutBucketVersioning"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _of(
        "s3", "GetEncryptionConfiguration", change="PutEncryptionConfiguration"
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of(
        "s3", "GetBucketOwnershipControls", change="PutBucketOwnershipControls"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of(
        "s3", "GetBucketPublicAccessBlock", change="PutBucketPublicAccessBlock"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of(
        "s3", "GetLifecycleConfiguration", change="PutLifecycleConfiguration"
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _of(
        "s3", "GetBucketObjectLockConfiguration", change="PutBucketObjectLockConfiguration"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _of(
        "s3", "GetBucketPolicy", change="PutBucketPolicy DeleteBucketPolicy"
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": _of(
        "s3",
        "GetObject GetObjectTagging",
        "PutObject",
        "PutObjectTagging DeleteObject DeleteObjectVersion ListBucketVersions",
    ),
    "aws:cloudwatch/logGroup:LogGroup": _of(
        "logs",
        "DescribeLogGroups ListTagsForResource",
        "CreateLogGroup",
        "DeleteLogGroup PutRetentionPolicy TagResource UntagResource",
    ),
    # look-ups
    "aws:ec2/getVpc:getVpc": _ec2("DescribeVpcs DescribeVpcAttribute DescribeRouteTables"),
    "aws:ec2/getSubnet:getSubnet": _ec2("DescribeSubnets"),
    "aws:ec2/getRouteTable:getRouteTable": _ec2("DescribeRouteTables"),
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": _ec2("DescribeVpcEndpointServices"),
    "aws:ec2/getInstances:getInstances": _ec2("DescribeInstances"),
    "aws:ec2/getInstance:getInstance": _ec2(
        "DescribeInstances DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeInstanceTypes DescribeImages "
        "DescribeVolumes DescribeTags"
    ),
    "aws:ec2/getAmi:getAmi": _ec2("DescribeImages"),
    "aws:autoscaling/getGroup:getGroup": _of("autoscaling", "DescribeAutoScalingGroups"),
    "aws:ssm/getParametersByPath:getParametersByPath": _of("ssm", "GetParametersByPath"),
    "aws:ssm/getParameter:getParameter": _of("ssm", "GetParameter"),
}
"""Each resource type and look-up of a cluster. Those that `CiRoles` alone has are missing: people deploy it."""
