"""Calls to other systems: only to the open internet, for a limited time, with secrets that go nowhere else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse, StreamingResponse

from domain.automations.nodes import Header, HttpRequest, Pick
from domain.automations.reasons import Reason
from services.automations.calling import addresses, nodes, requests
from services.automations.calling.failures import CallFailed
from services.automations.calling.requests import Answer, Call
from services.vault import Vault, new_key
from store.automations import secrets
from tests.serving import port_of, serving, url_of


@dataclass
class Site:
    """A web site that notes what it was asked."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


JSON = '{"data": {"items": [{"id": 7, "ok": true}]}}'
ANSWERS: dict[str, Callable[[], Response]] = {
    "large": lambda: StreamingResponse(iter([b"x" * 65536] * 160)),
    "packed": lambda: Response(b"", headers={"content-encoding": "gzip"}),
    "html": lambda: Response("<p>Hi</p>", media_type="text/html"),
    "away": lambda: RedirectResponse("http://169.254.169.254/latest/meta-data"),
    "moved": lambda: RedirectResponse("/there", status_code=307),
    "found": lambda: RedirectResponse("/there", status_code=302),
    "round": lambda: RedirectResponse("/round"),
}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """On loopback, so that only calls that may be local reach it."""
    app, made = FastAPI(), Site()

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def _(path: str, request: Request) -> Response:
        made.asked.append((request.method, path, dict(request.headers), await request.body()))
        if path == "slow":
            await asyncio.sleep(5)
        if path.isdecimal():
            return Response(status_code=int(path))
        return ANSWERS.get(path, lambda: Response(JSON))()

    async with serving(app) as server:
        made.url = url_of(server)
        yield made


def call(url: str, **more: Any) -> Call:
    plain = Call("POST", url, {}, '{"a": 1}', 2, "run:1")
    return replace(plain, **more)


async def why(url: str, *, allow_local: bool = True, **more: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await requests.make(call(url, **more), allow_local=allow_local)
    return caught.value


async def test_the_request_is_as_its_author_wrote_it(site: Site) -> None:
    headers = {"X-Own": "Grüße", "Host": "other.example", "Content-Length": "1", " ": "x"}
    answer = await requests.make(call(f"{site.url}/in?x=1", headers=headers), allow_local=True)
    assert answer.status == 200
    method, path, sent, body = site.asked[0]
    assert (method, path, body) == ("POST", "in", b'{"a": 1}')
    assert sent["host"] == site.url.removeprefix("http://")
    assert sent["idempotency-key"] == "run:1"
    assert sent["content-type"] == "application/json"
    assert sent["x-own"].encode("latin-1").decode() == "Grüße"
    picks = (Pick(path="data.items[0].id", save_as="id"), Pick(path="no.where", save_as="none"))
    assert requests.picked(answer, picks) == {"id": "7"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://10.1.2.3/", "http://192.168.0.1:8080/x", "http://[::1]/",
        "http://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/",
        "http://localhost/", "https://me:pw@example.org/", "ftp://example.org/", "file:///etc/passwd",
        "example.org", "", "http://", "http://[fd00::1]/", "http://100.64.0.1/", "http://2130706433/",
    ],
)  # fmt: skip
async def test_what_is_not_on_the_open_internet_is_refused_before_anything_is_sent(
    url: str,
) -> None:
    found = await why(url, allow_local=False)
    assert found.reason in {Reason.HTTP_ADDRESS, Reason.HTTP_UNREACHABLE}
    assert not found.again or found.reason is Reason.HTTP_UNREACHABLE


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def both(*_: object, **__: object) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("93.184.216.34", 443)), (*kind, ("10.0.0.1", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    with pytest.raises(CallFailed, match=Reason.HTTP_ADDRESS):
        await addresses.check("https://rebinding.example/", allow_local=False)
    assert (await addresses.check("https://x.example/", allow_local=True)).address == "10.0.0.1"


async def test_a_redirect_is_checked_like_the_first_address(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    check = addresses.check

    async def noting(url: Any, *, allow_local: bool) -> addresses.Place:
        checked.append(str(url))
        # Only the site itself counts as public.
        return await check(url, allow_local=str(url).startswith(site.url))

    monkeypatch.setattr(addresses, "check", noting)
    assert (await why(f"{site.url}/away")).reason is Reason.HTTP_ADDRESS
    assert checked[-1] == "http://169.254.169.254/latest/meta-data"
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [302, 307])
async def test_no_redirect_leads_from_outside_to_a_system_of_ours(
    site: Site, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Two servers: of the two addresses, only that of the first counts as public."""
    inner, asked = FastAPI(), list[dict[str, str]]()

    @inner.api_route("/{path:path}", methods=["GET", "POST"])
    async def _(request: Request) -> Response:
        asked.append(dict(request.headers))
        return Response(JSON)

    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    given = {"Authorization": "Bearer s"}
    async with serving(inner, socket.create_server(("127.0.0.2", 0))) as server:
        inside = f"http://127.0.0.2:{port_of(server)}/keys"
        moved = RedirectResponse(inside, status_code=status)
        monkeypatch.setitem(ANSWERS, "inside", lambda: moved)
        refused = await why(f"{site.url}/inside", allow_local=False, headers=given)
        assert (refused.reason, refused.again, asked) == (Reason.HTTP_ADDRESS, False, [])
        assert (await why(inside, allow_local=False)).reason is Reason.HTTP_ADDRESS
        outside = await requests.make(call(f"{site.url}/there", headers=given), allow_local=False)
        assert outside.status == 200
        allowed = call(f"{site.url}/inside", headers=given)
        assert (await requests.make(allowed, allow_local=True)).status == 200
    assert [("authorization" in one, one["idempotency-key"]) for one in asked] == [(False, "run:1")]
    assert [path for _, path, *_ in site.asked] == ["inside", "there", "inside"]


async def test_redirects_are_followed_as_browsers_do_and_not_for_ever(site: Site) -> None:
    await requests.make(call(f"{site.url}/moved"), allow_local=True)
    await requests.make(call(f"{site.url}/found"), allow_local=True)
    assert [(method, path) for method, path, *_ in site.asked] == [
        ("POST", "moved"), ("POST", "there"), ("POST", "found"), ("GET", "there"),
    ]  # fmt: skip
    assert (await why(f"{site.url}/round")).reason is Reason.HTTP_STATUS


async def test_secrets_do_not_follow_to_another_place() -> None:
    before = await addresses.check("http://127.0.0.1:1/a", allow_local=True)
    after = await addresses.check("http://127.0.0.1:2/a", allow_local=True)
    given = call("", headers={"Authorization": "Bearer s"})
    there = requests._redirected(given, 307, before, after)
    assert "Authorization" not in there.headers
    assert there.body == ""
    assert requests._redirected(given, 307, before, before) == given


@pytest.mark.parametrize(
    ("path", "reason", "again"),
    [
        ("slow", Reason.HTTP_TIMEOUT, True),
        ("large", Reason.HTTP_ANSWER, False),
        ("packed", Reason.HTTP_ANSWER, False),
        ("500", Reason.HTTP_STATUS, True),
        ("503", Reason.HTTP_STATUS, True),
        ("429", Reason.HTTP_STATUS, True),
        ("404", Reason.HTTP_STATUS, False),
    ],
)
async def test_an_answer_that_is_of_no_use_says_why(
    site: Site, path: str, reason: Reason, again: bool
) -> None:
    found = await why(f"{site.url}/{path}", timeout_s=1)
    assert (found.reason, found.again) == (reason, again)


async def test_nobody_there_is_worth_another_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = await why(f"http://127.0.0.1:{port}/")
    assert (found.reason, found.again) == (Reason.HTTP_UNREACHABLE, True)


async def test_html_fails_only_if_values_are_wanted(site: Site) -> None:
    answer = await requests.make(call(f"{site.url}/html"), allow_local=True)
    assert requests.picked(answer, ()) == {}
    with pytest.raises(CallFailed, match=Reason.HTTP_ANSWER):
        requests.picked(answer, (Pick(path="a", save_as="a"),))
    with pytest.raises(CallFailed, match=Reason.HTTP_ANSWER):
        requests.picked(Answer(200, b""), (Pick(path="a", save_as="a"),))


async def test_secrets_are_put_into_headers_only_for_the_call(session: AsyncSession) -> None:
    vault = Vault([new_key()])
    await secrets.put(session, "SHOP", vault.encrypt("s3cret").decode(), None)
    marked = HttpRequest(
        url="https://x.example", headers=(Header(name="A", value="B \x00SHOP\x00"),)
    )
    made = await nodes.prepare(session, vault, marked, "1:1")
    assert made.headers == {"A": "B s3cret"}
    unknown = replace(marked, headers=(Header(name="A", value="\x00LOST\x00"),))
    with pytest.raises(CallFailed, match=Reason.NO_SECRET):
        await nodes.prepare(session, vault, unknown, "1:1")
    with pytest.raises(CallFailed, match=Reason.NO_SECRET):
        await nodes.prepare(session, Vault([new_key()]), marked, "1:1")
