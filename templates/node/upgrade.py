"""Bring this control plane to the plan of the stack, when its turn comes.

The order of control planes is that of their Nodes' names, and each reads the same API, so there is no lock: a machine that stops
stays first and goes on later. All static pods come before any kubelet.
"""

import hashlib
import http.client
import re
import shutil
import signal
import sys
import time
from contextlib import contextmanager
from functools import partial

import attempts
import encryption
import etcd
import fetch
import imds
import kept_snapshot
import kubeadm
import kubelet
import kubelet_certificates
import lease
import machine
import manifests
import plan as plans
import renewal
from aws import Aws, Refused
from control_plane import OUTCOME, place_audit_log, start_units
from key_change import KeyChange, PutBack
from kube import ADMIN, MERGE, Kube
from machine import Failure, path, run, say, write
from order import ENCRYPTION, KUBELET, PODS, annotation, broken_pods, control_planes, ready, turn
from own_api import healthy, own_api

INIT = "/etc/dualstack/kubeadm/init.yaml"
PROXIES = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
CONFIGURATION = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config"
CONFIGURED = "dualstack/configuration"
"""The annotation of kubeadm's ConfigMap: the digest of the document that control planes have written there."""
CHANGES = ("pods", "encryption", "kubelet")
"""The steps in which something of this machine restarts."""
TMP = "/etc/kubernetes/tmp"
INSTALL = "/usr/local/lib/dualstack/install-software.sh"
LASTING = ("dualstack-nodes.service", "dualstack-kubelets.service", "dualstack-restore.service")
"""The units beside this one whose programs run without an end."""
LOOK_SECONDS = 10
AGAIN_SECONDS = 60
READY_SECONDS = 180
KUBELET_SECONDS = 2
STEADY_LOOKS = 10
"""How many looks see static pods ready beside a new kubelet before the next machine's turn. The kubelet restarts them some seconds
after it is Ready."""


def main():
    """Look again and again. What fails is tried again; what was put back is left alone until the plan is another."""
    settings = machine.settings()
    if "proxy" in settings:
        import proxy  # noqa: PLC0415 (only machines behind a proxy have it)

        proxy.use(settings["proxy"])
    machine_id = imds.require("instance-id")
    # A version of the programs that was fetched since this machine joined may have more of them.
    start_units()
    renewal.show(machine_id)
    if settings["runtime"] == plans.DOCKER:
        say("control planes with Docker follow no plan")
        signal.pause()
    upgrade = Upgrade(settings, Aws(settings), machine_id)
    while True:
        pause = LOOK_SECONDS
        try:
            if upgrade.look() == "restart":
                return 0
        except (Failure, Refused, OSError, http.client.HTTPException) as error:
            upgrade.failed(error)
            pause = AGAIN_SECONDS
        time.sleep(pause)


class Upgrade:
    """This machine's way to the plan."""

    def __init__(self, settings, aws, own):
        self.settings, self.aws, self.own = settings, aws, own
        self.kube = Kube(ADMIN)
        self.plan, self.keys, self.said, self.put_back = None, None, None, False

    def look(self):
        """Do what is to be done now. `restart` if the programs of this machine are new."""
        plan = plans.wanted(self.aws, self.settings)
        if plan is None:
            return None
        if self.plan is None or self.plan.digest != plan.digest:
            # What fails here is tried again: these programs may not know what the plan asks for.
            if plans.reached(self.aws, self.settings) != plan.digest and self._fetches():
                return "restart"
            self.plan, self.put_back = plan, False
            # What was rewritten at the end of another plan counts no more.
            self.keys = KeyChange(self.aws, self.own, self._tell)
        self._refuse_minor_before(plan)
        found = plans.record(plan)
        broken = found["broken"] not in ("", plan.digest)
        if (found["begun"] == plan.digest and not self.put_back) or broken:
            # The API may be away because this machine was interrupted, or did not start. So nobody is asked.
            with manifests.alone():
                return self._change_pods(first=broken or None)
        nodes = self._control_planes(found)
        self._publish(found, nodes)
        step, words = turn(self.own, plan.digest, nodes)
        if step in CHANGES:
            if self.put_back:
                return None
            self._leave_reached("begun")
            # One etcd or API server at a time is away. This machine's own may be what the plan mends.
            words = self._hindrance(nodes.keys() - {self.own})
            if words:
                step = "wait"
        if step == "wait":
            if plans.reached(self.aws, self.settings) != plan.digest:
                self._tell(words)
        elif step in CHANGES:
            self._change(step)
        else:
            self._end(found, says=step == "say")
        return None

    def _refuse_minor_before(self, plan):
        """A `Failure` for a plan of the minor before: the stack took it back while this machine began. Its API server has written."""
        image = re.search(r"kube-apiserver:v(\d+\.\d+)", manifests.text("kube-apiserver"))
        runs = image.group(1) if image else plan.version
        if _minor(plan.version) < _minor(runs):
            raise Failure(
                f"the API server here is of {runs} and has written what one of {plan.version} may not read; write {runs} again"
            )

    def _change(self, step):
        """Do a step in which something of this machine restarts."""
        if step == "kubelet":
            self._change_kubelet()
            return
        with manifests.alone():
            if step == "pods":
                self._change_pods(first=self._configured() != _configuration(self.plan))
            else:
                self.keys.follow(self.settings)
                plans.note(plans.record(self.plan), encryption=self.plan.digest)

    def _end(self, found, *, says):
        """Do what comes when all control planes are at the plan. One of them `says` so."""
        if found["proxies"]:
            self._change_proxies()
        if says:
            if self._configured() not in (None, _configuration(self.plan)):
                # The one that wrote another document there has left, or went back with these.
                with self._filled() as (document, _):
                    self._configure(document, first=True)
            self.keys.rewrite(self.settings, self.kube)
            self._say_reached()
        if found["told"]:
            plans.note(plans.record(self.plan), told=False)
            self.said = None
            self._report(OUTCOME)

    def _control_planes(self, found):
        """The Nodes of control planes. If nobody says them, what a change has left that was cut off is put back, for another plan.

        It may be why the API server does not start, and without it no plan could be followed.
        """
        try:
            return control_planes(self.kube)
        except (Failure, OSError):
            if found["begun"] and path(manifests.KEPT).exists():
                say(
                    "the API does not answer after a change that was cut off; putting back what was"
                )
                with manifests.alone():
                    manifests.give_up()
                plans.note(found, begun="", reread=[])
            raise

    def failed(self, error):
        """Report why nothing goes on, while an upgrade runs. Until then the API may be away for reasons of its own."""
        reason = attempts.failure(0, error).partition(": ")[2]
        say(f"upgrade: {reason}")
        if isinstance(error, PutBack):
            self.put_back = True
            plans.note(plans.record(self.plan), begun="")
        if self.plan and plans.record(self.plan)["told"]:
            self.said = reason
            self._report(f"joined; upgrade to {self.plan.version} failed: {reason}")

    def _fetches(self):
        """Fetch the programs of the stack that has written this plan; whether any is another."""
        changed = fetch.place(fetch.fetched(self.aws, self.settings["parameters"]["programs"]))
        if any(file.startswith("/etc/systemd/") for file in changed):
            run("systemctl", "daemon-reload", seconds=60)
        if changed:
            # What runs on and on has the programs of before in memory.
            run("systemctl", "try-restart", *LASTING, seconds=300)
        return bool(changed)

    def _publish(self, found, nodes):
        """Show the other machines how far this one is."""
        if self.own not in nodes:
            raise Failure(f"the API knows no control plane {self.own}")
        was = nodes[self.own]["metadata"].setdefault("annotations", {})
        names = {PODS: "pods", ENCRYPTION: "encryption", KUBELET: "kubelet"}
        wanted = {name: found[key] for name, key in names.items()}
        changes = {name: digest for name, digest in wanted.items() if was.get(name, "") != digest}
        if not changes:
            return
        status = self.kube.patch_node(self.own, {"metadata": {"annotations": changes}})
        if status != 200:
            raise Failure(f"the API does not take the annotations of {self.own} ({status})")
        was.update(changes)

    def _hindrance(self, others):
        """In words what this machine waits for before something of it restarts; empty if for nothing."""
        broken = broken_pods(self.kube, others)
        if broken:
            return _wait_words(broken)
        renews = lease.holder(self.kube)
        return f"waits for {renews}, which renews its certificates" if renews else ""

    def _change_pods(self, *, first=None):
        """Bring etcd, the API server, the controller manager and the scheduler of this machine to the plan.

        `first` says whether this machine writes it into the cluster. None goes on with what has begun.
        """
        plan, found = self.plan, plans.record(self.plan)
        rendered = [file for file in plan.different() if file.startswith(plans.RENDERED)]
        if found["begun"] != plan.digest:
            self._tell("looks whether the cluster can follow")
            # What does not start answers nothing.
            if not found["broken"]:
                encryption.check(plan.settings)
                kubelet_certificates.check(plan.settings, self.kube)
            if not rendered and found["pods"] and self._version() == plan.version:
                self.keys.learn(plan.settings)
                self._place()
                self._pods_done()
                return
            found = self._begin(found, rendered, first=first)
        self._tell("brings programs and images")
        if not found["restarted"]:
            self._keep(found)
        self._place()
        self._install("kubeadm ")
        if self._version() != plan.version:
            raise Failure(
                f"kubeadm here is {self._version()}, and a machine with software.prebaked installs nothing; take prebaked out, with an "
                "image that holds no software or this one, until all have reached that version"
            )
        with self._filled() as (document, facts):
            if not found["restarted"]:
                waits = self._prepare(document, found)
                if waits:
                    self._tell(_wait_words(waits))
                    return
                self._leave_reached("changing")
                self._tell("restarts etcd and the API server")
                self._restart_pods(document, facts, found["reread"])
                found = plans.note(found, restarted=True, broken="")
            self._tell("writes into the cluster")
            # `kubeadm upgrade` writes the kubelet's configuration too.
            kubelet.keep()
            self._configure(document, first=found["first"])
        # kubeadm's copies of manifests, and of etcd's data where it upgraded etcd itself.
        shutil.rmtree(path(TMP), ignore_errors=True)
        self._pods_done()

    def _begin(self, found, rendered, *, first):
        """Note that the plan has begun. From here on this machine follows neither it nor the one before, to which the stack may go back."""
        changes = {
            "begun": self.plan.digest,
            "since": time.time(),
            "reread": sorted({*found["reread"], *rendered}),
            "proxies": found["proxies"] or _of_proxies(self.plan) != _of_proxies(),
            "first": first,
            "restarted": False,
        }
        return plans.note({**found, "pods": "", "kubelet": ""}, **changes)

    def _keep(self, found):
        """Keep what this machine has until the plan's static pods run."""
        if not path(manifests.KEPT).exists():
            self.keys.learn(self.plan.settings)
        manifests.keep(found["reread"])

    def _prepare(self, document, found):
        """Do what takes long before static pods restart; the pods of others that are to be ready before."""
        run("kubeadm", "config", "images", "pull", "--config", str(path(document)), seconds=900)
        if found["first"] and not found["broken"]:
            self._tell("takes a snapshot of etcd")
            kept_snapshot.keep(self.settings, self.aws, self.plan.digest[:16], found["since"])
        if manifests.written():
            return []
        try:
            return broken_pods(self.kube, control_planes(self.kube).keys() - {self.own})
        except (Failure, OSError):
            # The API server that this plan mends may be the one that does not answer.
            return []

    def _place(self):
        """Write the files of the plan, and read its settings."""
        self.plan.place(self.aws, self.settings)
        place_audit_log()
        self.settings = machine.settings()

    def _pods_done(self):
        changes = {"encryption": self.plan.digest} if self.keys.done(self.settings) else {}
        found = plans.record(self.plan)
        done = {"begun": "", "reread": [], "restarted": False, "broken": ""}
        plans.note(found, pods=self.plan.digest, **done, **changes)

    def _restart_pods(self, document, facts, reread):
        try:
            with own_api(self.settings, facts) as local:
                well = partial(healthy, local, self.own)
                gently = not etcd.alone(self.settings)
                manifests.change(document, reread, well, gently=gently)
        except Failure as failure:
            self.put_back = True
            broken = self.plan.digest if isinstance(failure, manifests.Broken) else ""
            plans.note(plans.record(self.plan), begun="", reread=[], broken=broken)
            raise

    def _configured(self):
        """The digest of the document that control planes have written into the cluster; None if they have written none."""
        status, found = self.kube.ask("GET", CONFIGURATION)
        if status != 200:
            raise Failure(f"the API does not say what kubeadm keeps of the cluster ({status})")
        return annotation(found, CONFIGURED)

    def _note_configured(self, digest):
        changes = {"metadata": {"annotations": {CONFIGURED: digest}}}
        status, _ = self.kube.ask("PATCH", CONFIGURATION, changes, MERGE)
        if status != 200:
            raise Failure(f"the API does not take what kubeadm keeps of the cluster ({status})")

    def _configure(self, document, first):
        """Have kubeadm write what the cluster keeps of itself: its configuration, roles and add-ons. It finds the manifests equal."""
        common = ["--etcd-upgrade=false", *kubeadm.ignored()]
        if self.plan.patches:
            common.append(f"--patches={path(plans.PATCHES)}")
        if not first:
            run("kubeadm", "upgrade", "node", *common, seconds=900)
            return
        # Until all is written it is nobody's document.
        self._note_configured("")
        upload = ("kubeadm", "init", "phase", "upload-config", "all", "--config")
        run(*upload, str(path(document)), seconds=120)
        run("kubeadm", "upgrade", "apply", f"v{self.plan.version}", "--yes", *common, seconds=900)
        self._note_configured(_configuration(self.plan))

    def _change_kubelet(self):
        """Bring the kubelet and the rest of the software to the plan. A kubelet that does not work gets its configuration of before."""
        self._tell("restarts its kubelet")
        self._install("")
        kubelet.keep()
        # Containers outlive a restart of the runtime.
        run("systemctl", "restart", self.settings["runtime"], seconds=120)
        try:
            self._run_phase("kubelet-start", before=self._end_pods)
        except (Failure, OSError):
            # kubeadm stops the kubelet before it writes, and without a kubelet nothing starts the static pods that have ended.
            kubelet.put_back()
            raise
        if not self._works():
            kubelet.put_back()
            raise PutBack(
                f"the kubelet of {self.plan.version} is not Ready after {READY_SECONDS} seconds, or static pods beside it are not; its "
                "configuration from before is back. `journalctl -u kubelet` says why"
            )
        kubelet.keep_no_more()
        plans.note(plans.record(self.plan), kubelet=self.plan.digest)

    def _end_pods(self):
        """End the static pods, beside others, before a kubelet of another minor starts.

        It takes them for other pods, because the defaults in their manifests differ. It makes them again, and gives those from before
        one second to end: https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/kubelet_pods.go#L1410
        """
        status, node = self.kube.node(self.own)
        same = status == 200 and _minor(_kubelet_version(node)) == _minor(self.plan.version)
        if not same and not etcd.alone(self.settings):
            with manifests.alone():
                run("systemctl", "stop", "kubelet", seconds=120)
                manifests.stop(manifests.COMPONENTS, gently=True)

    def _works(self):
        """Whether the kubelet becomes Ready in time, and static pods beside it run on."""
        deadline, steady = time.monotonic() + READY_SECONDS, 0
        while steady < STEADY_LOOKS:
            time.sleep(KUBELET_SECONDS)
            steady = steady + 1 if self._runs() else 0
            if not steady and time.monotonic() > deadline:
                return False
        return True

    def _runs(self):
        status, node = self.kube.node(self.own)
        if status != 200 or not ready(node) or _kubelet_version(node) != self.plan.version:
            return False
        try:
            return not broken_pods(self.kube, {self.own})
        except Failure:
            return False

    def _change_proxies(self):
        """Have kubeadm write kube-proxy's configuration, which the proxies read when they start. Nothing where the cluster has none."""
        status, _ = self.kube.ask("GET", PROXIES)
        if status == 200:
            self._tell("restarts kube-proxy on all nodes")
            self._run_phase("addon", "kube-proxy")
            template = {"metadata": {"annotations": {PODS: self.plan.digest}}}
            status, _ = self.kube.ask("PATCH", PROXIES, {"spec": {"template": template}}, MERGE)
        if status not in (200, 404):
            raise Failure(f"the API does not take kube-proxy's configuration ({status})")
        plans.note(plans.record(self.plan), proxies=False)

    def _run_phase(self, *words, before=lambda: None):
        with self._filled() as (document, _):
            before()
            run("kubeadm", "init", "phase", *words, "--config", str(path(document)), seconds=120)

    @contextmanager
    def _filled(self):
        """The path of this machine's document for `kubeadm init`, and its facts. It has the join token, so it is removed after the block."""
        facts = kubeadm.join_facts(self.settings, self.aws, imds.facts())
        document = kubeadm.fill("init", facts)
        try:
            yield document, facts
        finally:
            path(document).unlink()

    def _say_reached(self):
        if plans.reached(self.aws, self.settings) == self.plan.digest:
            return
        value = f"{self.plan.digest} {self.plan.version}"
        self.aws.overwrite(plans.reached_name(self.settings), value)
        say(f"all control planes have reached {self.plan.version}")

    def _leave_reached(self, word):
        """Have nobody take the plan of before for reached: the stack may go back to it before all have reached this one.

        `word` is `begun`, and `changing` once an API server of this plan may have written what others cannot read.
        """
        name = plans.reached_name(self.settings)
        digest, _, version = self.aws.get(name).get(name, "").partition(" ")
        if version and digest not in (word, "changing", self.plan.digest):
            self.aws.overwrite(name, f"{word} {version}")

    def _install(self, beginning):
        """Install the software whose lines in the list begin like this."""
        listed = path(plans.SOFTWARE)
        if not listed.exists():
            return
        lines = listed.read_text().splitlines(keepends=True)
        chosen = "/run/dualstack/software"
        write(chosen, "".join(line for line in lines if line.startswith(beginning)), 0o644)
        run(str(path(INSTALL)), str(path(chosen)), seconds=1800)

    def _version(self):
        """The version of the kubeadm that is installed."""
        return manifests.output("kubeadm", "version", "--output", "short", warns=True).strip()[1:]

    def _tell(self, words):
        if words != self.said:
            self.said = words
            plans.note(plans.record(self.plan), told=True)
            self._report(f"joined; upgrade to {self.plan.version}: {words}")

    def _report(self, outcome):
        say(outcome)
        attempts.report(self.aws, self.settings, self.own, outcome)


def _minor(version):
    return int(version.split(".")[1])


def _kubelet_version(node):
    """The version of the kubelet that has written a Node."""
    return node["status"]["nodeInfo"]["kubeletVersion"][1:]


def _wait_words(pods):
    return f"waits for {', '.join(pods)} to be ready"


def _configuration(plan):
    """The digest of the document that a plan has for the cluster."""
    return hashlib.sha256(plan.files[INIT][1].encode()).hexdigest()


def _of_proxies(plan=None):
    """The document about kube-proxy: that of a plan, or of this machine."""
    text = plan.files[INIT][1] if plan else path(INIT).read_text()
    return next((one for one in text.split("---\n") if "KubeProxyConfiguration" in one), "")


if __name__ == "__main__":
    sys.exit(main())
