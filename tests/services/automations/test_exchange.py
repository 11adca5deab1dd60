"""Automations as files, also of newer and of hostile makers."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations import starters
from domain.errors import Invalid
from services.automations import documents, drafts, exchange, listing, publishing
from services.automations.publishing import Inside
from tests import drawing


@pytest.mark.parametrize("starter", [one.key for one in starters.ALL])
async def test_a_file_brings_back_what_was_drawn(session: AsyncSession, starter: str) -> None:
    made = await drafts.create(session, SYSTEM, "Welcome", starter=starter)
    file = await exchange.exported(session, made.item.id)
    again = await exchange.imported(session, SYSTEM, file)
    assert again.item.name == "Welcome"
    assert again.draft.document == made.draft.document
    known = starters.get(starter)
    assert known is not None
    assert documents.read(again.draft.document).graph == known.graph


async def test_what_a_newer_release_drew_is_kept_and_is_a_problem(session: AsyncSession) -> None:
    document = drawing.waiting()
    strange = drawing.node("magic", "teleport", where={"to": ["Mars"]})
    document["nodes"].append(strange)
    document["edges"].append(drawing.edge("ask", "magic", "timeout"))
    document["schema"] = 2
    file = {"whatsway": "automation", "schema": 2, "name": "Newer", "document": document}
    made = await exchange.imported(session, SYSTEM, file)
    assert strange in made.draft.document["nodes"]
    assert {"automation_type_unknown", "automation_schema.newer"} <= {
        one.sentence.key for one in made.draft.problems
    }
    assert (await exchange.exported(session, made.item.id))["document"]["nodes"][-1] == strange
    with pytest.raises(Invalid, match="draft_has_errors"):
        await publishing.publish(session, SYSTEM, made.item.id, 1, Inside.FINISH)


@pytest.mark.parametrize(
    "file",
    [
        {}, {"whatsway": "automation"}, {"whatsway": "automation", "document": []},
        {"whatsway": "campaign", "document": {}}, {"document": drawing.waiting()},
        {"whatsway": ["automation"], "document": {}},
    ],
)  # fmt: skip
async def test_what_is_no_automation_is_refused(session: AsyncSession, file: Any) -> None:
    with pytest.raises(Invalid, match="automation_file"):
        await exchange.imported(session, SYSTEM, file, "Other")
    assert (await listing.page(session)).items == []


@pytest.mark.parametrize("name", [None, 7, ["x"], {}, "  "])
async def test_a_file_without_a_name_needs_one(session: AsyncSession, name: Any) -> None:
    file = {"whatsway": "automation", "name": name, "document": drawing.waiting()}
    with pytest.raises(Invalid, match="automation_name"):
        await exchange.imported(session, SYSTEM, file)
    assert (await exchange.imported(session, SYSTEM, file, "Mine")).item.name == "Mine"
