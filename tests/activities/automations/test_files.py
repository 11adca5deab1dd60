"""Steps that send files of ours: uploaded to WhatsApp once, again when it forgot them, and failed when they are gone."""

import asyncio
from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.automations.deciding import StepRef
from activities.dependencies import Dependencies
from domain.automations.contents import Media
from domain.automations.nodes import CustomReply, SendTemplate
from services.channels import account
from services.messages import outgoing_files
from services.messages.shelf import Shelf
from tests import factories
from tests.activities.automations.playing import Play, play
from tests.activities.conftest import Phone
from tests.eventually import eventually
from tests.graphs import graph
from whatsapp.client import Account, CloudApi

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
PDF = b"%PDF-1.7\n" + bytes(2000)


async def kept(needs: Dependencies, content: bytes, name: str, kind: str) -> str:
    """The link of a file that somebody chose."""
    async with needs.sessions.begin() as session:
        found = await outgoing_files.receive(session, needs.data_dir, BytesIO(content), name, kind)
    return found.link.text


async def sent(run: Play) -> list[dict[str, Any]]:
    """The bodies of the messages of a run, oldest first."""
    async with run.needs.sessions() as session:
        found = await session.scalars(
            text("SELECT payload FROM messages WHERE direction = 'out' ORDER BY id")
        )
        return list(found)


async def uploads(run: Play) -> list[str]:
    async with run.needs.sessions() as session:
        return list(await session.scalars(text("SELECT media_id FROM outgoing_file_ids")))


async def picture(needs: Dependencies, phone: Phone, *more: str) -> Play:
    """A run at a step that sends a picture, once for each of ``more`` again."""
    link = await kept(needs, PNG, "menu.png", "image")
    step = CustomReply(messages=(Media(kind="image", link=link, caption="Our menu"),))
    names = ["a", *more]
    edges = [f"{one} > {other}" for one, other in pairwise(names)]
    return await play(needs, phone, graph(dict.fromkeys(names, step), *edges))


async def test_a_picture_goes_by_its_id_and_is_uploaded_once(
    needs: Dependencies, phone: Phone
) -> None:
    run = await picture(needs, phone, "b")
    assert (await run.send(1)).step == 2
    assert (await run.send(2)).state == "completed"
    (media_id,) = await uploads(run)
    assert [one["image"] for one in await sent(run)] == [
        {"id": media_id, "caption": "Our menu"}
    ] * 2
    assert {state for _, state in await run.said()} == {"accepted"}
    async with needs.sessions() as session:
        held = (
            await session.execute(text("SELECT state, sha256, mime_type FROM media_files"))
        ).all()
    assert len(held) == 2, "the thread shows it without asking WhatsApp"
    assert {one.state for one in held} == {"kept"}
    assert Shelf(needs.data_dir).path(held[0].sha256).read_bytes() == PNG


async def test_many_runs_at_once_upload_a_file_once(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    upload = CloudApi.upload

    async def counted(*parts: Any) -> str:
        made.append(await upload(*parts))
        return made[-1]

    monkeypatch.setattr(CloudApi, "upload", counted)
    run = await picture(needs, phone)
    async with needs.sessions() as session:
        sha256 = str(await session.scalar(text("SELECT sha256 FROM outgoing_files")))
    wanted = outgoing_files.Wanted(sha256, run.who.channel_id)
    uploader = outgoing_files.Uploader(
        needs.sessions, needs.vault, needs.api, Shelf(needs.data_dir)
    )
    assert await asyncio.gather(*(uploader.upload(wanted) for _ in range(5))) == [""] * 5
    await run.send(1)
    assert await uploads(run) == made
    assert [one["image"]["id"] for one in await sent(run)] == made


async def test_a_file_that_whatsapp_forgot_is_uploaded_again(
    needs: Dependencies, phone: Phone
) -> None:
    run = await picture(needs, phone, "b", "c")
    await run.send(1)
    (first,) = await uploads(run)
    await run.change("outgoing_file_ids SET uploaded_at = now() - interval '30 days'")
    await run.send(2)
    (second,) = await uploads(run)
    await run.send(3)
    assert [one["image"]["id"] for one in await sent(run)] == [first, second, second]
    assert first != second


async def test_an_id_that_is_refused_is_not_used_again(needs: Dependencies, phone: Phone) -> None:
    run = await picture(needs, phone)
    async with needs.sessions.begin() as session:
        await session.execute(
            text("""INSERT INTO outgoing_file_ids (sha256, channel_id, phone_number_id, media_id)
            SELECT f.sha256, c.id, c.phone_number_id, '1234567890' FROM outgoing_files f, channels c""")
        )
    assert (await run.send(1)).state == "failed"
    assert await uploads(run) == []
    await run.retry()
    again = await run.decide()
    assert (await run.send(again.step)).state == "completed"


async def test_a_message_refused_for_its_recipient_keeps_the_id(
    needs: Dependencies, phone: Phone
) -> None:
    run = await picture(needs, phone)
    await phone.knobs(errors={131026: 1.0})
    assert (await run.send(1)).state == "failed"
    assert len(await uploads(run)) == 1


@pytest.mark.parametrize("gone", ["row", "content"])
async def test_a_file_that_is_gone_fails_its_step(
    needs: Dependencies, phone: Phone, gone: str
) -> None:
    run = await picture(needs, phone)
    if gone == "row":
        async with needs.sessions.begin() as session:
            await session.execute(text("DELETE FROM outgoing_files"))
    else:
        for path in (needs.data_dir / "media").glob("*/*"):
            path.unlink()
    assert (await run.send(1)).state == "failed"
    assert await run.reason(1) == "file_gone"
    assert await run.said() == []


async def test_a_file_waits_while_whatsapp_is_away(needs: Dependencies, phone: Phone) -> None:
    run = await picture(needs, phone)
    await run.change("channels SET api_url = 'http://127.0.0.1:1'")
    with pytest.raises(Exception, match="try_again"):
        await run.send(1)
    assert await run.said() == []
    await run.change(f"channels SET api_url = '{phone.url}'")
    assert (await run.send(1)).state == "completed"


async def test_a_token_that_is_refused_fails_the_step_with_its_cause(
    needs: Dependencies, phone: Phone
) -> None:
    run = await picture(needs, phone)
    async with needs.sessions.begin() as session:
        await session.execute(
            text("UPDATE channels SET access_token = :sealed"),
            {"sealed": needs.vault.encrypt("no")},
        )
    assert (await run.send(1)).state == "failed"
    assert await run.reason(1) == "190"


async def approved(needs: Dependencies, number: Account, meta_id: str) -> bool:
    return bool((await needs.api.get(number, meta_id))["status"] == "APPROVED")


async def test_a_template_carries_our_document_under_its_name(
    needs: Dependencies, phone: Phone
) -> None:
    header = {"type": "HEADER", "format": "DOCUMENT", "example": {"header_handle": ["4::aW"]}}
    components = [header, {"type": "BODY", "text": "Here is your invoice."}]
    async with needs.sessions.begin() as session:
        template_id = await factories.template(session, name="invoice", components=components)
    link = await kept(needs, PDF, "Rechnung März.pdf", "document")
    node = SendTemplate(template=str(template_id), values={"header.document": link})
    run = await play(needs, phone, graph({"a": node}))
    async with needs.sessions() as session:
        number = await account.load(session, needs.vault, run.who.channel_id)
    made = {"name": "invoice", "language": "en_US", "category": "UTILITY", "components": components}
    await phone.knobs(template_review_ms=[0, 0])
    meta_id = (await needs.api.post(number, f"{number.waba_id}/message_templates", made))["id"]
    await eventually(partial(approved, needs, number, meta_id), "the template is approved")
    await ActivityEnvironment().run(run.sending.send_template, StepRef(run.run_id, 1))
    assert await run.said() == [("Here is your invoice.", "accepted")]
    (media_id,) = await uploads(run)
    (payload,) = await sent(run)
    (part,) = payload["template"]["components"]
    assert part["parameters"] == [
        {"type": "document", "document": {"id": media_id, "filename": "Rechnung März.pdf"}}
    ]
