"""What an effect says and does: a node's own data with its variables filled in."""

from dataclasses import replace

from domain.automations import replying, texts
from domain.automations.contents import Content
from domain.automations.graphs import Node
from domain.automations.nodes import (
    CustomReply,
    Data,
    HandOver,
    HttpRequest,
    SendTemplate,
    SetField,
    UserReply,
    WriteNote,
)
from domain.automations.states import Effect, Facts, State
from domain.automations.texts import Values


def effect(node: Node, state: State, facts: Facts) -> Effect:
    """The effect of the step that a run is at: always the same for the same facts."""
    values, stored = texts.spoken(facts, state.answers), texts.values(facts, state.answers)
    data: Data = node.data
    contents: tuple[Content, ...] = ()
    match data:
        case UserReply() if state.then:
            value = texts.said(state.answers.get(replying.saved_as(data), ""))
            data = SetField(field=data.field, value=value)
        case UserReply():
            asked = replying.question(data, state.tries, facts, state.answers)
            contents = () if asked is None else (asked,)
        case SetField() | HttpRequest():
            data = filled(data, stored)
        case _:
            data = filled(data, values, stored)
            contents = data.messages if isinstance(data, CustomReply) else ()
    return Effect(step=state.step, node=node.id, data=data, contents=contents)


def filled(data: Data, values: Values, stored: Values | None = None) -> Data:
    """The node's data as its effect needs it; secrets of headers are only marked (``texts.reveal``)."""
    match data:
        case SendTemplate():
            given = data.values or {}
            return replace(
                data, values={key: texts.fill(text, values) for key, text in given.items()}
            )
        case CustomReply():
            messages = (texts.fill_content(one, values, stored) for one in data.messages)
            return replace(data, messages=tuple(messages))
        case SetField():
            return replace(data, value=texts.fill(data.value, values))
        case HandOver():
            return replace(data, note=texts.fill(data.note, values))
        case WriteNote():
            return replace(data, text=texts.fill(data.text, values))
        case HttpRequest():
            return _request(data, values)
        case _:
            return data


def _request(data: HttpRequest, values: Values) -> HttpRequest:
    return replace(
        data,
        url=texts.fill_url(data.url, values),
        body=texts.fill_body(data.body, values),
        headers=tuple(
            replace(header, value=texts.fill_header(header.value, values))
            for header in data.headers
        ),
    )


def says_nothing(effect: Effect) -> bool:
    """Whether an effect is to send messages and has none, or one that is empty."""
    if not isinstance(effect.data, CustomReply | UserReply):
        return False
    return not effect.contents or any(map(texts.says_nothing, effect.contents))
