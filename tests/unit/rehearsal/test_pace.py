"""What the cloud does by itself, later."""

import io

import pytest

from rehearsal.cloud import server
from rehearsal.cloud.pace import SPEED, Pace


@pytest.fixture
def clock():
    """A clock that stands still, and the pace that goes by it."""
    pace = Pace(lambda: 100.0)
    pace.done = []
    return pace


def test_events_happen_in_the_order_of_their_times_each_at_its_own(clock):
    for seconds in (20, 10, 30):
        clock.after(seconds, lambda: clock.done.append(round((clock.now() - 100) * SPEED)))

    clock.skip(25)
    clock.catch_up()

    assert clock.done == [10, 20]


def test_an_event_that_fails_is_logged_and_those_after_it_happen(clock, capsys):
    def fail():
        raise KeyError("i-0123")

    clock.after(10, fail)
    clock.after(20, lambda: clock.done.append("later"))

    clock.skip(25)
    clock.catch_up()

    assert clock.done == ["later"]
    assert "KeyError: 'i-0123'" in capsys.readouterr().err


def test_nothing_happens_to_resources_that_a_reset_has_dropped(clock, monkeypatch):
    monkeypatch.setattr(server, "PACE", clock)
    application = server.Application("it")
    request = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/moto-api/reset",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.input": io.BytesIO(b""),
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "CONTENT_LENGTH": "0",
    }
    clock.after(10, lambda: clock.done.append("refilled"))
    clock.skip(25)

    status, _, _ = application(request)
    clock.catch_up()

    assert status == "200 OK"
    assert clock.done == []
