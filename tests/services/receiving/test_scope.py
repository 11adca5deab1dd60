"""A secret vouches only for its own numbers, a status only for its own message."""

import time
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.receiving.intake import Intake
from services.vault import Vault, new_key
from tests import factories
from tests.deliveries import (
    as_bytes,
    documented,
    envelope,
    value,
)
from tests.services.receiving.conftest import Sessions, column, count, drain, receive, said


async def other_channel(sessions: Sessions, vault: Vault) -> UUID:
    async with sessions.begin() as session:
        statement = text(
            "INSERT INTO channels (id, portfolio_id, name, phone_number_id, waba_id, api_url, status,"
            " display_phone_number, access_token, app_secret, verify_token)"
            " SELECT :id, portfolio_id, 'Other', '555', '777', api_url, status, '', access_token,"
            " :secret, verify_token FROM channels LIMIT 1"
        )
        made = uuid4()
        await session.execute(statement, {"id": made, "secret": vault.encrypt("other")})
        return made


@pytest.mark.fault("C7")
async def test_a_secret_speaks_for_its_own_channels_only(sessions: Sessions) -> None:
    foreign = await other_channel(sessions, Vault([new_key()]))
    (own,) = await column(
        sessions, f"id FROM channels WHERE phone_number_id = '{factories.PHONE_NUMBER_ID}'"
    )
    intake = Intake(sessions)
    bodies = [as_bytes(shape) for shape in documented()]
    state = (
        "md5(string_agg(t::text, '' ORDER BY t::text)) FROM (SELECT c::text AS t FROM channels c "
        "UNION ALL SELECT c::text FROM contacts c UNION ALL SELECT p::text FROM templates p "
        "UNION ALL SELECT m::text FROM messages m UNION ALL SELECT v::text FROM conversations v "
        "UNION ALL SELECT p::text FROM portfolios p) t"
    )
    before = await column(sessions, state)
    for body in bodies:
        await intake.keep(body, [foreign])
    await drain(sessions)
    assert await column(sessions, state) == before
    reasons = set(
        await column(
            sessions, "DISTINCT reason FROM webhook_objects WHERE reason = 'foreign_signature'"
        )
    )
    assert reasons == {"foreign_signature"}
    # The same bytes under the right secret are another delivery, and count.
    for body in bodies:
        await intake.keep(body, [own])
    await drain(sessions)
    assert await count(sessions, "messages") > 10


@pytest.mark.fault("C7")
@pytest.mark.parametrize(
    ("what", "moves"),
    [("true", True), ("another number", False), ("another id", False), ("another attempt", False)],
)
async def test_only_a_status_of_this_very_message_moves_it(
    sessions: Sessions, what: str, moves: bool
) -> None:
    await other_channel(sessions, Vault([new_key()]))
    sent = uuid4()
    async with sessions.begin() as session:
        await session.execute(
            text("INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, wamid,"
                 " attempt) SELECT :id, id, :id, 'out', 'inbox', 'text', 'accepted', 'wamid.TRUE', 2"
                 " FROM channels WHERE phone_number_id <> '555'"), {"id": sent},
        )  # fmt: skip
        await session.execute(
            text("INSERT INTO message_attempts (message_id, attempt, outcome, wamid)"
                 " VALUES (:id, 1, 'failed', 'wamid.FIRST')"), {"id": sent},
        )  # fmt: skip
    attempt = 1 if what == "another attempt" else 2
    status = {"id": "wamid.FORGED" if what in {"another id", "another attempt"} else "wamid.TRUE",
              "status": "read", "timestamp": str(int(time.time())),
              "biz_opaque_callback_data": f"{sent}:{attempt}"}  # fmt: skip
    given = value(statuses=[status])
    if what == "another number":
        given["metadata"] = {"phone_number_id": "555"}
    await receive(sessions, as_bytes(envelope(("messages", given))))
    assert await column(sessions, "state FROM messages") == ["read" if moves else "accepted"]


@pytest.mark.fault("C7")
@pytest.mark.parametrize("named", ["777", 777, ["777"], {"id": "777"}, None])
async def test_a_body_that_names_two_accounts_changes_nothing_of_the_other(
    sessions: Sessions, named: object
) -> None:
    """The envelope names the victim's account, the news its sender's own: templates stay as they are."""
    foreign = await other_channel(sessions, Vault([new_key()]))
    before = await column(sessions, "md5(t::text) FROM templates t")
    (id_,) = await column(sessions, "meta_id FROM templates")
    (name,) = await column(sessions, "name FROM templates")
    forged = {
        "event": "DISABLED", "message_template_id": id_, "message_template_name": name,
        "message_template_language": "en_US", "waba_info": {"waba_id": named},
    }  # fmt: skip
    body = envelope(("message_template_status_update", forged))
    await Intake(sessions).keep(as_bytes(body), [foreign])
    await drain(sessions)
    assert await column(sessions, "md5(t::text) FROM templates t") == before


async def test_news_for_numbers_that_are_not_ours_are_one_line_of_a_body(
    sessions: Sessions,
) -> None:
    statuses = [{"id": f"w{i}", "status": "sent"} for i in range(50)]
    given = value(statuses=statuses, metadata={"phone_number_id": "999"})
    await receive(sessions, as_bytes(envelope(("messages", given))))
    assert await column(sessions, "reason || ' ' || count FROM webhook_objects") == [
        "other_number 50"
    ]


@pytest.mark.fault("C7")
async def test_a_quote_of_another_number_answers_no_campaign_of_ours(sessions: Sessions) -> None:
    """Written to the other number, an answer that quotes our campaign counts nowhere."""
    foreign = await other_channel(sessions, Vault([new_key()]))
    await receive(sessions, as_bytes(envelope(("messages", value(messages=[said("hello")])))))
    campaign = uuid4()
    async with sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, wamid,"
                " campaign_id, seq, accepted_at) SELECT :id, channel_id, contact_id, 'out', 'campaign',"
                " 'template', 'accepted', 'wamid.OURS', :id, 1, now() FROM conversations"
            ),
            {"id": campaign},
        )
    forged = value(messages=[said("me", "f", context={"id": "wamid.OURS"})])
    forged["metadata"] = {"phone_number_id": "555"}
    await Intake(sessions).keep(as_bytes(envelope(("messages", forged))), [foreign])
    await drain(sessions)
    assert await count(sessions, "messages WHERE body = 'me'") == 1
    assert await column(sessions, "replied_at FROM messages WHERE campaign_id IS NOT NULL") == [
        None
    ]
