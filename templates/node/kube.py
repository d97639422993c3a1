"""Requests to the cluster's API with the certificate of this machine's kubelet, or with another of the machine's kubeconfigs.

A node may read itself and its own pods, evict these, cordon itself, and label and annotate itself. It may not list nodes, set taints
or delete its Node: NodeRestriction in https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

import base64
import http.client
import json
import re
import ssl
import tempfile
import urllib.parse

from machine import path

KUBELET = "/etc/kubernetes/kubelet.conf"
ADMIN = "/etc/kubernetes/admin.conf"
"""The kubeconfig of an administrator. Only control planes have one."""
CERTIFICATE = "/var/lib/kubelet/pki/kubelet-client-current.pem"
AUTHORITY = "/etc/kubernetes/pki/ca.crt"
MERGE = "application/merge-patch+json"


class Kube:
    """The API, at the server that a kubeconfig names."""

    def __init__(self, config=KUBELET):
        self._config = config

    def ask(self, method, target, body=None, kind="application/json"):
        """The status and the document of an answer; status 0 and an empty document if there is none."""
        try:
            text = path(self._config).read_text()
            server = urllib.parse.urlsplit(re.search(r"server: *\"?([^\s\"]+)", text).group(1))
            connection = http.client.HTTPSConnection(
                server.hostname, server.port, timeout=20, context=_context(text)
            )
        except (OSError, AttributeError):
            return 0, {}
        try:
            # The body of a DELETE or a POST without one is empty.
            data = None if body is None else json.dumps(body)
            connection.request(method, target, data, {"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, _document(answer.read())
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def node(self, name):
        """The status of an answer about a Node, and the Node."""
        return self.ask("GET", f"/api/v1/nodes/{name}")

    def pods(self, node):
        """The status of an answer about the pods of a node, and the pods."""
        status, found = self.ask("GET", f"/api/v1/pods?fieldSelector=spec.nodeName%3D{node}")
        return status, found.get("items", [])

    def patch_node(self, name, change):
        """Change a Node; the status of the answer."""
        return self.ask("PATCH", f"/api/v1/nodes/{name}", change, MERGE)[0]


def trusting():
    """TLS with servers that have a certificate of the cluster."""
    context = ssl.create_default_context(cafile=path(AUTHORITY))
    # Python 3.13 turned strict checks on. They require key identifiers, which not every CA's certificate has.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _context(config):
    """TLS with the certificate that a kubeconfig holds, or with the kubelet's newest, which it renews by itself."""
    context = trusting()
    data = re.findall(r"client-(?:certificate|key)-data: *(\S+)", config)
    if len(data) < 2:
        context.load_cert_chain(path(CERTIFICATE))
        return context
    # Python reads certificates from files alone. This one is in memory, and readable by root alone.
    memory = path("/run/dualstack")
    memory.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=memory) as file:
        file.write(b"\n".join(map(base64.b64decode, data)))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _document(text):
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
