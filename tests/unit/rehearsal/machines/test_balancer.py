"""What haproxy is told of a load balancer."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from rehearsal.machines.network.load_balancer import configuration, drained, states
from rehearsal.machines.network.vpcs import balancer_places, known_addresses
from rehearsal.machines.view.survey import HealthCheck
from tests.unit.rehearsal.machines.sample import BALANCER, SURVEY

PLACES = [("10.0.226.1", "2600:1::1"), ("10.0.230.1", "2600:2::1")]
"""In two zones."""


def told(**changed) -> list[str]:
    listener = replace(BALANCER.listeners[0], **changed)
    balancer = replace(BALANCER, listeners=(listener,))
    text = configuration(balancer, PLACES, SURVEY.by_id)
    return [line.strip() for line in text.splitlines()]


def test_it_listens_in_both_families_in_every_zone():
    assert [line for line in told() if line.startswith("bind")] == [
        "bind 10.0.226.1:6443",
        "bind 2600:1::1:6443",
        "bind 10.0.230.1:6443",
        "bind 2600:2::1:6443",
    ]


@pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is installed by `make live`")
@pytest.mark.parametrize("ipv6_targets", [False, True], ids=["IPv4", "IPv6"])
def test_haproxy_reads_it(tmp_path, ipv6_targets):
    file = tmp_path / "haproxy.cfg"
    check = HealthCheck("HTTPS", "/readyz", 5, 5, "200-403")
    lines = told(ipv6_targets=ipv6_targets, check=check, draining=20)
    file.write_text("\n".join([*lines, ""]))

    read = subprocess.run(
        ["haproxy", "-c", "-f", file], capture_output=True, text=True, check=False
    )

    assert read.returncode == 0, read.stderr


def test_each_zone_reaches_the_targets_from_its_own_address():
    def sources(lines: list[str]) -> list[str]:
        return [line for line in lines if line.startswith("source")]

    assert sources(told()) == ["source 10.0.226.1:0", "source 10.0.230.1:0"]
    assert sources(told(ipv6_targets=True)) == ["source 2600:1::1:0", "source 2600:2::1:0"]


def test_targets_are_reached_in_the_family_of_their_group():
    assert "server i-0123456789abcdef0-6443 10.0.0.4:6443 check" in told()
    assert "server i-0123456789abcdef0-6443 2600:1f00:0:8::4:6443 check" in told(ipv6_targets=True)


def test_a_connection_goes_to_one_target_and_fails_with_it():
    assert "retries 0" in told()
    assert "no option redispatch" in told()


SERVED = """
listen port-6443-0
  bind 10.0.226.1:6443
  server i-1-6443 10.0.0.4:6443 check
  server i-2-6443 2600::5:6443 check
listen port-6443-1
  bind 10.0.230.1:6443
  server i-1-6443 10.0.0.4:6443 check
"""
FIRST = "2 port-6443-0 1 i-1-6443 10.0.0.4 2 0 1 1 2 15 3 2 6 0 0 0 - 6443 - 0 0 - - 0"


def test_a_new_target_is_unhealthy_until_a_check_passes_and_the_others_stay_as_they_are():
    known = f"1\n# be_id be_name srv_id srv_name\n{FIRST}\n\n"

    assert states(SERVED, known).splitlines() == [
        "1",
        "# be_id be_name srv_id srv_name",
        FIRST,
        "0 port-6443-0 0 i-2-6443 2600::5 0 0 1 1 0 1 0 0 6 0 0 0 - 6443 - 0 0 - - 0",
        "0 port-6443-1 0 i-1-6443 10.0.0.4 0 0 1 1 0 1 0 0 6 0 0 0 - 6443 - 0 0 - - 0",
    ]


def test_an_unhealthy_target_loses_its_connections_at_once_unless_its_group_drains_it():
    assert "default-server inter 2s fall 2 rise 1 on-marked-down shutdown-sessions" in told()
    assert "default-server inter 2s fall 2 rise 1" in told(draining=20)


COLUMNS = "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change"


def test_a_drained_target_loses_its_connections_when_its_interval_is_over():
    known = f"""1
{COLUMNS} srv_check_status
2 port-6443-0 1 i-1-6443 10.0.0.4 2 0 1 1 90 15
2 port-6443-0 2 i-2-6443 10.0.0.5 0 0 1 1 19 15
2 port-6443-0 3 i-3-6443 10.0.0.6 0 0 1 1 20 15
3 port-443-1 1 i-3-443 10.0.0.6 0 0 1 1 3 15
"""

    assert drained(known, {6443: 20, 443: 5}) == ["port-6443-0/i-3-6443"]
    assert drained("1\n#\n", {6443: 20}) == []


def test_a_target_that_is_gone_is_left_out():
    lines = told(targets=(("i-0000000000000000f", 6443),))

    assert not any(line.startswith("server ") for line in lines)


def test_a_check_by_https_asks_for_the_path():
    lines = told(check=HealthCheck("HTTPS", "/readyz", 10, 5, "200-403"))

    assert "option httpchk GET /readyz" in lines
    assert "http-check expect status 200-403" in lines
    assert "timeout check 5s" in lines


def test_its_addresses_are_those_of_its_subnets_and_stay_the_same():
    [(ipv4, ipv6)] = balancer_places(BALANCER, SURVEY)

    assert ipv4.startswith("10.0.22")
    assert ipv6.startswith("2600:1f00:0:1:1:")
    assert balancer_places(BALANCER, SURVEY) == [(ipv4, ipv6)]


def test_an_internal_one_is_known_by_its_own_addresses():
    internal = replace(BALANCER, internal=True)
    [place] = balancer_places(internal, SURVEY)

    assert known_addresses(internal, SURVEY) == [*place]
    assert known_addresses(BALANCER, SURVEY)[0].startswith("198.19.")
