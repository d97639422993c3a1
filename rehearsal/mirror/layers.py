"""Layers of container images, made of files of this machine and the libraries that they are linked with."""

import hashlib
import io
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

Content = Path | str
"""A file of this machine, or a text."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Files by their path in the image. A folder means the files in it."""

    files: Mapping[str, Content]
    links: Mapping[str, str] = field(default_factory=dict)
    """The targets of symbolic links, by the links' paths."""
    folders: Mapping[str, int] = field(default_factory=dict)
    """The modes of empty folders, by their paths."""

    def fingerprint(self) -> str:
        """A hash that changes when the layer does."""
        parts = [f"{name} {content}" for name, content in {**self.links, **self.folders}.items()]
        for name, content in self._files():
            parts.append(f"{name} {_identity(content)}")
        return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()

    def write(self, output: BinaryIO) -> None:
        """Write the layer as a tar file. The same files give the same bytes."""
        with tarfile.open(fileobj=output, mode="w") as archive:
            for name, mode in sorted(self.folders.items()):
                archive.addfile(_member(name, tarfile.DIRTYPE, mode))
            for name, content in sorted(self._with_libraries().items()):
                _add(archive, name, content)
            for name, target in sorted(self.links.items()):
                member = _member(name, tarfile.SYMTYPE, 0o777)
                member.linkname = target
                archive.addfile(member)

    def _files(self) -> Iterator[tuple[str, Content]]:
        for name, content in self.files.items():
            if isinstance(content, Path) and content.is_dir():
                for path in content.iterdir():
                    if path.is_file():
                        yield f"{name}/{path.name}", path
            else:
                yield name, content

    def _with_libraries(self) -> dict[str, Content]:
        found = dict(self._files())
        programs = [content for content in found.values() if isinstance(content, Path)]
        return {**{str(path): path for path in libraries(programs)}, **found}


def _identity(content: Content) -> str:
    if isinstance(content, str):
        return content
    status = content.stat()
    return f"{content} {status.st_size} {status.st_mtime_ns}"


def libraries(programs: list[Path]) -> set[Path]:
    """The shared libraries of these programs. Programs that are built here are static and have none."""
    if not programs:
        return set()
    # For a static program ldd fails, and prints a message in place of the list.
    answer = subprocess.run(
        ["ldd", *map(str, programs)], capture_output=True, text=True, check=False
    )
    paths = re.findall(r"^\t(?:\S+ => )?(/\S+) \(0x", answer.stdout, re.MULTILINE)
    return {Path(path) for path in paths}


def _add(archive: tarfile.TarFile, name: str, content: Content) -> None:
    if isinstance(content, str):
        member = _member(name, tarfile.REGTYPE, 0o644)
        member.size = len(content.encode())
        archive.addfile(member, io.BytesIO(content.encode()))
        return
    status = content.stat()
    member = _member(name, tarfile.REGTYPE, 0o755 if status.st_mode & 0o111 else 0o644)
    member.size = status.st_size
    with content.open("rb") as file:
        archive.addfile(member, file)


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name.lstrip("/"))
    member.type = kind
    member.mode = mode
    return member
