"""A value that cannot be read is answered in our own words."""

from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core.core_schema import ErrorType

from api.validation import CHOICES, KEYS, LIMITS, Wrong, fields, sentence
from api.wording import SENTENCES
from domain.permissions import Role
from domain.sentences import Sentence
from tests.conftest import LoginAs

LIMIT = {theirs: 3 for _key, theirs, _ours in LIMITS.values()}


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_every_kind_of_error_has_words(kind: str) -> None:
    said = sentence({"type": kind, "loc": ("body", "x"), "msg": "never said", "ctx": LIMIT})
    assert said.key in SENTENCES


def test_no_kind_of_error_is_made_up() -> None:
    of_settings = {
        "path_not_file"
    }  # Pydantic's own, not its core's; tests/workflows/client makes one
    assert {*KEYS, *LIMITS, *CHOICES} - set(get_args(ErrorType)) == of_settings


class Body(BaseModel):
    """One field for each thing that is said."""

    whole: int = 0
    share: float = 0.0
    yes: bool = True
    id: UUID | None = None
    kind: Literal["a", "b"] = "a"
    name: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    some: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    few: Annotated[int, Field(ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.whole == 13:
            raise Wrong(Sentence("message_recipient"))
        return self


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"whole": "x"}, {"whole": "This must be a whole number."}),
        ({"whole": 1.5}, {"whole": "This must be a whole number."}),
        ({"share": "x"}, {"share": "This must be a number."}),
        ({"yes": "perhaps"}, {"yes": "This must be true or false."}),
        ({"id": "x"}, {"id": "This is not a valid ID."}),
        ({"kind": "c"}, {"kind": "Choose one of these: a, b."}),
        ({"name": "a"}, {"name": "Use at least 2 characters."}),
        ({"name": "abcd"}, {"name": "Use at most 3 characters."}),
        ({"name": 1}, {"name": "This must be text."}),
        ({"some": []}, {"some": "List at least 1 entry."}),
        ({"some": [1, 2, 3]}, {"some": "List at most 2 entries."}),
        ({"some": [1, "x"]}, {"some.1": "This must be a whole number."}),
        ({"few": 0}, {"few": "This must be 1 or more."}),
        ({"few": 2000}, {"few": "This must be 1,000 or less."}),
        ({"whole": 13}, {"body": "Give either contact_id or to."}),
    ],
)
def test_what_is_said(sent: dict[str, Any], words: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as wrong:
        Body.model_validate(sent)
    issues = [{**issue, "loc": ("body", *issue["loc"])} for issue in wrong.value.errors()]
    assert fields(issues) == words


async def test_a_program_reads_them(login_as: LoginAs) -> None:
    manager = await login_as(Role.MANAGER)
    body = {"action": "explode", "expected": "many", "more": 1}
    answer = await manager.post("/api/contacts/bulk", json=body)
    assert answer.status_code == 422
    assert answer.json()["fields"] == {
        "action": "Choose one of these: add_to_group, remove_from_group, opt_out, opt_in, delete.",
        "expected": "This must be a whole number.",
        "more": "There is no such field.",
    }
