"""The administrator's certificate ends after a year, and an `up` renews it in time or too late. The clock is the stand-in's."""

import base64
from datetime import UTC, datetime, timedelta

import pulumi
import pytest
import yaml
from cryptography import x509

from components import Identity
from rehearsal.daemons import CHECKOUT
from rehearsal.providers import tls

BORN = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def days_later(monkeypatch):
    """Set the clock to a number of days after the first run."""

    def set_clock(days):
        monkeypatch.setattr(tls, "now", lambda: BORN + timedelta(days=days))

    set_clock(0)
    return set_clock


@pytest.fixture
def stack(rig, days_later):
    """A stack with the keys of one cluster, made on the first day."""

    def program():
        made = Identity("keys", {"cluster_name": "keys", "api_host": "api.example.com"})
        pulumi.export("kubeconfig", made.kubeconfig)

    started = rig(program)
    started.up()
    return started


def replaced(run):
    """How many resources a run replaced, and how many it changed in all."""
    return run.counts["replaced"], run.changed


def ends(stack):
    """When the administrator's certificate in the kubeconfig ends."""
    kubeconfig = yaml.safe_load(stack.engine.outputs()["kubeconfig"].value)
    pem = base64.b64decode(kubeconfig["users"][0]["user"]["client-certificate-data"])
    certificate = x509.load_pem_x509_certificate(pem)
    return certificate.not_valid_after_utc


def test_an_up_before_the_last_month_leaves_the_certificate_alone(stack, days_later):
    days_later(334)

    run = stack.up()

    assert run.changed == 0
    assert ends(stack) == BORN + timedelta(days=365)


@pytest.mark.parametrize("days", [335, 364, 400], ids=["last-month", "last-day", "expired"])
def test_an_up_in_the_last_month_or_later_renews_it_without_a_refresh(stack, days_later, days):
    days_later(days)

    preview, run, again = stack.preview(), stack.up(), stack.up()

    assert replaced(preview) == replaced(run) == (1, 1)
    assert again.changed == 0
    assert ends(stack) == BORN + timedelta(days=days + 365)


def test_the_certificate_authorities_outlive_the_administrators_certificate(stack, days_later):
    before = stack.engine.outputs()["kubeconfig"].value

    days_later(3649)
    stack.up()

    authority = [
        yaml.safe_load(text)["clusters"][0]["cluster"]["certificate-authority-data"]
        for text in (before, stack.engine.outputs()["kubeconfig"].value)
    ]
    assert authority[0] == authority[1]


def test_the_pattern_of_the_how_to_page_renews_the_administrators_kubeconfig_on_the_first_day(
    stack, days_later
):
    page = (CHECKOUT / "docs/how-to/rotate.md").read_text()
    pattern = "**::prod-admin"
    assert f"--replace '{pattern}'" in page
    before = stack.engine.outputs()["kubeconfig"].value
    days_later(1)

    with stack.engine._session() as (real, _):
        real.up(replace=[pattern.replace("prod", "keys")])
    after = stack.engine.outputs()["kubeconfig"].value

    ours, theirs = (yaml.safe_load(text)["users"][0]["user"] for text in (before, after))
    assert ours["client-key-data"] != theirs["client-key-data"]
    assert ends(stack) == BORN + timedelta(days=366)
    assert stack.up().changed == 0
