"""The plan in words: text, Markdown and a page, and what would change."""

import json

import pytest

from components.plan.changes import Change, PreviewError, changes_of
from components.plan.outline import plan_of
from components.plan.picture import as_page
from components.plan.tables import as_markdown, as_text
from components.rules import load
from components.spec.cluster import Spec
from tests.support.faults import described

PREVIEW = {
    "changeSummary": {"create": 1, "same": 3},
    "steps": [
        {"op": "same", "urn": "urn:pulumi:dev::dualstack::pulumi:pulumi:Stack::dualstack-dev"},
        {
            "op": "same",
            "urn": "urn:pulumi:dev::dualstack::dualstack:index:Cluster$aws:ec2/vpc:Vpc::dev",
        },
        {
            "op": "update",
            "urn": "urn:pulumi:dev::dualstack::dualstack:index:Cluster$aws:autoscaling/group:Group::dev-general",
            "diffReasons": ["maxSize", "tags"],
        },
        {
            "op": "create-replacement",
            "urn": "urn:pulumi:dev::dualstack::dualstack:index:Cluster$aws:ec2/instance:Instance::dev-control-plane-0",
            "replaceReasons": ["subnetId"],
        },
        {
            "op": "delete-replaced",
            "urn": "urn:pulumi:dev::dualstack::dualstack:index:Cluster$aws:ec2/instance:Instance::dev-control-plane-0",
        },
        {"op": "create", "urn": "urn:pulumi:dev::dualstack::aws:ec2/eip:Eip::dev-eu-west-1a"},
    ],
}


def plan(preview=None, **sections):
    return plan_of(
        load(Spec, described(**sections)), changes=changes_of(preview) if preview else None
    )


def test_the_gravest_change_comes_first_and_a_replacement_is_one_row():
    assert changes_of(PREVIEW).changed == [
        Change("replace", "Instance", "dev-control-plane-0", ["subnetId"]),
        Change("update", "Group", "dev-general", ["maxSize", "tags"]),
        Change("create", "Eip", "dev-eu-west-1a", []),
    ]
    assert changes_of(PREVIEW).same == 1


def test_a_text_begins_with_what_would_change():
    assert as_text(plan(PREVIEW)).splitlines()[:6] == [
        "What would change",
        "           type      name                 because of",
        "  replace  Instance  dev-control-plane-0  subnetId",
        "  update   Group     dev-general          maxSize, tags",
        "  create   Eip       dev-eu-west-1a",
        "  1 to replace, 1 to update, 1 to create; 1 stay as they are.",
    ]


def test_a_text_has_colours_on_a_terminal_alone():
    assert "\x1b[" not in as_text(plan(PREVIEW))
    assert "\x1b[1;31mreplace" in as_text(plan(PREVIEW), coloured=True)


def test_a_preview_without_changes_says_so():
    preview = {"changeSummary": {"same": 1}, "steps": PREVIEW["steps"][1:2]}

    assert "nothing would change; 1 stay as they are." in as_text(plan(preview))


def test_a_comment_shows_changes_open_and_folds_the_rest():
    comment = as_markdown(plan(PREVIEW))

    assert "**1 to replace, 1 to update, 1 to create; 1 stay as they are**" in comment
    assert "| replace | Instance | dev-control-plane-0 | subnetId |" in comment
    assert "<details><summary>Subnets</summary>" in comment
    assert "<details><summary>What would change" not in comment


def test_a_name_cannot_write_markdown_or_html():
    step = PREVIEW["steps"][-1] | {"urn": "urn:pulumi:d::p::aws:ec2/eip:Eip::<b>a|b&c</b>"}
    preview = {"changeSummary": {}, "steps": [step]}

    assert "| &lt;b>a\\|b&amp;c&lt;/b> |" in as_markdown(plan(preview))
    assert "<b>a" not in as_page(plan(preview))
    assert "&lt;b&gt;a|b&amp;c&lt;/b&gt;" in as_page(plan(preview))


def test_a_page_loads_nothing_else():
    page = as_page(plan(PREVIEW))

    for loading in ("http://", "https://", "<script", "<link", "<img", "url(", "@import"):
        assert loading not in page


def test_many_changes_are_counted_and_not_all_listed():
    steps = [
        {"op": "create", "urn": f"urn:pulumi:d::p::aws:ec2/eip:Eip::e{number:02}"}
        for number in range(50)
    ]
    text = as_text(plan({"changeSummary": {}, "steps": steps}))

    assert "e39" in text
    assert "e40" not in text
    assert "50 to create; 0 stay as they are; 10 more are not listed." in text


@pytest.mark.parametrize("document", [[], {}, None, "x", json.loads('{"steps": []}')])
def test_what_is_no_preview_is_refused(document):
    with pytest.raises(PreviewError, match="it is not what `pulumi preview --json` prints"):
        changes_of(document)
