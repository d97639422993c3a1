"""What a change of the schema means to its users."""

import copy
import json

import pytest

from components.plugin import SCHEMA
from docs.schema_changes import changes, main, report

BEFORE = {
    "name": "dualstack",
    "description": "Clusters.",
    "language": {"go": {}},
    "types": {
        "dualstack:index:Nat": {
            "type": "string",
            "enum": [{"name": "Single", "value": "single", "description": "One for all zones."}],
        },
        "dualstack:index:Pool": {
            "type": "object",
            "properties": {"min": {"type": "integer", "plain": True}},
        },
        "dualstack:index:Row": {
            "type": "object",
            "properties": {"zone": {"type": "string"}},
            "required": ["zone"],
        },
    },
    "resources": {
        "dualstack:index:Network": {
            "description": "A VPC.",
            "inputProperties": {
                "zones": {"type": "array", "items": {"type": "string", "plain": True}},
                "nat": {"$ref": "#/types/dualstack:index:Nat", "plain": True},
                "bucketArn": {"type": "string"},
                "size": {"type": "integer", "plain": True},
                "pool": {"$ref": "#/types/dualstack:index:Pool", "plain": True},
            },
            "requiredInputs": ["zones"],
            "properties": {
                "vpcId": {"type": "string"},
                "plan": {"type": "array", "items": {"$ref": "#/types/dualstack:index:Row"}},
            },
            "required": ["vpcId"],
        }
    },
}


def network(schema):
    return schema["resources"]["dualstack:index:Network"]


def inputs(schema):
    return network(schema)["inputProperties"]


def kind(schema, name):
    return schema["types"][f"dualstack:index:{name}"]


RULES = {
    "nothing": (lambda new: None, []),
    "component gone": (
        lambda new: new["resources"].clear() or new["types"].pop("dualstack:index:Row"),
        ["broken   Network: the component is gone", "broken   Row: the type is gone"],
    ),
    "new component": (
        lambda new: new["resources"].update({"dualstack:index:Roles": {}}),
        ["added    Roles: a new component"],
    ),
    "argument gone": (
        lambda new: inputs(new).pop("nat"),
        ["broken   Network.nat: the argument is gone"],
    ),
    "new argument": (
        lambda new: inputs(new).update(cidr={"type": "string"}),
        ["added    Network.cidr: a new argument that may be left out"],
    ),
    "new required argument": (
        lambda new: (
            inputs(new).update(cidr={"type": "string"}),
            network(new)["requiredInputs"].append("cidr"),
        ),
        ["broken   Network.cidr: a new argument that is required"],
    ),
    "argument now required": (
        lambda new: network(new)["requiredInputs"].append("nat"),
        ["broken   Network.nat: it is required now"],
    ),
    "argument no longer required": (
        lambda new: network(new)["requiredInputs"].clear(),
        ["added    Network.zones: it may be left out now"],
    ),
    "argument of another type": (
        lambda new: inputs(new).update(size={"type": "string", "plain": True}),
        ["broken   Network.size: string, no longer integer"],
    ),
    "argument narrowed to an enum": (
        lambda new: inputs(new).update(bucketArn={"$ref": "#/types/dualstack:index:Nat"}),
        ["broken   Network.bucketArn: Nat, no longer string"],
    ),
    "entries of another type": (
        lambda new: inputs(new).update(zones={"type": "array", "items": {"type": "integer"}}),
        ["broken   Network.zones: a list of integer, no longer a list of string"],
    ),
    "argument now plain": (
        lambda new: inputs(new)["bucketArn"].update(plain=True),
        [
            "broken   Network.bucketArn: no output of another resource may stand here any more",
        ],
    ),
    "argument no longer plain": (
        lambda new: inputs(new)["size"].pop("plain"),
        ["changed  Network.size: an output of another resource may stand here now"],
    ),
    "entries no longer plain": (
        lambda new: inputs(new)["zones"]["items"].pop("plain"),
        ["changed  Network.zones[]: an output of another resource may stand here now"],
    ),
    "field gone": (
        lambda new: kind(new, "Pool")["properties"].pop("min"),
        ["broken   Pool.min: the field is gone"],
    ),
    "new field": (
        lambda new: kind(new, "Pool")["properties"].update(max={"type": "integer"}),
        ["added    Pool.max: a new field that may be left out"],
    ),
    "new required field": (
        lambda new: kind(new, "Pool").update(
            properties={**kind(new, "Pool")["properties"], "max": {"type": "integer"}},
            required=["max"],
        ),
        ["broken   Pool.max: a new field that is required"],
    ),
    "new required field of an output": (
        lambda new: kind(new, "Row").update(
            properties={**kind(new, "Row")["properties"], "tier": {"type": "string"}},
            required=["zone", "tier"],
        ),
        ["added    Row.tier: a new output"],
    ),
    "output gone": (
        lambda new: network(new)["properties"].pop("vpcId"),
        ["broken   Network.vpcId: the output is gone"],
    ),
    "new output": (
        lambda new: network(new)["properties"].update(arn={"type": "string"}),
        ["added    Network.arn: a new output"],
    ),
    "output of another type": (
        lambda new: network(new)["properties"].update(vpcId={"type": "integer"}),
        ["broken   Network.vpcId: integer, no longer string"],
    ),
    "output that may be missing": (
        lambda new: network(new)["required"].clear(),
        ["broken   Network.vpcId: it may be missing now"],
    ),
    "output that is always there": (
        lambda new: network(new)["required"].append("plan"),
        ["added    Network.plan: it is always there now"],
    ),
    "value gone and another there": (
        lambda new: kind(new, "Nat").update(enum=[{"name": "Zonal", "value": "zonal"}]),
        ["broken   Nat single: the value is gone", "added    Nat zonal: a new value"],
    ),
    "value of another name": (
        lambda new: kind(new, "Nat")["enum"][0].update(name="One"),
        ["broken   Nat single: named One, no longer Single"],
    ),
    "enum that is one no more": (
        lambda new: kind(new, "Nat").pop("enum"),
        ["broken   Nat: another kind of type"],
    ),
    "descriptions": (
        lambda new: (
            network(new).update(description="A network."),
            inputs(new)["size"].update(description="Its size."),
            kind(new, "Nat")["enum"][0].update(description="One."),
        ),
        [
            "changed  Nat single: another description",
            "changed  Network: another description",
            "changed  Network.size: another description",
        ],
    ),
    "argument deprecated": (
        lambda new: inputs(new)["size"].update(deprecationMessage="Use cidr."),
        ["changed  Network.size: another deprecation"],
    ),
    "package of another description": (
        lambda new: new.update(description="Networks."),
        ["changed  the package: another description"],
    ),
    "package of another name": (
        lambda new: new["language"]["go"].update(importBasePath="example.com/dualstack"),
        ["broken   the package: another language"],
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_change_is_classed_by_what_it_does_to_programs(rule):
    change, expected = RULES[rule]
    after = copy.deepcopy(BEFORE)

    change(after)

    assert [str(found) for found in changes(BEFORE, after)] == expected


def test_a_report_counts_what_it_lists():
    after = copy.deepcopy(BEFORE)
    inputs(after).pop("nat")
    inputs(after)["cidr"] = {"type": "string"}

    assert report(changes(BEFORE, after)).splitlines() == [
        "broken   Network.nat: the argument is gone",
        "added    Network.cidr: a new argument that may be left out",
        "1 broken, 1 added, 0 changed",
    ]


def test_a_schema_is_the_same_as_itself():
    found = json.loads(SCHEMA.read_text())

    assert report(changes(found, found)) == "The schema is the same."


def test_a_revision_without_a_schema_is_refused_in_words(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["no-such-revision"])

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(
        "error: no-such-revision cannot be compared; name a commit, branch or tag that has components/schema.json ("
    )
