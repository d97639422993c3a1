"""All machines of this host, reconciled with the instances that AWS runs."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from .ledger import Ledger
from .machine import Machine
from .view.survey import InstanceView, Survey


class Fleet:
    """Machines by instance id. The fleet knows a machine by its folder on disk."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder = folder
        self._ledger = ledger
        self._shutting_down: dict[str, subprocess.Popen[bytes]] = {}

    def machine(self, instance: str) -> Machine:
        return Machine(instance, self.folder, self._ledger)

    def known(self) -> list[str]:
        """The ids of the instances that have a machine here."""
        return sorted(p.name for p in self.folder.iterdir()) if self.folder.is_dir() else []

    def strangers(self, found: Survey) -> list[Machine]:
        """Machines whose instance is gone."""
        present = {instance.id for instance in found.instances if instance.exists}
        return [self.machine(known) for known in self.known() if known not in present]

    def follow(
        self, found: Survey, files: Mapping[str, str], halted: Callable[[str, str], None]
    ) -> None:
        """Boot the machines that should run, and stop those that should not.

        `halted` is called with the id and the region of an instance whose machine has powered itself off.
        """
        resolvers = {vpc.id: vpc.resolver for vpc in found.vpcs}
        for instance in found.instances:
            machine = self.machine(instance.id)
            if not instance.exists:
                continue
            if instance.is_leaving:
                self._shut_down(machine)
            elif not instance.wanted:
                if machine.runs:
                    machine.stop()
                machine.was_on.unlink(missing_ok=True)
            elif not machine.runs and machine.was_on.exists():
                halted(instance.id, instance.region)
            elif not machine.runs:
                self._boot(machine, instance, resolvers[instance.vpc], files)

    def _shut_down(self, machine: Machine) -> None:
        """Press the power button, again where nobody hears it. EC2 takes the power away when its patience is over."""
        pressed = self._shutting_down.get(machine.instance)
        if machine.runs and (pressed is None or pressed.poll()):
            button = machine.press_power_button()
            if button:
                self._shutting_down[machine.instance] = button

    def _boot(
        self, machine: Machine, instance: InstanceView, resolver: str, files: Mapping[str, str]
    ) -> None:
        machine.install(instance, resolver, files)
        machine.boot()
        machine.was_on.touch()
        self._shutting_down.pop(machine.instance, None)
