"""What a program asks for that the provider does not have."""

import json

import pulumi
from pulumi_aws import ec2, iam


def custom(token, **inputs):
    return lambda: pulumi.CustomResource(token, "it", inputs)


def test_a_misspelt_input_is_refused_with_the_nearest_one(rig):
    program = custom("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16", enableDnsHostname=True)

    [said] = rig(program).refused()

    assert "enableDnsHostname is not an input; did you mean enableDnsHostnames?" in said


def test_an_input_of_another_type_is_refused(rig):
    program = custom("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16", enableDnsHostnames="yes")

    [said] = rig(program).refused()

    assert "enableDnsHostnames must be true or false, and is 'yes'" in said


def test_a_missing_input_and_a_wrong_one_in_a_block_are_told_together(rig):
    program = custom("aws:lb/loadBalancer:LoadBalancer", subnetMappings=[{"subnet": "subnet-1"}])

    said = "\n".join(rig(program).refused())

    assert "subnetMappings[0].subnet is not an input; did you mean subnetId?" in said
    assert "subnetMappings[0].subnetId is required and missing" in said


def test_a_type_without_a_stand_in_is_named_with_the_place_to_add_it(rig):
    program = custom("aws:sqs/queue:Queue")

    [said] = rig(program).refused()

    assert "no stand-in for the resource type aws:sqs/queue:Queue" in said
    assert "rehearsal/providers/aws" in said


def test_a_function_without_a_stand_in_is_named_with_the_place_to_add_it(rig):
    def program():
        pulumi.runtime.invoke("aws:sqs/getQueue:getQueue", {"name": "q"})

    said = "\n".join(rig(program).refused())

    assert "no stand-in for the function aws:sqs/getQueue:getQueue" in said


def test_policies_of_a_role_that_are_too_long_together_are_refused(rig):
    def program():
        role = iam.Role("machines", name="machines", assume_role_policy=policy("sts:AssumeRole"))
        for letter in "ab":
            long = policy(f"s3:{letter * 6000}")
            iam.RolePolicy(letter, name=letter, role=role.name, policy=long)

    [said] = rig(program).refused()

    assert "Maximum policy size of 10240 bytes exceeded for role machines" in said


def policy(action):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_what_aws_refuses_is_told_in_its_own_words(rig):
    def program():
        vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16")
        ec2.Subnet("outside", vpc_id=vpc.id, cidr_block="10.9.0.0/24")

    [said] = rig(program).refused()

    assert said == (
        "aws:ec2:Subnet outside: "
        "CreateSubnet: InvalidSubnet.Range: The CIDR '10.9.0.0/24' is invalid."
    )
