"""Files in any dialect and encoding: what a person wrote is what is read (issue 7, B4)."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.imports import ImportOptions
from services.imports import tables
from services.imports.dialects import DELIMITERS, detect_delimiter
from services.imports.encodings import ENCODINGS, UNREADABLE, VARIANTS, rank
from services.imports.reading import open_records, sample_text
from tests.words import refused_with

PEOPLE = {
    "cp1254": ["Şükrü Yılmaz", "Ayşe Çağlar", "Oğuz Işık", "Gülşen Kılıç", "İbrahim Doğan"],
    "cp1252": ["José Núñez", "François Lefèvre", "Jürgen Groß", "João Simões", "Zoë Sørensen"],
    "mac_roman": ["José Núñez", "François Lefèvre", "Jürgen Groß", "João Simões", "Inés Peña"],
    "cp850": ["José Núñez", "François Lefèvre", "Jürgen Müller", "João Simões", "Inés Peña"],
    "cp1250": ["Łukasz Wójcik", "Małgorzata Świątek", "Jiří Dvořák", "Zdeněk Šťastný", "Paweł Żak"],
    "iso8859_2": ["Łukasz Wójcik", "Małgorzata Świątek", "Krzysztof Książek", "Paweł Żak"],
    "cp852": ["Łukasz Wójcik", "Małgorzata Świątek", "Krzysztof Książek", "Paweł Żak"],
    "cp1251": ["Юлия Щукина", "Сергей Иванов", "Наталья Жукова", "Олег Фёдоров"],
    "koi8_r": ["Юлия Щукина", "Сергей Иванов", "Наталья Жукова", "Олег Фёдоров"],
    "cp866": ["Юлия Щукина", "Сергей Иванов", "Наталья Жукова", "Олег Фёдоров"],
    "cp1253": ["Γιώργος Παππάς", "Ελένη Δημητρίου", "Κώστας Ιωάννου"],
    "cp1255": ["משה כהן", "רחל לוי", "דוד מזרחי"],
    "cp1256": ["محمد سالم", "فاطمة علي", "أحمد حسن"],
    "cp1257": ["Žydrūnas Kęstutis", "Jānis Bērziņš", "Ģirts Kalniņš"],
    "cp874": ["สมศักดิ์ ใจดี", "วรรณา ศรีสุข"],
    "cp932": ["山田 太郎", "佐藤 花子", "髙橋 ひろし", "鈴木 ケンジ"],
    "euc_jp": ["山田 太郎", "佐藤 花子", "渡辺 ひろし", "鈴木 ケンジ"],
    "gb18030": ["王小明", "张伟", "刘德华", "李秀英"],
    "big5": ["陳美玲", "林志明", "黃怡君", "周杰倫"],
    "cp949": ["김민수", "박지훈", "이서연", "최영희"],
}


def written(folder: Path, data: bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(data)
    return path


def everything(path: Path) -> tuple[ImportOptions, list[list[str]]]:
    """Headers and rows as an import would take them, with everything recognised."""
    options = tables.glance(path, tables.detect(path), guess_header=True).options
    with open_records(
        path, options.encoding, options.delimiter, first_line=options.header_line
    ) as (records, _):
        rows = [record.cells for record in records if not record.problem]
    return options, rows[1:] if options.has_header else rows


@pytest.mark.fault("B4")
@pytest.mark.parametrize("encoding", PEOPLE)
def test_names_read_as_they_were_written(tmp_path: Path, encoding: str) -> None:
    names = PEOPLE[encoding]
    lines = ["Name;Phone", *(f"{name};+346110001{i:02}" for i, name in enumerate(names))]
    path = written(tmp_path, "\r\n".join(lines).encode(encoding))
    _, rows = everything(path)
    assert [row[0] for row in rows] == names
    options = tables.detect(path)
    assert set(tables.name_samples(path, options)) <= set(names)


@pytest.mark.fault("B4")
@pytest.mark.parametrize("name", ["Şükrü Yılmaz", "Gökşen", "Oğuz", "Işıl Şahin", "Çağrı"])
def test_one_turkish_name_among_plain_ones_is_enough(name: str) -> None:
    raw = f"Ad;Telefon\nMehmet;5321\n{name};5322\nDeniz;5323".encode("cp1254")
    best = rank([line for line in raw.split(b"\n") if not line.isascii()])[0]
    assert name in raw.decode(best)


@pytest.mark.fault("B4")
def test_marks_zero_bytes_and_metas_lead_export(tmp_path: Path) -> None:
    lead = (
        "id\tcreated_time\tad_id\tfull_name\tphone_number\r\n"
        "l:1234567890123456\t2026-05-01T14:30:00+02:00\tag:120210\tJosé Núñez\tp:+34611000101\r\n"
        "l:1234567890123457\t2026-05-01T14:31:00+02:00\tag:120210\tŞükrü\tp:+34611000102\r\n"
    )
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-8-sig"):
        options, rows = everything(written(tmp_path, lead.encode(encoding)))
        assert options.delimiter == "\t"
        assert options.headers[3:] == ["full_name", "phone_number"]
        assert [row[3] for row in rows] == ["José Núñez", "Şükrü"]
        assert rows[0][0] == "l:1234567890123456"
    marked = "\ufeff".encode("utf-16-le") + lead.encode("utf-16-le")
    assert everything(written(tmp_path, marked))[0].headers[0] == "id"


@pytest.mark.fault("B4")
def test_damage_in_a_unicode_file_is_the_rows_own(tmp_path: Path) -> None:
    good = "".join(f"Şükrü {i},+3461100{i:04}\n" for i in range(50)).encode()
    path = written(tmp_path, b"Name,Phone\n" + good + b"Jos\xe9,+34611009999\n")
    assert tables.detect(path).encoding == "utf-8"
    _, rows = everything(path)
    assert UNREADABLE in rows[-1][0]
    assert not any(UNREADABLE in cell for row in rows[:-1] for cell in row)


@pytest.mark.fault("B4")
@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("Name;Phone;Address\n" + "A;1;Main St 5, Berlin\n" * 40, ";"),
        ("Name;Phone;Amount\n" + "A;1;12,50\n" * 40, ";"),
        ("Name;Phone\n" + "A;1\n" * 5 + "B, C, D, E;2\n" * 90, ";"),
        ('"Name","Phone"\n' + '"A; B; C","1"\n' * 9, ","),
        ("Name,Note\n" + 'A,"x;y\nz;w"\n' * 9, ","),
        ("Name|Phone|Note\n" + "A|1|a, b; c\n" * 9, "|"),
        ("Name\tPhone\tNote\n" + "A, B\t1\t;;;\n" * 9, "\t"),
        ("sep=;\nName;Phone\nA,B,C;1\nA,B,C;1\n", ";"),
        ("Contacts of May, all\n\nName;Phone;City\n" + "A;1;X, Y\n" * 9, ";"),
        ("Phone\n+34611000101, +34611000102\n+34611000103, +34611000104\n", ";"),
        ("phone\n123\n", ","),
    ],
)
def test_the_separator_is_what_the_heading_agrees_with(text: str, delimiter: str) -> None:
    assert detect_delimiter(text) == delimiter


@pytest.mark.fault("B4")
@pytest.mark.parametrize(
    ("text", "headers", "line"),
    [
        ("Name,Phone\nA,+34611000101\n", ["Name", "Phone"], 0),
        ("Contacts of May\n\nName,Phone\nA,+34611000101\n", ["Name", "Phone"], 3),
        (
            ",,\nList,,\n2026-05-01,,\nName,Phone,City\nA,+34611000101,X\n",
            ["Name", "Phone", "City"],
            4,
        ),
        ("A,+34611000101\nB,+34611000102\n", ["Column 1", "Column 2"], 0),
        ("List of May,\nA,+34611000101\nB,+34611000102\n", ["Column 1", "Column 2"], 2),
        ("+34611000101\n+34611000102\n", ["Column 1"], 0),
        ("Phone\n+34611000102\n", ["Phone"], 0),
        ("Name,Phone,\nA,+34611000101,\n", ["Name", "Phone"], 0),
    ],
)
def test_names_of_columns_are_found_below_titles(
    tmp_path: Path, text: str, headers: list[str], line: int
) -> None:
    options, rows = everything(written(tmp_path, text.encode()))
    assert (options.headers, options.header_line) == (headers, line)
    assert rows[0][0] in {"A", "+34611000101", "+34611000102"}


@pytest.mark.fault("B4")
def test_the_line_of_the_names_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, b"Kind,Text\nx,y\nName,Phone\nA,+34611000101\n")
    chosen = ImportOptions(header_line=3)
    assert tables.glance(path, chosen).options.headers == ["Name", "Phone"]
    with refused_with(Invalid, "no row"):
        tables.glance(path, ImportOptions(header_line=9))


CELLS = st.text(st.sampled_from('ab,;|\t"\n 5’é'), min_size=0, max_size=8)
QUOTING = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
UNICODE = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])


@pytest.mark.fault("B4")
@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=3, max_size=12),
    st.sampled_from([mark for mark, _ in DELIMITERS]),
    UNICODE,
    st.sampled_from(["\n", "\r\n"]),
    QUOTING,
)
def test_files_of_every_dialect_come_back(
    pairs: list[tuple[str, str]], delimiter: str, encoding: str, newline: str, quoting: int
) -> None:
    rows = [[f"P{i}", f"+346110{i:05}", a.strip(), b.strip()] for i, (a, b) in enumerate(pairs)]
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([["Name", "Phone", "Note", "City"], *rows])
    with TemporaryDirectory() as folder:
        path = written(Path(folder), stream.getvalue().encode(encoding))
        options, found = everything(path)
    assert options.delimiter == delimiter
    assert options.headers == ["Name", "Phone", "Note", "City"]
    assert found == rows


@pytest.mark.fault("B4")
@pytest.mark.parametrize("chosen", sorted({code for code, _ in ENCODINGS} | VARIANTS))
@pytest.mark.parametrize("written", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_any_encoding_may_be_chosen_for_any_file(tmp_path: Path, chosen: str, written: str) -> None:
    """A wrong one shows wrong letters; one that begins with a mark fits a file without it, too."""
    path = tmp_path / "people.csv"
    path.write_bytes("Name,Phone\nJosé,+34611000106\n".encode(written))
    text = sample_text(path, chosen)
    with open_records(path, chosen, ",") as (records, _):
        cells = [record.cells for record in records]
    if written.startswith(chosen):
        assert text.startswith("Name,Phone\nJosé")
        assert cells == [["Name", "Phone"], ["José", "+34611000106"]]
