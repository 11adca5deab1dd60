"""A contact's page tells what happened, a screenful at a time; the inbox tells the last of it."""

import re

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from domain.conversations import ConversationStatus
from domain.permissions import Role
from services.campaigns.drafts import write as drafts
from services.conversations import change
from services.vault import Vault, new_key
from tests import threads
from tests.conftest import LoginAs
from tests.threads import AGENT


def seen(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text[:300]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def test_what_happened_is_shown_a_few_lines_at_a_time(
    session: AsyncSession, login_as: LoginAs
) -> None:
    thread = await threads.only_thread(session, Vault([new_key()]))
    campaign_id = (await drafts.create(session, AGENT, "Spring sale")).id
    await threads.sent(session, thread, "read", campaign_id=campaign_id, seq=1)
    for number in range(205):
        status = ConversationStatus.OPEN if number % 2 else ConversationStatus.RESOLVED
        await change.set_status(session, AGENT, thread.id, status)
    await session.commit()
    client = await login_as(Role.AGENT)
    page = await client.get(f"/contacts/{thread.contact_id}")
    assert f'hx-get="/contacts/{thread.contact_id}/activity"' in page.text
    shown = await client.get(f"/contacts/{thread.contact_id}/activity")
    assert shown.text.count("<li>") == 10
    assert f'data-live="contact:{thread.contact_id}"' in shown.text
    assert "activity?shown=40" in shown.text
    most = await client.get(f"/contacts/{thread.contact_id}/activity?shown=200")
    assert most.text.count("<li>") == 200
    (earlier,) = re.findall(r'hx-get="(/contacts/[^"]+cursor=[^"]+)"', most.text)
    last = await client.get(earlier.replace("&amp;", "&"))
    assert last.text.count("<li>") == 6
    assert "Read the campaign Spring sale" in seen(last)
    assert f"/campaigns/{campaign_id}" not in last.text  # agents see no campaigns
    assert "Show earlier" not in last.text


async def test_the_inbox_tells_the_last_of_it(session: AsyncSession, login_as: LoginAs) -> None:
    thread = await threads.only_thread(session, Vault([new_key()]))
    await session.commit()
    client = await login_as(Role.AGENT)
    panel = f"/inbox/{thread.id}/panel"
    assert "Activity" not in seen(await client.get(panel))
    await change.set_status(session, AGENT, thread.id, ConversationStatus.RESOLVED)
    await session.commit()
    assert "resolved the conversation" in seen(await client.get(panel))
