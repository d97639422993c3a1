"""What a rehearsal replaces and reads of Pulumi's SDK that the SDK does not promise."""

import asyncio
from importlib import import_module
from importlib.metadata import version

import pytest
from pulumi import log
from pulumi.runtime import resource, stack

from rehearsal.engine import sdk

PRIVATE = (
    "pulumi._types:input_type_py_to_pulumi_names",
    "pulumi._types:input_type_types",
    "pulumi._types:is_input_type",
    "pulumi.automation:LocalWorkspace._run_pulumi_cmd_sync",
    "pulumi.automation:Stack._run_pulumi_cmd_sync",
    "pulumi.automation._stack:StackInitMode.CREATE_OR_SELECT",
    "pulumi.runtime.resource:_get_stack_trace",
    "pulumi.runtime.rpc:UNKNOWN",
    "pulumi.runtime.rpc:_special_secret_sig",
    "pulumi.runtime.rpc:_special_sig_key",
    "pulumi.runtime.settings:SETTINGS.outputs",
    "pulumi.runtime.stack:wait_for_rpcs",
)


@pytest.mark.parametrize("place", PRIVATE)
def test_the_sdk_still_has_each_private_name_that_is_used(place):
    module, _, names = place.partition(":")
    found = import_module(module)

    for name in names.split("."):
        assert hasattr(found, name)
        found = getattr(found, name)


def test_the_sdk_is_the_one_that_the_replacements_were_read_in():
    assert version("pulumi") == sdk.READ_IN


def test_stack_traces_and_debug_lines_are_back_after_a_run():
    before = resource._get_stack_trace, log.debug

    with sdk.untraced():
        during = resource._get_stack_trace, log.debug

    assert during[0] is not before[0]
    assert during[1] is not before[1]
    assert (resource._get_stack_trace, log.debug) == before


def test_the_sdk_waits_in_its_own_way_after_a_run():
    before = stack.wait_for_rpcs

    with sdk.awaited_at_once():
        during = stack.wait_for_rpcs

    assert asyncio.iscoroutinefunction(during)
    assert during is not before
    assert stack.wait_for_rpcs is before
