"""A machine in a folder: the files of its user data, its metadata, and its programs run as its units would."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.unit.node.metadata import Metadata

HERE = Path(__file__).parent
PROGRAMS = "usr/local/lib/dualstack"


@dataclass
class Machine:
    """One instance."""

    root: Path
    instance: str
    metadata: Metadata
    environment: dict[str, str]

    def boot(self, user_data: str, **settings: Any) -> None:
        """Lay out the files of the user data, as cloud-init does; what would change this host is left out."""
        for file in yaml.load(user_data, yaml.CSafeLoader)["write_files"]:
            target = self.root / file["path"].lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file["content"])
            target.chmod(int(file["permissions"], 8))
        node = self.root / "etc/dualstack/node.json"
        node.write_text(json.dumps(json.loads(node.read_text()) | {"scripts": []} | settings))

    def start(self, program: str = "bootstrap.py") -> subprocess.Popen[str]:
        """Start a program as its unit does."""
        return subprocess.Popen(
            [sys.executable, str(self.root / PROGRAMS / program)],
            env=self.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def crash(self, process: subprocess.Popen[str]) -> None:
        """Kill a program with all that it started, as a power cut does, and forget what lay in memory."""
        doomed = [process.pid]
        for pid in doomed:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            doomed += [int(child) for child in children.read_text().split()]
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        process.communicate()
        for file in (self.root / "run/dualstack").glob("*"):
            file.unlink()

    def run_out_of_patience(self) -> subprocess.CompletedProcess[str]:
        """Run the bootstrap where it waits in vain."""
        self.environment["SPEED"] = "2000"
        return self.run()

    def run(self, program: str = "bootstrap.py") -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        process = self.start(program)
        output, _ = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def run_script(self, name: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the machine to its end."""
        return subprocess.run(
            ["bash", str(self.root / PROGRAMS / name)],
            env=self.env() | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )

    def env(self) -> dict[str, str]:
        """A unit's environment, with time that flies and programs that take notes."""
        return {
            "PATH": f"{HERE / 'stubs'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(HERE / "fast"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DUALSTACK_ROOT": str(self.root),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.metadata.url,
            **self.environment,
        }

    def arrange(self, call: str, *acts: dict[str, Any]) -> None:
        """Say what the next calls of a program do, like `kubeadm init`."""
        file = self.root / "arranged" / call
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(json.dumps(act) + "\n" for act in acts))

    def calls(self, program: str = "kubeadm") -> list[dict[str, Any]]:
        """How a program was called, in order."""
        notes = self.root / "calls"
        # Behind the last line's end is what a program may still be writing.
        *lines, _ = notes.read_text().split("\n") if notes.exists() else [""]
        return [call for call in map(json.loads, lines) if call["program"] == program]

    def verbs(self) -> list[str]:
        """What kubeadm was told to do, in order."""
        return [call["arguments"][0] for call in self.calls()]
