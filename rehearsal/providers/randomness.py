"""The stand-in for the random provider."""

import base64
import secrets
import string
from typing import Any

from .provider import Provider
from .resource_type import Made, Properties, ProviderError, Stored

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
CLASSES = {
    "Lower": string.ascii_lowercase,
    "Upper": string.ascii_uppercase,
    "Numeric": string.digits,
}


class RandomStringResource(Stored):
    """A random text that is not secret."""

    engine_type = "random:index/randomString:RandomString"
    computed = frozenset({"result"})
    defaults = {
        "lower": True,
        "upper": True,
        "number": True,
        "numeric": True,
        "special": True,
        "minLower": 0,
        "minUpper": 0,
        "minNumeric": 0,
        "minSpecial": 0,
    }

    def create(self, session: Any, inputs: Properties) -> Made:
        text = random_text(self.defaults | inputs)
        return Made(text, {"result": text})


class RandomPasswordResource(Stored):
    """A random text that is secret."""

    engine_type = "random:index/randomPassword:RandomPassword"
    computed = frozenset({"result", "bcryptHash"})
    secrets = computed
    defaults = RandomStringResource.defaults

    def create(self, session: Any, inputs: Properties) -> Made:
        # The real provider computes a bcrypt hash, which the program never reads.
        return Made("none", {"result": random_text(self.defaults | inputs), "bcryptHash": ""})


class RandomBytesResource(Stored):
    """Random bytes that are secret."""

    engine_type = "random:index/randomBytes:RandomBytes"
    computed = frozenset({"base64", "hex"})
    secrets = computed

    def create(self, session: Any, inputs: Properties) -> Made:
        made = secrets.token_bytes(int(inputs["length"]))
        return Made("none", {"base64": base64.b64encode(made).decode(), "hex": made.hex()})


def random_text(inputs: Properties) -> str:
    """A text of `length` characters with the minimum number of each class."""
    special = inputs.get("overrideSpecial") or SPECIAL
    classes = CLASSES | {"Special": special}
    numeric = inputs["numeric"] and inputs["number"]
    wanted = {name: inputs[name.lower()] for name in classes} | {"Numeric": numeric}
    alphabet = "".join(letters for name, letters in classes.items() if wanted[name])
    required = [
        secrets.choice(letters)
        for name, letters in classes.items()
        for _ in range(inputs[f"min{name}"])
    ]
    length = inputs["length"]
    if not alphabet or len(required) > length:
        raise ProviderError(
            f"length {length} is too short for the {len(required)} characters that are asked for"
            if alphabet
            else "no class of characters is left to choose from"
        )
    rest = [secrets.choice(alphabet) for _ in range(length - len(required))]
    mixed = required + rest
    secrets.SystemRandom().shuffle(mixed)
    return "".join(mixed)


def random_provider() -> Provider:
    """The provider of random values."""
    return Provider(
        "random", [RandomStringResource(), RandomPasswordResource(), RandomBytesResource()], {}
    )
