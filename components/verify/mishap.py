"""Why a request got no answer, or a refusal, and what to do: in words for people."""

import json
import re
import ssl
from typing import Any

from urllib3.exceptions import MaxRetryError, NewConnectionError, ProxyError, SSLError


def message_of(error: Any) -> str:
    """The API's message, in one line."""
    try:
        message = json.loads(error.body)["message"]
    except (TypeError, ValueError, KeyError):
        # The reason of a refused handshake contains all its headers.
        message = str(error.reason or error.body).partition(" -+-+-")[0]
    return " ".join(str(message).split()).rstrip(".")


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
