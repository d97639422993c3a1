"""The rehearsal: stacks on this machine, with the real engine and a stand-in for AWS: `python -m rehearsal up dev`."""

import argparse
import sys
import warnings
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, NoReturn

from . import garbage, shell_command, stack_commands
from . import live_commands as machines
from .failures import explained
from .output import outlasting_readers
from .surroundings import in_order, open_standard_files, write_any_text

UNUSABLE = 2
"""The exit code of a command line that cannot be understood."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the whole usage above it."""

    def error(self, message: str) -> NoReturn:
        """End the process: with the fault, and with the word that shows what can be written."""
        self.exit(UNUSABLE, f"error: {message}; see {self.prog} --help\n")


class Command(NamedTuple):
    """A command of the command line: its function, and its arguments."""

    run: Callable[[argparse.Namespace], int]
    options: Callable[[argparse.ArgumentParser], None]


def stack_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stack", help="the stack, as in stacks/Pulumi.<stack>.yaml")
    parser.add_argument(
        "--config-file",
        type=Path,
        metavar="FILE",
        help="a configuration file instead of stacks/Pulumi.<stack>.yaml",
    )


def up_options(parser: argparse.ArgumentParser) -> None:
    stack_options(parser)
    parser.add_argument(
        "--replace",
        action="append",
        default=[],
        metavar="MACHINE",
        help="a control-plane machine to replace, such as dev-control-plane-0; one at a time",
    )


def unprotect_options(parser: argparse.ArgumentParser) -> None:
    stack_options(parser)
    parser.add_argument("machine", help="a control-plane machine, such as prod-control-plane-1")


def preview_options(parser: argparse.ArgumentParser) -> None:
    stack_options(parser)
    parser.add_argument(
        "--machines",
        action="store_true",
        help="the changes of `live`: with machines and the add-ons of their cluster",
    )


def live_options(parser: argparse.ArgumentParser) -> None:
    up_options(parser)
    parser.add_argument(
        "--no-verify",
        dest="verify",
        action="store_false",
        help="stop when every node is Ready, without verifying the cluster",
    )


def output_options(parser: argparse.ArgumentParser) -> None:
    stack_options(parser)
    parser.add_argument("--show-secrets", action="store_true", help="show secrets in plain text")


def render_options(parser: argparse.ArgumentParser) -> None:
    stack_options(parser)
    parser.add_argument(
        "--kubernetes", metavar="VERSION", help="a Kubernetes version instead of the stack's"
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="where the files go, below it; ./render by default",
    )


def render(arguments: argparse.Namespace) -> int:
    """Write the files that each machine of a stack would get."""
    # Only this command needs the modules of the program, whose import takes time.
    from .render import main_render  # noqa: PLC0415

    return main_render(arguments.stack, arguments.kubernetes, arguments.config_file, arguments.to)


COMMANDS = {
    "up": Command(stack_commands.up, up_options),
    "preview": Command(machines.preview, preview_options),
    "live": Command(machines.live, live_options),
    "down": Command(machines.down, stack_options),
    "enter": Command(shell_command.enter, shell_command.options),
    "shell": Command(machines.shell, machines.shell_options),
    "unprotect": Command(stack_commands.unprotect, unprotect_options),
    "outputs": Command(stack_commands.outputs, output_options),
    "render": Command(render, render_options),
    "kubeconfig": Command(stack_commands.kubeconfig, stack_options),
}


def main(words: list[str]) -> int:
    """Run one command. The value is the exit code."""
    with in_order(), outlasting_readers() as outputs:
        write_any_text()
        try:
            code = _run(words)
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
            code = stack_commands.INTERRUPTED
        except Exception as error:  # noqa: BLE001 (one place turns every error into a line)
            print(f"error: {explained(error)}", file=sys.stderr)
            code = 1
        for output in outputs:
            output.flush()
            if output.failure is not None:
                print(
                    f"error: the output is not whole: {explained(output.failure)}", file=sys.stderr
                )
                code = code or 1
        return code


def _run(words: list[str]) -> int:
    parser = Parser(prog="rehearsal", description=__doc__)
    named = parser.add_subparsers(dest="command", required=True)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        parser.error(_unknown(words[0]))
    for word, command in COMMANDS.items():
        about = command.run.__doc__
        command.options(named.add_parser(word, help=about, description=about))
    arguments = parser.parse_args(words)
    return COMMANDS[arguments.command].run(arguments)


def _unknown(word: str) -> str:
    near = get_close_matches(word, COMMANDS, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(COMMANDS)}"
    return f"unknown command {word!r}; {advice}"


if __name__ == "__main__":
    open_standard_files()
    if sys.warnoptions:
        # Python has read PYTHONWARNINGS, which is the user's for other work: a warning of a library is no error.
        warnings.simplefilter("ignore")
    garbage.switch_off()
    code = main(sys.argv[1:])
    garbage.keep_all()
    sys.exit(code)
