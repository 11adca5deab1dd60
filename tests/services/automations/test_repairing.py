"""What of a hostile draft can still be drawn."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.problems import Fix
from services.automations import checking, documents, drafts, listing
from tests import drawing

TRIGGER = {"id": "t", "type": "keyword", "data": {"words": ["hi"]}}

HOSTILE: list[dict[str, Any]] = [
    {"edges": [None]},
    {"nodes": [{"id": "a", "type": "custom_reply", "data": [1]}]},
    {"nodes": [{"id": "a", "type": "user_reply", "data": {"ask": "When?", "save_as": "day"}}]},
    {"settings": {"restart_words": "stop", "marketing": True}},
    {"settings": [1], "nodes": 3, "triggers": None, "edges": {"source": 1}},
    {"triggers": {**TRIGGER, "title": {"a": 1}, "x": "left"}, "nodes": [None]},
    {"nodes": [7, {"id": 5}, {"id": "z", "type": {"a": 1}, "title": [2], "data": 3}]},
    {"nodes": [{"id": "a", "type": "condition", "data": {"when": {"groups": [None]}}}]},
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_left_can_be_read_and_is_not_repaired_again(hostile: dict[str, Any]) -> None:
    found = documents.repaired(hostile)
    read = documents.read(found)
    assert {one.sentence.code for one in read.problems} <= {"automation_type_unknown"}
    assert documents.repaired(found) == found


def test_only_what_has_a_wrong_shape_is_lost() -> None:
    asks = {"ask": "When?", "save_as": "day", "of_a_newer_release": 1}
    given = {
        "triggers": [TRIGGER],
        "nodes": [
            {"id": "a", "type": "user_reply", "title": "Day", "x": 9, "data": asks},
            {"id": "f", "type": "from_the_future", "data": {"b": [1]}},
        ],
        "edges": [None, {"source": "t", "branch": "next", "target": "a"}],
        "settings": {"restart_words": "stop", "marketing": True},
    }
    found = documents.repaired(given)
    step, future = found["nodes"]
    assert (step["title"], step["x"], step["data"]["save_as"]) == ("Day", 9, "day")
    assert step["data"]["of_a_newer_release"] == 1
    assert (future["type"], future["data"]) == ("from_the_future", {"b": [1]})
    assert found["edges"] == [{"source": "t", "branch": "next", "target": "a"}]
    assert (found["settings"]["marketing"], found["settings"]["restart_words"]) == (True, [])


def test_a_sound_document_stays_as_it_was_saved() -> None:
    sparse = {"nodes": [{"id": "a", "type": "goal", "data": {}}]}
    assert documents.repaired(sparse) == sparse


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_stored_draft_is_shown_with_what_is_wrong_in_it(
    session: AsyncSession, hostile: dict[str, Any]
) -> None:
    made = (await drafts.create(session, Actor("user"), "Welcome")).item.id
    changed = text("UPDATE automations SET draft = CAST(:draft AS jsonb) WHERE id = :id")
    kept = {"schema": 1, **hostile}
    await session.execute(changed.bindparams(draft=json.dumps(kept), id=made))
    session.expire_all()
    shown = await listing.one(session, made)
    assert shown.draft.document == documents.repaired(kept)
    told = {one.sentence.code for one in shown.draft.problems}
    assert told & {"automation_entry", "automation_value", "automation_type_unknown"}


async def test_a_branch_to_a_step_that_cannot_be_read_leads_on(session: AsyncSession) -> None:
    future = {"id": "f", "type": "from_the_future", "data": {}}
    after = {"id": "g", "type": "goal", "data": {}}
    whole = drawing.document(
        [TRIGGER],
        [future, after],
        [
            {"source": "t", "branch": "next", "target": "f"},
            {"source": "f", "branch": "next", "target": "g"},
        ],
    )
    found = (await checking.check(session, whole)).problems
    assert [one.sentence.code for one in found] == ["automation_type_unknown"]
    assert [one.fix for one in found] == [Fix.LEAVE_OUT]
