"""The process of the supervisor: once a second it compares this host with AWS, and makes the host agree."""

import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from boto3.session import Session
from botocore.config import Config
from filelock import FileLock, Timeout

from ..cloud import INTERRUPTIONS, has_ended, hosting, running_cloud
from ..state import State
from ..well_known import HOST
from .fleet import Fleet
from .network import internet
from .network.relay import relay
from .network.vpcs import VpcNetworks
from .phases import Phases
from .supervisor import Supervisor
from .view.ask_aws import survey
from .view.metadata_source import MetadataSource
from .view.survey import Survey, noticed

SECONDS = 1.0
SERVICES = ("autoscaling", "ec2", "elbv2", "iam", "sts", "ssm")
LOST_ROUNDS = 5
"""After this many rounds in which the cloud's process is found dead, every machine is removed."""

INOTIFY_INSTANCES = 1024
CONNECTIONS = Path("/proc/sys/net/netfilter/nf_conntrack_max")

LOCK = Path("/run/lock/dualstack-live")
"""Held by the one supervisor of this host: a host has one internet."""

HOLDER = LOCK.with_suffix(".state")
"""Names the state folder of the supervisor that holds the lock."""


class Reconciler:
    """Everything that is kept from one round to the next."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.supervisor = Supervisor(state)
        self.ledger = self.supervisor.ledger
        self._clients: dict[tuple[int, str], dict[str, Any]] = {}
        self._port = 0
        self._seen = False
        self._lost = 0
        self.metadata = MetadataSource(self.clients)
        self.network = VpcNetworks(self.supervisor.folder / "network", self.ledger, self.metadata)
        self.fleet = Fleet(self.supervisor.machines, self.ledger)
        self.phases = Phases(self.supervisor.phases)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Reconcile in rounds until `stopping` is set, then remove everything."""
        internet.make(self.ledger)
        self._adjust_host()
        relay(HOST, lambda: ("127.0.0.1", self._port))
        self.supervisor.daemon.ready.touch()
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                self.reconcile()
            except Exception:  # noqa: BLE001 (the next round may succeed)
                traceback.print_exc()
                sys.stderr.flush()
            self.stopping.wait(max(0.1, SECONDS - (time.monotonic() - started)))
        # From now on a command that wants a supervisor starts another one.
        self.supervisor.daemon.ready.unlink(missing_ok=True)
        self.network.stop()
        for instance in self.fleet.known():
            self.fleet.machine(instance).remove()
        left = self.ledger.undo()
        if left:
            print(f"not taken away: {left}", flush=True)

    def reconcile(self) -> None:
        """One round."""
        asked_at = time.time()
        found = self._survey()
        if found is None:
            return
        self.metadata.update(found)
        files: dict[str, str] = self.supervisor.settings().get("imageFiles", {})
        for machine in self.fleet.strangers(found):
            self.network.detach(machine.link)
            machine.remove()
            self.metadata.forget(machine.instance)
        self.network.follow(found, self.fleet)
        self.fleet.follow(found, files, self._halted)
        self.phases.follow(found, asked_at, self.fleet, self.metadata, self.clients)

    def clients(self, region: str) -> dict[str, Any]:
        """Clients of AWS in a region, by service."""
        key = (self._port, region)
        if key not in self._clients:
            config = Config(retries={"total_max_attempts": 2}, read_timeout=20)
            session = Session(
                aws_access_key_id="rehearsal",
                aws_secret_access_key="rehearsal",  # noqa: S106 moto takes any
                region_name=region,
            )
            url = f"http://127.0.0.1:{self._port}"
            self._clients = {
                key: {
                    service: session.client(service, endpoint_url=url, config=config)
                    for service in SERVICES
                }
            } | {k: v for k, v in self._clients.items() if k[0] == self._port}
        return self._clients[key]

    def _survey(self) -> Survey | None:
        cloud = running_cloud(self.state)
        if cloud is None:
            # A cloud that is slow to answer keeps its resources; one whose process has ended has lost them.
            self._lost = self._lost + 1 if self._seen and has_ended(self.state) else 0
            return Survey() if self._lost >= LOST_ROUNDS else None
        self._seen, self._lost, self._port = True, 0, cloud.port
        running = [known for known in self.fleet.known() if self.fleet.machine(known).runs]
        cloud.tell(hosting.PATH, dict.fromkeys(self._regions(), running))
        found = [survey(self.clients(region), region) for region in self._regions()]
        return noticed(Survey.joined(found), cloud.tell(INTERRUPTIONS, None, "GET"))

    def _regions(self) -> list[str]:
        return sorted(set(self.supervisor.settings().get("regions", {}).values()))

    def _halted(self, instance: str, region: str) -> None:
        """End or stop the instance of a machine that has powered itself off, as the instance was launched to do."""
        ec2 = self.clients(region)["ec2"]
        behaviour = ec2.describe_instance_attribute(
            InstanceId=instance, Attribute="instanceInitiatedShutdownBehavior"
        )["InstanceInitiatedShutdownBehavior"].get("Value")
        end = ec2.terminate_instances if behaviour == "terminate" else ec2.stop_instances
        end(InstanceIds=[instance])

    def _adjust_host(self) -> None:
        """Set the kernel settings that all machines share. The ledger keeps the values from before, and they are restored at the end."""
        inotify = Path("/proc/sys/fs/inotify/max_user_instances")
        # The programs of each machine watch hundreds of files.
        if int(inotify.read_text()) < INOTIFY_INSTANCES:
            self._set(inotify, INOTIFY_INSTANCES)
        # kube-proxy wants exactly this number, and exits where it may not set it.
        self._set(CONNECTIONS, max(131072, 32768 * (os.cpu_count() or 1)))

    def _set(self, place: Path, value: int) -> None:
        before = place.read_text().strip()
        if before != str(value):
            self.ledger.note("setting", place, before)
            place.write_text(str(value))


def main() -> None:
    """Reconcile until SIGTERM."""
    state = State(Path(sys.argv[1]))
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(LOCK, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        sys.exit(f"another rehearsal has machines here, that of {HOLDER.read_text()}")
    HOLDER.write_text(str(state.folder))
    reconciler = Reconciler(state)

    def stop(_: int, __: FrameType | None) -> None:
        reconciler.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    reconciler.run()
    for file in (HOLDER, LOCK):
        file.unlink(missing_ok=True)
    lock.release()


if __name__ == "__main__":
    main()
