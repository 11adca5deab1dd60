"""Who is kept out and who gets in: throttling, known browsers, weak passwords, cookies, redirects."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from api.cookies import DEVICE, SIGN_IN
from api.headers import own_path
from api.state import AppState
from api.wording import say
from cli.system_checks import finding, on_database
from domain.errors import Invalid
from domain.permissions import Role
from domain.users import User
from services import checks, devices, passwords, signin
from settings import Settings
from tests.conftest import BASE_URL, PASSWORD, LoginAs, MakeUser
from web.pages import safe_next

pytestmark = pytest.mark.fault("C6")

ADA = "ada@example.com"
NOW = datetime(2026, 3, 1, tzinfo=UTC)

From = Callable[..., httpx.AsyncClient]


@pytest.fixture
def come_from(app: FastAPI) -> From:
    """``come_from("198.51.100.7")``: a browser at that address."""

    def browser(ip: str, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(ip, 5000))
        return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)

    return browser


async def sign_in(
    client: httpx.AsyncClient, password: str = PASSWORD, email: str = ADA
) -> httpx.Response:
    return await client.post("/api/auth/login", json={"email": email, "password": password})


@pytest.fixture
async def ada(make_user: MakeUser) -> User:
    return await make_user(Role.ADMIN, email=ADA)


async def test_wrong_tries_elsewhere_keep_nobody_out(ada: User, come_from: From) -> None:
    attacker, home = come_from("198.51.100.7"), come_from("203.0.113.9")
    answers = [(await sign_in(attacker, "wrong")).status_code for _ in range(7)]
    assert answers == [401] * 5 + [429] * 2
    assert (await sign_in(attacker)).status_code == 429
    assert (await sign_in(home)).status_code == 200


async def test_a_known_browser_passes_whatever_others_do(
    ada: User, come_from: From, state: AppState
) -> None:
    home = come_from("203.0.113.9")
    assert (await sign_in(home)).status_code == 200
    async with state.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO login_throttles (key, failures, first_failed_at, locked_until) SELECT "
                "key, 99, now(), now() + interval '1 hour' FROM unnest(CAST(:keys AS text[])) key "
                "ON CONFLICT (key) DO UPDATE SET locked_until = excluded.locked_until"
            ),
            {"keys": [f"email:{ADA}", "net:203.0.113.9", f"pair:{ADA} 203.0.113.9"]},
        )
    assert (await sign_in(come_from("203.0.113.9"))).status_code == 429
    assert (await sign_in(home)).status_code == 200


async def test_a_known_browser_is_limited_too_and_known_for_one_person(
    ada: User, come_from: From, make_user: MakeUser
) -> None:
    await make_user(email="bob@example.com")
    home = come_from("203.0.113.9")
    await sign_in(home)
    others = [(await sign_in(home, "wrong", "bob@example.com")).status_code for _ in range(6)]
    assert others == [401] * 5 + [429]
    own = [(await sign_in(home, "wrong")).status_code for _ in range(11)]
    assert own == [401] * 10 + [429]


async def test_many_networks_together_are_limited_by_person(
    ada: User, come_from: From, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "PER_PERSON", 7)
    browsers = [come_from(f"198.51.100.{number}") for number in range(8)]
    answers = [(await sign_in(browser, "wrong")).status_code for browser in browsers]
    assert answers == [401] * 7 + [429]


async def test_one_network_is_limited_over_all_people(
    come_from: From, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "PER_NETWORK", 7)
    attacker = come_from("2001:db8::7")
    answers = [
        (await sign_in(attacker, "wrong", f"{number}@example.com")).status_code
        for number in range(signin.PER_NETWORK)
    ]
    assert answers == [401] * signin.PER_NETWORK
    neighbour = come_from("2001:db8::ffff:1")  # the same household: addresses are free there
    assert (await sign_in(neighbour, "wrong", "x@example.com")).status_code == 429


def test_marks_of_browsers_cannot_be_made_up() -> None:
    mark = devices.mark(b"secret", ADA, NOW)
    assert devices.known(b"secret", "ADA@example.com ", mark, NOW)
    for secret, email, given_mark, now in (
        (b"other", ADA, mark, NOW),
        (b"secret", "bob@example.com", mark, NOW),
        (b"secret", ADA, mark[:-1], NOW),
        (b"secret", ADA, f"x{mark}", NOW),
        (b"secret", ADA, mark, NOW + timedelta(days=366)),
        (b"secret", ADA, mark, NOW - timedelta(days=1)),
        (b"secret", ADA, "", NOW),
        (b"secret", ADA, "a.b.c", NOW),
    ):
        assert devices.known(secret, email, given_mark, now) == ""


@given(st.text(max_size=80))
def test_no_text_is_a_mark(given_mark: str) -> None:
    assert devices.known(b"secret", ADA, given_mark, NOW) == ""


@pytest.mark.parametrize("way", ["api", "page"])
async def test_guesses_of_the_present_password_are_limited(login_as: LoginAs, way: str) -> None:
    here = await login_as(Role.AGENT)

    async def guess(current: str, new: str = "plum-violin-harbour-9") -> int:
        if way == "api":
            body = {"current_password": current, "new_password": new}
            return (await here.put("/api/auth/password", json=body)).status_code
        form = {"current_password": current, "new_password": new, "repeated_password": new}
        return (await here.post("/settings/password", data=form)).status_code

    assert [await guess(PASSWORD, "short") for _ in range(8)] == [422] * 8, "no guess was wrong"
    assert [await guess("wrong") for _ in range(6)] == [422] * 5 + [429]
    assert await guess(PASSWORD) == 429


@pytest.mark.parametrize(
    "weak",
    [
        "password123", "Password123!", "P@ssw0rd2024", "qwertyuiop", "1234567890", "letmein1234",
        "iloveyou12", "Summer2024!", "trustno1trustno1", "aaaaaaaaab", "passwort123", "abcdefghij",
        "пароль123456",  # noqa: RUF001
        "contraseña123", "Sommer2026!", "Verano2026!", "Bienvenido2026", "Willkommen1!",
        "Çontraseñá2025", "йцукенгшщз", "correcthorsebatterystaple", "Invierno2025!", "katasandi123",
        "whatsway-2026-x", "My-WhatsApp-77", "lovelace-1815-x", "ada.lovelace@example.com",
    ],
)  # fmt: skip
async def test_common_passwords_and_own_names_are_refused(weak: str) -> None:
    with pytest.raises(Invalid) as caught:
        await passwords.check(
            weak, "ada.lovelace@example.com" if "ada" in weak else "lovelace@a.de"
        )
    assert caught.value.code == "password_weak"
    assert say(caught.value.fields["password"]).endswith(".")


@pytest.mark.parametrize(
    "good",
    [
        PASSWORD,
        "plum-violin-harbour-9",
        "tQ9-vbWx4zL2",
        "mot de passe étrange",
        "字" * 3 + "k8#Lq2vzP",
    ],
)
async def test_good_passwords_are_taken(good: str) -> None:
    await passwords.check(good, ADA)
    await passwords.check(passwords.one_time_password(), ADA)


async def test_the_sign_in_form_needs_its_cookie(
    ada: User, client: httpx.AsyncClient, state: AppState
) -> None:
    page = (await client.get("/login")).text
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found is not None
    form = {"email": ADA, "password": PASSWORD, "csrf": found[1]}
    cookie = client.cookies[SIGN_IN]
    from api.csrf import token_for  # noqa: PLC0415 - what an attacker would compute, were it possible

    for sent, token in (
        ("", token_for(state.session_secret, b"")),
        ("", found[1]),
        ("x", found[1]),
    ):
        client.cookies.clear()
        if sent:
            client.cookies.set(SIGN_IN, sent)
        answer = await client.post("/login", data=form | {"csrf": token})
        assert answer.status_code == 403
    client.cookies.clear()
    client.cookies.set(SIGN_IN, cookie)
    assert (await client.post("/login", data=form)).status_code == 303
    assert client.cookies[DEVICE]


PLACES = ("/", "/contacts", "/channels", "/settings/profile", "/settings/team", "/inbox", "/login")


async def test_pages_and_answers_are_not_stored(
    login_as: LoginAs, client: httpx.AsyncClient
) -> None:
    admin = await login_as()
    for path in (*PLACES, "/api/auth/me", "/api/contacts", "/api/contacts/export", "/nothing"):
        answer = await admin.get(path)
        assert answer.headers["cache-control"] == "no-store", path
    fragment = await admin.get("/contacts", headers={"hx-request": "true"})
    assert fragment.headers["cache-control"] == "no-store"
    assert (await client.get("/login")).headers["cache-control"] == "no-store"


async def test_redirects_never_name_a_host(login_as: LoginAs, client: httpx.AsyncClient) -> None:
    admin = await login_as()
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for browser, path in (
        (client, "/"), (client, "/contacts"), (client, "/login/"), (client, "/api/contacts/"),
        (client, "//evil.example/x"), (client, "/\\evil.example/"), (admin, "/settings"),
        (admin, "/settings/"), (admin, "/contacts/"), (admin, "/static"),
    ):  # fmt: skip
        answer = await browser.get(
            httpx.URL(BASE_URL).copy_with(raw_path=path.encode()), headers=evil
        )
        where = answer.headers.get("location", "/")
        assert where.startswith("/"), path
        assert not where.startswith(("//", "/\\")), path
        assert "evil.example" not in urlsplit(where).netloc


@given(st.text(max_size=40))
def test_no_redirect_leaves_the_site(tail: str) -> None:
    for location in (
        tail,
        f"/{tail}",
        f"//{tail}",
        f"http://evil.example/{tail}",
        f"https:///{tail}",
    ):
        where = own_path(location)
        assert not where.startswith(("//", "/\\", "http://", "https://"))


@given(st.one_of(st.text(max_size=40), st.text(alphabet="/\\.%25cdehtp:@\t\n\r evil", max_size=20)))
def test_next_never_leaves_the_site(target: str) -> None:
    for wanted in (target, f"/{target}", f"//{target}", f"/\\{target}"):
        try:
            there = urlsplit(urljoin(f"{BASE_URL}/login", safe_next(wanted)))
        except ValueError:  # the browser would not go anywhere either
            continue
        assert f"{there.scheme}://{there.netloc}" == BASE_URL


WARNING = "the proxy in front is not set up"


async def test_administrators_are_told_of_a_proxy_that_is_not_set_up(
    state: AppState, come_from: From, make_user: MakeUser
) -> None:
    for role in (Role.ADMIN, Role.AGENT):
        user = await make_user(role)
        plain, hidden = (
            come_from("172.18.0.1"),
            come_from("172.18.0.1", **{"X-Forwarded-For": "198.51.100.7"}),
        )
        set_up = come_from("198.51.100.7", **{"X-Forwarded-For": "198.51.100.7"})
        for browser, warned in ((plain, False), (hidden, role is Role.ADMIN), (set_up, False)):
            assert (await sign_in(browser, email=user.email)).status_code == 200
            assert (WARNING in (await browser.get("/contacts")).text) is warned


async def test_doctor_fails_while_all_clients_look_alike(
    state: AppState, settings: Settings, come_from: From, make_user: MakeUser, database_url: str
) -> None:
    assert (await on_database("sign_ins", database_url, settings)).ok
    people = [await make_user(Role.AGENT) for _ in range(3)]
    await sign_in(
        come_from("172.18.0.1", **{"X-Forwarded-For": "198.51.100.7"}), email=people[0].email
    )
    seen = await on_database("sign_ins", database_url, settings)
    assert not seen.ok
    assert "FORWARDED_ALLOW_IPS" in seen.next_step
    assert "172.18.0.1" in seen.next_step
    for person in people:
        await sign_in(come_from("172.18.0.1"), email=person.email)
    assert (await on_database("sign_ins", database_url, settings)).ok, (
        "people of a local network, no proxy"
    )
    behind = settings.model_copy(update={"public_url": "https://waba.example.com"})
    assert not (await on_database("sign_ins", database_url, behind)).ok
    await sign_in(come_from("198.51.100.7"), email=people[0].email)
    assert (await on_database("sign_ins", database_url, behind)).ok


@pytest.mark.fault("C4")
def test_doctor_warns_of_local_api_addresses_outside_the_demo(settings: Settings) -> None:
    assert finding(checks.channels(settings)).next_step == ""
    outside = settings.model_copy(update={"environment": "production"})
    assert "WHATSAPP_ALLOW_LOCAL" in finding(checks.channels(outside)).next_step
    closed = outside.model_copy(update={"whatsapp_allow_local": False})
    assert finding(checks.channels(closed)).next_step == ""
