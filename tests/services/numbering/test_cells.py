"""What surrounds a number in a cell, and what its row says about the country (issue 7, B1 and B2)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.numbering import Doubtful, Found
from services import phones
from services.numbering import countries
from services.numbering.files import FileNumbers
from tests.words import refused_with

B1 = pytest.mark.fault("B1")
B2 = pytest.mark.fault("B2")

NUMBERS = [
    "+34611000106",
    "+51987654321",
    "+491711234567",
    "+14155552671",
    "+5511987654321",
    "+97143211234",
]
AROUND = st.lists(
    st.sampled_from(
        [*"«»“”\"'<>[](){}*•·-–=~:;,./|\\_#@!?& \t\n📱☎", "Tel", "WhatsApp", "手机：", "тел. ", "p:", "tel:",
         "https://", "wa.me/", "Ana "]
    ),
    max_size=4,
).map("".join)  # fmt: skip


@B1
@settings(deadline=None, max_examples=600)
@given(
    AROUND, st.sampled_from(NUMBERS), AROUND, st.sampled_from(["DE", "BR", "ES", "US", "ID", None])
)
def test_a_plus_sign_counts_whatever_stands_around_it(
    before: str, number: str, behind: str, region: str | None
) -> None:
    try:
        found = phones.read(before + number + behind, region)
    except Invalid:
        return
    assert isinstance(found, Found), "a plus sign leaves no doubt"
    assert found.phone.e164 == number


@B1
@pytest.mark.parametrize(
    "text",
    [
        "“+34611000106”", "<+34611000106>", "[+34 611 000 106]", "📱+34611000106", "\u2795 34 611 000 106",
        "手机：+34611000106", "جوال: +34611000106", "TEL;TYPE=CELL:+34611000106", "; +34 611 000 106", "- / +34611000106",
        "+34611000106 WhatsApp", "+34611000106 - WhatsApp", "+34'611'000'106", "+34·611·000·106", "+34_611_000_106",
        "+34 611000106 Ext:12", "+34611000106, ext 12", "+34611000106 (ext. 5)", "+34611000106 extensión 12",
        "+34611000106 доб. 5", "sms:+34611000106?body=x", "<https://wa.me/34611000106>",
        "[WhatsApp](https://wa.me/34611000106)", '=HYPERLINK("https://wa.me/34611000106","chat")',
        "WhatsApp: https://wa.me/34611000106?text=1,2;3", "https://wa.me/0034611000106", "https://wa.me/c/34611000106",
        "https://wa.me/%2B34%20611%20000%20106", "https://api.whatsapp.com/send?l=es&phone=34 611 000 106&text=5",
        "https://v.whatsapp.com/34611000106", "34611000106@whatsapp.net",
    ],
)  # fmt: skip
def test_more_that_programs_write_around_a_number(text: str) -> None:
    assert phones.parse(text, "BR").e164 == "+34611000106"


@B1
@pytest.mark.parametrize(
    "text",
    ["https://wa.me/message/ABCDEFGH12345", "https://wa.me/p/123456789/34611000106", "https://chat.whatsapp.com/AbC123",
     "34611000106-1590000000@g.us", "34611000106@lid", "https://wa.me/611000106", "https://wa.me/034611000106"],
)  # fmt: skip
def test_addresses_of_other_things_are_no_number(text: str) -> None:
    for region in ("ES", "DE", None):
        with pytest.raises(Invalid):
            phones.parse(text, region)


@B2
@pytest.mark.parametrize(
    "text",
    ["https://wa.me/34611000106 https://wa.me/34622000107", "https://wa.me/34611000106 / +34622000107",
     "+34611000106 WhatsApp +34622000107", "“+34611000106” “+34622000107”", "611000106・622000107"],
)  # fmt: skip
def test_two_numbers_are_two_whatever_stands_around_them(text: str) -> None:
    with pytest.raises(Invalid):
        phones.parse(text, "ES")


def beside(cell: str, country: str, region: str | None) -> str | None:
    found = FileNumbers(region).read(cell, country)
    return None if isinstance(found, Doubtful) else found.phone.e164


@B1
@pytest.mark.parametrize(
    ("cell", "country", "region", "number"),
    [
        ("612345678", "33", "ES", "+33612345678"),
        ("912345678", "351", "ES", "+351912345678"),
        ("912345678", "+351", "ES", "+351912345678"),
        ("11987654321", "55.0", "ES", "+5511987654321"),
        ("5321234567", "0090", "DE", "+905321234567"),
        ("34622000107", "34", "DE", "+34622000107"),
        ("+34633000108", "33", "DE", "+34633000108"),
        ("644000109", "", "ES", "+34644000109"),
        ("644000109", "Atlantis", "ES", "+34644000109"),
        ("0532 123 45 67", "TR", "DE", "+905321234567"),
        ("0532 123 45 67", "Türkiye", "DE", "+905321234567"),
        ("06 12 34 56 78", "France", "DE", "+33612345678"),
        ("611000106", "España", "DE", "+34611000106"),
        ("0171 1234567", "ES", "DE", "+491711234567"),
        ("611000106", "ES", None, "+34611000106"),
        ("612345678", "FR", "ES", None),
    ],
)
def test_the_country_beside_a_number_is_never_passed_over(
    cell: str, country: str, region: str | None, number: str | None
) -> None:
    assert beside(cell, country, region) == number


@B1
def test_a_landline_here_is_nobodys_number_in_the_country_of_its_row() -> None:
    with refused_with(Invalid, "The row says Spain") as refusal:
        beside("030 123456", "ES", "DE")
    assert refusal.value.code == "phone_unclear"


@B1
@pytest.mark.parametrize(
    ("cell", "region"),
    [("ES", "ES"), ("es", "ES"), ("España", "ES"), ("ESPANA", "ES"), ("Spanien", "ES"), ("ES - Spain", "ES"),
     ("Spain (+34)", "ES"), ("+34", "ES"), ("0034", "ES"), ("34.0", "ES"), ("🇪🇸 España", "ES"), ("USA", "US"),
     ("U.S.A.", "US"), ("UK", "GB"), ("Türkiye", "TR"), ("1", "US"), ("", ""), ("999", ""), ("1999", ""), ("Madrid", "")],
)  # fmt: skip
def test_a_country_is_known_by_code_and_name(cell: str, region: str) -> None:
    assert countries.region_of(cell) == region
