"""Who allowed or stopped marketing, in any order, and what follows."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.consent import Standing
from domain.contacts import ContactFilter, Selection
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from services.contacts import consent, search, write
from services.contacts.write import ContactChange
from services.messages import read
from services.sending import single
from services.vault import Vault, new_key
from store.sending import effects
from tests import factories, threads
from tests.services.consents import (
    PHONE,
    chosen,
    contact_id,
    opted_out,
    said,
    take,
    written,
)
from tests.words import refused_with, words_of

AGENT = Actor("user")
PROGRAM = Actor("token:abcd")
NOW = datetime.now(UTC).replace(microsecond=0)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.fixture(autouse=True)
async def channel(session: AsyncSession) -> Any:
    return await factories.channel(session, Vault([new_key()]))


async def _confirmations(session: AsyncSession) -> list[str]:
    query = text("SELECT body FROM messages WHERE client_id LIKE 'stopped:%' ORDER BY id")
    return list(await session.scalars(query))


# What people choose in WhatsApp itself.


@pytest.mark.fault("A4")
async def test_an_older_resume_after_a_newer_stop_changes_nothing(session: AsyncSession) -> None:
    await take(session, chosen("stop", ago(5)), chosen("resume", ago(10)))
    assert await opted_out(session) == ago(5)
    await take(session, chosen("resume", ago(1)))
    assert await opted_out(session) is None
    await take(session, chosen("stop", ago(5)), chosen("stop", ago(2)))
    assert await opted_out(session) is None


@pytest.mark.fault("A4")
@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_any_order_of_choices_ends_the_same(
    session: AsyncSession, order: tuple[int, ...]
) -> None:
    told = [
        chosen("stop", ago(9)), chosen("resume", ago(8)), chosen("stop", ago(7)), chosen("resume", ago(7)),
    ]  # fmt: skip
    await take(session, chosen("stop", ago(20)), *[told[place] for place in order])
    assert await opted_out(session) == ago(7)  # at one second the stop counts


@pytest.mark.fault("A4")
@pytest.mark.parametrize("value", ["paused", "", None, "STOPPED", 1, "unknown", ["stop"], {}])
async def test_other_values_than_stop_and_resume_change_nothing(
    session: AsyncSession, value: Any
) -> None:
    await take(session, chosen("stop", ago(5)), chosen(value, ago(1)))
    assert await opted_out(session) == ago(5)


@pytest.mark.fault("A4")
async def test_a_stop_of_somebody_unknown_is_kept(session: AsyncSession) -> None:
    await take(session, chosen("stop", ago(5)))
    assert await opted_out(session) == ago(5)
    with pytest.raises(Conflict):  # known from now on, so nobody adds them as if nothing were
        await write.create(session, AGENT, ContactChange(phone=f"+{PHONE}"))
    await take(session, chosen("stop", ago(5), wa_id=None, user_id="ES.48213907716650021934"))
    bsuid = text("SELECT marketing_opt_out_at FROM contacts WHERE bsuid LIKE 'ES.%'")
    assert await session.scalar(bsuid) == ago(5)


@pytest.mark.fault("A4")
async def test_a_resume_of_somebody_unknown_counts_against_an_older_stop(
    session: AsyncSession,
) -> None:
    await take(session, chosen("resume", ago(5)), chosen("stop", ago(9)))
    assert await opted_out(session) is None
    await take(session, chosen("stop", ago(1)))
    assert await opted_out(session) == ago(1)


async def test_a_sign_up_is_an_agreement(session: AsyncSession) -> None:
    await take(session, chosen("signup", ago(5)))
    person = await search.get(session, await contact_id(session))
    assert person.consent is Standing.AGREED


async def test_a_choice_about_a_number_that_is_not_ours_changes_nothing(
    session: AsyncSession,
) -> None:
    body = chosen("stop", ago(5)).replace(factories.PHONE_NUMBER_ID.encode(), b"999")
    await take(session, body)
    assert await session.scalar(text("SELECT count(*) FROM contacts")) == 0


@pytest.mark.fault("A4")
async def test_a_time_ahead_of_now_counts_as_now(session: AsyncSession) -> None:
    await take(session, chosen("stop", NOW + timedelta(days=900)))
    stopped = await opted_out(session)
    assert stopped is not None
    assert stopped <= datetime.now(UTC)


# Whose no it is.


@pytest.mark.fault("A5")
async def test_resume_in_whatsapp_lifts_only_what_whatsapp_set(session: AsyncSession) -> None:
    await take(session, said(written("STOP", ago(9), "w1")), chosen("stop", ago(8)))
    await take(session, chosen("resume", ago(7)))
    assert await opted_out(session) == ago(9)
    await take(session, said(written("START", ago(6), "w2")))
    assert await opted_out(session) is None


@pytest.mark.fault("A5")
async def test_start_undoes_only_the_persons_own_word(session: AsyncSession) -> None:
    await take(session, said(written("STOP", ago(9), "w1")))
    person = await contact_id(session)
    await write.update(session, AGENT, person, ContactChange(opted_out=True))
    await consent.stop(session, AGENT, person)
    await take(session, said(written("start", ago(1), "w2")))
    assert await opted_out(session) is not None
    await consent.allow(session, AGENT, person, "asked by phone")
    assert await opted_out(session) is None


@pytest.mark.fault("A5")
async def test_what_whatsapp_refused_is_lifted_by_whatsapp(
    session: AsyncSession, channel: Any
) -> None:
    thread = await threads.thread(session, channel)
    sent = await threads.sent(session, thread, "failed", failed_at=ago(5))
    await consent.hear(session, await effects.opt_outs(session, [sent]))
    person = await search.get(session, thread.contact_id)
    assert person.marketing_opt_out_at == ago(5)
    with refused_with(Conflict, "in WhatsApp itself"):
        async with session.begin_nested():
            await consent.allow(session, AGENT, thread.contact_id, "by phone")
    await take(session, chosen("resume", ago(6), wa_id=(person.phone or "").lstrip("+")))
    assert (await search.get(session, thread.contact_id)).marketing_opt_out_at == ago(5)
    await take(session, chosen("resume", ago(4), wa_id=(person.phone or "").lstrip("+")))
    assert (await search.get(session, thread.contact_id)).consent is Standing.AGREED


@pytest.mark.fault("A5")
async def test_many_at_once_and_programs_leave_what_people_said(session: AsyncSession) -> None:
    await take(session, said(written("STOP", ago(9), "w1")))
    person = await contact_id(session)
    everybody = Selection(filter=ContactFilter())
    assert await write.set_opt_out(session, AGENT, everybody, opted_out=False) == 0
    with pytest.raises(Conflict) as refused:
        async with session.begin_nested():
            await write.update(session, PROGRAM, person, ContactChange(opted_out=False))
    assert refused.value.code == "consent_theirs"
    assert await opted_out(session) == ago(9)


@pytest.mark.fault("A5")
async def test_an_opt_out_from_before_the_ledger_is_lifted_by_people_only(
    session: AsyncSession, channel: Any
) -> None:
    thread = await threads.thread(session, channel)
    await threads.block(session, thread.contact_id, "marketing_opt_out_at")
    person = await search.get(session, thread.contact_id)
    wa_id = (person.phone or "").lstrip("+")
    await take(session, chosen("resume", ago(0), wa_id=wa_id))
    await take(session, said(written("START", ago(0), "w1") | {"from": wa_id}))
    after = await search.get(session, thread.contact_id)
    assert after.marketing_opt_out_at == person.marketing_opt_out_at
    everybody = Selection(filter=ContactFilter())
    assert await write.set_opt_out(session, AGENT, everybody, opted_out=False) == 1
    assert (await search.get(session, thread.contact_id)).consent is Standing.AGREED


@pytest.mark.fault("A5")
async def test_the_history_says_who_when_and_how(session: AsyncSession) -> None:
    await take(session, said(written("Baja", ago(9), "w1")), chosen("stop", ago(8)))
    person = await contact_id(session)
    await consent.stop(session, AGENT, person, "complained on the phone")
    told = await consent.history(session, person)
    assert [words_of(item.sentence) for item in told] == [
        "Stopped by someone on the team", "Stopped marketing in WhatsApp", "Wrote “Baja”",
    ]  # fmt: skip
    assert [item.at for item in told[1:]] == [ago(8), ago(9)]
    assert told[0].detail == "complained on the phone"
    with pytest.raises(Invalid):
        await consent.allow(session, AGENT, person, "  ")


# STOP and its like.


@pytest.mark.fault("A5")
async def test_stop_is_confirmed_once_in_the_persons_language(session: AsyncSession) -> None:
    body = said(written("¡Stop!", ago(3), "w1"))
    done = await take(session, body)
    assert await opted_out(session) == ago(3)
    texts = await _confirmations(session)
    assert len(texts) == len(done.messages) == 1
    assert texts[0].startswith("No recibirás")  # a number of Spain
    done = await take(session, body, said(written("STOP", ago(2), "w2")), body)
    assert not done.messages
    assert len(await _confirmations(session)) == 1
    await take(session, said(written("START", ago(1), "w3"), written("baja", ago(0.5), "w4")))
    assert len(await _confirmations(session)) == 2
    assert await opted_out(session) == ago(0.5)


@pytest.mark.fault("A5")
async def test_the_confirmation_passes_the_gate_and_the_claim(session: AsyncSession) -> None:
    vault = Vault([new_key()])
    await session.execute(
        text("UPDATE channels SET access_token = :token"), {"token": vault.encrypt("t")}
    )
    done = await take(session, said(written("STOP", ago(3), "w1")))
    claimed = await single.claim(session, vault, done.messages[0], "worker/1")
    assert isinstance(claimed, single.SingleClaim)


BUTTON = {"type": "button", "text": None}
REPLY = {"type": "interactive", "text": None}


@pytest.mark.fault("A5")
@pytest.mark.parametrize(
    "part",
    [
        BUTTON | {"button": {"text": "Stop promotions", "payload": "x"}},
        BUTTON | {"button": {"text": "Nein danke", "payload": "STOP_PROMOTIONS"}},
        BUTTON | {"button": {"text": "Detener promociones"}},
        REPLY | {"interactive": {"type": "button_reply", "button_reply": {"id": "opt-out", "title": "Enough"}}},
        REPLY | {"interactive": {"type": "list_reply", "list_reply": {"id": "7", "title": "Unsubscribe"}}},
    ],
)  # fmt: skip
async def test_quick_replies_stop_by_text_and_by_payload(
    session: AsyncSession, part: dict[str, Any]
) -> None:
    await take(session, said(written("", ago(3), "w1") | part))
    assert await opted_out(session) == ago(3)
    assert len(await _confirmations(session)) == 1


@pytest.mark.fault("A5")
@pytest.mark.parametrize(
    "part",
    [
        {"group_id": "120363@g.us"},
        {"type": "reaction", "reaction": {"message_id": "w0", "emoji": "🛑"}},
        {"type": "image", "image": {"id": "1", "caption": "the bus stop"}},
        {
            "type": "document",
            "document": {"id": "1", "caption": "stop.pdf", "filename": "stop.pdf"},
        },
        {"type": "sticker", "sticker": {"id": "1", "caption": "STOP"}},
        {"text": {"body": "please stop by the shop"}},
        {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": "STOP"}},
    ],
)
async def test_what_is_no_wish_of_the_person_changes_nothing(
    session: AsyncSession, part: dict[str, Any]
) -> None:
    await take(session, said(written("STOP", ago(3), "w1") | part))
    assert await opted_out(session) is None
    assert await _confirmations(session) == []


@pytest.mark.fault("A5")
@pytest.mark.parametrize("kind", ["image", "video", "document"])
async def test_a_caption_stops_and_starts_nothing(session: AsyncSession, kind: str) -> None:
    stop = {"type": kind, kind: {"id": "1", "caption": "Unsubscribe!"}}
    await take(session, said(written("", ago(5), "w1") | stop))
    assert await opted_out(session) == ago(5)
    start = {"type": kind, kind: {"id": "2", "caption": "START"}}
    await take(session, said(written("", ago(3), "w2") | start))
    assert await opted_out(session) == ago(5)
    [fact] = await session.scalars(text("SELECT source FROM consents"))
    assert fact == "keyword"


@pytest.mark.fault("A5")
@pytest.mark.parametrize("asked", [False, True])
async def test_start_gives_back_what_was_before_the_stop(
    session: AsyncSession, asked: bool
) -> None:
    await take(session, said(written("Hello", ago(9), "w1")))
    person = await contact_id(session)
    if asked:
        await write.update(session, AGENT, person, ContactChange(opted_out=True))
        await write.update(session, AGENT, person, ContactChange(opted_out=False))
    now = datetime.now(UTC) + timedelta(seconds=1)
    await take(session, said(written("STOP", now, "w2")))
    await take(session, said(written("START", now + timedelta(seconds=1), "w3")))
    found = await search.get(session, person)
    assert found.consent is (Standing.AGREED if asked else Standing.NEVER_ASKED)


@pytest.mark.fault("A4")
@pytest.mark.fault("A5")
async def test_a_stop_that_comes_late_counts_by_its_time(session: AsyncSession) -> None:
    await take(session, said(written("START", ago(3), "w2")), said(written("STOP", ago(9), "w1")))
    assert await opted_out(session) is None
    assert await _confirmations(session) == []
    old = NOW - timedelta(days=3)
    await take(session, said(written("STOP", old, "w3") | {"from": "34699000333"}))
    assert await opted_out(session, "34699000333") == old
    assert await _confirmations(session) == []  # nothing free-form goes three days later


@pytest.mark.fault("A5")
async def test_start_of_somebody_who_stopped_nothing_is_no_agreement(session: AsyncSession) -> None:
    await take(session, said(written("start", ago(3), "w1")))
    person = await search.get(session, await contact_id(session))
    assert person.consent is Standing.NEVER_ASKED


@pytest.mark.fault("A5")
async def test_the_message_stands_in_the_thread_with_its_mark(
    session: AsyncSession, channel: Any
) -> None:
    await take(session, said(written("Hello", ago(4), "w0"), written("STOP", ago(3), "w1")))
    thread = await read.thread(session, channel, await contact_id(session))
    assert [message.wish for message in thread.messages[:2]] == [None, "stop"]


# What outlives a deleted contact.


@pytest.mark.fault("A5")
async def test_a_deleted_contact_comes_back_as_opted_out_as_it_was(session: AsyncSession) -> None:
    await take(session, said(written("STOP", ago(9), "w1")))
    await write.delete(session, AGENT, await contact_id(session))
    assert await session.scalar(text("SELECT count(*) FROM consents")) == 0
    kept = (await session.execute(text("SELECT * FROM suppressions"))).one()
    assert PHONE not in str(kept)  # a hash, no number
    again = await write.create(session, AGENT, ContactChange(phone=f"+{PHONE}"))
    assert again.marketing_opt_out_at == ago(9)
    assert await session.scalar(text("SELECT count(*) FROM suppressions")) == 0
    # It is still the person's own word: START takes it back.
    await take(session, said(written("START", ago(1), "w2")))
    assert await opted_out(session) is None


@pytest.mark.fault("A5")
async def test_a_number_that_is_learned_later_brings_the_opt_out_back(
    session: AsyncSession,
) -> None:
    await take(session, said(written("STOP", ago(9), "w1")))
    await session.execute(text("UPDATE contacts SET bsuid = NULL"))  # known by the number alone
    await write.delete(session, AGENT, await contact_id(session))
    other = await write.create(session, AGENT, ContactChange(phone="+34611000555"))
    assert other.marketing_opt_out_at is None
    again = await write.update(session, AGENT, other.id, ContactChange(phone=f"+{PHONE}"))
    assert again.marketing_opt_out_at == ago(9)
    assert await session.scalar(text("SELECT phone_at FROM contacts")) is not None


@pytest.mark.fault("C7")
async def test_a_wish_counts_only_on_the_number_its_message_came_to(session: AsyncSession) -> None:
    await take(session, said(written("STOP", ago(9), "w1")))
    await session.execute(
        text("UPDATE messages SET channel_id = (SELECT id FROM channels LIMIT 1)")
    )
    forged = said(written("START", ago(1), "w1"))  # the wamid of another message, with other words
    await take(session, forged)
    assert await opted_out(session) == ago(9)


@pytest.mark.fault("A5")
async def test_a_deleted_and_blocked_contact_stays_blocked(
    session: AsyncSession, channel: Any
) -> None:
    thread = await threads.thread(session, channel)
    person = await search.get(session, thread.contact_id)
    await threads.block(session, thread.contact_id, "blocked_at")
    await write.delete(session, AGENT, thread.contact_id)
    again = await write.create(session, AGENT, ContactChange(phone=person.phone))
    assert again.blocked_at is not None


@pytest.mark.fault("A5")
async def test_an_undo_takes_back_the_last_word_only(session: AsyncSession) -> None:
    await take(session, said(written("Hello", ago(9), "w1")))
    person = await contact_id(session)
    user = new_id()
    await session.execute(
        text("INSERT INTO users (id, email, name, password_hash, role) VALUES (:id, 'a@b.c', 'Ana', '', 'agent')"),
        {"id": user},
    )  # fmt: skip
    ana = Actor("user", user)
    await consent.stop(session, ana, person)
    assert (await consent.take_back(session, ana, person)).marketing_opt_out_at is None
    with pytest.raises(Conflict):
        await consent.take_back(session, ana, person)
    await consent.stop(session, ana, person)
    await take(session, chosen("stop", ago(0)))
    with pytest.raises(Conflict):
        await consent.take_back(session, ana, person)


@pytest.mark.fault("A1")
@pytest.mark.fault("A5")
async def test_people_who_turn_out_to_be_one_keep_what_either_said(session: AsyncSession) -> None:
    user = {"from_user_id": "ES.48213907716650021934"}
    alone = written("STOP", ago(9), "w1") | user
    alone.pop("from")
    await take(session, said(alone), said(written("Hello", ago(8), "w2")))
    assert await opted_out(session) is None  # nobody knows yet that they are one
    await take(session, said(written("It is me", ago(7), "w3") | user))
    assert await session.scalar(text("SELECT count(*) FROM contacts")) == 1
    assert await opted_out(session) == ago(9)
    told = await consent.history(session, await contact_id(session))
    assert [words_of(item.sentence) for item in told] == ["Wrote “STOP”"]
    await take(session, said(written("START", ago(6), "w4") | user))
    assert await opted_out(session) is None
