"""The host of Node.js. It starts the runner in the SDK that the program has installed."""

import json
from pathlib import Path

from .language import LanguageHost, NotRunnableError, Start, configured, tool

RUNNER = "node_modules/@pulumi/pulumi/cmd/run"

REPORTED = 32
"""The exit code of the runner when it has reported an error of the program."""

LANGUAGE = "Node.js"


class NodeHost(LanguageHost):
    """Runs programs in JavaScript and TypeScript."""

    name = "nodejs"

    def program(self, request, context):
        folder = Path(request.info.program_directory)
        runners = (above / RUNNER for above in (folder, *folder.parents))
        runner = next((one for one in runners if one.exists()), None)
        if runner is None:
            raise NotRunnableError(
                f"{folder} has no package @pulumi/pulumi; install it by `pulumi install`"
            )
        settings = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "organization": request.organization,
            "project": request.project,
            "root-directory": request.info.root_directory,
            "stack": request.stack,
            "parallel": request.parallel,
            "pwd": request.pwd,
        }
        words = [f"--{name}={value}" for name, value in settings.items() if value]
        if request.dryRun:
            words.append("--dry-run")
        return Start(
            [tool("node", LANGUAGE), runner, *words, request.info.entry_point, *request.args],
            # The runner compiles TypeScript as it reads it.
            {"PULUMI_NODEJS_TYPESCRIPT": "true", **configured(request)},
        )

    def reported(self, code):
        return code == REPORTED

    def steps(self, info):
        yield [tool("npm", LANGUAGE), "install", "--no-audit", "--no-fund", "--loglevel=error"]

    def linked(self, folder, sdk):
        name = json.loads((folder / sdk / "package.json").read_text())["name"]
        yield [tool("npm", LANGUAGE), "pkg", "set", f"dependencies.{name}=file:{sdk}"]
