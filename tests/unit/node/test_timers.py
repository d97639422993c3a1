"""How often machines do what pages and `status` rely on. That of the join token is with its other tests."""

import re
from datetime import timedelta

from components.facts.backup_interval import EVERY, LATE
from components.status.endings import CERTIFICATE_SPARE
from tests.unit.node.timers import TIMERS, timer


def test_a_snapshot_is_made_each_hour_and_one_that_fails_is_not_late_yet():
    backup = timer("backup")

    assert backup.period == EVERY == timedelta(hours=1)
    assert 2 * backup.most <= LATE


def test_certificates_are_looked_at_several_times_while_they_have_90_days_and_before_they_are_late():
    certificates = timer("certificates")
    program = (TIMERS / "renewal.py").read_text()

    found = dict(re.findall(r"^(DAYS|URGENT_DAYS) = (\d+)$", program, re.MULTILINE))

    assert found == {"DAYS": "90", "URGENT_DAYS": "30"}
    assert 5 * certificates.most <= timedelta(days=90)
    # Before a machine waits for no other one, and after that.
    assert 5 * certificates.most <= timedelta(days=90 - 30)
    assert 2 * certificates.most <= timedelta(days=30)
    assert timedelta(days=90) - certificates.most >= CERTIFICATE_SPARE


def test_a_member_whose_machine_is_gone_is_looked_for_each_minute():
    assert timer("members").most == timedelta(minutes=1)


def test_two_renewals_of_the_registrys_login_may_fail():
    assert 3 * timer("registry").most <= timedelta(hours=12)
