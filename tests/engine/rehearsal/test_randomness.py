"""What is random, and commands."""

import base64
import string

import pulumi
import pytest

from rehearsal.providers.command import Command
from rehearsal.providers.randomness import (
    RandomBytes,
    RandomId,
    RandomInteger,
    RandomPassword,
    RandomString,
)
from rehearsal.providers.resource_type import RefusedError


def made(kind, **inputs):
    return kind().create(None, inputs).outputs


def test_a_text_has_the_length_and_the_classes_that_are_asked_for():
    for _ in range(50):
        text = made(RandomString, length=6, special=False, upper=False, minNumeric=2)["result"]

        assert len(text) == 6
        assert set(text) <= set(string.ascii_lowercase + string.digits)
        assert sum(letter in string.digits for letter in text) >= 2


def test_a_text_takes_its_special_characters_from_those_given():
    text = made(
        RandomString,
        length=40,
        lower=False,
        upper=False,
        numeric=False,
        overrideSpecial="-_",
    )["result"]

    assert set(text) <= {"-", "_"}


def test_a_text_that_has_no_room_for_what_it_must_hold_is_refused():
    with pytest.raises(RefusedError, match="length 3 is too short for the 4 characters"):
        made(RandomString, length=3, minNumeric=4)


def test_two_texts_differ():
    assert made(RandomPassword, length=32)["result"] != made(RandomPassword, length=32)["result"]


def test_passwords_and_bytes_are_secret_and_strings_are_not():
    assert RandomPassword.secrets >= {"result"}
    assert RandomBytes.secrets == {"base64", "hex"}
    assert RandomString.secrets == frozenset()


def test_bytes_are_the_same_in_both_spellings():
    value = made(RandomBytes, length=16)

    assert base64.b64decode(value["base64"]).hex() == value["hex"]
    assert len(value["hex"]) == 32


def test_an_identity_is_the_same_in_every_spelling():
    value = made(RandomId, byteLength=5, prefix="id-")

    assert int(value["hex"].removeprefix("id-"), 16) == int(value["dec"].removeprefix("id-"))


def test_a_number_lies_between_its_bounds():
    assert {made(RandomInteger, min=3, max=4)["result"] for _ in range(50)} == {3, 4}


def test_a_command_runs_when_it_is_made_changed_and_taken_away(rig, tmp_path):
    record = tmp_path / "record"

    def program(word):
        def run():
            command = pulumi.CustomResource(
                "command:local:Command",
                "say",
                {
                    "create": "echo made $WORD | tee -a $RECORD",
                    "update": "echo changed $WORD | tee -a $RECORD",
                    "delete": "echo gone >> $RECORD",
                    "environment": {"WORD": word, "RECORD": str(record)},
                    "stdout": None,
                },
            )
            pulumi.export("urn", command.urn)

        return run

    stack = rig(program("one"))
    stack.up()
    stack.becomes(program("two")).up()
    stack.down()

    assert record.read_text() == "made one\nchanged two\ngone\n"


def test_a_command_gets_its_input_and_gives_its_output():
    outputs = Command().create(None, {"create": "tr a-z A-Z", "stdin": "hello"}).outputs

    assert outputs == {"stdout": "HELLO", "stderr": ""}


def test_a_command_that_fails_says_what_it_said():
    with pytest.raises(RefusedError, match="exit status 3") as raised:
        Command().create(None, {"create": "echo no >&2; exit 3"})

    assert "no" in str(raised.value)
