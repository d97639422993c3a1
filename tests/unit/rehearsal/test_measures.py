"""What the bench measures is there to be measured."""

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
