"""Files as other programs write them: their headings, encodings and marks are understood or refused (issue 7, B3 to B5)."""

from itertools import chain
from pathlib import Path

import pytest

from domain.errors import Invalid
from domain.fields import guess_order
from domain.imports import ImportOptions
from domain.mappings import detect_mapping
from services import phones
from services.imports import tables
from services.imports.encodings import UNREADABLE
from tests.services.imports.test_files_as_they_are import everything, written
from tests.words import refused_with

B3, B4, B5 = (pytest.mark.fault(line) for line in ("B3", "B4", "B5"))


def guessed(path: Path) -> tuple[ImportOptions, list[list[str]], str]:
    """Options, rows, and the heading of the telephone or ""."""
    options, rows = everything(path)
    mapping = detect_mapping(options.headers, rows, (), phones.is_mobile)
    return options, rows, options.headers[mapping.index("phone")] if "phone" in mapping else ""


EXPORTS = {
    "google": "First Name,Last Name,Birthday,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value\n"
    "Ana,Ruiz,,Mobile,+34611000101,\nLuis,Mar,,Mobile,+34611000102,+34911000102\n",
    "outlook": "First Name,Last Name,Home Phone,Mobile Phone,Business Fax,Home Postal Code\n"
    "Hans,Roth,030 1234567,+491711234567,030 99999,10115\n",
    "shopify": "Customer ID,First Name,Default Address Zip,Default Address Phone,Phone,Total Spent\n"
    "'7233456789012,Ana,'01310,,'+5511987654321,120.50\n",
    "woocommerce": "Order Number,Order Date,Postcode (Billing),Phone (Billing),SKU\n"
    "5511987654,2026-05-01,01310100,+5511987654321,123456789\n",
    "hubspot": '"Record ID","Phone Number","WhatsApp Phone Number","Create Date"\n'
    '"51","(415) 555-2671","+14155552671","2026-05-01 14:30"\n',
    "mailchimp": "Email Address,Phone Number,OPTIN_IP,LEID\na@x.example,+34611000101,10.0.0.1,498765432101\n",
    "wati": "Name,CountryCode,Phone,AllowBroadcast\nAna,34,611000101,TRUE\n",
    "meta": "id\tcreated_time\tad_id\tfull_name\ttelefonnummer\n"
    "l:900719925474099312\t2026-05-01T14:30:00+02:00\tag:1\tJörg\tp:+491711234567\n",
}
PHONES = {
    "google": "Phone 1 - Value", "outlook": "Mobile Phone", "shopify": "Phone", "woocommerce": "Phone (Billing)",
    "hubspot": "WhatsApp Phone Number", "mailchimp": "Phone Number", "wati": "Phone", "meta": "telefonnummer",
}  # fmt: skip


@B3
@pytest.mark.parametrize("program", EXPORTS)
def test_the_phone_is_found_in_the_exports_of_other_programs(tmp_path: Path, program: str) -> None:
    assert guessed(written(tmp_path, EXPORTS[program].encode()))[2] == PHONES[program]


@B4
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ad Soyad;Telefon\nGülşah Çağlayan;1\nYiğit Işık;2\n", "mac_turkish"),
        ("Ad Soyad;Telefon\nGülşah Çağlayan;1\nYiğit Işık;2\n", "cp857"),
        ("Ad;Tel\nŞule;1\n", "cp1254"),
        ("Jmeno;Telefon\nJiří Dvořák;1\nŽaneta;2\n", "mac_latin2"),
        ("الاسم;رقم الجوال\nسعود العتيبي;1\nنورة القحطاني;2\n", "iso8859_6"),
        ("Nombre;Movil\nIñaki;1\n", "cp1252"),
        ("Имя;Телефон\nАнна;1\n", "utf-32-le"),
        ("이름;휴대폰\n강호동;1\n", "utf-32-be"),
    ],
)
def test_more_encodings_read_as_they_were_written(tmp_path: Path, text: str, encoding: str) -> None:
    options, rows = everything(written(tmp_path, text.encode(encoding)))
    assert [options.headers, *rows] == [line.split(";") for line in text.splitlines()]


@B4
def test_rows_that_another_program_added_do_not_spoil_a_unicode_file(tmp_path: Path) -> None:
    good = "".join(f"José {i};+3461100010{i}\n" for i in range(3)).encode()
    path = written(tmp_path, b"Name;Phone\n" + good + "Peña;+34622000107\n".encode("cp1252"))
    options, rows = everything(path)
    assert options.encoding == "utf-8"
    assert [row[0] for row in rows] == ["José 0", "José 1", "José 2", f"Pe{UNREADABLE}a"]


@B4
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "".join(f"P{i};+3461100010{i};12,5{i};7,1\n" for i in range(4)),
            [[f"P{i}", f"+3461100010{i}", f"12,5{i}", "7,1"] for i in range(4)],
        ),
        (
            'Name, Phone, City\n"Ana", "+34611000106", "Madrid, Sol"\n"Eva", "+34611000107", "Vigo"\n',
            [["Ana", "+34611000106", "Madrid, Sol"], ["Eva", "+34611000107", "Vigo"]],
        ),
    ],
)
def test_decimal_commas_without_names_and_spaces_before_quotes(
    tmp_path: Path, text: str, rows: list[list[str]]
) -> None:
    assert everything(written(tmp_path, text.encode()))[1] == rows


@B4
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BEGIN:VCARD\nFN:Ana\nTEL:+34611000106\nEND:VCARD\n", "contact cards"),
        ("<html><table><tr><td>Phone</td></tr></table></html>", "web page"),
        ('[{"name":"Ana"}]', "JSON"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, text: str, said: str) -> None:
    with refused_with(Invalid, said):
        tables.detect(written(tmp_path, text.encode()))


@B5
def test_an_apostrophe_that_marks_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    text = "Name,Phone,Zip,Note\n'-Ana,'+34611000106,'01001,'tis so\n"
    rows = everything(written(tmp_path, text.encode()))[1]
    assert rows == [["-Ana", "+34611000106", "01001", "'tis so"]]


@B5
def test_american_days_are_read_with_the_month_first(tmp_path: Path) -> None:
    text = "Phone,Born,Seen\n+14155552671,2/13/1990,5/1/2026 2:30 PM\n"
    rows = everything(written(tmp_path, text.encode()))[1]
    assert guess_order(chain.from_iterable(rows)).value == "mdy"


@B4
def test_names_are_shown_wherever_in_the_file_they_stand(tmp_path: Path) -> None:
    plain = "Ann;+34611000106\n" * 30_000
    text = f"Name;Phone\n{plain}Şükrü;+34622000107\nIşıl;+34622000108\n"
    path = written(tmp_path, text.encode("cp1254"))
    assert tables.name_samples(path, tables.detect(path)) == ["Şükrü", "Işıl"]
