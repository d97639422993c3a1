"""What the bench measures is there to be measured."""

import subprocess
import sys

from bench import measures
from tests.support.minors import NUMBERS


def test_every_minor_is_rendered_in_both_orders(monkeypatch):
    rendered = []
    monkeypatch.setattr(measures, "worker_join", lambda pool: rendered.append(pool.cluster))

    measures.render_all_minors()

    assert [(one.kubernetes_version, list(one.ip_families)) for one in rendered] == [
        (f"1.{minor}", families)
        for minor in NUMBERS
        for families in (["IPv4", "IPv6"], ["IPv6", "IPv4"])
    ]


def test_the_modules_that_decide_are_there_and_import_no_aws_sdk():
    code = measures.pure_imports()

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")
