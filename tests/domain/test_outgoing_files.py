"""What may be sent as which kind of message, told by content, and how documents name a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.errors import Invalid
from domain.outgoing_files import (
    KIND_OF,
    KINDS,
    MEGABYTE,
    NAME_LIMIT,
    FileLink,
    checked,
    checked_name,
    is_file,
    parse,
    readable,
    recognise,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
MP4 = b"\0\0\0\x18ftypisom" + bytes(100)
DOCX = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0" + bytes(12) + b"[Content_Types].xml"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


def webp(*, animated: bool) -> bytes:
    return b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + (b"\x02" if animated else b"\x10") + bytes(100)


@pytest.mark.parametrize(
    ("kind", "name", "head", "mime"),
    [
        ("image", "a.png", PNG, "image/png"),
        ("image", "a.png", JPEG, "image/jpeg"),  # what it is counts, not what it is called
        ("image", "", JPEG, "image/jpeg"),
        ("sticker", "a.webp", webp(animated=True), "image/webp"),
        ("video", "a.mp4", MP4, "video/mp4"),
        ("video", "a.3gp", b"\0\0\0\x18ftyp3gp5" + bytes(9), "video/3gpp"),
        ("audio", "a.m4a", b"\0\0\0\x18ftypM4A " + bytes(9), "audio/mp4"),
        ("audio", "a.m4a", MP4, "audio/mp4"),
        ("audio", "a.mp3", b"ID3\x04" + bytes(9), "audio/mpeg"),
        ("audio", "a.mp3", b"\xff\xfb\x90\x64" + bytes(9), "audio/mpeg"),
        ("audio", "a.aac", b"\xff\xf1\x50\x80" + bytes(9), "audio/aac"),
        ("audio", "a.amr", b"#!AMR\n" + bytes(9), "audio/amr"),
        ("audio", "a.ogg", b"OggS" + bytes(9), "audio/ogg"),
        ("document", "a.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("document", "a.TXT", "Grüße".encode(), "text/plain"),
        ("document", "a.csv", ("a" * 4095 + "ü").encode()[:4096], "text/plain"),
        ("document", "a.txt", ("a" * 4092 + "ü" + "b" * 9).encode()[:4096], "text/plain"),
        ("document", "a.txt", ("a" * 4094 + "€").encode()[:4096], "text/plain"),
        ("document", "a.docx", DOCX, f"{'application/vnd.openxmlformats-officedocument.'}wordprocessingml.document"),
        ("document", "a.xls", OLD_OFFICE, "application/vnd.ms-excel"),
    ],
)  # fmt: skip
def test_content_tells_the_type(kind: str, name: str, head: bytes, mime: str) -> None:
    assert checked(kind, head, name, 100) == mime
    assert KIND_OF[mime] == kind


@pytest.mark.parametrize(
    ("kind", "name", "head"),
    [
        ("image", "a.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("image", "a.jpg", b"<!doctype html><script>alert(1)</script>"),
        ("image", "a.png", b"GIF89a" + bytes(9)),
        ("image", "a.png", webp(animated=False)),
        ("image", "a.pdf", b"%PDF-1.7\n"),
        ("document", "a.pdf", PNG),
        ("document", "a.html", b"<!doctype html>"),
        ("document", "a.svg", b"<svg/>"),
        ("document", "a.docx", b"PK\x03\x04" + bytes(200)),  # a zip with anything
        ("document", "a.docx", OLD_OFFICE),
        ("document", "a.txt", b"text\0with NUL"),
        ("document", "a.txt", b"\xff\xfe" + "utf-16".encode("utf-16-le")),
        ("document", "a.txt", b"latin \xe9"),
        ("document", "a.exe", b"MZ" + bytes(9)),
        *(
            ("video", "a.mp4", b"\0\0\0\x18ftyp" + brand + bytes(9))
            for brand in (b"heic", b"avif", b"qt  ")
        ),
        ("audio", "a.mp3", b"\xff"),
        ("video", "a.mp4", b""[:0] + b"RIFF\0\0\0\0AVI "),
    ],
)
def test_what_lies_or_is_not_taken_is_refused(kind: str, name: str, head: bytes) -> None:
    with pytest.raises(Invalid, match=f"file_type.{kind}"):
        checked(kind, head, name, 100)


@pytest.mark.parametrize(
    ("kind", "head", "limit"),
    [
        ("image", PNG, 5 * MEGABYTE),
        ("video", MP4, 16 * MEGABYTE),
        ("document", b"%PDF-", 100 * MEGABYTE),
        ("sticker", webp(animated=True), 500 * 1024),
        ("sticker", webp(animated=False), 100 * 1024),
    ],
)
def test_sizes_end_where_meta_says(kind: str, head: bytes, limit: int) -> None:
    assert checked(kind, head, "a", limit)
    with pytest.raises(Invalid) as refused:
        checked(kind, head, "a", limit + 1)
    said = refused.value.sentence.params
    assert said["most"] == readable(limit) != said["size"]


def test_nothing_and_unknown_kinds_are_refused() -> None:
    with pytest.raises(Invalid, match="file_empty"):
        checked("image", b"", "a.png", 0)
    with pytest.raises(Invalid, match="media_kind"):
        checked("gif", PNG, "a.png", 10)


@pytest.mark.parametrize("name", ["../a.png", "a/b.png", "C:\\a.png", "..", "."])
def test_a_path_is_no_name(name: str) -> None:
    with pytest.raises(Invalid, match="file_name"):
        checked_name(name, "image/png")


def test_names_are_what_people_can_read() -> None:
    assert checked_name("a\x00\u202eb.png ", "image/png") == "ab.png"
    assert checked_name("", "image/jpeg") == "image.jpg"
    long = checked_name("x" * 300 + ".pdf", "application/pdf")
    assert (len(long), long[-4:]) == (NAME_LIMIT, ".pdf")
    assert len(checked_name("a." + "x" * 300, "application/pdf")) == NAME_LIMIT


@pytest.mark.parametrize(
    ("name", "mime", "called"),
    [
        ("bill.html", "application/pdf", "bill.html.pdf"),
        ("bill.pdf.exe", "application/pdf", "bill.pdf.exe.pdf"),
        ("bill", "application/pdf", "bill.pdf"),
        ("Bill.PDF", "application/pdf", "Bill.PDF"),
        ("a.csv", "text/plain", "a.csv"),
    ],
)
def test_a_name_ends_as_its_type_does(name: str, mime: str, called: str) -> None:
    assert checked_name(name, mime) == called


@given(some.text(max_size=NAME_LIMIT), some.binary(min_size=32, max_size=32))
def test_every_name_survives_its_link(name: str, digest: bytes) -> None:
    plain = "".join(char for char in name if char.isprintable() and char not in "/\\")
    name = checked_name(plain.strip("."), "image/png")
    link = FileLink(digest.hex(), name)
    assert parse(link.text) == link
    assert is_file(link.text)
    assert not {"{", "}", " ", ","} & set(link.text), "no variable, and one word in a list"


@pytest.mark.parametrize(
    "link",
    [
        "", "https://example.org/a", "file:abc/a.png", f"file:{'A' * 64}/a",
        *(f"file:{'a' * 64}/{name}" for name in ("a/../b", "..%2Fa", "a%5Cb", "%2E%2E", "a%00.pdf", "%0D%0Aa", "a" * 201)),
    ]
)  # fmt: skip
def test_other_links_name_no_file(link: str) -> None:
    assert parse(link) is None


@given(some.binary(max_size=64), some.sampled_from(["", "a.docx", "a.txt", "a.m4a", "a.xls"]))
def test_any_content_is_of_one_kind_or_none(head: bytes, name: str) -> None:
    mime = recognise(head, name)
    assert not mime or [kind for kind, one in KINDS.items() if mime in one.types] == [KIND_OF[mime]]
