"""What template variables accept: codes, links, files, times, places."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wording import say
from domain.links import encoded, encoded_address, ending
from domain.slot_values import problem, shape
from domain.template_rendering import render
from domain.template_slots import Slot, SlotKind, compile_payload, slots
from tests.words import plain

RFC3986 = re.compile(
    r"(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*(?:#(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?"
)


def slot(kind: SlotKind, *, key: str = "body.1", base: str = "") -> Slot:
    return Slot(key, plain("The value"), "", kind, base)


CODE, OTP = slot("code"), slot("otp")
LINK = slot("url", base="https://shop.example/o?c=")
FILE, TIME = slot("media"), slot("time")
LATITUDE, LONGITUDE = (slot("location", key=f"header.{part}") for part in ("latitude", "longitude"))

CASES: list[tuple[Slot, str, bool]] = [
    (CODE, "SAVE20", True),
    (CODE, "A" * 20, True),
    (CODE, "A" * 26, False),
    (CODE, "SAVE 20 NOW", False),
    (CODE, "SAVE-20_%", True),
    (CODE, " SAVE20 ", True),
    (CODE, "RÉDUC20", False),
    (CODE, "SAVE\n20", False),
    (OTP, "123456", True),
    (OTP, "123 456 (My Shop)", False),
    (OTP, "123 456", False),
    (OTP, "1" * 16, False),
    (LINK, "n3", True),
    (LINK, "https://shop.example/o?c=n3", True),
    (LINK, "HTTP://www.Shop.example/o?c=n3", True),
    (LINK, "shop.example/o?c=n3", True),
    (LINK, "https://other.example/o?c=n3", False),
    (LINK, "www.other.example", False),
    (LINK, "//other.example", False),
    (LINK, "a b & ü", True),
    (LINK, "a\nb", False),
    (LINK, "x" * 2001, False),
    (FILE, "https://cdn.example/a b.jpg", True),
    (FILE, " https://cdn.example/spring sale/a b ä.jpg?v=1 2 ", True),
    (FILE, "https://cdn.example?of=a b", True),
    (FILE, "https://cdn example/a.jpg", False),
    (FILE, "https:// cdn.example/a.jpg", False),
    (FILE, "https://cdn.example/a.jpg https://cdn.example/b.jpg", False),
    (FILE, "https://cdn.example/a.jpg;HTTP://cdn.example/b.jpg", False),
    (FILE, "https://cdn.example/a.jpg\nb", False),
    (FILE, "https://cdn.example/ä.jpg", True),
    (FILE, "http://cdn.example/a.jpg", False),
    (FILE, "http://127.0.0.1.evil.example/a.jpg", False),
    (FILE, "http://127.0.0.1:9000/a.jpg", True),
    (FILE, "1037543291543636", True),
    (FILE, "Gold", False),
    (TIME, "2026-12-31 18:00", True),
    (TIME, "2026-12-31T18:00:00Z", True),
    (TIME, "1798740000000", True),
    (TIME, "31.12.2026", False),
    (TIME, "tomorrow", False),
    (LATITUDE, "-90", True),
    (LATITUDE, "90.5", False),
    (LATITUDE, "40,4", False),
    (LONGITUDE, "179.999", True),
    (LONGITUDE, "181", False),
    (slot("text"), "anything at all", True),
]


@pytest.mark.fault("B7")
@pytest.mark.parametrize(("asked", "value", "fits"), CASES)
def test_a_value_that_would_be_changed_is_refused_with_the_rule(
    asked: Slot, value: str, fits: bool
) -> None:
    said = problem(asked, value)
    assert (said is None) is fits
    if said:
        assert say(said).startswith("The value: ")
        assert value not in say(said)


@pytest.mark.fault("B7")
@given(data=st.data())
def test_what_is_common_fits(data: st.DataObject) -> None:
    found = shape(data.draw(st.sampled_from([CODE, OTP, LINK])))
    assert found is not None
    value = data.draw(st.from_regex(found.common, fullmatch=True))[: found.limit]
    assert re.search(found.pattern, value)


@pytest.mark.parametrize("part", ["name", "address"])
def test_the_name_of_a_place_is_any_text(part: str) -> None:
    place = slot("location", key=f"header.{part}")
    assert shape(place) is None
    assert problem(place, "Café 24, 2º") is None


@pytest.mark.fault("B7")
def test_a_day_that_does_not_exist_is_no_time() -> None:
    assert problem(TIME, "2026-02-30 10:00") is not None


OFFER = {
    "name": "offer", "language": "en", "parameter_format": "POSITIONAL",
    "components": [
        {"type": "BODY", "text": "Use {{1}} today.", "example": {"body_text": [["X"]]}},
        {"type": "BUTTONS", "buttons": [
            {"type": "COPY_CODE", "example": "X"},
            {"type": "URL", "text": "Go", "url": "https://shop.example/o?c={{1}}", "example": ["X"]},
        ]},
    ],
}  # fmt: skip
LOGIN = {
    "name": "login", "language": "en", "parameter_format": "POSITIONAL",
    "components": [
        {"type": "BODY", "text": "*{{1}}* is your verification code."},
        {"type": "BUTTONS", "buttons": [
            {"type": "URL", "text": "Copy", "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"},
        ]},
    ],
}  # fmt: skip


@pytest.mark.fault("B7")
@given(code=st.from_regex(r"[!-~]{1,20}", fullmatch=True))
def test_a_code_that_fits_arrives_as_it_is(code: str) -> None:
    needed = slots(OFFER["components"], "POSITIONAL")  # type: ignore[arg-type]
    assert [item.kind for item in needed] == ["text", "code", "url"]
    assert problem(needed[1], code) is None
    sent = compile_payload(OFFER).payload([code, code, "n3"])["components"]
    assert sent[0]["parameters"][0]["text"] == code
    assert sent[1]["parameters"][0]["coupon_code"] == code


@pytest.mark.fault("B7")
@given(code=st.text(min_size=1, max_size=30))
def test_body_and_button_of_a_one_time_code_never_differ(code: str) -> None:
    (needed,) = slots(LOGIN["components"], "POSITIONAL")  # type: ignore[arg-type]
    assert needed.kind == "otp"
    if problem(needed, code) is None:
        body, button = compile_payload(LOGIN).payload([code])["components"]
        assert body["parameters"][0]["text"].strip() == button["parameters"][0]["text"]


@pytest.mark.fault("B7")
@given(value=st.text(min_size=1).filter(lambda text: text.strip() != ""))
def test_links_are_percent_encoded(value: str) -> None:
    if problem(LINK, value) is None:
        assert RFC3986.fullmatch(ending(LINK.base, value))


@pytest.mark.fault("B7")
@given(value=st.text(alphabet=st.characters(codec="utf-8")))
def test_encoding_twice_changes_nothing_more(value: str) -> None:
    assert encoded(encoded(value)) == encoded(value)


@pytest.mark.fault("B7")
@pytest.mark.parametrize(
    ("value", "link"),
    [
        ("n3", "https://shop.example/o?c=n3"),
        ("https://shop.example/o?c=n3", "https://shop.example/o?c=n3"),
        ("http://www.shop.example/o?c=n3", "https://shop.example/o?c=n3"),
        ("a b", "https://shop.example/o?c=a%20b"),
        ("100%", "https://shop.example/o?c=100%25"),
        ("caf%C3%A9", "https://shop.example/o?c=caf%C3%A9"),
        ("café", "https://shop.example/o?c=caf%C3%A9"),
        ('x"<y>', "https://shop.example/o?c=x%22%3Cy%3E"),
    ],
)
def test_the_preview_shows_the_link_that_is_sent(value: str, link: str) -> None:
    sent = compile_payload(OFFER).payload(["X", "X", value])["components"][2]
    assert LINK.base + sent["parameters"][0]["text"] == link
    assert render(OFFER, ["X", "X", value]).buttons[1]["url"] == link


@pytest.mark.fault("B7")
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://cdn.example/ä b.jpg", "https://cdn.example/%C3%A4%20b.jpg"),
        ("https://münchen.example/x?y=ü#z", "https://xn--mnchen-3ya.example/x?y=%C3%BC#z"),
        ("https://cdn.example/%20.jpg", "https://cdn.example/%20.jpg"),
    ],
)
def test_addresses_of_files_are_percent_encoded(given: str, sent: str) -> None:
    assert encoded_address(given) == sent


@pytest.mark.fault("B7")
@pytest.mark.parametrize(
    ("base", "value", "link"),
    [
        ("https://shop.example", "n3", "https://shop.example/n3"),
        ("https://shop.example", ".evil.example", "https://shop.example/.evil.example"),
        ("https://shop.example", "@evil.example", "https://shop.example/@evil.example"),
        ("https://shop.example", "?a=1", "https://shop.example?a=1"),
        ("https://shop.example", "https://shop.example:443/p", "https://shop.example/p"),
        ("https://shop.example", "https://shop.example:8443/p", None),
        ("https://shop.example", "https://shop.example.evil.example/p", None),
        ("https://shop.example/p/", "https://shop.example:443/p/9", "https://shop.example/p/9"),
        ("https://shop.example/p/", "shop.example/p/9", "https://shop.example/p/9"),
        ("https://shop.example/p/", "shop.example/other/9", None),
        ("https://shop.example/p/", "www.shop.example/other", None),
        ("https://shop.example/p/", "[x]", "https://shop.example/p/%5Bx%5D"),
        ("https://shop.example/p/", "a#b#c", "https://shop.example/p/a#b%23c"),
        ("https://shop.example/p#", "a#b", "https://shop.example/p#a%23b"),
        (
            "https://m\u00fcnchen.example/",
            "https://xn--mnchen-3ya.example/9",
            "https://m\u00fcnchen.example/9",
        ),
        (
            "https://xn--mnchen-3ya.example/",
            "m\u00fcnchen.example/9",
            "https://xn--mnchen-3ya.example/9",
        ),
    ],
)
def test_a_link_goes_to_the_host_of_its_template(base: str, value: str, link: str | None) -> None:
    asked = slot("url", base=base)
    if link is None:
        assert problem(asked, value) is not None
    else:
        assert problem(asked, value) is None
        assert base + ending(base, value) == link


@pytest.mark.fault("B7")
def test_a_slash_stands_once_between_the_template_and_its_ending() -> None:
    assert ending("https://shop.example/", "/blue") == "blue"


@pytest.mark.fault("B11")
def test_an_empty_variable_is_never_drawn_as_its_number() -> None:
    shown = render(OFFER, ["", "", ""])
    assert shown.body == "Use […] today."
    assert shown.buttons[1]["url"] == "https://shop.example/o?c=[…]"
    named = {
        "components": [{"type": "BODY", "text": "Hi {{first_name}}!"}],
        "parameter_format": "NAMED",
    }
    assert render(named, [""]).body == "Hi [first_name]!"


def test_every_kind_but_text_has_a_rule() -> None:
    assert all(shape(asked) for asked, _, _ in CASES if asked.kind != "text")
