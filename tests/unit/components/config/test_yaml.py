"""Project and stack files, read by the engine's rules. The expected readings are those that the engine itself has given."""

from pathlib import Path

import pytest

from components.config.yaml_reader import (
    DEEPEST,
    LARGEST_BYTES,
    FileFormatError,
    read_map,
    read_text,
)

READINGS = {
    "no": "no",
    "yes": "yes",
    "on": "on",
    "Off": "Off",
    "y": "y",
    "N": "N",
    "True": True,
    "tRUE": "tRUE",
    "FALSE": False,
    "~": None,
    "nUll": "nUll",
    "=": "=",
    "012": 10,
    "-012": -10,
    "0o14": 12,
    "0x1F": 31,
    "0b11": 3,
    "08": 8,
    "0o8": "0o8",
    "0x": "0x",
    "1_000": 1000,
    "_1": "_1",
    "1:30": "1:30",
    "1e3": 1000,
    "1.36": 1.36,
    "1.30": 1.3,
    "3.0": 3,
    ".5": 0.5,
    "5.": 5,
    "1e22": 1e22,
    "1e999": "1e999",
    "1" * 5000: "1" * 5000,
    "-" + "1" * 5000: "-" + "1" * 5000,
    "18446744073709551615": 18446744073709552000,
    "-9223372036854775809": -9223372036854776000,
    "9223372036854775807": 9223372036854775807,
    "0x1FFFFFFFFFFFFFFFFF": "0x1FFFFFFFFFFFFFFFFF",
    "2026-01-02": "2026-01-02 00:00:00 +0000 UTC",
    "2026-13-02": "2026-13-02",
    "2001-12-14T21:59:43.10-05:00": "2001-12-14 21:59:43.1 -0500 -0500",
    '"2026-01-02"': "2026-01-02",
    "'12'": "12",
    "!!str 12": "12",
    '!!int "12"': 12,
    "!own 12": "12",
    "!!binary aGVsbG8=": "hello",
    "fd00::1": "fd00::1",
    "10.0.0.0/16": "10.0.0.0/16",
    "\u0665": "\u0665",
}


def read(text: str, path: Path = Path("a.yaml")):
    return read_text(text.encode(), path)


@pytest.mark.parametrize(("written", "meant"), READINGS.items())
def test_a_plain_value_is_what_the_engine_makes_of_it(written, meant):
    found = read(f"v: {written}")["v"]

    assert (found, type(found)) == (meant, type(meant))


def test_keys_become_the_texts_that_the_engine_makes_of_them():
    found = read("a: {b: {01: a, 1.10: b, true: c, ~: d, 1e6: e, 3.0: f, 1e-7: g, no: h}}")

    keys = ["1", "1.1", "true", "<nil>", "1e+06", "3", "1e-07", "no"]
    assert list(found["a"]["b"]) == keys


def test_merged_maps_are_read_in_the_engines_order():
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\nd: {'<<': {q: 1}}"

    assert read(text)["c"] == {"x": 9, "y": 2, "z": 4}
    assert read(text)["d"] == {"q": 1}


def test_only_the_first_document_is_read():
    assert read("a: 1\n---\nb: [") == {"a": 1}


def test_utf_16_is_read_as_the_engine_reads_it(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("name: é".encode("utf-16"))

    assert read_map(path) == {"name": "é"}


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x")

    assert read_map(path) == {"name": "x"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a:\n  b: 1\n  c: 2\n  b: 3",
            "a.yaml, line 4: the key 'b' is already there on line 2; keep one",
        ),
        ('a: {b: {1: x, "1": y}}', "line 1: the key '1' is already there on line 1"),
        ("a: {b: {1: x, 01: y}}", "line 1: the key '1' is already there on line 1"),
        ("<<: {a: 1}\n<<: {b: 1}", "line 2: the key '<<' is already there on line 1"),
        ("1: x", "line 1: the key 1 is not a text; put it in quotes"),
        ("a:\n  true: x", "line 2: the key true is not a text"),
        ("a: {b: {[c]: d}}", "line 1: the key ['c'] is not a text"),
        ("a: [b", "line 2: not YAML: did not find expected ',' or ']'"),
        ("a:\n\tb: c", "line 2: not YAML: found character that cannot start any token"),
        ("a: *b", "line 1: the anchor 'b' is not defined above"),
        ("a: &b [*b]", "line 1: the anchor 'b' contains itself"),
        ("a: {<<: 3}", "line 1: << takes a map or a list of maps"),
        ("a: .nan", "line 1: .nan cannot be passed to the program"),
        ("a: -.inf", "line 1: -.inf cannot be passed to the program"),
        ("a: !!bool maybe", "line 1: 'maybe' is written with !!bool, and is none"),
        ("a: !!binary ???", "'???' is written with !!binary, and is no text in base64"),
        ("a: " + "[" * (DEEPEST + 1), f"line 1: more than {DEEPEST} levels are inside each other"),
        (
            "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 9)),
            "values; write fewer aliases",
        ),
    ],
)
def test_what_the_engine_refuses_is_refused_with_its_line(text, said):
    with pytest.raises(FileFormatError) as refused:
        read(text)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a, b", "must be a map of settings, and is 'a, b'"),
        (b"- a", "must be a map of settings, and is ['a']"),
        ("name: é".encode("latin-1"), "is not text in UTF-8"),
        (b"name: \x00\x01", "is not text in UTF-8"),
        (b"#" * (LARGEST_BYTES + 1), "and a file of a stack has at most 1048576"),
    ],
)
def test_a_file_that_is_no_map_is_refused_in_one_line(tmp_path, content, said):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)

    with pytest.raises(FileFormatError) as refused:
        read_map(path)

    assert str(path) in str(refused.value)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_empty_file_is_an_empty_map(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("# nothing\n")

    assert read_map(path) == {}


def test_a_device_is_refused_and_not_read():
    with pytest.raises(
        FileFormatError, match="/dev/zero is no file with a text; put a YAML file there"
    ):
        read_map(Path("/dev/zero"))
