"""Fills the inbox with conversations of the past weeks, in the order in which they would have been written."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cli.bench import past
from cli.bench.scene import Scene
from store.engine import Use, create_engine

SLICE = 100_000

VOCABULARY = (
    "order invoice delivery tomorrow thanks please where when size colour blue return refund paid address street door bell "
    "pedido factura entrega mañana gracias por favor cuándo talla devolución dirección calle puerta recibido número "
    "pedido nota entrega amanhã obrigado tamanho devolução endereço rua você não chegou ainda "
    "Bestellung Rechnung Lieferung morgen danke bitte Größe Rückgabe Straße Tür angekommen "
    "заказ счёт доставка завтра спасибо размер возврат адрес улица 注文 配達 明日 ありがとう 住所 订单 发票 送货 谢谢 地址 "
    "A-1042 B-7731 C-90 12:30 18:00 €19.90 50% #2231"
)
"""What people write about, in several languages: a message is 3 to 14 of these in a row."""

WORDS = VOCABULARY.split()

# The newest conversation's last message came just now, that of the next half a minute earlier, and so on; between two
# messages of a conversation lies an hour, in the longest one a minute.
_THREADS = text("""
CREATE TEMP TABLE threads AS
SELECT n::int AS n, contact_id, gen_random_uuid() AS id, clock_timestamp() - n * interval '30 s' AS last_at,
    CASE WHEN n = :longest_place THEN :longest ELSE :each + (n < :rest)::int END AS messages,
    CASE WHEN n = :longest_place THEN interval '1 minute' ELSE interval '1 hour' END AS gap
FROM (
    SELECT row_number() OVER (ORDER BY phone_key) - 1 AS n, id AS contact_id FROM contacts
    WHERE phone_key BETWEEN '34600000000' AND '34600999999' ORDER BY phone_key LIMIT :conversations
) c
""")
_PLACES = text("""
CREATE TEMP TABLE places AS
SELECT row_number() OVER (ORDER BY at, n) AS place, n, j, contact_id, at,
    (substr(month_bound(at)::text, 1, 13) || '-7000-8000-' || substr(md5(n || '/' || j), 1, 12))::uuid AS id
FROM (
    SELECT n, contact_id, j, date_trunc('milliseconds', last_at - (messages - j) * gap) AS at
    FROM threads, generate_series(1, messages) AS j
) m
""")
_MESSAGES = text("""
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, payload, wamid, client_id,
    sender_id, accepted_at, sent_at, delivered_at, read_at, created_at)
SELECT id, :channel_id, contact_id, CASE WHEN ours THEN 'out' ELSE 'in' END,
    CASE WHEN ours THEN 'inbox' ELSE 'customer' END, 'text', CASE WHEN ours THEN 'read' ELSE 'received' END, body,
    jsonb_build_object('type', 'text', 'text', jsonb_build_object('body', body)), 'wamid.' || id,
    CASE WHEN ours THEN 'page:' || id ELSE concat_ws(':', 'in', :channel_id, 'wamid.' || id) END,
    CASE WHEN ours THEN CAST(:agent_id AS uuid) END,
    CASE WHEN ours THEN at END, CASE WHEN ours THEN at END, CASE WHEN ours THEN at END, CASE WHEN ours THEN at END, at
FROM (
    SELECT place, id, contact_id, at, j % 3 = 0 AS ours, array_to_string(words[1 + h % :many : 3 + h % :many + h % 12], ' ') AS body
    FROM (
        SELECT *, abs(hashint8(place)) AS h, CAST(:words AS text[]) || CAST(:words AS text[]) AS words FROM places
        WHERE place BETWEEN :first AND :last
    ) p
) m ORDER BY place
""")
_CONVERSATIONS = text("""
INSERT INTO conversations (id, channel_id, contact_id, status, assignee_id, unread, preview, last_message_at,
    last_message_id, window_opened_at, window_expires_at, created_at)
SELECT t.id, :channel_id, t.contact_id,
    (ARRAY['open', 'open', 'open', 'open', 'open', 'open', 'open', 'pending', 'resolved', 'resolved'])[1 + t.n % 10],
    CASE WHEN t.n % 4 = 0 THEN CAST(:agent_id AS uuid) END, CASE WHEN t.n % 7 = 0 THEN 2 ELSE 0 END, left(m.body, 200),
    p.at, p.id, p.at, p.at + interval '24 hours', t.last_at - t.messages * t.gap
FROM threads t JOIN places p ON p.n = t.n AND p.j = t.messages JOIN messages m ON m.id = p.id
""")
_LONGEST = text("SELECT id FROM threads ORDER BY messages DESC, n LIMIT 1")
_SOME = text("SELECT id FROM threads ORDER BY md5(n::text) LIMIT :some")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is."""

    conversations: int = 50_000
    messages: int = 2_000_000
    longest: int = 10_000


@dataclass(frozen=True, slots=True)
class Filled:
    """The longest conversation, and some of the others."""

    longest: UUID
    some: list[UUID]


async def fill(scene: Scene, agent_id: UUID, sizes: Sizes, some: int, *, quiet: bool) -> Filled:
    """Write the conversations of the scene's people; an agent has answered every third message."""
    assert scene.stack.owner_url is not None
    engine = create_engine(scene.stack.owner_url, 1, Use.COMMAND)
    about = {"channel_id": scene.channel_id, "agent_id": agent_id}
    try:
        async with engine.begin() as connection:
            await connection.execute(_THREADS, _shares(sizes))
            await connection.execute(_PLACES)
            await _messages(connection, about, sizes.messages, quiet=quiet)
            await connection.execute(_CONVERSATIONS, about)
            longest = (await connection.execute(_LONGEST)).scalar_one()
            found = await connection.execute(_SOME, {"some": some})
            filled = Filled(longest, [row.id for row in found])
    finally:
        await engine.dispose()
    await past.settle(scene, "messages, conversations, contacts")
    return filled


def _shares(sizes: Sizes) -> dict[str, int]:
    """The messages of each conversation: equally many in all but the longest, which is the oldest."""
    others = sizes.conversations - 1
    each, rest = divmod(sizes.messages - sizes.longest, others)
    return {
        "conversations": sizes.conversations, "longest": sizes.longest, "longest_place": others,
        "each": each, "rest": rest,
    }  # fmt: skip


async def _messages(
    connection: AsyncConnection, about: dict[str, UUID], count: int, *, quiet: bool
) -> None:
    for first in range(1, count + 1, SLICE):
        part = {"first": first, "last": first + SLICE - 1, "words": WORDS, "many": len(WORDS)}
        await connection.execute(_MESSAGES, about | part)
        if not quiet:
            print(f"{min(first + SLICE - 1, count):,} messages", flush=True)
