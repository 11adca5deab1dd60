"""The wizard with a file or a program as the audience, and the page of an open campaign."""

import io
import re
from html import unescape
from uuid import UUID

import httpx
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from services.campaigns.launching import freezing
from tests import factories
from tests.conftest import LoginAs
from tests.web.campaigns.test_pages import launch
from tests.work import work

HTMX = {"HX-Request": "true"}
CSV = "Name;WhatsApp;Order\nAna;+34 611 000 001;bread\nBen;12;cake\nAna;+34611000001;\n"


def words(answer: httpx.Response) -> str:
    """What a person reads."""
    body = re.sub(r"<(script|template)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def revision(answer: httpx.Response) -> str:
    found = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert found is not None
    return found[1]


async def draft(client: httpx.AsyncClient) -> str:
    return str((await client.post("/campaigns")).headers["location"]).removesuffix("/audience")


def workbook() -> bytes:
    book = Workbook()
    book.worksheets[0].sheet_state = "hidden"
    for index, (title, name) in enumerate((("May", "Ana"), ("June", "Ben"))):
        sheet = book.create_sheet(title)
        sheet.append(["Name", "WhatsApp"])
        sheet.append([name, f"+3461100000{index}"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


async def upload(client: httpx.AsyncClient, base: str, content: str) -> httpx.Response:
    files = {"file": ("people.csv", content.encode(), "text/csv")}
    return await client.post(f"{base}/file", files=files, headers=HTMX)


@pytest.fixture
async def template_id(state: AppState) -> UUID:
    async with state.sessions.begin() as session:
        await factories.channel(session, state.vault)
        return await factories.template(session)


@pytest.mark.fault("B4")
async def test_a_workbook_says_which_sheet_was_read_and_offers_the_others(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    for asked, read, other, name in (
        ("", "May", "June", "Ana"), ("June", "June", "May", "Ben"), ("Of another file", "May", "June", "Ana"),
    ):  # fmt: skip
        files = {"file": ("book.xlsx", workbook())}
        await client.post(f"{base}/file", files=files, data={"sheet": asked}, headers=HTMX)
        await work(state)
        taken = await client.get(f"{base}/file", headers=HTMX)
        assert f"Only the sheet “{read}” was read This workbook has more: {other}." in words(taken)
        assert f"Spain {name}" in words(taken)
        assert re.findall(r'<option value="(May|June|Sheet)"', taken.text) == ["May", "June"]


@pytest.mark.fault("C2")
async def test_a_file_becomes_a_campaign(
    login_as: LoginAs, state: AppState, template_id: UUID
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    form = {"name": "From a file", "scope": "file", "revision": revision(page)}
    saved = await client.post(f"{base}/audience", data=form)
    assert "Upload the file with the people" in words(saved)
    taken = await upload(client, base, CSV)
    assert taken.headers["HX-Reswap"] == "outerMorph"
    assert "The file is being read" in words(taken)
    assert "Waiting for Temporal" in words(taken)  # there is none in this test
    await work(state)
    taken = await client.get(f"{base}/file", headers=HTMX)
    assert taken.text.lstrip().startswith('<section id="campaign-file"')
    for said in (
        "3 rows = 1 usable + 1 duplicate + 1 without a usable number",
        "1 person gets this message",
        "The same number appears earlier in the file.",
        "Choose a country for numbers without + or start with + and the country code.",
    ):
        assert said in words(taken)
    who = await client.get(f"{base}/left-out?reason=invalid", headers=HTMX)
    assert "12 line 3" in words(who)
    file = await client.get(f"{base}/file/errors.csv")
    assert len(file.text.splitlines()) == 3
    await client.post(f"{base}/template", data={"template_id": str(template_id)})
    page = await client.get(f"{base}/message")
    assert "Columns of the file" in page.text
    values = {"field:body.1": "column:Order", "default:body.1": "", "revision": revision(page)}
    saved = await client.post(f"{base}/message", data=values)
    assert "Hi bread, your order is ready." in words(saved)
    review = words(await client.get(f"{base}/review"))
    for said in ("people.csv", "Send to 1", "Column “Order”", "1 without a usable number"):
        assert said in review
    assert (await launch(client, base)).headers["location"] == base
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE campaigns SET undo_until = NULL"))  # the moment is over
        assert await freezing.freeze(session, UUID(base.rpartition("/")[2])) == 1
    failures = await client.get(f"{base}/failures")
    assert "1 without a usable number" in words(failures)
    assert f'href="{base}/file/errors.csv"' in failures.text
    settings = words(await client.get(f"{base}/settings"))
    assert "people.csv" in settings
    assert "Body {{1}} Column “Order”" in settings
    assert "Without" not in settings
    assert (await upload(client, base, CSV)).headers["HX-Redirect"] == base
    assert (await client.get(f"{base}/audience")).headers["location"] == base


async def test_a_file_that_cannot_be_used_says_so_and_the_first_stays(
    login_as: LoginAs, state: AppState, template_id: UUID
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    await upload(client, base, CSV)
    await work(state)
    wrong = words(await upload(client, base, ""))
    assert "The file is empty. The previous file is kept." in wrong
    assert "1 person gets this message" in wrong
    nothing = await client.post(f"{base}/file", headers=HTMX)
    assert "Choose a file first." in words(nothing)
    plain = await client.post(f"{base}/file", files={"file": ("a.csv", b"", "text/csv")})
    assert plain.headers["location"] == f"{base}/audience"
    assert "people.csv" in words(await client.get(f"{base}/audience"))


async def test_the_column_and_the_country_are_changed_on_the_page(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    await upload(client, base, "A,B\n611000001,x\n")
    await work(state)
    asked = words(await client.get(f"{base}/file", headers=HTMX))
    assert "1 row = 1 without a usable number" in asked
    choice = {"phone_column": "A", "default_region": "ES"}
    changed = await client.post(f"{base}/file/columns", data=choice, headers=HTMX)
    assert "1 row = 1 usable" in words(changed)
    wrong = {"phone_column": "", "default_region": "ES"}
    refused = await client.post(f"{base}/file/columns", data=wrong, headers=HTMX)
    assert "Choose the column that holds the phone number." in words(refused)
    saved = await client.get(f"{base}/audience")
    onward = {"name": "A", "scope": "file", "revision": revision(saved), "go": "message"}
    assert (await client.post(f"{base}/audience", data=onward)).headers[
        "location"
    ] == f"{base}/message"


async def test_a_program_gets_its_call_and_the_campaign_stays_open(
    login_as: LoginAs, state: AppState, template_id: UUID
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    form = {"name": "Orders", "scope": "program", "revision": revision(page)}
    saved = await client.post(f"{base}/audience", data=form)
    assert "No one has been added yet" in words(saved)
    await client.post(f"{base}/template", data={"template_id": str(template_id)})
    page = await client.get(f"{base}/audience")
    assert f"/api{base}/recipients" in page.text
    assert '"body.1": "Mara"' in words(page)
    assert "Your program sends these" in words(await client.get(f"{base}/message"))
    review = words(await client.get(f"{base}/review"))
    assert "From your program" in review
    assert "Start and wait for people" in review
    await launch(client, base)
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE campaigns SET status = 'running'"))
    live = words(await client.get(base))
    assert "Takes recipients from your program" in live
    assert "Close" in live
    assert "still gets the message" in words(await client.get(f"{base}/close"))
    assert (await client.post(f"{base}/close")).headers["location"] == base
    live = words(await client.get(base))
    assert "Takes recipients" not in live
    assert "Closed: accepts no more people" in words(await client.get(f"{base}/history"))
    assert "From your program" in words(await client.get(f"{base}/settings"))


async def test_going_back_to_groups_finds_them_as_they_were(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        group = await factories.people(session, 3)
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    answer = await client.get(f"{base}/audience")
    for scope in ("groups", "program", "file"):
        form = {"name": "A", "scope": scope, "revision": revision(answer)}
        if scope == "groups":
            form["group"] = str(group)
        answer = await client.post(f"{base}/audience", data=form)
    page = await client.get(f"{base}/audience")
    assert re.search(rf'value="{group}" checked', page.text)


async def test_who_is_left_out_of_contacts_is_shown(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        group = await factories.people(session, 12)
        await session.execute(text("UPDATE contacts SET blocked_at = now()"))
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    form = {"name": "A", "scope": "groups", "group": str(group), "revision": revision(page)}
    saved = await client.post(f"{base}/audience", data=form)
    assert "12 blocked" in words(saved)
    who = await client.get(f"{base}/left-out?reason=contact_blocked", headers=HTMX)
    assert who.text.count('href="/contacts/') == 10
    assert "the first 10" in words(who)
    nobody = await client.get(f"{base}/left-out?reason=made_up", headers=HTMX)
    assert "Nobody any more" in words(nobody)


@pytest.mark.fault("B3")
async def test_who_would_be_written_to_is_shown_before_the_launch(
    login_as: LoginAs, state: AppState, template_id: UUID
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    rows = "".join(f"P{n},+34 611 000 1{n:02},bread\n" for n in range(20))
    odd = "Q,+55 11 98765-4321,cake\nR,+34611000201 / +34611000202,tea\n"
    await upload(client, base, f"Name,Phone,Order\n{rows}{odd}")
    await work(state)
    taken = words(await client.get(f"{base}/file", headers=HTMX))
    for said in (
        "22 rows = 21 usable + 1 unclear",
        "Spain 20", "Brazil 1", "Double-check: Brazil", "+34 611 00 01 00 Spain P0",
        "There are two numbers here.", "the one mobile number is used",
    ):  # fmt: skip
        assert said in taken
    assert "P9" in taken
    assert "P10" not in taken
    await client.post(f"{base}/template", data={"template_id": str(template_id)})
    review = words(await client.get(f"{base}/review"))
    for said in (
        "Spain 20",
        "Double-check: Brazil",
        "+34 611 00 01 00 Spain P0",
        "1 with an unclear number",
    ):
        assert said in review


@pytest.mark.fault("B3")
async def test_a_file_without_a_certain_column_asks(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    await upload(client, base, "Order no,Note\n5511987654321,x\n5511987654322,y\n")
    await work(state)
    taken = words(await client.get(f"{base}/file", headers=HTMX))
    assert "Which column holds the WhatsApp number?" in taken
    chosen = await client.post(
        f"{base}/file/columns",
        data={"phone_column": "Order no", "default_region": "BR", "written": "international"},
        headers=HTMX,
    )
    assert "2 usable" in words(chosen)


@pytest.mark.fault("B4")
async def test_nobody_whose_row_is_hidden_is_written_to(
    login_as: LoginAs, state: AppState, template_id: UUID
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["Name", "Mobile"])
    for number in range(10):
        sheet.append([f"P{number}", f"+3461100010{number}"])
        sheet.row_dimensions[number + 2].hidden = number % 2 == 0
    written = io.BytesIO()
    book.save(written)
    files = {"file": ("people.xlsx", written.getvalue(), "application/octet-stream")}
    await client.post(f"{base}/file", files=files, headers=HTMX)
    await work(state)
    taken = words(await client.get(f"{base}/file", headers=HTMX))
    assert "5 rows = 5 usable" in taken
    assert "5 hidden rows of the sheet are not read." in taken
    known = (await client.get(f"/api{base}/file")).json()
    assert (known["usable"], known["hidden_rows"], known["hidden_columns"]) == (5, 5, [])


GERMAN = "Name;Handynummer\n" + "".join(f"P{at};0171 39200{at:02}\n" for at in range(20, 40))


@pytest.mark.fault("8B3")
async def test_the_country_of_a_campaign_s_file_is_asked_for(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    await upload(client, base, GERMAN + "Q;+49 171 3920041\nR;0160/665 3231\n")
    await work(state)
    taken = await client.get(f"{base}/file", headers=HTMX)
    assert "Which country are these numbers from?" in words(taken)
    assert "All of Germany" in words(taken)
    assert "Choose a country for numbers without +" in words(taken)
    assert "There are two numbers here" not in words(taken)
    assert taken.text.count("<select") == 6 + 1  # the country is asked once
    form = {"phone_column": "Handynummer", "default_region": "DE"}
    chosen = await client.post(f"{base}/file/columns", data=form, headers=HTMX)
    assert "22 rows = 22 usable" in words(chosen)
    assert "Which country" not in words(chosen)


@pytest.mark.fault("8B3")
async def test_a_column_that_may_hold_the_numbers_is_taken_with_a_button(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    await upload(client, base, "Wer;Kontaktweg\nAna;612345678\nEva;+34622345678\nIvo;633345678\n")
    await work(state)
    taken = await client.get(f"{base}/file", headers=HTMX)
    assert re.search(r'name="phone_column" value="Kontaktweg"', taken.text)
    chosen = await client.post(
        f"{base}/file/columns", data={"phone_column": "Kontaktweg"}, headers=HTMX
    )
    assert "All of Spain" in words(chosen)


@pytest.mark.fault("8B3")
async def test_the_two_sums_of_a_file_agree(
    login_as: LoginAs, state: AppState, template_id: UUID
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    rows = "".join(f"P{at};+346110001{at:02};{'yes' if at % 2 else 'no'}\n" for at in range(10))
    await upload(client, base, f"Name;WhatsApp;Consent\n{rows}")
    await work(state)
    await client.post(f"{base}/template", data={"template_id": str(template_id)})
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE templates SET category = 'MARKETING'"))
    taken = words(await client.get(f"{base}/file", headers=HTMX))
    assert "Usable numbers in the file Spain 10" in taken
    assert "5 of 10 get this message." in taken
    assert "5 people get this message" in taken
