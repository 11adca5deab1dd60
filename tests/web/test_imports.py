"""The import wizard from the file to the result."""

import io
import re
from uuid import UUID

import httpx
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from api.state import AppState
from domain.contacts import CustomField, FieldType
from domain.permissions import Role
from services.imports import run
from store import fields
from tests.conftest import LoginAs
from tests.noted import noted
from tests.work import work

FILE = "Nome;Celular;Cidade\nAna;11 98765-4321;São Paulo\nBia;(11) 98765-4322;\nX;nada;\n"


async def _upload(client: httpx.AsyncClient, content: bytes, name: str = "a.csv") -> httpx.Response:
    return await client.post("/contacts/import", files={"file": (name, content, "text/csv")})


async def test_the_wizard_from_file_to_result(
    login_as: LoginAs, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await login_as(Role.MANAGER)
    sent = await _upload(client, FILE.encode("cp1252"))
    address = sent.headers["location"]
    import_id = UUID(address.rsplit("/", 1)[1])
    columns = await client.get(address)
    assert "What Celular becomes" in columns.text
    assert re.search(r'value="phone" selected', columns.text)
    assert "São Paulo" in columns.text

    form = {
        "target-0": "name",
        "target-1": "phone",
        "target-2": "new:text",
        "default_region": "BR",
        "policy": "fill_empty",
        "new_group": "Junho",
    }
    without = await client.post(f"{address}/columns", data=form | {"target-1": ""})
    assert (without.status_code, "Choose the column that holds" in without.text) == (422, True)
    assert 'value="Junho"' in without.text
    assert (
        (await client.post(f"{address}/columns", data=form)).headers["location"].endswith("/check")
    )
    check = await client.get(f"{address}/check")
    assert "+55 11 98765-4321" in check.text
    counts = await client.post(f"{address}/check", headers={"HX-Request": "true"})
    assert f'hx-get="{address}/counts"' in counts.text
    await work(state)
    counts = await client.get(f"{address}/counts", headers={"HX-Request": "true"})
    assert "Import 2 contacts" in counts.text
    assert "3 rows = 2 new + 1 left out" in counts.text

    assert (await client.post(f"{address}/start")).is_redirect
    assert await noted(state, "import.check_asked") == [import_id]
    assert await noted(state, "import.started") == [import_id]
    running = await client.get(address)
    assert "You can leave this page" in running.text
    async with state.sessions.begin() as session:
        await run.run(session, import_id, data_dir=state.data_dir)
    result = await client.get(f"{address}/state", headers={"HX-Request": "true"})
    assert "Import finished" in result.text
    left_out = await client.get(f"{address}/errors.csv")
    assert "X,nada,,4,Celular: A phone number has digits only." in left_out.text
    history = await client.get("/contacts/imports")
    assert "a.csv" in history.text
    assert "Finished" in history.text
    assert "2 contacts" in (await client.get("/contacts")).text
    assert (await client.get(f"{address}/check")).is_redirect
    assert (await client.post(f"{address}/columns", data=form)).status_code == 409


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.4", "This is a PDF"),
        (b"Name,Phone\n", "column names but no rows"),
    ],
)
async def test_wrong_files_are_explained(login_as: LoginAs, content: bytes, sentence: str) -> None:
    answer = await _upload(await login_as(), content)
    assert answer.status_code == 422
    assert sentence in answer.text


async def test_reading_can_be_corrected_on_the_page(login_as: LoginAs) -> None:
    client = await login_as()
    sent = await _upload(client, "Имя,Телефон\nЮлия,+5511987654321\n".encode("cp1251"))
    address = sent.headers["location"]
    data = {"encoding": "cp1251", "delimiter": ",", "has_header": "1"}
    assert (await client.post(f"{address}/reading", data=data)).is_redirect
    assert "Юлия" in (await client.get(address)).text
    wrong = await client.post(f"{address}/reading", data=data | {"encoding": "rot13"})
    assert (wrong.status_code, "Choose an encoding" in wrong.text) == (422, True)


async def test_a_file_that_is_gone_and_imports_that_never_were(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as()
    sent = await _upload(client, FILE.encode())
    address = sent.headers["location"]
    (state.data_dir / "imports" / f"{address.rsplit('/', 1)[1]}.csv").unlink()
    assert "Upload it again" in (await client.get(address)).text
    await client.post(f"{address}/check", headers={"HX-Request": "true"})
    await work(state)
    counts = await client.get(f"{address}/counts", headers={"HX-Request": "true"})
    assert "Upload it again" in counts.text
    assert (await client.get("/contacts/import/0197-nope")).status_code == 404
    example = await client.get("/contacts/import/example.csv")
    assert (await _upload(client, example.content)).is_redirect


@pytest.mark.fault("B3")
async def test_countries_and_unclear_numbers_are_shown_before_anything_is_stored(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    rows = "".join(f"P{n},+49 171 00000{n:02}\n" for n in range(20))
    content = f"Name,Phone\n{rows}Odd,+5511987654321\nX,15123456789\n".encode()
    address = (await _upload(client, content)).headers["location"]
    form = {"target-0": "name", "target-1": "phone", "default_region": "DE", "written": ""}
    check = await client.post(f"{address}/columns", data=form)
    page = await client.get(check.headers["location"])
    assert "Germany" in page.text
    await client.post(f"{address}/check", headers={"HX-Request": "true"})
    await work(state)
    counts = " ".join((await client.get(f"{address}/counts")).text.split())
    for said in (
        "Germany 20",
        "Brazil 1",
        "Double-check: Brazil",
        "21 new + 1 unclear",
        "+15123456789",
    ):
        assert said in counts


@pytest.mark.fault("B3")
async def test_an_uncertain_phone_column_is_asked_about_with_values_and_countries(
    login_as: LoginAs,
) -> None:
    client = await login_as(Role.MANAGER)
    content = b"Order no,Reach\n1001,34611000106\n1002,34611000107\n1003,34611000108\n"
    address = (await _upload(client, content)).headers["location"]
    page = " ".join((await client.get(address)).text.split())
    assert "Which column holds the WhatsApp number?" in page
    assert "<strong>Reach</strong>: 34611000106 · 34611000107 · 34611000108" in page
    assert "(Spain)" in page


@pytest.mark.fault("B6")
async def test_built_in_and_own_fields_are_told_apart_in_the_choices(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    async with state.sessions.begin() as session:
        old = CustomField("first_name", "First name", FieldType.TEXT)
        await fields.create(session, old)
    content = b"First name,Last name,Phone\nAna,Souza,+34611000106\n"
    address = (await _upload(client, content)).headers["location"]
    page = (await client.get(address)).text
    assert 'label="Your fields"' in page
    assert "First name (field)" in page
    assert re.search(r'value="first_name" selected', page)


@pytest.mark.fault("B4")
async def test_names_show_how_letters_read_before_anything_is_chosen(login_as: LoginAs) -> None:
    client = await login_as()
    file = "Ad;Telefon\nŞükrü Yılmaz;+905321234567\nDeniz Çağlar;+905321234568\n"
    address = (await _upload(client, file.encode("cp1254"))).headers["location"]
    page = await client.get(address)
    assert "Şükrü Yılmaz" in page.text
    assert re.search(r'value="cp1254" selected', page.text)
    wrong = await client.post(f"{address}/letters", data={"encoding": "cp1252"})
    assert "Þükrü" in wrong.text
    assert (await client.post(f"{address}/letters", data={"encoding": "rot13"})).status_code == 422
    right = {"encoding": "cp1254", "delimiter": ";", "has_header": "1", "header_line": "x"}
    refused = await client.post(f"{address}/reading", data=right)
    assert (refused.status_code, "line number" in refused.text) == (422, True)


@pytest.mark.fault("B4")
async def test_the_page_says_what_of_a_workbook_is_hidden(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (
        ["Name", "Old mobile", "Mobile"],
        *([f"P{i}", f"+3462200010{i}", f"+3461100010{i}"] for i in range(9)),
    ):
        sheet.append(row)
    sheet.column_dimensions["B"].hidden = True
    for number in (3, 4):
        sheet.row_dimensions[number].hidden = True
    written = io.BytesIO()
    book.save(written)
    sent = await _upload(client, written.getvalue(), "people.xlsx")
    page = (await client.get(sent.headers["location"])).text
    assert "2 hidden rows of the sheet are not read." in page
    assert "Hidden columns are not read: B." in page
    assert "Old mobile" not in page
    known = (
        await client.get(sent.headers["location"].replace("/contacts/", "/api/contacts/"))
    ).json()
    assert (known["hidden_rows"], known["hidden_columns"]) == (2, ["B"])


@pytest.mark.fault("8B3")
@pytest.mark.parametrize(
    ("numbers", "asked"),
    [
        (("612 345 678", "622345678", "+34 611 000 106"), True),
        (("+34 611 000 106", "+34611000107", "612345678"), False),
        (("34611000106", "34611000107", "34611000108"), False),
    ],
)
async def test_the_country_is_asked_for_when_numbers_have_none(
    login_as: LoginAs, numbers: tuple[str, ...], *, asked: bool
) -> None:
    client = await login_as(Role.MANAGER)
    rows = "".join(f"Person {index},{number}\n" for index, number in enumerate(numbers))
    address = (await _upload(client, f"Name,Phone\n{rows}".encode())).headers["location"]
    page = (await client.get(address)).text
    assert ("Which country are these numbers from?" in page) is asked
    assert page.count('name="default_region"') == 1


@pytest.mark.fault("8B3")
async def test_the_first_rows_show_what_the_file_says_of_marketing(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    content = b"Name,Phone,Marketing consent\nAna,+34611000106,yes\nEva,+34611000107,no\nIvo,+34611000108,\n"
    address = (await _upload(client, content)).headers["location"]
    page = " ".join(re.sub(r"<[^>]+>", " ", (await client.get(f"{address}/check")).text).split())
    for said in ("Ana Agreed", "Eva Opted out", "Ivo Not asked"):
        assert said in page


SPAIN = ("+34 611 000 106", "612 345 678", "622345678", "633 345 678", "644345678")
NAMELESS = "Wer,Kontaktweg\n" + "".join(f"P{at},{cell}\n" for at, cell in enumerate(SPAIN))


@pytest.mark.fault("8B3")
async def test_a_column_chosen_by_hand_is_asked_for_its_country_at_once(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    address = (await _upload(client, NAMELESS.encode())).headers["location"]
    page = (await client.get(address)).text
    assert "Which column holds the WhatsApp number?" in page
    assert "Which country" not in page
    # By the select: the part of the page that follows from it, with the country that is known.
    form = {"target-0": "name", "target-1": "phone", "default_region": "", "new_group": "June"}
    asked = (await client.post(f"{address}/country", data=form)).text
    assert "Which country are these numbers from?" in asked
    assert re.search(r'value="ES" selected', asked)
    assert asked.count('name="default_region"') == 1
    none = (await client.post(f"{address}/country", data=form | {"target-1": ""})).text
    assert "Which country" not in none
    assert none.count('name="default_region"') == 1
    # By the button of a candidate: what else was chosen stays.
    assert f'formaction="{address}/phone"' in page
    chosen = await client.post(f"{address}/phone", data=form | {"target-1": "", "phone": "1"})
    page = (await client.get(chosen.headers["location"])).text
    assert re.search(r'value="phone" selected', page)
    assert re.search(r'value="name" selected', page)
    assert re.search(r'value="ES" selected', page)
    assert 'value="June"' in page


@pytest.mark.fault("8B3")
async def test_without_a_country_the_check_is_not_reached_unasked(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    address = (await _upload(client, NAMELESS.encode())).headers["location"]
    form = {"target-0": "name", "target-1": "phone", "default_region": ""}
    refused = await client.post(f"{address}/columns", data=form)
    assert refused.status_code == 422
    assert refused.text.count("Choose a country.") >= 1
    assert re.search(r'value="ES" selected', refused.text)
    only_plus = await client.post(f"{address}/columns", data=form | {"default_region": "+"})
    assert only_plus.headers["location"].endswith("/check")
    await client.post(f"{address}/check")
    await work(state)
    counts = (await client.get(f"{address}/counts")).text
    assert "Choose a country for numbers without +" in counts
    assert f'href="{address}#country-question"' in counts
    there = await client.post(f"{address}/columns", data=form | {"default_region": "ES"})
    assert there.headers["location"].endswith("/check")


@pytest.mark.fault("8B3")
@pytest.mark.parametrize("phone", ["", "7", "-1", "x", "99999999999"])
async def test_no_column_of_that_number_is_chosen(login_as: LoginAs, phone: str) -> None:
    client = await login_as(Role.MANAGER)
    address = (await _upload(client, NAMELESS.encode())).headers["location"]
    assert (await client.post(f"{address}/phone", data={"phone": phone})).status_code == 422


@pytest.mark.fault("8B3")
async def test_one_column_that_holds_separators_opens_the_box(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    content = b"Name and phone; address\n" + b"Ana +34611000106\n" * 9
    page = (await client.get((await _upload(client, content)).headers["location"])).text
    assert '<details class="card" open>' in page


@pytest.mark.fault("8B3")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
async def test_how_letters_are_written_is_said_by_name(login_as: LoginAs, encoding: str) -> None:
    client = await login_as(Role.MANAGER)
    content = "Name,Phone\nZoë,+34611000106\n".encode(encoding)
    address = (await _upload(client, content)).headers["location"]
    page = (await client.get(address)).text
    letters = page[page.index('name="encoding"') :].split("</select>", 1)[0]
    names = re.findall(r"<option [^>]*>([^<]+)<", letters)
    assert len(names) == len(set(names))
    assert not any(re.search(r"UTF-8-SIG|UTF-16-LE|UTF-16LE", name) for name in names)
    chosen = re.search(r'<option value="([^"]+)" selected>([^<]+)<', letters)
    assert chosen is not None
    assert chosen[2].startswith("Unicode (UTF-")
    form = {"encoding": chosen[1], "delimiter": ",", "has_header": "1"}
    assert (await client.post(f"{address}/reading", data=form)).is_redirect


@pytest.mark.fault("8B3")
async def test_what_the_file_says_of_marketing_sums_to_its_people(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    answers = ("Sí, por web", "pendiente", "revocado", "", "pendiente")
    rows = "".join(f"P{at},+3461100010{at},{said}\n" for at, said in enumerate(answers))
    content = f"Name,Phone,Permission to contact\n{rows}".replace("Sí, por web", '"Sí, por web"')
    address = (await _upload(client, content.encode())).headers["location"]
    form = {"target-0": "name", "target-1": "phone", "target-2": "consent"}
    await client.post(f"{address}/columns", data=form)
    page = " ".join(re.sub(r"<[^>]+>", " ", (await client.get(f"{address}/check")).text).split())
    assert "P1 Unclear: no marketing" in page
    await client.post(f"{address}/check")
    await work(state)
    counts = (await client.get(f"{address}/counts")).text
    said = " ".join(re.sub(r"<[^>]+>", " ", counts).split())
    assert "5 rows = 5 new" in said
    assert "5 people = 1 agreed + 1 opted out + 2 unclear (no marketing) + 1 not asked." in said
    assert "“pendiente” is neither yes nor no: without consent there is no marketing. 2" in said
