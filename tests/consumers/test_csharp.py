"""The SDK for C#, as Pulumi's generator writes it. Its syntax is read: the compiler and its packages cannot be had here."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import tree_sitter_c_sharp
from tree_sitter import Language, Parser

from components.plugin import COMPONENTS, SCHEMA
from rehearsal.builds.gen_sdk import write_sdk


@pytest.fixture(scope="module")
def sdk(tmp_path_factory):
    """The files of the SDK by name, as syntax trees."""
    folder = tmp_path_factory.mktemp("csharp")
    (folder / "logo.png").touch()
    logos = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder))
    )
    threading.Thread(target=logos.serve_forever).start()
    try:
        logo = f"http://127.0.0.1:{logos.server_address[1]}/logo.png"
        schema = json.loads(SCHEMA.read_text()) | {"version": "0.1.0", "logoUrl": logo}
        (folder / "schema.json").write_text(json.dumps(schema))
        write_sdk(folder / "schema.json", "csharp", folder / "sdk")
    finally:
        logos.shutdown()
        logos.server_close()
    parser = Parser(Language(tree_sitter_c_sharp.language()))
    return {
        str(file.relative_to(folder / "sdk")): parser.parse(file.read_bytes()).root_node
        for file in (folder / "sdk").rglob("*.cs")
    }


def declared(root, kind):
    """The names of the declarations of one kind in a file."""
    found, left = set(), [root]
    while left:
        node = left.pop()
        left += node.children
        if node.type == kind:
            found.add(node.child_by_field_name("name").text.decode())
    return found


def test_every_file_is_valid_csharp(sdk):
    assert [name for name, root in sdk.items() if root.has_error] == []


def test_every_component_has_its_class_and_its_arguments(sdk):
    names = {component.__name__ for component in COMPONENTS}

    assert {name: declared(sdk[f"{name}.cs"], "class_declaration") for name in names} == {
        name: {name, f"{name}Args"} for name in names
    }


def test_every_choice_is_an_enumeration(sdk):
    types = json.loads(SCHEMA.read_text())["types"]
    choices = {token.rpartition(":")[2] for token, one in types.items() if "enum" in one}

    assert declared(sdk["Enums.cs"], "struct_declaration") == choices
