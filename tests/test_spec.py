"""A configuration is read whole: what is good becomes a spec, what is bad is answered in full, all at once."""

import pytest
from corpus import BAD, GOOD, Stack, stacks

from components.faults import SpecError
from components.rules import load
from components.spec import Spec


@pytest.mark.parametrize("stack", stacks(BAD), ids=lambda stack: stack.path.stem)
def test_a_bad_stack_is_answered_as_its_file_says(stack: Stack):
    with pytest.raises(SpecError) as refused:
        load(Spec, stack.given)

    assert [str(fault) for fault in refused.value.faults] == stack.expected


@pytest.mark.parametrize("stack", stacks(GOOD), ids=lambda stack: stack.path.stem)
def test_a_good_stack_is_read_without_a_fault(stack: Stack):
    spec = load(Spec, stack.given)

    assert spec.cluster.name == stack.given["cluster"]["name"]
