"""Headings for phone numbers in many languages, and for numbers that are not (issue 7, B3)."""

import pytest

from domain.columns import could_be_phone, phone_column
from domain.headings import Named, built_in, country_beside, named, names_country
from domain.mappings import detect_mapping

pytestmark = pytest.mark.fault("B3")


@pytest.mark.parametrize(
    "header",
    ["Billing Phone", "Shipping phone number", "Mobile No.", "Mobile-No", "Phone 1", "Phone 1 - Value",
     "Telefone 1", "Número de WhatsApp", "Celular", "Móvil", "MOVIL", "Mobilnummer", "Handynummer", "Handy-Nr.",
     "N° téléphone", "Nº de teléfono", "Tél. portable", "Nomor WA", "No HP", "No. HP", "Telefon",
     "Cep telefonu", "Cep Telefonu Numaras\u0131", "Cellulare", "Numero di telefono", "Телефон",
     "Мобильный телефон", "Номер телефона", "電話番号", "携帯電話", "手机号", "手機號碼", "رقم الجوال", "فون",
     "फ़ोन", "मोबाइल नंबर", "휴대폰 번호", "phone_number", "Contact Number", "Customer Contact No", "WhatsApp",
     "whatsapp_number", "Telefoonnummer", "Mobiel nummer", "GSM No", "Número celular", "Telefono cellulare",
     "Rechnung Telefon", "Teléfono de facturación", "Primary Phone", "Order Phone", "เบอร์โทรศัพท์", "Numer telefonu",
     "Dien thoai", "Số điện thoại", "SĐT", "Telemóvel", "Numer komórkowy", "Nr telefonu", "Mobilní telefon",
     "Telefoonnommer", "Număr de telefon", "Αρ. τηλεφώνου", "Телефонен номер", "فون نمبر", "رقم الواتس", "行動電話",
     "휴대전화", "মোবাইল নম্বর", "Mob", "Ph No", "Phone1", "Celular1", "Phone Number (E.164)", "Default Address Phone", "Nomor HP", "טלפון נייד", "Phone (with country code)", "Tel", "Cell"],
)  # fmt: skip
def test_the_telephone_is_known_by_name(header: str) -> None:
    assert named(header) >= Named.PHONE


@pytest.mark.parametrize(
    "header",
    ["Order no", "Order number", "ID", "Customer ID", "Created at", "Date", "Amount", "Total", "ZIP", "Postal code",
     "PLZ", "CEP", "EAN", "IBAN", "Latitude", "Longitude", "Timestamp", "Invoice number", "Phone type",
     "Phone model", "Phone 1 - Type", "CPF", "SKU", "Tracking number", "WhatsApp opt-in", "Name", "Language",
     "Mobile app version", "订单号", "Fax"],
)  # fmt: skip
def test_other_numbers_are_not_the_telephone(header: str) -> None:
    assert named(header) < Named.VAGUE
    rows = [[f"55119876543{n:02}"] for n in range(20)]
    assert phone_column([header], rows) is None


@pytest.mark.parametrize(
    "cell",
    ["2026-05-01", "01/05/2026", "2026-05-01 14:30", "12.50", "1,234,567.89", "-23.5505199", "41.3850639",
     "ES9121000418450200051332", "A-1234567", "12345"],
)  # fmt: skip
def test_dates_amounts_and_codes_are_no_numbers(cell: str) -> None:
    assert not could_be_phone(cell)


def test_the_order_number_is_never_taken_for_the_phone() -> None:
    rows = [["5511987650001", "+34 611 000 001"], ["5511987650002", "+34 611 000 002"]]
    assert detect_mapping(["Order no", "Billing Phone"], rows, []) == ["", "phone"]
    assert detect_mapping(["Order no", "Note"], rows, []) == ["", "phone"], "written as mobiles"
    assert detect_mapping(["Order no"], [row[:1] for row in rows], []) == [""]


def test_a_name_alone_is_not_enough() -> None:
    rows = [["iPhone 12", "+34611000001"], ["Pixel 9", "+34611000002"]]
    assert detect_mapping(["Phone", "Reach"], rows, []) == ["", "phone"]
    assert detect_mapping(["Phone", "Number"], [["2026-05-01", "1234567890123"]] * 3, []) == [
        "",
        "",
    ]


def test_of_several_the_one_that_can_be_written_to_is_taken() -> None:
    def is_mobile(cell: str) -> bool:
        return cell.startswith("+346")

    rows = [["+34911000001", "+34611000001", ""], ["+34911000002", "+34611000002", ""]]
    assert phone_column(["Phone", "Mobile", "Phone 3"], rows, is_mobile) == 1
    both = [["+34611000003", "+34611000001"]]
    assert phone_column(["Phone", "WhatsApp"], both, is_mobile) == 1
    assert phone_column(["Billing Phone", "Shipping Phone"], both, is_mobile) == 0


def test_two_columns_of_numbers_without_a_name_are_asked_about() -> None:
    rows = [["+34611000001", "+34611000002"]]
    assert phone_column(["a", "b"], rows) is None


def test_built_in_names_are_known_in_every_case_and_accent() -> None:
    assert built_in("  PRÉNOM ") == "first_name"
    assert built_in("first-name") == "first_name"


@pytest.mark.fault("B3")
@pytest.mark.parametrize(
    ("first", "last"),
    [("Ad\u0131", "Soyad\u0131"), ("Förnamn", "Efternamn"), ("Keresztnév", "Vezetéknév"),
     ("Křestní jméno", "Příjmení"), ("Nama depan", "Nama belakang"), ("名", "姓")],
)  # fmt: skip
def test_first_and_last_names_are_known_in_other_languages(first: str, last: str) -> None:
    assert (built_in(first), built_in(last)) == ("first_name", "last_name")


def test_a_column_of_numbers_is_no_name_whatever_it_is_called() -> None:
    rows = [["34611000106", "+34611000001"], ["34611000107", "+34611000002"]]
    assert detect_mapping(["id", "Contact"], rows, []) == ["", "phone"]
    assert detect_mapping(["Customer", "Mobile"], [["Ana", "+34611000001"]], []) == [
        "name",
        "phone",
    ]


@pytest.mark.parametrize(
    ("header", "yes"),
    [("Country", True), ("Country Code", True), ("CountryCode", True), ("Billing Country", True), ("País", True),
     ("Country Code (Billing)", True), ("Land", True), ("DDI", True), ("Country ID", False), ("Country manager", False),
     ("Code", False), ("Prefijo", False), ("Region", False)],
)  # fmt: skip
def test_the_country_of_a_number_is_known_by_name(header: str, yes: bool) -> None:
    assert names_country(header) is yes


def test_of_two_countries_the_one_named_like_the_phone_is_taken() -> None:
    headers = ["Billing Country", "Shipping Country", "Shipping Phone"]
    assert country_beside(headers, "Shipping Phone") == 1
    assert country_beside(["Country", "Country Code", "Phone"], "Phone") == 1
    assert country_beside(["Name", "Phone"], "Phone") is None


@pytest.mark.fault("8B3")
@pytest.mark.parametrize(
    "header",
    ["Tfno.", "Tfno. móvil", "Telf.", "Teléf. móvil", "Cep Tel", "Cep Telefon Numarası", "Cep no", "Cel.", "Tel. kom.", "Nº Tfno", "Tlm"],
)  # fmt: skip
def test_short_names_of_the_telephone_are_known(header: str) -> None:
    assert named(header) is Named.PHONE


@pytest.mark.fault("8B3")
@pytest.mark.parametrize(
    ("cells", "place"),
    [(["0532 123 45 67", "05331234568"], "phone"), (["01310-100", "04538-132"], ""), ([""], "")],
)
def test_cep_is_a_telephone_or_a_post_code_by_its_values(cells: list[str], place: str) -> None:
    assert detect_mapping(["Nome", "Cep"], [["Ana", cell] for cell in cells], [])[1] == place


@pytest.mark.fault("8B3")
@pytest.mark.parametrize(
    "header",
    ["Permission to contact", "GDPR consent", "Zustimmung", "Ticari ileti onayı", "İYS izni", "Permiso (RGPD)", "Einwilligung zur Kontaktaufnahme",
     "Do you consent to be contacted?", "Autorización para contactar", "İletişim izni", "Kampanya izni", "Consent status", "Zgoda RODO"],
)  # fmt: skip
def test_a_heading_that_names_consent_is_taken_when_values_answer(header: str) -> None:
    rows = [["+34611000101", cell] for cell in ("opted in", "STOP", "DNC", "", "ask again")]
    assert detect_mapping(["Phone", header], rows, [])[1] == "consent"


@pytest.mark.fault("8B3")
@pytest.mark.parametrize(
    "header",
    ["Email consent", "Consent to data processing", "Photo permission", "Consent date", "SMS consent", "Parental consent"],
)  # fmt: skip
def test_another_consent_is_left_to_a_person(header: str) -> None:
    rows = [["+34611000101", "yes"], ["+34611000102", "no"]]
    assert detect_mapping(["Phone", header], rows, [])[1] == ""
