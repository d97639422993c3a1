"""Layers of images: what is in them, and that the same files give the same bytes."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from rehearsal.mirror.layers import Layer, libraries


def written(layer: Layer) -> bytes:
    output = io.BytesIO()
    layer.write(output)
    return output.getvalue()


def members(layer: Layer) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(written(layer))) as archive:
        return {member.name: member for member in archive.getmembers()}


@pytest.fixture
def program(tmp_path) -> Path:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o700)
    return path


def test_a_layer_holds_files_texts_links_and_folders(program):
    layer = Layer(
        {"/bin/program": program, "/etc/group": "root:x:0:\n"},
        {"/bin/sh": "program"},
        {"/tmp": 0o1777},
    )

    found = {
        name: (member.mode, member.size, member.linkname) for name, member in members(layer).items()
    }

    assert found == {
        "tmp": (0o1777, 0, ""),
        "bin/program": (0o755, 10, ""),
        "etc/group": (0o644, 10, ""),
        "bin/sh": (0o777, 0, "program"),
    }


def test_a_program_brings_the_libraries_it_is_linked_with():
    shell = Path(shutil.which("bash") or "").resolve()

    found = members(Layer({"/bin/bash": shell}))

    names = {name.rpartition("/")[2] for name in found}
    assert "bash" in names
    assert "libc.so.6" in names
    assert any(name.startswith("ld-linux") for name in names)


def test_a_script_needs_no_library(program):
    assert libraries([program]) == set()


def test_the_same_files_give_the_same_bytes_whenever_they_were_made(program, tmp_path):
    copy = tmp_path / "copy"
    shutil.copy(program, copy)

    assert written(Layer({"/bin/program": program})) == written(Layer({"/bin/program": copy}))


def test_a_folder_stands_for_the_files_in_it(tmp_path):
    (tmp_path / "libxt_nat.so").write_text("nat")
    (tmp_path / "libxt_mark.so").write_text("mark")

    assert sorted(members(Layer({"/usr/lib/xtables": tmp_path}))) == [
        "usr/lib/xtables/libxt_mark.so",
        "usr/lib/xtables/libxt_nat.so",
    ]


def test_a_program_that_was_built_again_makes_another_layer(program):
    layer = Layer({"/bin/program": program})
    before = layer.fingerprint()

    program.write_text("#!/bin/sh\nexit\n")

    assert layer.fingerprint() != before
