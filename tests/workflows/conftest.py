"""A repository of a team with the workflows as they are, an account that its jobs may use, and a forge that runs them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

from rehearsal.builds.golang import built
from rehearsal.builds.pulumi import WHOLE
from rehearsal.builds.workflows import ACT
from rehearsal.cloud import stop_cloud
from rehearsal.plugins.environment import rehearsed
from rehearsal.state import State
from tests.workflows import forge

CHECKOUT = Path(__file__).parents[2]
HERE = Path(__file__).parent
BUCKET = "acme-pulumi-state"
STACKS = ("dev", "staging", "prod")
# They run for half an hour: only `make ci` asks for them.
collect_ignore_glob = [] if os.environ.get("DUALSTACK_WORKFLOWS") else ["test_git*.py"]

KEPT_FROM_JOBS = (
    *("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
)
"""What a person has and a job must not: the job gets its own by its token."""


def stack_file(name: str, region: str) -> dict[str, Any]:
    """A small cluster without add-ons: no API answers here that they could be installed into."""
    return {
        "config": {
            "aws:region": region,
            "dualstack:cluster": {"name": name, "kubernetesVersion": "1.36", "cni": "flannel"},
            "dualstack:network": {"zones": [f"{region}a"], "nat": "single"},
            "dualstack:api": {"allowedCidrs": ["203.0.113.0/24", "2001:db8:203::/48"]},
            "dualstack:controlPlane": {"count": 1},
            "dualstack:workers": {"general": {"instanceTypes": ["t3.medium"], "min": 1, "max": 2}},
            "dualstack:addons": {"cni": False, "cloudController": False},
        }
    }


@dataclass
class Account:
    """The account, as the person who owns it sees it."""

    variables: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}),
        )

    def pulumi(self, folder: Path, *words: str, **variables: str) -> str:
        done = subprocess.run(
            ["pulumi", "--non-interactive", *words],
            cwd=folder,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


@dataclass
class Run:
    """What one event started."""

    code: int
    log: str
    artefacts: Path
    kept: Path

    def report(self, artefact: str, name: str) -> str:
        return (self.artefacts / artefact / name).read_text()

    def forge(self, name: str) -> list[dict[str, Any]]:
        """The comments or the issues."""
        path = self.kept / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else []


@dataclass
class Repository:
    """A clone with everything that a team copies."""

    folder: Path
    account: Account
    issuer: str
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

    def start(self, event: str, *words: str, **payload: Any) -> tuple[subprocess.Popen[bytes], Run]:
        """Run the workflows of one event."""
        self.runs += 1
        place = self.folder.parent / f"run-{self.runs}"
        kept = self.folder.parent / "forge"
        for folder in (place / "artefacts", place / "cache", place / "home", kept):
            folder.mkdir(parents=True, exist_ok=True)
        (place / "event.json").write_text(json.dumps(payload))
        variables = {k: v for k, v in self.account.variables.items() if k not in KEPT_FROM_JOBS}
        variables |= {
            "PATH": f"{HERE}:{variables['PATH']}",
            "XDG_CACHE_HOME": str(place / "cache"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.issuer,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": forge.TOKEN,
            "REHEARSED_VENV": str(CHECKOUT / ".venv"),
            "REHEARSED_ARTIFACTS": str(place / "artefacts"),
            "REHEARSED_FORGE": str(kept),
            "DUALSTACK_STATE": str(place / "state"),
            # Of the tests one file stands for all: they are the same as those around this one.
            "PYTEST": "tests/unit/test_names.py -n 0",
        }
        command = [
            *(str(built(ACT)), event, "--eventpath", str(place / "event.json")),
            *("-P", "ubuntu-24.04=-self-hosted", "--action-offline-mode", "--no-cache-server"),
            *(
                "--env",
                f"XDG_CACHE_HOME={os.environ.get('XDG_CACHE_HOME', Path.home() / '.cache')}",
            ),
            *("--secret", "GITHUB_TOKEN=none"),
            *stand_ins(self.folder),
            *words,
        ]
        # A file takes all that is said before anybody reads it, and a pipe does not.
        with (place / "log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=variables, stdout=log, stderr=subprocess.STDOUT
            )
        return process, Run(-1, "", place / "artefacts", kept)

    def start_push(self, *jobs: str) -> tuple[subprocess.Popen[bytes], Run]:
        """Begin a merge to main. Of all jobs, or of these and those before them."""
        repository = {"full_name": forge.REPOSITORY, "default_branch": "main"}
        words = [
            "-W",
            ".github/workflows/deploy.yml",
            *(word for job in jobs for word in ("-j", job)),
        ]
        return self.start("push", *words, ref="refs/heads/main", repository=repository)

    def push(self, *jobs: str) -> Run:
        """A merge to main."""
        return self._end(*self.start_push(*jobs))

    def drift(self) -> Run:
        """What the clock starts in the morning."""
        return self._on_main("schedule", "drift")

    def destroy(self, stack: str, typed: str) -> Run:
        """What a person starts by hand."""
        return self._on_main("workflow_dispatch", "destroy", inputs={"stack": stack, "name": typed})

    def pull_request(self, head: str = forge.REPOSITORY, jobs: tuple[str, ...] = ()) -> Run:
        """A pull request from a repository, the own one or a fork. Of all jobs, or of these and those before them."""
        workflow = ".github/workflows/pull-request.yml"
        payload = {
            "number": 7,
            "repository": {"full_name": forge.REPOSITORY, "default_branch": "main"},
            "pull_request": {
                "number": 7,
                "head": {"ref": "change", "repo": {"full_name": head}},
                "base": {"ref": "main", "repo": {"full_name": forge.REPOSITORY}},
            },
        }
        chosen = ("-j", jobs[-1]) if jobs else ()
        return self._end(*self.start("pull_request", "-W", workflow, *chosen, **payload))

    def compared(self, base: str, *labels: str) -> Run:
        """What a pull request means to users of the package, since a commit."""
        facts = {"base": {"sha": base}, "labels": [{"name": name} for name in labels]}
        words = ("-W", ".github/workflows/schema.yml")
        return self._end(*self.start("pull_request", *words, number=7, pull_request=facts))

    def report_drift(self, run: Run) -> None:
        """What the job `issue` does. The runner begins no job after a called workflow that failed."""
        variables = self.account.variables | {
            "PATH": f"{HERE}:{self.account.variables['PATH']}",
            "REPORTS": str(run.artefacts),
            "REHEARSED_FORGE": str(run.kept),
        }
        steps = 'sh ci/stack.sh comment > "$0" && sh ci/github.sh issue Drift "$0"'
        command = ["sh", "-c", steps, str(run.artefacts.parent / "issue.md")]
        subprocess.run(command, cwd=self.folder, env=variables, check=True)

    def unlock(self, stack: str) -> str:
        """What a person does after a run was killed."""
        backend = value_of(self.folder, "backend")
        words = ("cancel", "--yes", "--stack", stack)
        return self.account.pulumi(self.folder, *words, PULUMI_BACKEND_URL=backend)

    def _on_main(self, event: str, workflow: str, **payload: Any) -> Run:
        repository = {"full_name": forge.REPOSITORY, "default_branch": "main"}
        words = ("-W", f".github/workflows/{workflow}.yml")
        return self._end(
            *self.start(event, *words, ref="refs/heads/main", repository=repository, **payload)
        )

    def _end(self, process: subprocess.Popen[bytes], run: Run) -> Run:
        run.code = process.wait()
        run.log = (run.artefacts.parent / "log").read_text()
        shutil.rmtree(run.artefacts.parent / "cache", ignore_errors=True)
        return run


def value_of(folder: Path, name: str) -> str:
    """The value of a line of ci/stacks."""
    lines = (folder / "ci/stacks").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.split()[0] == name)


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


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    state = State(tmp_path_factory.mktemp("account"))
    programs = tmp_path_factory.mktemp("bin")
    (programs / "pulumi").symlink_to(built(WHOLE))
    with rehearsed(state) as variables:
        variables["PATH"] = f"{programs}:{variables['PATH']}"
        yield Account(variables)
    # The stacks are left where they are, with the process that plays AWS.
    stop_cloud(state)


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    server = forge.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/token"
    server.shutdown()


@pytest.fixture(scope="session")
def repository(
    tmp_path_factory: pytest.TempPathFactory, account: Account, issuer: str
) -> Repository:
    """A clone for GitHub, whose owner has deployed ci/account and made its stacks, as docs/how-to/run-in-ci.md says."""
    made = Repository(clone(tmp_path_factory), account, issuer)
    made.git("remote", "add", "origin", f"https://github.com/{forge.REPOSITORY}.git")
    own(made, "github", "eu-west-1")
    return made


@pytest.fixture(scope="session")
def on_gitlab(
    tmp_path_factory: pytest.TempPathFactory, account: Account, issuer: str
) -> Repository:
    """The same for GitLab. Its clusters have the same names, in another region."""
    made = Repository(clone(tmp_path_factory), account, issuer)
    made.git("remote", "add", "origin", f"git@gitlab.com:{forge.REPOSITORY}.git")
    own(made, "gitlab", "eu-central-1")
    return made


def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the files of this checkout and no stacks."""
    folder = tmp_path_factory.mktemp("team") / "platform"
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
    return folder


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
