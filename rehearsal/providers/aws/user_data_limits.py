"""Limits of AWS on user data."""

import base64
import binascii

from .session import refusal

LIMIT = 16384
"""Maximum size in bytes, before base64."""


def decoded(operation: str, encoded: str) -> bytes:
    """The decoded user data. Refuses text that is not base64, as AWS does."""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise refusal(
            operation,
            "InvalidUserData.Malformed",
            "Invalid BASE64 encoding of user data.",
        ) from None


def checked(operation: str, data: bytes) -> bytes:
    """The same data. Refuses data above the limit, as AWS does."""
    if len(data) > LIMIT:
        raise refusal(
            operation,
            "InvalidParameterValue",
            f"User data is limited to {LIMIT} bytes, and this is {len(data)}",
        )
    return data
