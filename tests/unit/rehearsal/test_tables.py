"""The tables of resource types, held against the SDKs that programs are written with."""

import importlib
import inspect

import pytest
from pulumi import _types

from rehearsal.providers.aws import MODULES
from rehearsal.providers.aws.functions import FUNCTIONS
from rehearsal.providers.randomness import random_provider
from rehearsal.providers.schema import function_faults, resource_faults
from rehearsal.providers.tls import tls_provider

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # of names that are only looked at

RESOURCES = [
    *(resource for module in MODULES for resource in module.RESOURCES),
    *tls_provider().resources.values(),
    *random_provider().resources.values(),
]


def sdk_class(engine_type):
    package, module, name = engine_type.split(":")
    area = module.partition("/")[0]
    sdk = importlib.import_module(f"pulumi_{package}.{area}".removesuffix(".index"))
    return getattr(sdk, name), getattr(sdk, f"{name}Args")


def wire_names(cls):
    names = set(_types.input_type_types(cls)) if _types.is_input_type(cls) else set()
    for _, member in inspect.getmembers(cls, lambda value: isinstance(value, property)):
        names.add(getattr(member.fget, "_pulumi_name", member.fget.__name__))
    return names


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.engine_type)
def test_a_resource_type_speaks_only_of_what_the_sdk_knows(resource):
    cls, args = sdk_class(resource.engine_type)
    inputs, outputs = wire_names(args), wire_names(cls)

    spoken_inputs = (resource.replaces - {"*"}) | {resource.autoname} - {None}
    spoken_outputs = resource.computed | resource.secrets | set(resource.defaults)

    assert spoken_inputs - inputs == set()
    assert spoken_outputs - outputs == set()


def test_every_function_is_one_of_the_sdk():
    assert [fault for token in FUNCTIONS for fault in function_faults(token, {})] == []


def test_a_resource_without_what_it_needs_is_told_all_of_it():
    faults = resource_faults("aws:autoscaling/group:Group", {})

    assert [(fault.path, fault.reason) for fault in faults] == [
        ("maxSize", "is required and missing"),
        ("minSize", "is required and missing"),
    ]


def test_inputs_of_every_shape_are_taken():
    faults = resource_faults(
        "aws:ec2/launchTemplate:LaunchTemplate",
        {
            "imageId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
            "instanceType": "t3.small",
            "disableApiStop": False,
            "tags": {"Name": "a"},
            "networkInterfaces": [{"ipv6AddressCount": 1, "securityGroups": ["sg-1"]}],
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2},
        },
    )

    assert faults == []


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"tags": {"Name": 1}}, "tags.Name", "must be a string, and is 1"),
        ({"tags": []}, "tags", "must be a map, and is []"),
        (
            {"networkInterfaces": {}},
            "networkInterfaces",
            "must be a list, and is {}",
        ),
        (
            {"networkInterfaces": [{"ipv6AddressCount": True}]},
            "networkInterfaces[0].ipv6AddressCount",
            "must be a whole number, and is True",
        ),
        (
            {"metadataOptions": "required"},
            "metadataOptions",
            "must be a block of settings, and is 'required'",
        ),
        (
            {"networkInterfaces": [{"ipv6AdressCount": 1}]},
            "networkInterfaces[0].ipv6AdressCount",
            "is not an input; did you mean ipv6AddressCount?",
        ),
    ],
    ids=["string", "map", "list", "number", "block", "nested-name"],
)
def test_an_input_of_the_wrong_shape_is_told_with_its_place(inputs, path, reason):
    [fault] = resource_faults("aws:ec2/launchTemplate:LaunchTemplate", inputs)

    assert (fault.path, fault.reason) == (path, reason)


def test_an_unknown_argument_of_a_function_is_told_with_the_nearest():
    [fault] = function_faults("aws:ssm/getParameter:getParameter", {"names": "x"})

    assert fault.path == "names"
    assert fault.reason.endswith("did you mean name?")
