"""The command line of `python -m dualstack status`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..command_parser import CommandParser, failed
from ..facts import ssm_paths
from ..facts.versions import CONTROL_PLANE, OLD_CONTROL_PLANE
from ..rules.upgrade import Standing
from ..snapshot import last
from ..standing import standing
from .account import Parameter, UnaskableAccountError, account
from .endings import Ending, of_kubeconfig, of_node, of_parameters
from .overview import MachineView, NodeView, Report, as_json, as_text

DONE, WAITING, UNASKED = 0, 1, 2

NO_BOTO3 = (
    "status needs boto3, which the package installs when it is asked to: "
    "python -m pip install '/path/to/dualstack[status]'"
)

PLAN, KUBELET_PLAN = "dualstack/plan", "dualstack/kubelet-plan"
"""The annotations in which a control plane's Node has the digest of the plan that it has reached."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Report on the cluster that the arguments name, and return the exit code: see `--help`."""
    options = _parser().parse_args(arguments)
    if find_spec("boto3") is None and not options.kubeconfig:
        return failed(NO_BOTO3, UNASKED)
    report = _report(options)
    if report.account and (report.api or not report.machines):
        api = f"; the API: {report.api or 'it has no node'}" if options.kubeconfig else ""
        return failed(f"{options.cluster} cannot be asked for: {report.account}{api}", UNASKED)
    if not report.machines and report.standing.wanted is None:
        return failed(
            f"no machine of a cluster {options.cluster} exists in this account and region; is its name cluster.name, and the "
            "region right?",
            UNASKED,
        )
    show = as_json if options.json else as_text
    sys.stdout.write(show(report, datetime.now(UTC)))
    if report.account:
        return UNASKED
    return WAITING if report.waits_for else DONE


def _report(options: argparse.Namespace) -> Report:
    """The report of what can be asked: AWS, the API, or both."""
    try:
        report = _of_account(options)
    except _unaskable() as error:
        endings = [*of_kubeconfig(options.kubeconfig)] if options.kubeconfig else []
        report = Report(options.cluster, Standing(), [], account=str(error), endings=endings)
    if not options.kubeconfig:
        return replace(report, api="name a kubeconfig with --kubeconfig")
    return _with_nodes(report, options.kubeconfig)


def _unaskable() -> tuple[type[Exception], ...]:
    """The errors of an account that cannot be asked."""
    if find_spec("boto3") is None:
        return (UnaskableAccountError,)
    errors = import_module("botocore.exceptions")
    return UnaskableAccountError, errors.BotoCoreError, errors.ClientError


def _of_account(options: argparse.Namespace) -> Report:
    """The report of what AWS knows; an error of `_unaskable` if it cannot be asked."""
    if find_spec("boto3") is None:
        raise UnaskableAccountError(NO_BOTO3)
    cluster = options.cluster
    asked = account(options.region)
    held = asked.parameters(cluster)
    values = {name: each.value for name, each in held.items()}
    bucket = held.get(ssm_paths.backup_bucket(cluster))
    return Report(
        cluster,
        standing(cluster, values),
        asked.machines(cluster, held),
        backup=last(values.get(ssm_paths.last_backup(cluster))),
        backup_fault=values.get(ssm_paths.backup_fault(cluster)),
        backed_up_since=bucket.written if bucket else None,
        etcd=values.get(ssm_paths.etcd_fault(cluster)),
        endings=_endings(options, asked.written(cluster), held),
    )


def _endings(
    options: argparse.Namespace, written: Mapping[str, datetime], held: Mapping[str, Parameter]
) -> list[Ending]:
    """What ends when. The kubeconfig adds what certificates say."""
    times = {**{name: each.written for name, each in held.items()}, **written}
    certificates = of_kubeconfig(options.kubeconfig) if options.kubeconfig else ()
    return [*of_parameters(options.cluster, times), *certificates]


def _with_nodes(report: Report, kubeconfig: str) -> Report:
    """The report with what the API says of each machine's node. SSM tells enough if the API cannot be reached."""
    if find_spec("kubernetes") is None:
        return replace(
            report, api="it takes the package kubernetes, which the extra `verify` installs"
        )
    # The module imports the package of that extra.
    client = import_module("..verify.client", __package__)
    try:
        nodes = client.connect(kubeconfig, None).list("/api/v1/nodes")
    except (client.UnaskableError, client.ApiRefusedError) as error:
        return replace(report, api=str(error))
    ends = [ending for node in nodes if _controls(node) for ending in of_node(node)]
    report = replace(report, endings=[*report.endings, *ends])
    if report.account:
        return replace(report, machines=[_machine(node) for node in nodes])
    by_name = {node["metadata"]["name"]: _view(node) for node in nodes}
    return replace(
        report, machines=[replace(each, node=by_name.get(each.id)) for each in report.machines]
    )


def _machine(node: Mapping[str, Any]) -> MachineView:
    """A machine of which nothing is known but its node. Its role stands for its name."""
    control_plane = _controls(node)
    role = "control plane" if control_plane else "worker"
    return MachineView(role, node["metadata"]["name"], control_plane, "-", "-", node=_view(node))


def _controls(node: Mapping[str, Any]) -> bool:
    """Whether it is a control plane's."""
    labels = node["metadata"].get("labels", {})
    return CONTROL_PLANE in labels or OLD_CONTROL_PLANE in labels


def _view(node: Mapping[str, Any]) -> NodeView:
    conditions = node["status"].get("conditions", ())
    notes = node["metadata"].get("annotations", {})
    return NodeView(
        node["status"]["nodeInfo"]["kubeletVersion"].removeprefix("v"),
        any(each["type"] == "Ready" and each["status"] == "True" for each in conditions),
        notes.get(PLAN),
        notes.get(KUBELET_PLAN),
    )


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog="python -m dualstack status",
        description="Show a cluster's machines, the plan of its control planes, what is waited for, and the last failure. "
        "Nothing is changed. AWS is asked with the credentials of the environment.",
        epilog="Exit code: 0 all is as the plan says, 1 something is waited for, 2 AWS could not be asked: with --kubeconfig only nodes are shown.",
    )
    parser.add_argument("cluster", help="the cluster's name: cluster.name in the configuration")
    parser.add_argument("--region", help="default: the environment's")
    parser.add_argument(
        "--kubeconfig", metavar="FILE", help="ask the API too, for each node's version and state"
    )
    parser.add_argument("--json", action="store_true", help="write a document instead of a table")
    return parser
