"""What a preview would change, read from what the engine writes."""

import json

import pytest

from components.plan.changes import Change, PreviewError, changes_of
from components.plan.request import main

URN = "urn:pulumi:dev::dualstack::dualstack:index:Cluster$"
TEMPLATE = f"{URN}aws:ec2/launchTemplate:LaunchTemplate::dev-general"
MACHINE = f"{URN}aws:ec2/instance:Instance::dev-control-plane-0"
ROUTE = f"{URN}aws:ec2/route:Route::dev-public-ipv6"
SUBNET = f"{URN}aws:ec2/subnet:Subnet::dev-eu-west-1a"

EXPECTED = [
    Change("replace", "Instance", "dev-control-plane-0", ["subnetId"]),
    Change("update", "LaunchTemplate", "dev-general", ["instanceType"]),
    Change("create", "Route", "dev-public-ipv6", []),
]


def before(op, urn, **metadata):
    """The event before a step."""
    return {"sequence": 1, "resourcePreEvent": {"metadata": {"op": op, "urn": urn, **metadata}}}


EVENTS = [
    {"sequence": 0, "preludeEvent": {"config": {}}},
    *(before("refresh", urn) for urn in (TEMPLATE, MACHINE, ROUTE, SUBNET)),
    before("same", SUBNET),
    before("update", TEMPLATE, diffs=["instanceType"]),
    before("create-replacement", MACHINE, keys=["subnetId"], diffs=["subnetId", "tags"]),
    before("replace", MACHINE, keys=["subnetId"], diffs=["subnetId", "tags"]),
    before("create", ROUTE),
    {"sequence": 9, "summaryEvent": {"resourceChanges": {"same": 1}}},
]


def test_the_events_of_a_preview_with_a_refresh_tell_what_would_change():
    changes = changes_of(EVENTS)

    assert changes.changed == EXPECTED
    assert changes.same == 1


ORDER = "3 control planes are replaced, one after the other: instance type m6i.large"
POOL = (
    "pool general: its machine is replaced, after the new one has joined: version 1.36.5 -> 1.37.2"
)
STACK = "urn:pulumi:dev::dualstack::pulumi:pulumi:Stack::dualstack-dev"
SAID = [
    {"severity": "info", "message": f"info: {ORDER}\n"},
    {"severity": "info", "message": f"<{{%reset%}}>{POOL}<{{%reset%}}>\n", "urn": STACK},
    {"severity": "info", "message": f"{POOL}\n", "urn": STACK},
    {"severity": "info", "message": "The address plan:\nVPC  10.0.0.0/16\n"},
    {"severity": "info", "message": "it is made", "urn": MACHINE},
    {"severity": "warning", "message": "an old image\n"},
]


def test_what_the_program_says_of_machines_is_told_once():
    document = {"changeSummary": {}, "steps": [], "diagnostics": SAID}
    events = [{"sequence": number, "diagnosticEvent": one} for number, one in enumerate(SAID, 20)]

    for found in (changes_of(document), changes_of([*EVENTS, *events])):
        assert found.said == [ORDER, POOL]
        assert found.warned == ["an old image"]
        assert found.announcement == ""


ANNOUNCEMENT = """\
The control planes are changed in place:
  from  1.36.5
  back  to a snapshot <of> etcd"""


@pytest.fixture
def upgraded(tmp_path, capsys):
    """The plan of an upgrade in one format."""
    spoken = [
        {"severity": "info", "message": f"{ANNOUNCEMENT}\n", "urn": STACK},
        {"severity": "warning", "message": "warning: etcd does not answer\n", "urn": STACK},
        {"severity": "warning", "message": "deprecated", "urn": MACHINE},
    ]
    events = [{"sequence": number, "diagnosticEvent": one} for number, one in enumerate(spoken)]
    log = tmp_path / "events"
    log.write_text(json.dumps([*EVENTS, *events]))

    def shown(form: str) -> str:
        assert main(["stacks/Pulumi.dev.yaml", "--format", form, "--preview", str(log)]) == 0
        return capsys.readouterr().out

    return shown


def test_a_comment_has_the_announcement_of_an_upgrade_as_a_block_and_its_warnings(upgraded):
    shown = upgraded("markdown")

    assert (
        "### Which machines, and in which order\n\n<pre>The control planes are changed in place:\n  from  1.36.5\n"
        "  back  to a snapshot &lt;of> etcd</pre>\n\n### Warnings\n\n"
    ) in shown
    assert "\n| etcd does not answer |\n" in shown
    assert "deprecated" not in shown


def test_a_text_and_a_page_have_the_announcement_of_an_upgrade_too(upgraded):
    text, page = upgraded("text"), upgraded("html")

    assert (
        "Which machines, and in which order\n  The control planes are changed in place:\n    from  1.36.5\n"
        "    back  to a snapshot <of> etcd\n"
    ) in text
    assert "  from  1.36.5\n  back  to a snapshot &lt;of&gt; etcd</pre>" in page


def test_in_a_document_of_a_preview_with_a_refresh_what_was_only_read_stays_as_it_is():
    document = {
        "changeSummary": {"create": 1, "replace": 1, "same": 1, "update": 1},
        "steps": [
            {"op": "refresh", "urn": SUBNET},
            {"op": "update", "urn": TEMPLATE, "diffReasons": ["instanceType"]},
            {"op": "replace", "urn": MACHINE, "replaceReasons": ["subnetId"]},
            {"op": "create", "urn": ROUTE},
        ],
    }

    changes = changes_of(document)

    assert changes.changed == EXPECTED
    assert changes.same == 1


def test_a_log_of_events_without_its_end_is_refused():
    with pytest.raises(PreviewError, match="it has no summary; its preview did not end"):
        changes_of(EVENTS[:-1])


def test_a_log_of_events_has_one_in_each_line(tmp_path, capsys):
    log = tmp_path / "events"
    log.write_text("".join(f"{json.dumps(event)}\n" for event in EVENTS))

    assert main(["stacks/Pulumi.dev.yaml", "--format", "markdown", "--preview", str(log)]) == 0

    shown = capsys.readouterr().out
    assert "**1 to replace, 1 to update, 1 to create; 1 stay as they are**" in shown
