"""Random texts."""

import base64
import re
import string

import pytest

from rehearsal.providers.randomness import (
    RandomBytesResource,
    RandomPasswordResource,
    RandomStringResource,
)
from rehearsal.providers.resource_type import ProviderError


def made(kind, **inputs):
    return kind().create(None, inputs).outputs


def test_a_text_has_the_length_and_the_classes_that_are_asked_for():
    for _ in range(50):
        text = made(RandomStringResource, length=6, special=False, upper=False, minNumeric=2)[
            "result"
        ]

        assert len(text) == 6
        assert set(text) <= set(string.ascii_lowercase + string.digits)
        assert sum(letter in string.digits for letter in text) >= 2


def test_a_text_takes_its_special_characters_from_those_given():
    text = made(
        RandomStringResource,
        length=40,
        lower=False,
        upper=False,
        numeric=False,
        overrideSpecial="-_",
    )["result"]

    assert set(text) <= {"-", "_"}


def test_a_text_that_has_no_room_for_what_it_must_hold_is_refused():
    with pytest.raises(ProviderError, match="length 3 is too short for the 4 characters"):
        made(RandomStringResource, length=3, minNumeric=4)


def test_two_texts_differ():
    assert (
        made(RandomPasswordResource, length=32)["result"]
        != made(RandomPasswordResource, length=32)["result"]
    )


def test_passwords_are_secret_and_strings_are_not():
    assert RandomPasswordResource.secrets >= {"result"}
    assert RandomStringResource.secrets == frozenset()


def test_bytes_are_a_secret_of_the_length_that_is_asked_for():
    bytes_ = made(RandomBytesResource, length=32)

    assert len(base64.b64decode(bytes_["base64"])) == 32
    assert bytes.fromhex(bytes_["hex"]) == base64.b64decode(bytes_["base64"])
    assert bytes_ != made(RandomBytesResource, length=32)
    assert RandomBytesResource.secrets == {"base64", "hex"}


def test_a_text_without_any_class_of_characters_is_refused():
    none = {"lower": False, "upper": False, "numeric": False, "special": False}

    with pytest.raises(ProviderError, match="no class of characters is left"):
        made(RandomStringResource, length=3, **none)


@pytest.mark.parametrize(
    ("kind", "length"), [(RandomStringResource, 6), (RandomPasswordResource, 16)]
)
def test_each_half_of_a_bootstrap_token_is_what_kubeadm_takes(kind, length):
    half = made(kind, length=length, upper=False, special=False)["result"]

    assert re.fullmatch(rf"[a-z0-9]{{{length}}}", half)
