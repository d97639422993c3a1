"""User data, held to the limits of AWS."""

import base64
import binascii

from .session import refusal

LIMIT = 16384
"""Bytes before base64."""


def decoded(operation: str, encoded: str) -> bytes:
    """What a machine will get; AWS takes nothing but base64 here."""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise refusal(
            operation,
            "InvalidUserData.Malformed",
            "Invalid BASE64 encoding of user data.",
        ) from None


def checked(operation: str, data: bytes) -> bytes:
    """The data, unless it is longer than AWS takes."""
    if len(data) > LIMIT:
        raise refusal(
            operation,
            "InvalidParameterValue",
            f"User data is limited to {LIMIT} bytes, and this is {len(data)}",
        )
    return data
