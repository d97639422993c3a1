"""What the stand-ins look up in the SDK of a provider."""

import subprocess
import sys

MANY_AT_ONCE = """
import threading
from concurrent.futures import ThreadPoolExecutor
from rehearsal.providers.schema import function_faults

begin = threading.Barrier(16)

def ask(number):
    begin.wait()
    return function_faults("aws:ssm/getParameter:getParameter", {"name": "x"})

with ThreadPoolExecutor(16) as threads:
    print(list(threads.map(ask, range(16))) == [[]] * 16)
"""


def test_the_first_look_up_may_come_from_many_threads():
    # A process of its own, in which nothing of the SDK is imported yet.
    asked = subprocess.run(
        [sys.executable, "-c", MANY_AT_ONCE], capture_output=True, text=True, check=False
    )

    assert (asked.stdout, asked.stderr) == ("True\n", "")


def test_pip_answers_in_the_environment_because_the_engine_asks_it_for_the_packages():
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert '"name": "pulumi"' in listed.stdout, listed.stderr
