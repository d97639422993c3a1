"""The tables of resource types, held against the SDKs that programs are written with."""

import ast
import importlib
import inspect
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from pulumi import _types

from rehearsal.cloud.server import PARTS
from rehearsal.providers.aws import MODULES
from rehearsal.providers.aws.functions import FUNCTIONS
from rehearsal.providers.provider import automatic_name
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


SDKS = ("aws", "random", "tls")
CHECKOUT = Path(__file__).parents[3]


def asked_for(package):
    """What the program and its examples call of a provider's SDK: classes of resources, and look-ups by name."""
    resources, look_ups = set(), set()
    folders = (CHECKOUT / "components", CHECKOUT / "examples")
    for module in (module for folder in folders for module in folder.rglob("*.py")):
        tree = ast.parse(module.read_text())
        sdks = dict(imported(tree, f"pulumi_{package}"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            match call.func:
                case ast.Attribute(value=ast.Name(id=sdk), attr=name) if sdk in sdks:
                    (look_ups if name.startswith("get_") else resources).add((sdks[sdk], name))
    found = {getattr(importlib.import_module(sdk), name) for sdk, name in resources}
    # Arguments of nested types are called like classes too.
    classes = {cls for cls in found if not _types.is_input_type(cls)}
    return SimpleNamespace(resources=classes, look_ups=look_ups)


def imported(tree, package):
    """The modules of a package that a module imports, by the names that it gives them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            yield from ((name.asname or name.name, f"{package}.{name.name}") for name in node.names)
        elif isinstance(node, ast.Import):
            yield from ((n.asname or n.name, n.name) for n in node.names if n.name == package)


def sdk_class(engine_type):
    package, module, name = engine_type.split(":")
    area = module.partition("/")[0]
    sdk = importlib.import_module(f"pulumi_{package}.{area}".removesuffix(".index"))
    cls = getattr(sdk, name)
    # Where a nested type has the name, the SDK gives the arguments another.
    renamed = getattr(sys.modules[cls.__module__], f"{name}InitArgs", None)
    return cls, renamed or getattr(sdk, f"{name}Args")


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


@pytest.mark.parametrize("package", SDKS)
def test_the_program_asks_for_every_resource_type_that_is_served_and_for_no_other(package):
    of_package = [r.engine_type for r in RESOURCES if r.engine_type.startswith(f"{package}:")]

    assert {sdk_class(engine_type)[0] for engine_type in of_package} == asked_for(package).resources


@pytest.mark.parametrize("package", SDKS)
def test_the_program_asks_for_every_look_up_that_is_served_and_for_no_other(package):
    served = set()
    for token in FUNCTIONS:
        of, module, name = token.split(":")
        snake = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
        served.add((f"pulumi_{of}.{module.partition('/')[0]}", snake))

    # A look-up has two forms: one that is answered at once, and one that may depend on outputs.
    asked = {(sdk, name.removesuffix("_output")) for sdk, name in asked_for(package).look_ups}
    assert {one for one in served if one[0].startswith(f"pulumi_{package}")} == asked


NAMED = [resource for resource in RESOURCES if resource.autoname]


@pytest.mark.parametrize("resource", NAMED, ids=lambda resource: resource.engine_type)
def test_a_name_that_the_provider_makes_up_is_as_long_as_aws_takes_and_ends_in_its_own_letters(
    resource,
):
    request = SimpleNamespace(name="n" * 2000, randomSeed=b"seed")
    other = SimpleNamespace(name="n" * 2000, randomSeed=b"other")

    name = automatic_name(resource, request)

    assert len(name) == resource.name_limit
    assert re.fullmatch(r"n+-[0-9a-f]{7}", name)
    assert automatic_name(resource, other) != name


def test_every_repair_of_moto_is_among_the_parts():
    modules = (CHECKOUT / "rehearsal" / "cloud").glob("*.py")
    repairing = [
        m.stem for m in modules if re.search(r"^def repair\(", m.read_text(), re.MULTILINE)
    ]

    assert sorted(repairing) == sorted(PARTS)


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
