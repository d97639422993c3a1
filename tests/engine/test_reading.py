"""A stack's file as the real engine reads it, beside the reading that a rehearsal makes without it."""

import json
import shutil

import pytest
from pulumi.runtime.config import CONFIG

from rehearsal.engine import engine as module
from rehearsal.engine.engine import Engine
from rehearsal.render import configuration
from rehearsal.workspace import Project
from tests.unit.components.config.test_yaml import READINGS

PROJECT = "name: dualstack\nruntime: python\n"

SECTIONS = {
    "plain": f"[{', '.join(READINGS)}]",
    "maps": "{1: {01: a}, 1.10: b, true: c, 1e6: d, no: e}",
    "base": "&base {a: 1, b: 2}",
    "merged": "{<<: [*base, {b: 3, c: 4}], a: 9}",
    "quoted": "{'<<': {z: 1}}",
    "octal": "012",
    "word": "yes",
    "truth": "true",
    "json": "'{\"a\": 1}'",
    "empty": "",
    "null": "~",
    "date": "2026-01-02",
    "config:long": "7",
}


@pytest.fixture
def project(tmp_path):
    """A project with one stack that has values of every kind."""
    lines = [f"  dualstack:{name}: {value}\n" for name, value in SECTIONS.items()]
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.odd.yaml").write_text("config:\n  bare: no\n" + "".join(lines))
    return Project(tmp_path, overrides={})


def asked(project, state) -> dict[str, str]:
    """What the engine gives to the program."""
    found: dict[str, str] = {}
    engine = Engine(
        "odd",
        project=project,
        program=lambda: found.update(CONFIG.get() or {}),
        state=state,
        notice=lambda _: None,
        keep_cloud=True,
    )
    engine.preview(lambda _: None)
    return found


def as_engine(value) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def test_a_rehearsal_reads_what_the_engine_reads(project, state, monkeypatch):
    def untouched(state, project, stack):
        folder = state.place("untouched", "Pulumi.yaml").parent
        for name in ("Pulumi.yaml", "Pulumi.odd.yaml"):
            shutil.copy(project.folder / name, folder)
        return folder

    monkeypatch.setattr(module, "workspace", untouched)
    engines = asked(project, state)
    monkeypatch.undo()

    ours = {key: as_engine(value) for key, value in project.stack_config("odd")["config"].items()}
    assert {key: loaded(text) for key, text in engines.items()} == {
        key: loaded(text) for key, text in ours.items()
    }
    assert list(READINGS.values()) == loaded(engines["dualstack:plain"])
    # The copy that the engine is given says the same.
    assert asked(project, state) == engines


def test_the_program_and_render_read_sections_alike(project):
    given = configuration(project, "odd", None)

    assert given["octal"] == 10
    assert given["word"] == "yes"
    assert given["truth"] is True
    assert given["json"] == {"a": 1}
    assert {"empty", "null"} & given.keys() == set()
    assert (given["bare"], given["long"]) == ("no", 7)


def loaded(text: str):
    try:
        return json.loads(text)
    except ValueError:
        return text
