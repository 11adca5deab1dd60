"""What people decide on the page of a campaign: unknown outcomes, one recipient's ledger."""

from api.state import AppState
from domain.permissions import Role
from tests.api.test_campaign_outcomes import asked, doubtful
from tests.conftest import LoginAs
from tests.web.test_campaign_pages import HTMX, words

__all__ = ["asked"]


async def test_unknown_outcomes_are_decided_after_a_plain_question(
    login_as: LoginAs, state: AppState, asked: list[str]
) -> None:
    base = f"/campaigns/{await doubtful(state)}"
    client = await login_as(Role.MANAGER)
    failures = await client.get(f"{base}/failures")
    assert "WhatsApp gave no clear answer" in words(failures)
    assert f'hx-get="{base}/unknown?choice=send_again"' in failures.text
    listed = await client.get(f"{base}/recipients?state=unknown")
    assert f'hx-get="{base}/unknown?choice=assume_sent&amp;number=2"' in listed.text
    question = words(await client.get(f"{base}/unknown?choice=send_again&number=2", headers=HTMX))
    assert "Send again to 1 person?" in question
    assert "This person may get the message twice." in question
    assert "waiting for them is the safest choice" in question
    done = await client.post(f"{base}/unknown", data={"choice": "send_again", "number": "2"})
    assert done.headers["location"] == f"{base}/recipients?state=unknown"
    assert asked == ["start_campaign", "wake_campaign"]
    done = await client.post(f"{base}/unknown", data={"choice": "assume_sent"})
    assert done.headers["location"] == f"{base}/recipients"
    page = words(await client.get(base))
    assert "3 people = 2 accepted + 1 waiting" in page
    settled = words(await client.get(f"{base}/unknown?choice=assume_sent", headers=HTMX))
    assert "nothing left to decide" in settled


async def test_a_recipient_opens_with_its_ledger(
    login_as: LoginAs, state: AppState, asked: list[str]
) -> None:
    base = f"/campaigns/{await doubtful(state)}"
    client = await login_as(Role.MANAGER)
    await client.post(f"{base}/unknown", data={"choice": "assume_sent", "number": "1"})
    assert asked
    for headers in ({}, HTMX):
        page = await client.get(f"{base}/recipients/1", headers=headers)
        said = words(page)
        for text in ("No clear answer", "Taken as sent", "Attempt 1", "Open in Temporal"):
            assert text in said
        assert "/workflows/campaign%2F" in page.text
        assert 'action="/inbox/new"' in page.text
    part = await client.get(f"{base}/recipients/1", headers=HTMX)
    assert part.text.lstrip().startswith("<dialog")
    assert (await client.get(f"{base}/recipients/9")).status_code == 404
