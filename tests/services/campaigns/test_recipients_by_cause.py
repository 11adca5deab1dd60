"""The list of a cause holds whom it kept from the message, and nobody who got it after all."""

from itertools import product

from sqlalchemy.ext.asyncio import AsyncSession

from domain import causes
from domain.messages import MessageState
from domain.recipients import EXPLAINED
from services.campaigns.outcomes import recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from tests.store.ledgers import ledger

WHY = [(131000, None), (131026, None), (None, "opted_out"), (None, "whatever"), (None, None)]
STATES = [state for state in MessageState if state is not MessageState.RECEIVED]


async def test_a_cause_alone_names_only_who_did_not_get_it(session: AsyncSession) -> None:
    cases = list(product(STATES, WHY))
    made = await ledger(session, len(cases))
    await made.put([state for state, _ in cases])
    for id_, (_, (code, why)) in zip(made.ids, cases, strict=True):
        await made.run(
            "UPDATE messages SET error_code = :code, error_detail = :why WHERE id = :id",
            code=code, why=why, id=id_,
        )  # fmt: skip
    for code, why in WHY:
        key = causes.cause_of(code, why).key
        page = await recipients.page(
            session, made.campaign.id, RecipientFilter(cause=key), limit=200
        )
        found = {line.message_id for line in page.items}
        assert found == {
            id_
            for id_, (state, case) in zip(made.ids, cases, strict=True)
            if state in EXPLAINED and causes.cause_of(*case).key == key
        }, key
