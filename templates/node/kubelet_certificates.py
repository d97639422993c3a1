"""Approval of the certificates with which kubelets serve. The controller manager signs what is approved, and approves none by itself.

A kubelet may ask for a certificate of its own Node and no other. Its Node is no witness: the kubelet writes it. So EC2 says which names
and addresses the machine has. Each control plane decides by itself and in the same way, and the API takes one decision.
"""

import base64
import ipaddress
import re
import socket
import sys
import time
import urllib.parse

import machine
from aws import Aws, Refused
from certificate_request import CertificateRequest, Unreadable
from kube import ADMIN, Kube, trusting
from machine import Failure, path, say
from order import ready
from own_api import MANIFEST

SIGNER = "kubernetes.io/kubelet-serving"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
PENDING = f"{REQUESTS}?fieldSelector=spec.signerName%3D{SIGNER.replace('/', '%2F')}"
USER = re.compile(r"system:node:((i-[0-9a-f]{8,17})(?:\.[a-z0-9.-]+)?)")
"""The user that a kubelet is. A domain may follow the instance: machines of earlier versions of this project have one in their names."""
GROUPS = ["system:authenticated", "system:nodes"]
USAGES = (
    ["digital signature", "server auth"],
    ["digital signature", "key encipherment", "server auth"],
)
"""What kubelets ask for: those before 1.27 the second for any key, later ones only for an RSA key (#115440)."""
VERIFIED = "verified"
"""The setting with which API servers check certificates of kubelets."""
CHECK = "--kubelet-certificate-authority="
PORT = 10250
LOOK_SECONDS = 3
UNKNOWN_SECONDS = 300
"""The longest pause between two questions to EC2 about a machine that it does not know."""
APPROVE, DENY, WAIT = "Approved", "Denied", "waits"


def main():
    """Look again and again. What fails is tried the next time."""
    kube, said = Kube(ADMIN), {}
    aws = Machines(machine.settings())
    while True:
        # A plan may have changed the settings.
        if "kubeletCertificates" in machine.settings():
            try:
                said = look(kube, aws, said)
            except (Failure, Refused) as error:
                say(f"cannot tell which addresses a machine has: {error}")
        time.sleep(LOOK_SECONDS)


def look(kube, aws, said):
    """Decide on each request that waits; what was said of those that go on waiting, by name. `said` is that of the last look."""
    _, found = kube.ask("GET", PENDING)
    waiting = {}
    for request in found.get("items", []):
        if request["spec"].get("signerName") != SIGNER or request.get("status", {}).get(
            "conditions"
        ):
            continue
        name = request["metadata"]["name"]
        verdict, words = decide(request["spec"], aws)
        if verdict == WAIT:
            waiting[name] = words
            if said.get(name) != words:
                say(f"{name} of {request['spec'].get('username')} waits: {words}")
        else:
            _conclude(kube, request, verdict, words)
    return waiting


def decide(asked, aws):
    """The verdict on what is asked for, and why."""
    try:
        request = CertificateRequest(base64.b64decode(asked["request"]).decode(errors="replace"))
    except Unreadable as error:
        return DENY, f"the request cannot be read: {error}"
    fault = _foreign(asked, request)
    if fault:
        return DENY, fault
    return _weighed({*request.names, *request.addresses}, asked["username"], aws)


def _weighed(wanted, user, aws):
    """The verdict on names and addresses that a kubelet asks for, and why."""
    node, instance = USER.fullmatch(user).groups()
    known = aws.known(instance)
    if known is None:
        return WAIT, f"EC2 knows no running machine {instance}"
    if node not in (instance, *known):
        return DENY, f"{node} is no name of {instance}"
    foreign = sorted(wanted - {node, *known})
    if foreign:
        return DENY, f"{instance} has no {', '.join(foreign)}"
    # Also if its Node has more by now: a kubelet with a certificate asks for a better one at once. One without a verdict may wait for it
    # for 15 minutes before it asks again.
    return APPROVE, f"{', '.join(sorted(wanted))} are of {instance}"


def _foreign(asked, request):
    """Why no kubelet asks for this; None if one may."""
    user = asked.get("username", "")
    if not USER.fullmatch(user):
        return f"{user} is no kubelet"
    if sorted(asked.get("groups", [])) != GROUPS:
        return "a kubelet is of the group of Nodes and of no other"
    if sorted(asked.get("usages", [])) not in USAGES:
        return f"a kubelet does not ask for {', '.join(asked.get('usages', []))}"
    if request.common_names != [user]:
        return f"{user} asks for a certificate of {', '.join(request.common_names) or 'nobody'}"
    if request.organizations != ["system:nodes"]:
        return f"a kubelet is not of {', '.join(request.organizations) or 'no organization'}"
    return None


def _conclude(kube, request, verdict, words):
    name = request["metadata"]["name"]
    condition = {"type": verdict, "status": "True", "reason": "dualstack", "message": words}
    # An entry of a list says neither.
    kind = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest"}
    body = {**kind, **request, "status": {"conditions": [condition]}}
    target = f"{REQUESTS}/{urllib.parse.quote(name, safe='')}/approval"
    status, said = kube.ask("PUT", target, body)
    if status == 200:
        say(f"{verdict.lower()} {name} of {request['spec'].get('username')}: {words}")
    elif status not in (404, 409):
        # Otherwise it is gone, or another control plane was quicker.
        say(f"cannot decide on {name}: {said.get('message', 'no answer')} ({status})")


def check(settings, kube):
    """A `Failure` if API servers would begin to check certificates of kubelets, and one that is Ready has none of the cluster."""
    if settings.get("kubeletCertificates") != VERIFIED or CHECK in path(MANIFEST).read_text():
        return
    status, found = kube.ask("GET", "/api/v1/nodes")
    if status != 200:
        raise Failure(f"the API does not say which Nodes there are ({status})")
    wrong = {node["metadata"]["name"]: _fault(node) for node in found["items"] if ready(node)}
    named = "; ".join(f"{name}: {fault}" for name, fault in sorted(wrong.items()) if fault)
    if named:
        raise Failure(
            f"API servers would not reach these kubelets any more, whose certificates are not of the cluster: {named}. Replace "
            "these machines, or write kubeadm.kubeletCertificates: signed and run `pulumi up`"
        )


def _fault(node):
    """Why an API server would not accept the certificate that the kubelet of a Node serves with; None if it would."""
    listed = node["status"].get("addresses", [])
    address = next((one["address"] for one in listed if one["type"] == "InternalIP"), "")
    port = node["status"].get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port", PORT)
    try:
        with socket.create_connection((address, port), timeout=10) as connection:
            trusting().wrap_socket(connection, server_hostname=address).close()
    except (OSError, ValueError) as error:
        return f"{address} {getattr(error, 'verify_message', '') or error}"
    return None


class Machines(Aws):
    """The names and addresses that EC2 has given to machines."""

    def __init__(self, settings):
        super().__init__(settings)
        # For a machine that EC2 did not know: when to ask again, and the pause after that.
        self._unknown = {}

    def known(self, instance):
        """Those of a machine that runs; None if EC2 knows none.

        A request of a machine that is gone waits for a day, so EC2 is asked less and less often.
        """
        again, pause = self._unknown.get(instance, (0, LOOK_SECONDS))
        if time.monotonic() < again:
            return None
        known = self._ask(instance)
        if known is None:
            self._unknown[instance] = time.monotonic() + pause, min(2 * pause, UNKNOWN_SECONDS)
        return known

    def _ask(self, instance):
        form = {
            "Action": "DescribeInstances",
            "Version": "2016-11-15",
            "Filter.1.Name": "instance-id",
            "Filter.1.Value.1": instance,
            "Filter.2.Name": "instance-state-name",
            "Filter.2.Value.1": "running",
        }
        answer = self._call(
            "ec2", urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        )
        if f"<instanceId>{instance}</instanceId>" not in answer:
            return None
        fields = r"<(privateIpAddress|ipv6Address|ipAddress|publicIp|privateDnsName|dnsName|publicDnsName)>(.+?)</\1>"
        return {plain(value) for _, value in re.findall(fields, answer)}


def plain(text):
    """An address as it is written usually; any other text as it is."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


if __name__ == "__main__":
    sys.exit(main())
