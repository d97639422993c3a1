"""The environment in which plain `pulumi` runs on the rehearsal, for any program in any folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..cloud import Cloud, stop_unused_cloud, used_cloud
from ..engine.checkpoint import stacks_with_resources
from ..providers import stand_ins
from ..providers.journal import Journals
from ..providers.serving import served
from ..state import State
from ..surroundings import put_in_order
from ..well_known import ACCOUNT
from .home import home, programs
from .stand_in import ENDPOINT, JOURNALS, SERVED


def environment(state: State, cloud: Cloud) -> dict[str, str]:
    """All variables of a process whose `pulumi` uses this state and this cloud, and whose clients of AWS use the cloud."""
    variables = dict(os.environ)
    put_in_order(variables)
    path = [str(programs(state)), variables.get("PATH", os.defpath)]
    return variables | {
        "PATH": os.pathsep.join(path),
        "DUALSTACK_STATE": str(state.folder),
        JOURNALS: str(state.place("journals")),
        "PULUMI_HOME": str(home(state)),
        # By default the engine keeps an .attrs file beside each checkpoint and writes it in place. A killed run can leave half
        # of one, and then every later run fails to read the stack.
        "PULUMI_BACKEND_URL": f"{state.backend().as_uri()}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": state.passphrase(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        ENDPOINT: cloud.endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
    }


@contextmanager
def rehearsed(state: State) -> Iterator[dict[str, str]]:
    """That environment, with a cloud and stand-ins that run inside the block.

    After it the cloud ends unless a stack has resources.
    """
    try:
        with used_cloud(state, in_use=bool(stacks_with_resources(state))) as cloud:
            providers = stand_ins(cloud.endpoint, Journals(state.place("journals")))
            with served(providers) as ports:
                yield environment(state, cloud) | {SERVED: ports}
    finally:
        if not stacks_with_resources(state):
            stop_unused_cloud(state)
