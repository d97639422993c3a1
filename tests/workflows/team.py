"""A repository of a team with the workflows as they are, and the runs that events start in it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rehearsal.builds.golang import built
from rehearsal.builds.workflows import ACT
from tests.workflows import forge
from tests.workflows.account import BUCKET, KEPT_FROM_JOBS, STACKS, Account, stack_file, value_of

CHECKOUT = Path(__file__).parents[2]
HERE = Path(__file__).parent
FACTS_OF_MAIN = {"full_name": forge.REPOSITORY, "default_branch": "main"}


@dataclass
class Outside:
    """What is beyond the runner."""

    forge: forge.Forge
    issuer: str
    """The address of the forge's issuer of tokens."""
    proxy: str
    """The way to the hosts that are played."""
    certificate: Path
    """By which clients trust these hosts."""

    @property
    def home(self) -> Path:
        """A folder with the settings of curl."""
        return self.certificate.parent


@dataclass
class Run:
    """What one event started."""

    code: int
    log: str
    place: Path

    @property
    def artefacts(self) -> Path:
        return self.place / "artefacts"

    def report(self, artefact: str, name: str) -> str:
        return (self.artefacts / artefact / name).read_text()

    def jobs(self, outcome: str) -> list[str]:
        """The jobs that succeeded or failed, in their order."""
        return [
            line.partition("]")[0].rpartition("/")[2].strip(" [")
            for line in self.log.splitlines()
            if line.endswith(f"Job {outcome}")
        ]


@dataclass
class Repository:
    """A clone with everything that a team copies."""

    folder: Path
    account: Account
    outside: Outside
    runs: int = field(default=0)

    def git(self, *words: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, words: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", words)

    def change(self, stack: str, section: str, **values: Any) -> None:
        """Commit other values of one section of a stack."""
        path = self.folder / f"stacks/Pulumi.{stack}.yaml"
        written = yaml.safe_load(path.read_text())
        written["config"][f"dualstack:{section}"].update(values)
        path.write_text(yaml.safe_dump(written, sort_keys=False))
        self.commit(f"{stack}: {section}")

    def start(
        self, event: str, *words: str, after: Run | None = None, **payload: Any
    ) -> tuple[subprocess.Popen[bytes], Run]:
        """Run the workflows of one event. The artefacts are its own, or those of a run before it."""
        self.runs += 1
        place = self.folder.parent / f"run-{self.runs}"
        artefacts = after.artefacts if after else place / "artefacts"
        for folder in (artefacts, place / "cache", place / "home"):
            folder.mkdir(parents=True, exist_ok=True)
        (place / "event.json").write_text(json.dumps(payload))
        variables = {k: v for k, v in self.account.variables.items() if k not in KEPT_FROM_JOBS}
        variables |= {
            "PATH": f"{HERE}:{variables['PATH']}",
            "XDG_CACHE_HOME": str(place / "cache"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.outside.issuer,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": forge.TOKEN,
            # The way of curl to the forge's API.
            "CURL_HOME": str(self.outside.home),
            "REHEARSED_VENV": str(CHECKOUT / ".venv"),
            "REHEARSED_ARTIFACTS": str(artefacts),
            "DUALSTACK_STATE": str(place / "state"),
            # Of the tests one file stands for all: they are the same as those around this one.
            "PYTEST": "tests/unit/test_names.py -n 0",
        }
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        command = [
            *(str(built(ACT)), event, "--eventpath", str(place / "event.json")),
            *("-P", "ubuntu-24.04=-self-hosted", "--action-offline-mode", "--no-cache-server"),
            *("--env", f"XDG_CACHE_HOME={cache}", "--secret", f"GITHUB_TOKEN={forge.JOB_TOKEN}"),
            *stand_ins(self.folder),
            *words,
        ]
        # A file takes all that is said before anybody reads it, and a pipe does not.
        with (place / "log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=variables, stdout=log, stderr=subprocess.STDOUT
            )
        return process, Run(-1, "", place)

    def start_push(self, *jobs: str) -> tuple[subprocess.Popen[bytes], Run]:
        """Begin a merge to main. Of all jobs, or of these and those before them."""
        chosen = (word for job in jobs for word in ("-j", job))
        words = ("-W", ".github/workflows/deploy.yml", *chosen)
        return self.start("push", *words, ref="refs/heads/main", repository=FACTS_OF_MAIN)

    def push(self, *jobs: str) -> Run:
        """A merge to main."""
        return self._end(*self.start_push(*jobs))

    def drift(self) -> Run:
        """What the clock starts in the morning."""
        return self._on_main("schedule", "drift")

    def destroy(self, stack: str, typed: str) -> Run:
        """What a person starts by hand."""
        return self._on_main("workflow_dispatch", "destroy", inputs={"stack": stack, "name": typed})

    def release(self, tag: str) -> Run:
        """A tag that is pushed."""
        words = ("-W", ".github/workflows/release.yml")
        return self._end(
            *self.start("push", *words, ref=f"refs/tags/{tag}", repository=FACTS_OF_MAIN)
        )

    def pull_request(self, head: str = forge.REPOSITORY, job: str = "") -> Run:
        """A pull request from a repository, the own one or a fork. Of all jobs, or of one and those before it."""
        words = ("-W", ".github/workflows/pull-request.yml", *(("-j", job) if job else ()))
        return self._end(*self.start("pull_request", *words, **self._facts(head)))

    def compared(self, base: str, *labels: str) -> Run:
        """What a pull request means to users of the package, since a commit."""
        facts = {"base": {"sha": base}, "labels": [{"name": name} for name in labels]}
        words = ("-W", ".github/workflows/schema.yml")
        return self._end(*self.start("pull_request", *words, number=7, pull_request=facts))

    def last_job(self, event: str, workflow: str, job: str, after: Run) -> Run:
        """The job that comes after a failed one. This runner begins none after a called workflow that failed, so it begins here."""
        described = yaml.safe_load((self.folder / f".github/workflows/{workflow}.yml").read_text())
        chosen = described["jobs"][job]
        del chosen["needs"]
        # YAML reads the key `on` as true.
        alone = {"name": workflow, "on": described[True], "jobs": {job: chosen}}
        path = after.place / "last-job.yml"
        path.write_text(yaml.safe_dump(alone, sort_keys=False))
        facts = self._facts() if event == "pull_request" else {"repository": FACTS_OF_MAIN}
        return self._end(*self.start(event, "-W", str(path), after=after, **facts))

    def unlock(self, stack: str) -> str:
        """What a person does after a run was killed."""
        backend = value_of(self.folder, "backend")
        words = ("cancel", "--yes", "--stack", stack)
        return self.account.pulumi(self.folder, *words, PULUMI_BACKEND_URL=backend)

    def _facts(self, head: str = forge.REPOSITORY) -> dict[str, Any]:
        """What the forge tells of a pull request."""
        commit = self.git("rev-parse", "HEAD")
        return {
            "number": 7,
            "repository": FACTS_OF_MAIN,
            "pull_request": {
                "number": 7,
                "head": {"ref": "change", "sha": commit, "repo": {"full_name": head}},
                "base": {"ref": "main", "repo": {"full_name": forge.REPOSITORY}},
            },
        }

    def _on_main(self, event: str, workflow: str, **payload: Any) -> Run:
        words = ("-W", f".github/workflows/{workflow}.yml")
        return self._end(
            *self.start(event, *words, ref="refs/heads/main", repository=FACTS_OF_MAIN, **payload)
        )

    def _end(self, process: subprocess.Popen[bytes], run: Run) -> Run:
        run.code = process.wait()
        run.log = (run.place / "log").read_text()
        shutil.rmtree(run.place / "cache", ignore_errors=True)
        return run


def stand_ins(folder: Path) -> Iterator[str]:
    """The stand-in of each action that the workflows name, at the commit that they name."""
    used = {
        line.partition("uses:")[2].split()[0]
        for path in (folder / ".github/workflows").glob("*.yml")
        for line in path.read_text().splitlines()
        if "uses:" in line and "@" in line
    }
    for action in sorted(used):
        name, _, _ = action.partition("@")
        word = name.rpartition("/")[2] if not name.startswith("pulumi/") else "pulumi"
        if (HERE / "actions" / word).is_dir():
            yield from ("--local-repository", f"{action}={HERE / 'actions' / word}")


def clone(folder: Path) -> None:
    """Make a repository with the files of this checkout and no stacks."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (CHECKOUT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name, follow_symlinks=False)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    for place in (".venv", "policy/.venv"):
        (folder / place).symlink_to(CHECKOUT / place)
    for path in (folder / "stacks").glob("*.yaml"):
        path.unlink()


def own(repository: Repository, system: str, region: str) -> None:
    """What a person does once: the account's part, then a stack for each environment."""
    pulumi, delivery = repository.account.pulumi, repository.folder / "ci/account"
    (delivery / "Pulumi.account.yaml").unlink()
    pulumi(delivery, "stack", "init", system)
    written = {
        "aws:region": region,
        "delivery:bucket": f"{BUCKET}-{system}",
        "delivery:repository": forge.REPOSITORY,
        "delivery:forge": system,
        "delivery:environments": {name: {"region": region} for name in STACKS},
    }
    path = delivery / f"Pulumi.{system}.yaml"
    path.write_text(path.read_text() + yaml.safe_dump({"config": written}))
    pulumi(delivery, "up", "--yes", "--skip-preview")
    lines = pulumi(delivery, "stack", "output", "stacks").splitlines()
    order = ["backend", "read", *STACKS]
    lines.sort(key=lambda line: order.index(line.split()[0]))
    (repository.folder / "ci/stacks").write_text("\n".join(lines) + "\n")
    backend = value_of(repository.folder, "backend")
    provider = pulumi(delivery, "stack", "output", "secretsProvider")
    for name in STACKS:
        words = ("stack", "init", name, "--secrets-provider", f"{provider}{name}")
        pulumi(repository.folder, *words, PULUMI_BACKEND_URL=backend)
        path = repository.folder / f"stacks/Pulumi.{name}.yaml"
        path.write_text(
            path.read_text() + yaml.safe_dump(stack_file(name, region), sort_keys=False)
        )
    repository.commit("As a team copies it")
