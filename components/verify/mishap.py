"""Why a request got no answer, or a refusal, and what to do: in words for people."""

import json
import re
import ssl
from typing import Any

from urllib3.exceptions import MaxRetryError, NewConnectionError, ProxyError, SSLError


def message_of(error: Any) -> str:
    """The API's message, in one line."""
    status, _, rest = str(error.reason or "").partition(" -+-+- ")
    if rest:
        # A refused handshake: its status, then its headers, which may have secrets, then the body.
        said = _said(rest.rpartition(" -+-+- ")[2])
        message = f"{status}: {said}" if said else status
    else:
        message = _said(error.body) or error.reason or error.body
    return " ".join(str(message).split()).rstrip(".")


def _said(body: Any) -> str:
    """The message in the body of an answer; empty if it has none."""
    try:
        return str(json.loads(body)["message"])
    except (TypeError, ValueError, KeyError):
        return ""


def handshake_status(message: str) -> int:
    """The HTTP status in the message of a refused handshake; 0 if the message is none of those."""
    found = re.match(r"Handshake status (\d{3})\b", message)
    return int(found[1]) if found else 0


def reason_of(error: BaseException) -> str:
    """The message of a connection's error, without the representation of the library's objects."""
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(reason, NewConnectionError) and isinstance(reason.__cause__, OSError):
        reason = reason.__cause__
    message = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
    # Without the library's objects: `HTTPConnectionPool(host='…', port=…): `, or its representation in brackets.
    bare = re.sub(r"^(HTTPS?Connection(Pool)?\(.*?\)|<.*>): ", "", message)
    return " ".join(bare.split()).rstrip(".")


def cure_of(error: BaseException) -> str:
    """What to do about a connection's error."""
    reason = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(reason, ProxyError):
        return "Is the proxy of the environment or of the kubeconfig right? no_proxy exempts the server from the first."
    if isinstance(reason, SSLError | ssl.SSLError):
        return "Is this the kubeconfig of this cluster? If it is, renew its certificates or the server's."
    return "Is the address right, and is this machine let in?"
