"""The cluster's API, through the official client. All requests of the verifier go through this module."""

import errno
import io
import json
import logging
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies

from urllib3.exceptions import HTTPError

from ..facts.families import Family
from . import bypass
from .answer import Answer, answer_of
from .api_endpoint import Endpoint, Way
from .kubeconfig import KubeconfigError, KubeconfigFiles, check_certificates, source_of
from .mishap import cure_of, handshake_status, message_of, reason_of
from .observed import family_of
from .optional import Document, entries, part, word

# The client has no types. Imported this way, its modules have type Any, and only this module uses them.
client = import_module("kubernetes.client")
config = import_module("kubernetes.config")
dynamic = import_module("kubernetes.dynamic")
streams = import_module("kubernetes.stream")
websocket = import_module("websocket")

PAGE = 500
"""The most objects in one response."""
PATIENCE = (5, 30)
"""Timeouts in seconds: for a connection, and for a response."""
COMMAND_PATIENCE = 60
"""Timeout in seconds for a command in a pod."""

NO_ROUTE = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""The kernel's errors if this machine has no address or route of a family."""

UNSENDABLE = (
    "its name, or the token in the kubeconfig, has characters that a request may not have; "
    "correct them in the kubeconfig"
)


class UnaskableError(Exception):
    """The cluster could not be reached or used. The message has the reason, and what to do."""


class ApiRefusedError(Exception):
    """The API refused a request, with an HTTP status other than 401 and 403."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class ClusterApi:
    """The API of one cluster."""

    configuration: Any
    """The client's configuration: the address of the API, and the credentials."""

    def get(self, path: str) -> dict[str, Any]:
        """One object."""
        return self._request("get", path)

    def find(self, path: str) -> dict[str, Any] | None:
        """One object, or None if the API answers 404."""
        try:
            return self.get(path)
        except ApiRefusedError as refused:
            if refused.status == 404:
                return None
            raise

    def list(self, path: str) -> list[Document]:
        """All objects of a kind, over as many responses as needed."""
        return [item for page in self._pages(path) for item in entries(page, "items")]

    def create(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object, and return it as the API did."""
        return self._request("post", path, document)

    def delete(self, path: str, uid: str) -> None:
        """Delete an object, on condition that it still has this uid."""
        self._request("delete", path, {"preconditions": {"uid": uid}})

    def execute(self, namespace: str, pod: str, command: Sequence[str]) -> Answer:
        """Run a command in a pod."""
        # `stream` replaces the request method of its client while it runs, so each command gets its own client.
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
        """The endpoint of the kubeconfig, with the result of a request to each of its addresses."""
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
        # The certificate contains the server's name, and may not contain this address.
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
            return Way(address, reason_of(error), getattr(cause, "errno", None) in NO_ROUTE)
        return Way(address)

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        page = self._request("get", path, limit=PAGE)
        yield page
        while following := word(part(page, "metadata"), "continue"):
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
        answer: Any = None
        with suppress(ValueError, RecursionError):
            answer = json.loads(self._asked(lambda: response.data))
        if not isinstance(answer, dict):
            raise UnaskableError(
                f"{self.configuration.host} answers, but not as the API of Kubernetes does. Is the address right?"
            )
        return cast("dict[str, Any]", answer)

    def _asked(self, request: Callable[[], Any]) -> Any:
        """The result of a request.

        An `UnaskableError` with a sentence if the API refuses the user (401, 403), breaks off or does not answer; an `ApiRefusedError`
        for other refusals.
        """
        server = self.configuration.host
        try:
            return request()
        except client.ApiException as error:
            message = message_of(error)
            status = error.status or handshake_status(message)
            if status == 401:
                raise UnaskableError(
                    f"{server} does not know this user (401): {message}. Renew the kubeconfig's credentials."
                ) from None
            if status == 403:
                raise UnaskableError(
                    f"{server} does not allow it (403): {message}. "
                    "Use a kubeconfig whose user may read nodes, pods and Services; "
                    "--probe needs namespaces, pods, pods/exec, Services and ConfigMaps too."
                ) from None
            if status == 0:
                raise UnaskableError(f"{server} broke off: {message}.") from None
            if 300 <= status < 400:
                raise UnaskableError(
                    f"{server} answers, but not as the API of Kubernetes does ({status}: {message}). Is the address right?"
                ) from None
            raise ApiRefusedError(status, message) from None
        except websocket.WebSocketException as error:
            raise UnaskableError(f"{server} broke off a command in a pod: {error}") from None
        except (HTTPError, OSError) as error:
            raise UnaskableError(
                f"{server} does not answer: {reason_of(error)}. {cure_of(error)}"
            ) from None
        except ImportError:
            raise UnaskableError(
                f"{server} would be asked through a SOCKS proxy, which needs PySocks: pip install PySocks; or name the "
                "server in no_proxy."
            ) from None
        except ValueError:
            # Python's message would show the credentials.
            raise UnaskableError(f"{server} cannot be asked: {UNSENDABLE}.") from None


def connect(kubeconfig: str | None, context: str | None) -> ClusterApi:
    """The API of a kubeconfig's context; an `UnaskableError` if the kubeconfig cannot be used."""
    configuration = client.Configuration()
    try:
        _load(source_of(kubeconfig, context), configuration)
        if str(configuration.host).startswith("https"):
            check_certificates(
                configuration.ssl_ca_cert, configuration.cert_file, configuration.key_file
            )
    except KubeconfigError as error:
        raise UnaskableError(str(error)) from None
    _decide_on_proxy(configuration)
    return ClusterApi(configuration)


def _load(source: KubeconfigFiles, configuration: Any) -> None:
    """Let the client read a kubeconfig, and run the program that it may name for credentials."""
    failed: list[str] = []
    # The client logs why that program failed, and would go on without credentials.
    heard = logging.Handler(logging.ERROR)
    heard.emit = lambda record: failed.append(record.getMessage())
    logger = logging.getLogger()
    logger.addHandler(heard)
    try:
        piped = source.piped is not None
        content = io.StringIO(source.piped) if piped else source.paths
        config.load_kube_config(content, source.context, configuration, persist_config=not piped)
    except (config.ConfigException, OSError, ValueError) as error:
        # The client names a place in the kubeconfig by all that stands there, which may be a secret.
        said = re.sub(r"\{.*\}", "{…}", " ".join(str(error).split()))
        raise KubeconfigError(said) from None
    except (TypeError, KeyError, AttributeError, LookupError):
        raise KubeconfigError(
            f"the context {source.context} of {source.paths} has a value of a wrong kind"
        ) from None
    finally:
        logger.removeHandler(heard)
    if failed:
        said = " ".join(failed[0].split()).rstrip(".")[:300]
        raise KubeconfigError(
            f"the program for credentials of the context {source.context} failed: {said}",
            "Run it by hand, or name another context with --context",
        )


def _decide_on_proxy(configuration: Any) -> None:
    """Decide once for the server of the kubeconfig, so that the same way is used to each of its addresses."""
    server, proxy = str(configuration.host), configuration.proxy
    around = getproxies()
    ambient = proxy in (around.get(urlsplit(server).scheme), around.get("all"))
    if around and ambient and bypass.is_exempt(server, bypass.exempted()):
        bypass.exempt(server)
        proxy = None
    configuration.proxy, configuration.no_proxy = proxy, None


def _dynamic(configuration: Any) -> Any:
    """The client that takes any path. Discovery is off, because the version of the cluster tells what it serves."""
    return dynamic.DynamicClient(client.ApiClient(configuration), discoverer=_nothing)


def _nothing(_client: Any, _cache: Any) -> None:
    """A discoverer that makes no requests."""


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
