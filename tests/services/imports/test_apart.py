"""Workbooks are opened in a separate process, so that no bomb costs others memory or time (issue 7, C2, C3)."""

import io
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import psutil
import pytest
from openpyxl import Workbook

from domain.errors import Invalid
from domain.imports import ImportOptions
from services.imports import apart, tables, upload
from services.imports.cell_formats import LONGEST_FORMAT, display
from store.faults import is_full
from tests.services.imports.test_workbooks import (
    NO_TEXTS,
    NS,
    SHEET,
    STRINGS,
    bomb,
    saved,
    sheet_of,
    sheet_xml,
)
from tests.words import refused_with

STYLES = "xl/styles.xml"
PEOPLE = (["Name", "Phone"], ["Ana", "+34611000101"])


def people(folder: Path, city: str = "Vigo") -> Path:
    book = Workbook()
    for row in PEOPLE:
        sheet_of(book).append([*row, city])
    return saved(book, folder)


def glance(path: Path, sheet: str = "") -> tables.Glance:
    return tables.glance(path, ImportOptions(sheet=sheet), guess_header=True)


def part_of_a_workbook(name: str) -> bytes:
    stream = io.BytesIO()
    Workbook().save(stream)
    with zipfile.ZipFile(stream) as source:
        return source.read(name)


def styled(formats: bytes, cells: bytes) -> bytes:
    """The styles of a workbook with our own number formats and kinds of cells."""
    plain = re.sub(rb"<numFmts.*?(/>|</numFmts>)", b"", part_of_a_workbook(STYLES))
    ours = re.sub(rb"<cellXfs.*</cellXfs>", lambda _: b"<cellXfs>" + cells + b"</cellXfs>", plain)
    return ours.replace(b"<fonts", formats + b"<fonts", 1)


KIND = b'<xf numFmtId="0" fontId="0"><alignment horizontal="left"/></xf>'
TEXT = b'<row><c t="inlineStr"><is><t>Phone</t></is></c></row>'
LONG = b'<numFmts><numFmt numFmtId="200" formatCode="' + b"[" * 200_000 + b'h"/></numFmts>'
RUNS = b"<sst " + NS + b"><si>" + b"<r><t>ab</t></r>" * 450_000 + b"</si></sst>"
SWELLS = {
    "styles": {STYLES: styled(b"", KIND * 110_000), STRINGS: NO_TEXTS},
    "runs of one text": {STRINGS: RUNS},
    "texts by another name": {"xl/foo.xml": RUNS, "[Content_Types].xml": b""},
}


@pytest.mark.fault("C3")
@pytest.mark.parametrize("shape", SWELLS)
def test_what_needs_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setattr(apart, "MEMORY_BYTES", 60 * 1024 * 1024)
    assert glance(people(tmp_path)).options.headers == ["Name", "Phone", "Vigo"]
    parts = dict(SWELLS[shape])
    if "[Content_Types].xml" in parts:
        parts["[Content_Types].xml"] = types_with(b"/xl/foo.xml")
    with refused_with(Invalid, "too large"):
        glance(bomb(parts, tmp_path))


def types_with(strings: bytes) -> bytes:
    """The list of parts, the list of texts under another name."""
    listed = part_of_a_workbook("[Content_Types].xml")
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = b'<Override PartName="' + strings + b'" ContentType="' + kind + b'"/>'
    listed = re.sub(rb"<Override[^>]*sharedStrings[^>]*>", b"", listed)
    return listed.replace(b"</Types>", part + b"</Types>")


@pytest.mark.fault("C2")
@pytest.mark.fault("C3")
def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five kilobytes: the pattern that looks for dates in this number format takes half a minute."""
    monkeypatch.setattr(apart, "LOOK_S", 1)
    cells = styled(LONG, b'<xf numFmtId="0"/><xf numFmtId="200"/>')
    rows = TEXT + b'<row><c s="1"><v>45000.5</v></c></row>'
    path = bomb({STYLES: cells, SHEET: sheet_xml(rows), STRINGS: NO_TEXTS}, tmp_path)
    assert path.stat().st_size < 10_000
    with pytest.raises(Invalid) as refused:
        glance(path)
    assert refused.value.code == "import_slow"
    assert not list(tmp_path.glob("*.look.json"))


# Python itself, as a shell ignores SIGINT for ever if whoever started it does.
DYING = """
import os, signal, sys
number = int(sys.argv[1])
if number != signal.SIGKILL:
    signal.signal(number, signal.SIG_DFL)
os.kill(os.getpid(), number)
"""


def ending_itself(folder: Path, number: signal.Signals, times: int) -> str:
    """A Python that ends itself so many times before it does its work."""
    script = folder / "python"
    marks = f"{folder}/ended"
    script.write_text(
        "#!/bin/sh\n"
        f"test -f {marks} && ended=$(wc -c < {marks}) || ended=0\n"
        f'test $ended -ge {times} && exec {sys.executable} "$@"\n'
        f"printf . >> {marks}; exec {sys.executable} -IS -c '{DYING}' {int(number)}\n"
    )
    script.chmod(0o700)
    return str(script)


@pytest.mark.fault("D8")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
async def test_a_reader_that_others_end_says_nothing_of_the_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """As a service does that is stopped with all of its processes, or a system short of memory."""
    own = tmp_path / "own"
    own.mkdir()
    path = people(own)
    monkeypatch.setattr(sys, "executable", ending_itself(tmp_path, number, 1))
    options = glance(path).options
    (tmp_path / "ended").unlink()
    readable, _ = await tables.readable(path, options)
    assert readable.read_text("utf-8").splitlines()[1] == "Ana,+34611000101,Vigo"
    assert not list(own.glob("*.part"))


@pytest.mark.fault("C3")
def test_a_reader_that_ends_every_time_met_too_large_a_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = people(tmp_path)
    monkeypatch.setattr(sys, "executable", ending_itself(tmp_path, signal.SIGKILL, 9))
    with pytest.raises(Invalid) as refused:
        apart.to_csv(path, tmp_path / "out.csv", "Sheet")
    assert refused.value.code == "import_too_large"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.fault("C3")
@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process that its parent is gone"
)
def test_a_reader_ends_with_whoever_asked(tmp_path: Path) -> None:
    """The workbook is a pipe that nobody writes to: without an end it would be read for ever."""
    path = tmp_path / "people.xlsx"
    os.mkfifo(path)
    asking = f"from pathlib import Path; from services.imports import apart; apart.look(Path({str(path)!r}))"
    with subprocess.Popen([sys.executable, "-c", asking]) as asks:
        readers: list[psutil.Process] = []
        while not readers:
            readers = psutil.Process(asks.pid).children()
        asks.kill()
    assert psutil.wait_procs(readers, timeout=60)[1] == []


@pytest.mark.fault("C3")
def test_a_full_disk_is_no_damage_of_the_workbook(tmp_path: Path) -> None:
    job = {"job": "to_csv", "path": str(people(tmp_path)), "target": "/dev/full", "sheet": "Sheet"}
    with pytest.raises(OSError, match="No space") as full:
        apart._ask(job, apart.WRITE_S)
    assert is_full(full.value)


@pytest.mark.fault("C3")
def test_a_number_format_has_a_length() -> None:
    assert display(12.5, "0.00") == "12.50"
    assert display(12.5, "0.00" + "[" * LONGEST_FORMAT) == "12.5"


@pytest.mark.fault("C3")
@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"a.txt": b"hello"}, "import_binary"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "import_binary"),
        ({"xl/workbook.xml": b"<a>" * 50_000}, "import_unreadable"),
        ({"xl/workbook.xml": b"", **{f"p{n}": b"" for n in range(6_000)}}, "import_too_large"),
        (
            {
                "xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
            },
            "import_unreadable",
        ),
    ],
)
def test_compressed_files_that_are_no_workbooks(
    tmp_path: Path, parts: dict[str, bytes], code: str
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    stream.seek(0)
    path = upload.save(stream, tmp_path, "people", 10_000_000)
    with pytest.raises(Invalid) as refused:
        glance(path)
    assert refused.value.code == code


@pytest.mark.fault("C2")
def test_what_was_seen_is_kept_as_long_as_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = people(tmp_path)
    first = glance(path)
    with monkeypatch.context() as nothing:
        nothing.setattr(subprocess, "run", None)
        assert glance(path) == first
    people(tmp_path, "A Coruña, which is longer")
    assert glance(path).options.headers[2] == "A Coruña, which is longer"
    tables.remove(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault("C2")
def test_nobody_else_opens_workbooks() -> None:
    root = Path(apart.__file__).parents[2]
    opening = re.compile(
        r"import openpyxl|from openpyxl|imports import .*\b(spread)?sheets\b|imports\.(spread)?sheets import"
    )
    found = {
        str(path.relative_to(root))
        for layer in ("api", "web", "services", "activities", "cli")
        for path in (root / layer).rglob("*.py")
        if opening.search(path.read_text())
    }
    parts = ("apart", "sheets", "spreadsheets")
    assert found == {f"services/imports/{part}.py" for part in parts}
