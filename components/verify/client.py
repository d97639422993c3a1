"""The cluster's API, through the official client: everything that is said to it goes through here."""

import errno
import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError
from yaml import YAMLError

from ..facts.families import Family
from .answer import Answer, answer_of
from .api_endpoint import Endpoint, Way
from .observed import family_of

# The client has no types; by these names it is of any type, and stays within this module.
client = import_module("kubernetes.client")
config = import_module("kubernetes.config")
dynamic = import_module("kubernetes.dynamic")
streams = import_module("kubernetes.stream")
websocket = import_module("websocket")

PAGE = 500
"""Objects asked for at once."""
PATIENCE = (5, 30)
"""Seconds for a connection, and for an answer."""
COMMAND_PATIENCE = 60
"""Seconds for a command in a pod."""

NO_ROUTE = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""What the kernel says when the machine itself has nothing of a family."""


class UnaskableError(Exception):
    """The cluster could not be asked: why, and what to do."""


class RefusedError(Exception):
    """The API answered that it will not."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Api:
    """The API of one cluster."""

    configuration: Any
    """The client's: where the API is, and by what it knows us."""

    def get(self, path: str) -> dict[str, Any]:
        """One object."""
        return self._request("get", path)

    def find(self, path: str) -> dict[str, Any] | None:
        """One object, or nothing where there is none."""
        try:
            return self.get(path)
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise

    def list(self, path: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        return [item for page in self._pages(path) for item in page["items"]]

    def create(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """An object, made."""
        return self._request("post", path, document)

    def delete(self, path: str, uid: str) -> None:
        """Delete an object if it is still the one meant."""
        self._request("delete", path, {"preconditions": {"uid": uid}})

    def execute(self, namespace: str, pod: str, command: Sequence[str]) -> Answer:
        """Run a command in a pod."""
        # The stream borrows its client's way to call, so each command has a client of its own.
        core = client.CoreV1Api(client.ApiClient(self.configuration))
        running: Any = self._asked(
            lambda: streams.stream(
                core.connect_get_namespaced_pod_exec,
                pod,
                namespace,
                command=[*command],
                stdout=True,
                stderr=True,
                stdin=False,
                tty=False,
                _preload_content=False,
            )
        )
        self._asked(lambda: running.run_forever(timeout=COMMAND_PATIENCE))
        output, errors = running.read_channel(1), running.read_channel(2)
        status = running.read_channel(3)
        running.close()
        return answer_of(output, errors, status)

    def endpoint(self) -> Endpoint:
        """The endpoint of the kubeconfig, asked at each of its addresses."""
        server = urlsplit(str(self.configuration.host))
        host = server.hostname or ""
        port = server.port or (443 if server.scheme == "https" else 80)
        ways: dict[Family, tuple[Way, ...]] = {}
        for address in _addresses(host, port):
            family = family_of(address)
            ways[family] = (*ways.get(family, ()), self._way(address, port))
        return Endpoint(host, not _is_address(host), ways)

    def _way(self, address: str, port: int) -> Way:
        server = urlsplit(str(self.configuration.host))
        at = f"[{address}]" if ":" in address else address
        configuration = copy(self.configuration)
        configuration.host = f"{server.scheme}://{at}:{port}{server.path}"
        # A certificate is for the name, whatever address it is presented at.
        configuration.tls_server_name = self.configuration.tls_server_name or server.hostname
        configuration.retries = False
        try:
            _dynamic(configuration).request(
                "get", "/version", serialize=False, _request_timeout=PATIENCE[0]
            )
        except client.ApiException as error:
            failure = f"{error.status} {error.reason}" if error.status else str(error.reason)
            return Way(address, failure)
        except (HTTPError, OSError) as error:
            cause = error.__cause__ or error
            return Way(address, _said(error), getattr(cause, "errno", None) in NO_ROUTE)
        return Way(address)

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        page = self._request("get", path, limit=PAGE)
        yield page
        while following := page["metadata"].get("continue"):
            page = self._request("get", path, limit=PAGE, _continue=following)
            yield page

    def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **how: Any
    ) -> dict[str, Any]:
        response: Any = self._asked(
            lambda: _dynamic(self.configuration).request(
                method, path, body, serialize=False, _request_timeout=PATIENCE, **how
            )
        )
        try:
            return json.loads(response.data)
        except ValueError:
            raise UnaskableError(
                f"{self.configuration.host} answers, but not as the API of Kubernetes does. Is the address right?"
            ) from None

    def _asked(self, request: Callable[[], Any]) -> Any:
        """What a request returns; who is not known, not let in or not there is told in a sentence."""
        server = self.configuration.host
        try:
            return request()
        except client.ApiException as error:
            status, message = error.status or 0, _message(error)
            if status == 401 or "status 401" in message:
                raise UnaskableError(
                    f"{server} does not know this user (401): {message}. Renew the kubeconfig's credentials."
                ) from None
            if status == 403 or "status 403" in message:
                raise UnaskableError(
                    f"{server} does not allow it (403): {message}. "
                    "Use a kubeconfig whose user may read nodes, pods and Services; "
                    "--probe needs namespaces, pods, pods/exec, Services and ConfigMaps too."
                ) from None
            if status == 0:
                raise UnaskableError(f"{server} broke off: {message}.") from None
            raise RefusedError(status, message) from None
        except websocket.WebSocketException as error:
            raise UnaskableError(f"{server} broke off a command in a pod: {error}") from None
        except (HTTPError, OSError) as error:
            raise UnaskableError(
                f"{server} does not answer: {_said(error)}. Is the address right, and is this machine let in?"
            ) from None


def connect(kubeconfig: str | None, context: str | None) -> Api:
    """The API that a kubeconfig leads to."""
    configuration = client.Configuration()
    try:
        config.load_kube_config(kubeconfig, context, configuration)
    except (config.ConfigException, OSError, ValueError, YAMLError) as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise UnaskableError(
            f"No cluster to ask: {said}. Name a kubeconfig with --kubeconfig, and its context with --context."
        ) from None
    return Api(configuration)


def _dynamic(configuration: Any) -> Any:
    """The client that takes any path; what the cluster serves is known from its version, so nothing is discovered."""
    return dynamic.DynamicClient(client.ApiClient(configuration), discoverer=_nothing)


def _nothing(_client: Any, _cache: Any) -> None:
    """Discovers nothing."""


def _message(error: Any) -> str:
    """What the API said, in one line."""
    try:
        said = json.loads(error.body)["message"]
    except (TypeError, ValueError, KeyError):
        # A refused handshake is told with all its headers.
        said = str(error.reason or error.body).partition(" -+-+-")[0]
    return " ".join(str(said).split()).rstrip(".")


def _said(error: BaseException) -> str:
    """What went wrong with a connection, without the names of the library's objects."""
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(reason, NewConnectionError) and isinstance(reason.__cause__, OSError):
        reason = reason.__cause__
    said = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
    return " ".join(said.rpartition(">: ")[2].split()).rstrip(".")


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
