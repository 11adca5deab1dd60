"""Pages, fragments, errors and redirects as responses; filters, text formatting, translations."""

import base64
import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from tests.web.kit_app import SIGNED_IN, inline, kit_context
from web import build_assets, filters, i18n
from web.icons import icon
from web.kit import attributes
from web.page import PageContext, current_page
from web.rendering import (
    environment,
    is_htmx,
    redirect,
    render,
    render_error,
    render_fragment,
    toast,
)
from web.whatsapp_text import whatsapp_html

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _assets() -> None:
    build_assets.build()


def request(
    path: str = "/campaigns", *, page: PageContext | None = SIGNED_IN, **headers: str
) -> Request:
    """A GET request as the routes see it."""
    path, _, query = path.partition("?")
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
        "scheme": "http", "server": ("test", 80), "state": {},
        "headers": [(key.encode(), value.encode()) for key, value in named.items()],
    }  # fmt: skip
    made = Request(scope)
    if page is not None:
        made.state.page = page
    return made


def text_of(response: Response) -> str:
    return bytes(response.body).decode()


def test_a_page_knows_its_viewer() -> None:
    html = text_of(render(request(), "dev/kit.html", kit_context(NOW)))
    assert html.count("<h1") == 1
    assert 'content="token-1"' in html
    assert "Mina Kovač" in html
    assert 'href="/campaigns" data-palette="Campaigns" aria-current="page"' in html
    assert 'hx-get="/inbox/unread"' in html
    assert "Open the phone" in html


def test_a_page_has_no_inline_style_or_script() -> None:
    html = text_of(render(request(), "dev/kit.html", kit_context(NOW)))
    assert " style=" not in html
    assert "<style" not in html
    assert " onclick=" not in html
    assert "<script>" not in html


def test_an_anonymous_page_shows_no_navigation() -> None:
    context = {"email": "", "next": "/", "error": "Wrong email or password."}
    html = text_of(render(request("/login", page=None), "auth/login.html", context))
    assert "Wrong email or password." in html
    assert "sidebar" not in html.split("<body>")[1].split("<script")[0]


def test_navigation_holds_only_what_the_viewer_may_open() -> None:
    agent = PageContext(permissions=frozenset({"conversations:read"}))
    html = text_of(render_error(request(page=agent), 404, "Not here", "It is gone.", "gone"))
    assert "Campaigns</span>" not in html


def test_an_error_is_a_page_or_a_toast() -> None:
    page = render_error(
        request(), 404, "No such campaign", "It may have been deleted.", "campaign_gone"
    )
    assert page.status_code == 404
    assert "<h1" in text_of(page)
    fragment = render_error(request(hx_request="true"), 409, "Busy", "Pause it first.", "state")
    assert fragment.status_code == 409
    assert fragment.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in text_of(fragment)
    assert "Pause it first." in text_of(fragment)


def test_whole_body_requests_of_htmx_get_pages() -> None:
    assert is_htmx(request(hx_request="true", hx_request_type="partial"))
    assert not is_htmx(request(hx_request="true", hx_request_type="full"))
    assert not is_htmx(request())


def test_one_block_of_a_page_is_a_fragment() -> None:
    response = render_fragment(request(), "dev/kit.html", kit_context(NOW), block="title")
    assert text_of(response) == "UI kit"
    assert "HX-Request" in response.headers["Vary"]


def test_a_redirect_carries_a_flash_that_shows_once() -> None:
    response = redirect(request(), "/campaigns/1", flash="Created: <b>Spring</b>")
    assert response.status_code == 303
    cookie = response.headers["set-cookie"].split(";")[0].removeprefix("flash=")
    shown = render(request(cookie=f"flash={cookie}"), "dev/kit.html", kit_context(NOW))
    assert "Created: &lt;b&gt;Spring&lt;/b&gt;" in text_of(shown)
    assert "Max-Age=0" in shown.headers["set-cookie"]


def test_a_redirect_for_htmx_is_a_header() -> None:
    response = redirect(request(hx_request="true"), "/campaigns/1")
    assert (response.status_code, response.headers["HX-Redirect"]) == (204, "/campaigns/1")


@pytest.mark.fault("C8")
@pytest.mark.parametrize(
    "cookie",
    [
        "x",
        "e30=",
        base64.b64encode(b"[1]").decode(),
        "%%%",
        base64.b64encode(b"[" * 9_000).decode(),
    ],
)
def test_a_broken_flash_cookie_is_ignored(cookie: str) -> None:
    html = text_of(render(request(cookie=f"flash={cookie}"), "dev/kit.html", kit_context(NOW)))
    assert (
        '<div id="toasts" class="toasts" role="status" aria-live="polite" popover="manual"></div>'
        in html
    )


@pytest.mark.fault("C8")
def test_a_flash_cookie_with_half_an_emoji_is_a_page_all_the_same() -> None:
    cookie = base64.urlsafe_b64encode(rb'["\ud83d hello", "ok"]').decode()
    html = text_of(render(request(cookie=f"flash={cookie}"), "dev/kit.html", kit_context(NOW)))
    assert "\ufffd hello" in html


def test_a_toast_rides_on_a_header() -> None:
    response = toast(Response(), "Gelöscht ✓", undo="/undo")
    detail = json.loads(response.headers["HX-Trigger"])["toast"]
    assert detail == {"text": "Gelöscht ✓", "tone": "success", "undo": "/undo"}


def test_query_changes_only_what_is_asked() -> None:
    source = "{{ query(status='failed', after=None) }}"
    html = inline(request("/campaigns?q=a%20b&after=xyz"), source, {})
    assert html == "/campaigns?q=a+b&amp;status=failed"


def test_undefined_names_are_errors() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing_here }}").render()
    with pytest.raises(UndefinedError):
        environment().from_string("{{ ui.no_such_macro() }}").render()


@pytest.mark.parametrize(
    ("value", "expected"),
    [(12408, "12,408"), (None, "—"), (0, "0"), (-3, "-3")],
)
def test_number(value: int | None, expected: str) -> None:
    assert filters.number(value) == expected


def test_numbers_follow_the_language_of_the_page() -> None:
    token = current_page.set(PageContext(locale="de"))
    try:
        assert filters.number(12408) == "12.408"
        assert filters.percent(0.1234, 1) == "12,3\u00a0%" or filters.percent(0.1234, 1) == "12,3%"
    finally:
        current_page.reset(token)


def test_small_formats() -> None:
    assert filters.compact(12408).startswith("12.4")
    assert filters.percent(0.5) == "50%"
    assert filters.money(12.5, "EUR") == "€12.50"
    assert filters.file_size(5 * 1024 * 1024) == "5 MB"
    assert filters.file_size(900) == "900 B"
    assert filters.duration(3_840) == "1 h 4 min"
    assert filters.duration(0) == "0 s"
    assert filters.phone("+2348035550142") == "+234 803 555 0142"
    assert filters.phone("2348035550142") == "+234 803 555 0142"
    assert filters.phone("not a phone") == "not a phone"
    assert filters.initials("Amara Okafor") == "AO"
    assert filters.initials("+234 803 555 0142") == "42"
    assert filters.initials("") == "?"
    assert 1 <= filters.hue("Amara") <= 6


def test_times_are_elements_with_the_exact_moment() -> None:
    html = filters.date_and_time(NOW, zone="Africa/Lagos")
    assert 'datetime="2026-11-23T09:41:00+00:00"' in html
    assert 'data-zone="Africa/Lagos"' in html
    assert ">23 Nov 2026, 09:41<" in html
    assert ">3 min ago<" in filters.ago(NOW - timedelta(minutes=3), NOW)
    assert ">just now<" in filters.ago(NOW, NOW)
    assert filters.date_only(None) == "—"


def test_times_use_the_zone_the_viewer_chose() -> None:
    token = current_page.set(PageContext(locale="en", timezone="Asia/Tokyo"))
    try:
        assert ">18:41<" in filters.time_only(NOW)
    finally:
        current_page.reset(token)


@pytest.mark.parametrize(
    ("hours", "tone"), [(5, "success"), (3, "warning"), (0.4, "danger"), (0, "neutral")]
)
def test_window_tones(hours: float, tone: str) -> None:
    assert filters.window_tone(hours * 3_600) == tone


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* and _italic_", "<strong>bold</strong> and <em>italic</em>"),
        ("~gone~", "<s>gone</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("```a *b*```", "<code>a *b*</code>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* not bold *", "* not bold *"),
        ("<b>&", "&lt;b&gt;&amp;"),
        (
            "see https://x.example/a_b_c.",
            'see <a href="https://x.example/a_b_c" target="_blank" rel="noopener noreferrer nofollow">'
            "https://x.example/a_b_c</a>.",
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (None, ""),
    ],
)
def test_whatsapp_text(text: str | None, html: str) -> None:
    assert whatsapp_html(text) == Markup(html)


def link(address: str, shown: str = "") -> str:
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">{shown or address}</a>'


@pytest.mark.fault("B8")
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('"https://a.example/x"', f"&#34;{link('https://a.example/x')}&#34;"),
        ("<https://a.example/x>", f"&lt;{link('https://a.example/x')}&gt;"),
        ("(https://a.example/Foo_(bar))", f"({link('https://a.example/Foo_(bar)')})"),
        ("see https://a.example/x_(y).", f"see {link('https://a.example/x_(y)')}."),
        ("HTTPS://A.example/B", link("HTTPS://A.example/B")),
        ("www.a.example, hi", f"{link('http://www.a.example', 'www.a.example')}, hi"),
        ("WWW.a.shopping", link("http://WWW.a.shopping", "WWW.a.shopping")),
        ("«https://a.example»", f"«{link('https://a.example')}»"),
        ("“https://a.example/x”", f"“{link('https://a.example/x')}”"),
        ("„https://a.example/x“", f"„{link('https://a.example/x')}“"),
        ("‘www.a.example/x’", f"‘{link('http://www.a.example/x', 'www.a.example/x')}’"),
        ("「https://a.example/x」。", f"「{link('https://a.example/x')}」。"),
        ("看https://a.example/x，好", f"看{link('https://a.example/x')}，好"),
        ("https://a.example/x…", f"{link('https://a.example/x')}…"),
        ("\u200fhttps://a.example\u200f", f"\u200f{link('https://a.example')}\u200f"),
        ("_https://a.example/x_", f"<em>{link('https://a.example/x')}</em>"),
        ("~www.a.example~", f"<s>{link('http://www.a.example', 'www.a.example')}</s>"),
        ("*https://a.example/b*", f"<strong>{link('https://a.example/b')}</strong>"),
        ("_*x*_", "<em><strong>x</strong></em>"),
        ("~_*x*_~", "<s><em><strong>x</strong></em></s>"),
        ("*a _b* c_", "<strong>a _b</strong> c_"),
        ("hi.it e.g. this", "hi.it e.g. this"),
        ("mailto:a@b.example //c.example", "mailto:a@b.example //c.example"),
    ],
)
def test_links_and_nested_marks_are_read_as_people_write_them(text: str, html: str) -> None:
    assert whatsapp_html(text) == Markup(html)


@pytest.mark.parametrize("text", ["*a " * 20_000, "_*" * 30_000, "www." * 15_000, "_*~" * 20_000])
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    started = time.process_time()
    whatsapp_html(text)
    assert time.process_time() - started < 2


@given(st.text(alphabet="*_~`<>&\"'ab \n{}1h/:.tps\ue000\ue001", max_size=60))
def test_whatsapp_text_never_lets_markup_through(text: str) -> None:
    html = whatsapp_html(text, variables=True)
    known = {"strong", "em", "s", "code", "a", "span"}
    opened = [part.split(">")[0].split()[0].strip("/") for part in html.split("<")[1:]]
    assert set(opened) <= known
    assert "\ue000" not in html


def test_template_variables_are_marked() -> None:
    html = whatsapp_html("Hi {{first_name}}", variables=True)
    assert '<span class="template-variable">first_name</span>' in html


def test_attributes_escape_and_merge() -> None:
    html = attributes(
        {"class": "b", "hx_target__inherited": '"x"', "hidden": True}, class_="a", id=None
    )
    assert html == ' hx-target:inherited="&#34;x&#34;" hidden class="a b"'


def test_icons_are_decoration_unless_named() -> None:
    assert 'aria-hidden="true"' in icon("inbox")
    assert 'aria-label="Unread"' in icon("inbox", label="Unread")
    with pytest.raises(RuntimeError, match="no-such-icon"):
        icon("no-such-icon")


def test_languages_come_from_catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Inbox"\nmsgstr "Bandeja"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    i18n.available_locales.cache_clear()
    i18n.translations.cache_clear()
    try:
        assert i18n.negotiate("es-ES,es;q=0.9,en;q=0.8") == "es"
        assert i18n.negotiate("xx") == "en"
        html = text_of(render(request(page=PageContext(
            permissions=SIGNED_IN.permissions, user=SIGNED_IN.user, locale="es")), "dev/kit.html", kit_context(NOW)))  # fmt: skip
        assert "Bandeja" in html
    finally:
        monkeypatch.undo()
        i18n.available_locales.cache_clear()
        i18n.translations.cache_clear()


def test_translators_have_every_text_of_the_pages(tmp_path: Path) -> None:
    found = tmp_path / "messages.pot"
    subprocess.run(["make", "words", f"WORDS={found}"], check=True, cwd=ROOT, capture_output=True)
    listed = (ROOT / "web/locales/messages.pot").read_text()
    assert listed == found.read_text(), "Run `make words` and commit the list."
