"""Renewal of this control plane's certificates before they end, and a restart of what has read those from before.

Control planes do this one after the other. etcd never restarts for it: it reads its certificates again at each handshake.
https://github.com/etcd-io/etcd/pull/7784
"""

import base64
import http.client
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from functools import partial

import docker_pods
import etcd
import imds
import lease
import machine
import manifests
import plan as plans
from aws import Aws, Refused
from kube import ADMIN, CERTIFICATE, KUBELET, Kube
from machine import Failure, path, run, say, write
from order import broken_pods, control_planes, ready
from own_api import healthy, own_api

DAYS = 90
"""What a certificate has left when it is renewed."""
URGENT_DAYS = 30
"""What it has left when this machine waits for no other one any more: that may be dead for ever."""
FOLDER = "/etc/kubernetes"
CERTIFICATES = (
    *("apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "front-proxy-client"),
    *("etcd/server", "etcd/peer", "etcd/healthcheck-client"),
)
CONFIGS = ("admin", "super-admin", "controller-manager", "scheduler")
"""The kubeconfigs that hold a certificate. Only kubeadm of 1.29 and later writes super-admin.conf."""
READERS = {
    "kube-apiserver": [f"{FOLDER}/pki/{name}.crt" for name in CERTIFICATES[1:4]],
    "kube-controller-manager": [f"{FOLDER}/controller-manager.conf"],
    "kube-scheduler": [f"{FOLDER}/scheduler.conf"],
}
"""What is restarted, and the files that it reads when it starts.

An API server reads some of them again; which ones depends on its minor. One that it makes in memory when it starts ends too, after a
year before 1.33: https://github.com/kubernetes/kubernetes/issues/86552. A plan replaces apiserver.crt, which restarts nothing.
"""
KEPT = "/var/lib/dualstack/certificates"
"""The files from before, while kubeadm writes others. It writes a key and then its certificate, and what is cut off leaves no pair."""
SHOWN = "dualstack/certificates-end"
"""The annotation of this machine's Node: when the first of its certificates ends."""
PATIENCE_SECONDS = 3600
"""The time to wait for other control planes. It is longer than one of them holds the Lease."""
LOOK_SECONDS = 10


def main():
    """Renew what ends soon, or all with `now`. With `put-back` only undo what a run that was cut off has left."""
    with manifests.alone():
        put_back()
    if "put-back" in sys.argv:
        return 0
    settings = machine.settings()
    if "proxy" in settings:
        import proxy  # noqa: PLC0415 (only machines behind a proxy have it)

        proxy.use(settings["proxy"])
    try:
        point_kubelet()
        Renewal(settings, "now" in sys.argv).run()
        show(imds.require("instance-id"))
    except (Failure, Refused, OSError, http.client.HTTPException) as error:
        say(f"error: certificates are not renewed: {error}")
        return 1
    return 0


class Renewal:
    """What this machine has to do, and its turn among the control planes."""

    def __init__(self, settings, everything):
        self.settings, self.everything = settings, everything
        self.docker = settings["runtime"] == plans.DOCKER
        self.pods = docker_pods if self.docker else manifests
        self.own = imds.require("instance-id")
        self.kube = Kube(ADMIN)

    def run(self):
        """Renew and restart what has to be. Whatever was cut off before goes on here."""
        if not self._due() and not any(map(self._unread, READERS)):
            return
        # What was cut off has good files, and components with certificates that may end soon.
        self._wait_for_turn(urgent=not self._due() or ending(URGENT_DAYS))
        try:
            with manifests.alone():
                if self._due():
                    renew()
                self._restart()
        finally:
            lease.give_back(self.kube, self.own)
        say("certificates renewed")

    def _due(self):
        return self.everything or ending(DAYS)

    def _unread(self, component):
        """Whether a component runs that has not read its files since they were written."""
        return any(self.pods.older(component, file) for file in READERS[component])

    def _wait_for_turn(self, urgent):
        """Wait until no other control plane renews, and until all others are well or it is urgent; a `Failure` if that takes too long.

        What is urgent goes on then all the same.
        """
        deadline, said = time.monotonic() + PATIENCE_SECONDS, None
        while True:
            words = self._obstacle(urgent)
            if not words:
                return
            if words != said:
                say(f"waits: {words}")
                said = words
            if time.monotonic() > deadline:
                break
            time.sleep(LOOK_SECONDS)
        if not urgent:
            raise Failure(words)
        say("goes on: certificates would end")

    def _obstacle(self, urgent):
        """Take the turn; why this machine cannot have it now, None if it has it.

        It looks at the others when it has it, and an upgrade looks who has it after the plan is there. So one of two sees the other.
        """
        try:
            lease.take(self.kube, self.own)
            if not urgent:
                self._look_at_others()
        except (Failure, Refused, OSError, http.client.HTTPException) as error:
            lease.give_back(self.kube, self.own)
            return str(error)
        return None

    def _look_at_others(self):
        """A `Failure` while another control plane is not well, or may restart static pods because of a plan."""
        nodes = control_planes(self.kube)
        nodes.pop(self.own, None)
        absent = [name for name in sorted(nodes) if not ready(nodes[name])]
        broken = absent or broken_pods(self.kube, nodes)
        if broken:
            raise Failure(f"{', '.join(broken)} not ready")
        if self.docker:
            return
        aws = Aws(self.settings)
        plan = plans.wanted(aws, self.settings)
        if plan and plan.digest != plans.reached(aws, self.settings):
            raise Failure(f"the control planes have not all reached the plan of {plan.version}")

    def _restart(self):
        """Restart what has not read its files, one after the other."""
        with own_api(self.settings, imds.facts()) as local:
            well, gently = partial(healthy, local, self.own), not etcd.alone(self.settings)
            for component in filter(self._unread, READERS):
                say(f"restarts {component} for its certificates")
                reason = self.pods.restart(component, well, gently=gently)
                if reason:
                    raise Failure(reason)


def show(own):
    """Show on this machine's Node when the first of its certificates ends."""
    ends = [_end(certificate) for certificate in _certificates().values() if certificate]
    if not ends:
        return
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(min(ends)))
    status = Kube().patch_node(own, {"metadata": {"annotations": {SHOWN: until}}})
    if status != 200:
        say(f"the Node does not show when certificates end ({status})")


def ending(days):
    """The files whose certificate ends within so many days, or cannot be read."""
    until = time.time() + days * 86400
    return [file for file, certificate in _certificates().items() if _end(certificate) < until]


def _certificates():
    """The certificates of this control plane by file, those in kubeconfigs too. One that is missing is empty."""
    found = {f"{FOLDER}/pki/{name}.crt": _text(f"{FOLDER}/pki/{name}.crt") for name in CERTIFICATES}
    for name in CONFIGS:
        file = f"{FOLDER}/{name}.conf"
        data = re.search(r"client-certificate-data: *(\S+)", _text(file))
        if data:
            found[file] = base64.b64decode(data.group(1)).decode()
    return found


def _end(certificate):
    """When a certificate ends, in seconds since 1970; 0 if it cannot be read."""
    asked = ("openssl", "x509", "-noout", "-enddate")
    done = subprocess.run(asked, input=certificate, capture_output=True, text=True, check=False)
    return ssl.cert_time_to_seconds(done.stdout.strip()[9:]) if done.returncode == 0 else 0


def renew():
    """Have kubeadm renew all certificates. If it fails, those from before are back."""
    _keep()
    try:
        run("kubeadm", *_alpha(), "certs", "renew", "all", seconds=300)
    except Failure:
        put_back()
        raise
    _keep_no_more()


def _alpha():
    """What is before the command. From 1.20 on it is no longer below `alpha`."""
    try:
        manifests.output("kubeadm", "certs", "renew", "--help")
    except Failure:
        return ["alpha"]
    return []


def _keep():
    partial_copy = path(f"{KEPT}.partial")
    partial_copy.mkdir(mode=0o700, parents=True)
    pairs = [f"{FOLDER}/pki/{name}{end}" for name in CERTIFICATES for end in (".crt", ".key")]
    for file in (*pairs, *(f"{FOLDER}/{name}.conf" for name in CONFIGS)):
        if path(file).exists():
            kept = partial_copy / file[1:]
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path(file), kept)
    os.sync()
    partial_copy.rename(path(KEPT))


def put_back():
    """Put the files from before in their places, if kubeadm has not written all others."""
    kept = path(KEPT)
    if kept.exists():
        for file in kept.rglob("*"):
            if file.is_file():
                target = path(f"/{file.relative_to(kept)}")
                copied = target.with_name(f"{target.name}.partial")
                shutil.copy2(file, copied)
                copied.replace(target)
        say("a renewal was cut off; the certificates from before are back")
        _keep_no_more()
    shutil.rmtree(path(f"{KEPT}.partial"), ignore_errors=True)


def _keep_no_more():
    """Remove what was kept, in one step: a half of it would be put back over renewed files."""
    os.sync()
    partial_copy = path(f"{KEPT}.partial")
    path(KEPT).rename(partial_copy)
    os.sync()
    shutil.rmtree(partial_copy)


def point_kubelet():
    """Have the kubelet read the certificate that it renews itself.

    kubeadm 1.16 wrote the kubelet's first one into its kubeconfig, and with that it would not start again after a year.
    https://github.com/kubernetes/kubeadm/issues/1753
    """
    text = _text(KUBELET)
    pointed = re.sub(r"client-(certificate|key)-data: .*", rf"client-\1: {CERTIFICATE}", text)
    if path(CERTIFICATE).exists() and pointed != text:
        write(KUBELET, pointed, 0o600)


def _text(file):
    return path(file).read_text() if path(file).exists() else ""


if __name__ == "__main__":
    sys.exit(main())
