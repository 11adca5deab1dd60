"""Unknown outcomes and single recipients over the JSON API."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import Role
from services.campaigns import lifecycle
from services.campaigns.launching import freezing, undo
from tests.conftest import LoginAs
from tests.noted import commands, noted
from tests.services.campaigns.test_resolve import in_doubt, set_status
from tests.services.campaigns.test_retry import PAYMENT, UNREACHABLE, failed
from tests.services.campaigns.test_undo import ended, launched


@pytest.fixture
def ended_workflows(state: AppState, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Campaigns whose workflow was ended, in an engine that answers."""
    calls: list[UUID] = []

    async def end(campaign_id: UUID) -> bool:
        calls.append(campaign_id)
        return True

    monkeypatch.setattr(state.workflows, "undo_campaign", end)
    return calls


async def doubtful(state: AppState, count: int = 3) -> UUID:
    async with state.sessions.begin() as session:
        campaign, _ = await in_doubt(session, count)
        return campaign.id


async def test_some_are_assumed_sent_and_the_rest_sent_again(
    login_as: LoginAs, state: AppState
) -> None:
    campaign_id = await doubtful(state)
    async with state.sessions.begin() as session:
        await set_status(session, campaign_id, "completed")
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{campaign_id}/unknown"
    first = await client.post(url, json={"choice": "assume_sent", "numbers": [1]})
    assert first.status_code == 200, first.text
    assert first.json()["changed"] == 1
    assert first.json()["campaign"]["counters"]["accepted"] == 1
    assert (await commands(state))[1:] == ["wake_campaign"]  # of no use: nobody is sent to again
    rest = await client.post(url, json={"choice": "send_again", "numbers": None})
    assert rest.json()["changed"] == 2
    assert rest.json()["campaign"]["status"] == "running"
    assert (await commands(state))[1:] == ["wake_campaign"] * 3
    again = await client.post(url, json={"choice": "send_again", "numbers": None})
    assert again.json()["changed"] == 0


async def test_what_cannot_be_decided_is_refused(login_as: LoginAs, state: AppState) -> None:
    campaign_id = await doubtful(state)
    async with state.sessions.begin() as session:
        await set_status(session, campaign_id, "stopped")
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{campaign_id}/unknown"
    ended = await client.post(url, json={"choice": "send_again", "numbers": None})
    assert (ended.status_code, ended.json()["code"]) == (409, "campaign_ended")
    for wrong in ({"choice": "guess", "numbers": None}, {"choice": "send_again", "numbers": [0]}):
        assert (await client.post(url, json=wrong)).status_code == 422
    nothing = await client.post(
        f"/api/campaigns/{uuid4()}/unknown", json={"choice": "send_again", "numbers": None}
    )
    assert nothing.status_code == 404
    assert await commands(state) == ["start_campaign"]  # its launch, and nothing since


async def test_a_recipient_comes_with_every_attempt(login_as: LoginAs, state: AppState) -> None:
    campaign_id = await doubtful(state)
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{campaign_id}"
    await client.post(f"{url}/unknown", json={"choice": "assume_sent", "numbers": [2]})
    assert (await commands(state))[1:] == ["wake_campaign"]
    found = (await client.get(f"{url}/recipients/2")).json()
    assert found["recipient"]["number"] == 2
    assert [entry["outcome"] for entry in found["attempts"]] == ["unknown", "assumed_sent"]
    assert found["attempts"][0]["cause"]["key"] == "no_answer"
    assert found["attempts"][1]["by"]
    missing = await client.get(f"{url}/recipients/4")
    assert (missing.status_code, missing.json()["code"]) == (404, "recipient_unknown")


async def test_agents_decide_nothing(login_as: LoginAs, state: AppState) -> None:
    campaign_id = await doubtful(state)
    client = await login_as(Role.AGENT)
    answer = await client.post(
        f"/api/campaigns/{campaign_id}/unknown", json={"choice": "send_again", "numbers": None}
    )
    assert answer.status_code == 403
    async with state.sessions() as session:
        query = text("SELECT count(*) FROM messages WHERE state = 'unknown'")
        assert (await session.execute(query)).scalar_one() == 3


async def test_a_program_may_leave_itself_seconds_to_undo(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await launched(session)
        await undo.undo(session, campaign_id, SYSTEM, ended)
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{campaign_id}"
    gone = await client.post(f"{url}/execute", json={"undo_seconds": 30})
    assert gone.json()["undo_until"] is not None
    undone = await client.post(f"{url}/undo")
    assert (undone.json()["status"], undone.json()["undo_until"]) == ("draft", None)
    assert (await commands(state))[-1] == "start_campaign"
    assert ended_workflows == [campaign_id]
    assert (await client.post(f"{url}/execute", json={"undo_seconds": 601})).status_code == 422
    assert (await client.post(f"{url}/execute")).json()["undo_until"] is None
    async with state.sessions.begin() as session:
        await freezing.freeze(session, campaign_id)
        await lifecycle.begin(session, campaign_id, datetime.now(UTC))
    late = await client.post(f"{url}/undo")
    assert (late.status_code, late.json()["code"]) == (409, "undo_too_late")


async def test_a_retry_is_made_once_and_keeps_its_people(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        campaign = await failed(session, PAYMENT, UNREACHABLE)
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{campaign.id}/retry"
    made, again = await client.post(url), await client.post(url)
    assert (made.status_code, again.status_code) == (201, 200)
    child = made.json()
    assert child["id"] == again.json()["id"]
    assert (child["parent_id"], child["status"]) == (str(campaign.id), "draft")
    check = (await client.get(f"/api/campaigns/{child['id']}/check")).json()
    assert (check["recipients"], check["ready"]) == (1, True)
    other = await client.put(f"/api/campaigns/{child['id']}", json={"audience": {"everyone": True}})
    assert (other.status_code, other.json()["code"]) == (409, "retry_fixed")


async def test_a_test_is_a_message_of_its_own(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await launched(session)
        await undo.undo(session, campaign_id, SYSTEM, ended)
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{campaign_id}/test"
    answer = await client.post(url, json={"to": "+34 611 555 099", "recipient": 2})
    assert answer.status_code == 202
    assert answer.json()["message_id"] == str((await noted(state, "message.queued"))[0])
    empty = (await client.post("/api/campaigns", json={"name": "Empty"})).json()["id"]
    refused = await client.post(f"/api/campaigns/{empty}/test", json={"to": "+34 611 555 099"})
    assert (refused.status_code, refused.json()["code"]) == (422, "trial_incomplete")
