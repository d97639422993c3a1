"""A record of a network's traffic."""

import json

from components import Network

ZONES = ["eu-west-1a"]


def network(**flow_logs):
    """A program that makes a network with this record of its traffic."""
    return lambda: Network("net", {"zones": ZONES, "flow_logs": flow_logs})


def test_traffic_is_not_recorded_unless_asked_for(deploy):
    deployment = deploy(network())

    for kind in ("FlowLog", "LogGroup", "Role", "RolePolicy"):
        assert deployment.all(kind) == {}


def test_all_traffic_is_recorded_in_a_log_group_that_forgets(deploy):
    deployment = deploy(network(destination="cloudWatch", retention_days=90))

    assert deployment.all("LogGroup") == {
        "net-flows": {"retentionInDays": 90, "tags": {"Name": "net-flows"}}
    }
    assert deployment.all("FlowLog") == {
        "net-flows": {
            "vpcId": "Vpc net",
            "trafficType": "ALL",
            "logDestinationType": "cloud-watch-logs",
            "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:net-flows",
            "iamRoleArn": "arn:aws:iam::123456789012:role/net-flows",
            "tags": {"Name": "net-flows"},
        }
    }


def test_a_log_group_keeps_a_month_by_default(deploy):
    deployment = deploy(network(destination="cloudWatch"))

    assert deployment.one("LogGroup")["retentionInDays"] == 30


def test_the_vpc_may_write_into_its_own_log_group_and_nowhere_else(deploy):
    deployment = deploy(network(destination="cloudWatch"))

    role, policy = deployment.one("Role"), deployment.one("RolePolicy")

    assert json.loads(role["assumeRolePolicy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        }
    ]
    assert policy["role"] == "Role net-flows"
    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogStream",
                "logs:DescribeLogGroups",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": [
                "arn:aws:logs:eu-west-1:123456789012:log-group:net-flows",
                "arn:aws:logs:eu-west-1:123456789012:log-group:net-flows:*",
            ],
        }
    ]


def test_all_traffic_is_recorded_in_a_bucket_without_a_role(deploy):
    deployment = deploy(network(destination="s3", bucket_arn="arn:aws:s3:::flows/prod"))

    assert deployment.all("FlowLog") == {
        "net-flows": {
            "vpcId": "Vpc net",
            "trafficType": "ALL",
            "logDestinationType": "s3",
            "logDestination": "arn:aws:s3:::flows/prod",
            "tags": {"Name": "net-flows"},
        }
    }
    assert deployment.all("LogGroup") == {}
    assert deployment.all("Role") == {}
