"""Templates in every shape Meta may return: nothing raises, and what cannot be sent is named."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.campaigns import BRAKE, require_brake
from domain.errors import Invalid
from domain.template_rules import problems
from domain.templates import (
    compile_payload,
    examples,
    header_parameter,
    preview_text,
    problem,
    slots,
    unsendable,
)

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["{{1}}", "Hi {{1}} and {{2}}", "{{name}}", "*bold*", "a\nb", ""]
)
FORMATS = st.sampled_from(
    ["TEXT", "IMAGE", "video", "DOCUMENT", "LOCATION", "PRODUCT", "GIF", "of next year", ""]
)
BUTTONS = st.fixed_dictionaries(
    {"type": st.sampled_from(["URL", "QUICK_REPLY", "COPY_CODE", "FLOW", "OTP", "PHONE_NUMBER", "MPM", "SPM", "odd"])},
    optional={
        "text": TEXTS, "url": st.sampled_from(["https://x.org/{{1}}", "https://x.org", "http://x", ""]),
        "example": st.none() | TEXTS | st.lists(TEXTS, max_size=2), "phone_number": TEXTS,
    },
)  # fmt: skip
EXAMPLES = st.fixed_dictionaries(
    {},
    optional={
        "body_text": st.lists(TEXTS, max_size=2) | st.lists(st.lists(TEXTS, max_size=2), max_size=1),
        "header_text": st.lists(TEXTS, max_size=2), "header_handle": st.none() | st.lists(TEXTS, max_size=1),
        "body_text_named_params": st.lists(st.fixed_dictionaries({"param_name": TEXTS, "example": TEXTS}), max_size=2),
    },
)  # fmt: skip
PLAIN = st.fixed_dictionaries(
    {"type": st.sampled_from(["HEADER", "BODY", "FOOTER", "BUTTONS", "LIMITED_TIME_OFFER", "odd"])},
    optional={
        "format": FORMATS, "text": TEXTS, "example": EXAMPLES, "buttons": st.none() | st.lists(BUTTONS, max_size=3),
        "limited_time_offer": st.none() | st.fixed_dictionaries({"has_expiration": st.booleans(), "text": TEXTS}),
    },
)  # fmt: skip
CARDS = st.lists(st.fixed_dictionaries({"components": st.lists(PLAIN, max_size=3)}), max_size=3)
COMPONENTS = st.lists(
    PLAIN | st.fixed_dictionaries({"type": st.just("CAROUSEL"), "cards": CARDS}), max_size=5
)
STYLES = st.sampled_from(["NAMED", "POSITIONAL", ""])


@settings(max_examples=40)
@given(COMPONENTS, STYLES)
def test_any_shape_is_read_and_takes_one_value_per_slot(
    components: list[dict[str, Any]], style: str
) -> None:
    needed = slots(components, style)
    keys = [slot.key for slot in needed]
    assert len(keys) == len(set(keys))
    assert len(examples(components, style)) == len(needed)
    template = {"name": "t", "language": "en", "parameter_format": style, "components": components}
    compiled = compile_payload(template)
    assert [slot.key for slot in compiled.slots] == keys
    values = ["1790000000000" if slot.kind == "time" else "1" for slot in needed]
    payload = compiled.payload(values)
    assert payload["name"] == "t"
    assert preview_text(template, values)
    assert isinstance(header_parameter(payload), dict)


@settings(max_examples=40)
@given(COMPONENTS, STYLES, st.sampled_from(["UTILITY", "AUTHENTICATION", "odd"]))
def test_any_shape_is_judged_and_each_finding_names_its_field(
    components: list[dict[str, Any]], style: str, category: str
) -> None:
    for where, sentence in problems(components, style, category):
        assert where == "category" or where.startswith("components")
        assert sentence.code == "template_rule"


@pytest.mark.parametrize(
    ("component", "key"),
    [
        ({"type": "HEADER", "format": "PRODUCT"}, "template_header_unsupported"),
        ({"type": "BUTTONS", "buttons": [{"type": "URL"}, {"type": "mpm"}]}, "template_products_unsupported"),
        ({"type": "CAROUSEL", "cards": [{}, {"components": [{"format": "gif"}]}]}, "template_header_unsupported"),
        ({"type": "CAROUSEL", "cards": [{"components": [{"type": "BODY"}]}]}, None),
    ],
)  # fmt: skip
def test_what_needs_a_catalogue_cannot_be_sent(component: dict[str, Any], key: str | None) -> None:
    found = unsendable([{"type": "BODY"}, component])
    assert (found.key if found else None) == key
    said = problem("APPROVED", components=[component])
    assert (said.key if said else None) == key


@pytest.mark.parametrize(
    ("template", "found"),
    [
        (None, {}), ({}, {}), ({"components": None}, {}), ({"components": [{"type": "body"}]}, {}),
        ({"components": [{"type": "header"}]}, {}),
        ({"components": [{"type": "body"}, {"type": "header", "parameters": [{"type": "text"}]}]}, {"type": "text"}),
    ],
)  # fmt: skip
def test_the_parameter_of_a_header_is_found_where_there_is_one(
    template: Any, found: dict[str, Any]
) -> None:
    assert header_parameter(template) == found


@pytest.mark.parametrize("percent", [BRAKE.least - 1, BRAKE.most + 1, -5])
def test_a_brake_is_never_or_a_percentage(percent: int) -> None:
    require_brake(None)
    require_brake(BRAKE.most)
    with pytest.raises(Invalid) as refused:
        require_brake(percent)
    assert refused.value.code == "brake_range"
