"""What a customer's message contains, read from Meta's object whatever shape its parts have."""

import json
from collections.abc import Iterator, Mapping

from domain.customer_parts import (
    MOST_LINES,
    CallPermission,
    CameFrom,
    Card,
    Cards,
    Choice,
    FormAnswer,
    Notice,
    Order,
    OrderItem,
    Part,
    Place,
    Unsupported,
)
from domain.loose import (
    LONGEST,
    Object,
    amount,
    full_text,
    moment,
    obj,
    objects,
    parsed,
    quantity,
    text_of,
    web_address,
)

HIDDEN_ANSWERS = frozenset({"flow_token"})


def part(kind: str, item: Object) -> Part | None:
    """What the message contains besides text and files; None for kinds that are plain text or a file."""
    inner = obj(item.get(kind))
    match kind:
        case "location":
            names = ("latitude", "longitude", "name", "address")
            return Place(*(text_of(inner.get(name)) for name in names))
        case "order":
            return _order(inner)
        case "interactive":
            return _interactive(inner)
        case "button":
            return Choice(text_of(inner.get("text")) or text_of(inner.get("payload")), "")
        case "system":
            return _notice(inner)
        case "unsupported" | "unknown":
            return _unsupported(inner, item)
        case "contacts":
            return Cards(tuple(map(_card, objects(item.get("contacts")))))
        case _:
            return None


def came_from(item: Object) -> CameFrom:
    """The context of a message, apart from its content."""
    referral, context = obj(item.get("referral")), obj(item.get("context"))
    product = obj(context.get("referred_product"))
    often, once = context.get("frequently_forwarded"), context.get("forwarded")
    return CameFrom(
        ad=text_of(referral.get("headline")) or text_of(referral.get("source_id")),
        ad_text=text_of(referral.get("body")),
        ad_url=web_address(referral.get("source_url")),
        ad_kind=text_of(referral.get("source_type")),
        product=text_of(product.get("product_retailer_id")),
        forwarded="often" if often else "once" if once else "",
        errors=tuple(_reason(error) for error in objects(item.get("errors"))[:3]),
    )


def summary(kind: str, item: Object) -> str:
    """The message as one text for lists, search and quotes; empty when its kind says it all."""
    given = item.get(kind)
    if (said := full_text(given)) and not isinstance(given, bool):
        return said  # words where Meta's object should be
    if (found := part(kind, item)) is not None:
        return found.text
    inner = obj(given)
    match kind:
        case "text":
            return full_text(inner.get("body"))
        case "reaction":
            return text_of(inner.get("emoji"))
        case _:
            return full_text(inner.get("caption")) or text_of(inner.get("filename"))


def _notice(inner: Object) -> Notice:
    kind = text_of(inner.get("type"))
    number = text_of(inner.get("wa_id")) or text_of(inner.get("new_wa_id"))
    digits = number.removeprefix("+")
    moved = "changed_number" in kind or "new_wa_id" in inner
    known = moved and digits.isascii() and digits.isdecimal()
    return Notice(kind, text_of(inner.get("body")), f"+{digits}" if known else "")


def _order(inner: Object) -> Order:
    items = [
        OrderItem(
            text_of(line.get("product_retailer_id")) or "?",
            quantity(line.get("quantity")),
            amount(line.get("item_price")),
            text_of(line.get("currency"))[:3].upper(),
        )
        for line in objects(inner.get("product_items"))
    ]
    return Order(tuple(items), full_text(inner.get("text")))


def reply(inner: Object) -> tuple[str, Object]:
    """The answer in an interactive message, and its kind."""
    kind = text_of(inner.get("type"))
    if kind not in inner:
        named = [name for name in inner if name.endswith("_reply")]
        kind = named[0] if len(named) == 1 else kind
    return kind, obj(inner.get(kind))


def _interactive(inner: Object) -> Part:
    kind, given = reply(inner)
    if kind == "nfm_reply":
        return _form(given)
    if kind == "call_permission_reply":
        until = moment(given.get("expiration_timestamp"))
        return CallPermission(text_of(given.get("response")) == "accept", until)
    title = text_of(given.get("title")) or text_of(given.get("body")) or text_of(given.get("id"))
    return Choice(title, text_of(given.get("description")))


def _form(reply: Object) -> FormAnswer:
    raw = reply.get("response_json")
    found = parsed(raw) if isinstance(raw, str) else raw
    name = text_of(reply.get("name"))
    if not isinstance(found, Mapping):
        return FormAnswer(name, (), text_of(raw) or text_of(reply.get("body")))
    lines = [pair for pair in _flat(found) if pair[0] not in HIDDEN_ANSWERS]
    return FormAnswer(name, tuple(lines[:MOST_LINES]))


def _flat(found: Object, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every field of nested answers with its path; what is nested too deep is shown as JSON."""
    for key, value in found.items():
        name = f"{prefix}{text_of(key)}"
        if isinstance(value, Mapping) and depth < 3:
            yield from _flat(value, f"{name} / ", depth + 1)
        elif isinstance(value, list):
            yield name, ", ".join(map(_answer, value[:MOST_LINES]))
        else:
            yield name, _answer(value)


def _answer(value: object) -> str:
    return (
        json.dumps(value, default=str)[:LONGEST]
        if isinstance(value, Mapping | list)
        else text_of(value)
    )


def _unsupported(inner: Object, item: Object) -> Unsupported:
    error = next(iter(objects(item.get("errors"))), {})
    code = error.get("code")
    said = _reason(error) if error else ""
    return Unsupported(text_of(inner.get("type")), code if isinstance(code, int) else None, said)


def _reason(error: Object) -> str:
    details = obj(error.get("error_data")).get("details")
    return text_of(details) or text_of(error.get("title")) or text_of(error.get("message"))


def _card(item: Object) -> Card:
    name = obj(item.get("name"))
    parts = filter(None, (text_of(name.get(key)) for key in ("first_name", "last_name")))
    organisation = text_of(obj(item.get("org")).get("company"))
    numbers = [
        text_of(number.get("phone")) or text_of(number.get("wa_id"))
        for number in objects(item.get("phones"))
    ]
    addresses = [text_of(mail.get("email")) for mail in objects(item.get("emails"))]
    places = [_address(place) for place in objects(item.get("addresses"))]
    pages = [text_of(page.get("url")) for page in objects(item.get("urls"))]
    details = tuple(filter(None, [*numbers, *addresses, *places, *pages]))[:10]
    title = text_of(name.get("formatted_name")) or " ".join(parts) or organisation
    return Card(title or next(iter(details), ""), details if title else details[1:])


def _address(place: Object) -> str:
    parts = (text_of(place.get(key)) for key in ("street", "zip", "city", "state", "country"))
    return ", ".join(filter(None, parts))
