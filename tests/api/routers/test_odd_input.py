"""Odd addresses, bodies and headers get an answer; none causes a server error."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.state import AppState
from domain.permissions import Role
from tests.conftest import PASSWORD, LoginAs, MakeUser

DEEP = 254
CONTACTS = "/api/contacts"


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.fault("C8")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/channels", '{"name":"x","api_url":"http://[::1"}'),
        ("POST", "/api/channels", '{"name":"x","phone_number_id":"1","waba_id":"2","api_url":"http://[::1","access_token":"t","app_secret":"s"}'),
        ("POST", "/api/channels", '{"name":"x","phone_number_id":"12345","waba_id":"12345","api_url":"https://a:99999999","access_token":"t","app_secret":"s"}'),
        ("POST", "/api/channels", '{"name":"x","phone_number_id":"12345","waba_id":"12345","api_url":"https://\\ud800","access_token":"t","app_secret":"s"}'),
        ("POST", f"{CONTACTS}/bulk", '{"action":"delete","expected":' + "9" * 5_000 + "}"),
        ("POST", f"{CONTACTS}/bulk", '{"action":"delete","all":true,"expected":' + "9" * 5_000 + "}"),
        ("POST", f"{CONTACTS}/bulk", '{"action":"delete","all":true,"expected":1e400}'),
        ("PUT", "/api/templates/01a207ac-0000-7000-8000-000000000000", '{"components":' + "[" * DEEP + "]" * DEEP + "}"),
        ("PUT", "/api/templates/01a207ac-0000-7000-8000-000000000000", '{"components":[' + nested(DEEP) + "]}"),
        ("POST", CONTACTS, '{"phone":"+34611555010","fields":' + nested(900) + "}"),
        ("POST", CONTACTS, '{"phone":"+34611555010","name":"\\ud83d"}'),
        ("POST", CONTACTS, '{"phone":"+34611555010","name":"a","name":"b"}'),
        ("POST", CONTACTS, '{"phone":"+34611555010","language":"\\u0000"}'),
        ("POST", "/api/groups", '{"name":' + "[" * 50_000),
        ("POST", "/api/groups", "NaN"),
        ("POST", "/api/groups", '{"name": Infinity}'),
        ("GET", "/api/audit?until=9999-12-31", ""),
        ("GET", "/api/audit?until=9999-12-31T23:59:59%2B14:00&since=0001-01-01", ""),
        ("GET", "/api/audit?before_id=" + "9" * 5_000, ""),
        ("GET", f"{CONTACTS}?limit=1&limit=zwei&limit=", ""),
        ("GET", f"{CONTACTS}?search=%ff%fe%00", ""),
        ("GET", f"{CONTACTS}?search=%ed%a0%80", ""),
        ("GET", f"{CONTACTS}?cursor=" + "A" * 590, ""),
        ("GET", f"{CONTACTS}/" + "9" * 5_000, ""),
        ("GET", "/api/users/%ff%fe", ""),
        ("GET", "/api/campaigns/01a207ac-0000-7000-8000-000000000000/recipients?after=" + "9" * 30, ""),
        ("GET", "/settings/audit?until=9999-12-31&since=9999-12-31", ""),
        ("GET", "/settings/audit?until=99999-99-99", ""),
        ("GET", "/contacts?q=%00", ""),
        ("GET", "/inbox?q=" + "%F0%9F%92%A9" * 500, ""),
        ("GET", "/login?next=" + "%2F" * 2_000, ""),
    ],
)  # fmt: skip
async def test_no_value_is_a_fault_of_ours(
    login_as: LoginAs, method: str, path: str, body: str
) -> None:
    person = await login_as(Role.ADMIN)
    headers = {"content-type": "application/json"} if body else {}
    answer = await person.request(method, path, content=body.encode(), headers=headers)
    assert answer.status_code < 500, answer.text


@pytest.mark.fault("C8")
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "1" * 6_000},
        {"x-forwarded-for": "\x00, é, 10.0.0.1"},
        {"x-forwarded-for": ",".join(["10.0.0.1"] * 900), "x-forwarded-proto": "gopher"},
        {"cookie": "whatsway_session=\xff\xfe\x00"},
        {"cookie": "whatsway_session=" + "a" * 6_000},
        {"cookie": 'theme="\\777"; flash=%ff; whatsway_sign_in=é'},
        {"authorization": "Bearer ww_\xff\x00"},
        {"authorization": "Bearer " + "ww_" * 2_000},
        {"authorization": "Bearer\t"},
        {"accept-language": "x" * 5_000 + ";q=abc"},
        {"accept-language": "de_\x00;q=1e999"},
        {"user-agent": "\x00\xff" * 500},
        {"origin": "http://[::1", "sec-fetch-site": "same-origin"},
        {"host": "[::1"},
        {"x-csrf-token": "\xff"},
        {"hx-request": "true", "hx-current-url": "http://[::1"},
        {"content-type": "multipart/form-data"},
        {"content-type": "multipart/form-data; boundary=\xff; charset=\xff"},
        {"content-type": "application/x-www-form-urlencoded; charset=nothing"},
        {"content-type": "/", "content-length": "5"},
        {"range": "bytes=9-0,-1", "if-modified-since": "yesterday", "if-none-match": "\xff"},
        {"idempotency-key": "\xff"},
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
async def test_no_header_is_a_fault_of_ours(
    login_as: LoginAs,
    client: httpx.AsyncClient,
    app: FastAPI,
    headers: dict[str, str],
    signed_in: bool,
) -> None:
    asker = await login_as(Role.ADMIN) if signed_in else client
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    behind_proxy = httpx.ASGITransport(
        ProxyHeadersMiddleware(app, trusted_hosts="*"),  # type: ignore[arg-type]  # an ASGI application
        client=("127.0.0.1", 5000),
    )
    async with httpx.AsyncClient(transport=behind_proxy, base_url="http://127.0.0.1:8000") as proxy:
        proxy.cookies, proxy.headers = asker.cookies, asker.headers
        for method, path in (
            ("GET", "/api/auth/me"),
            ("GET", "/contacts"),
            ("GET", "/login"),
            ("GET", "/static/nothing.js"),
            ("POST", "/login"),
            ("POST", "/api/auth/login"),
            ("POST", "/api/groups"),
            ("POST", "/contacts/import"),
            ("POST", "/api/webhook"),
        ):
            answer = await proxy.request(method, path, headers=raw, content=b"a=b&c")
            assert answer.status_code < 500, (method, path, answer.text)


@pytest.mark.fault("C8")
async def test_a_long_forwarded_address_signs_in_all_the_same(
    app: FastAPI, make_user: MakeUser, state: AppState
) -> None:
    user = await make_user(Role.AGENT)
    behind_proxy = httpx.ASGITransport(ProxyHeadersMiddleware(app, trusted_hosts="*"))  # type: ignore[arg-type]  # an ASGI application
    async with httpx.AsyncClient(transport=behind_proxy, base_url="http://127.0.0.1:8000") as proxy:
        proxy.headers["x-forwarded-for"] = "x" * 6_000
        body = {"email": user.email, "password": PASSWORD}
        assert (await proxy.post("/api/auth/login", json=body)).status_code == 200
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT ip FROM sessions")) == ""
