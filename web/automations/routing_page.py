"""Which automation gets this text on this number, and why."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator
from starlette.responses import Response

from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.errors import DomainError
from domain.permissions import Permission
from services.automations import asking
from services.channels import show
from services.contacts import search
from web.automations import words
from web.pages import page
from web.wording import error_words

router = APIRouter(prefix="/automations/which", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]


class Question(BaseModel):
    """A text, the number it comes in on, and who writes it: a phone number, or a contact's page led here."""

    text: Annotated[str, Query(max_length=4096)] = ""
    number: Annotated[UUID | None, BeforeValidator(lambda value: value or None)] = None
    contact: Annotated[UUID | None, BeforeValidator(lambda value: value or None)] = None
    phone: Annotated[str, Query(max_length=60)] = ""


@router.get("")
async def which_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    asked: Annotated[Question, Query()],
) -> Response:
    """The question, and once it is asked, who gets the text and why every other does not."""
    numbers = await show.numbers(session)
    number = asked.number or (numbers[0].id if numbers else None)
    answer, problem = None, ""
    if asked.text.strip() and number is not None:
        try:
            answer = await asking.ask(
                session, number, asked.text, contact_id=asked.contact, phone=asked.phone.strip()
            )
        except DomainError as error:
            problem = error_words(error)
    context = {
        "asked": asked,
        "number": number,
        "numbers": [(str(one.id), one.name) for one in numbers],
        "contact": await search.get(session, asked.contact) if asked.contact else None,
        "answer": answer,
        "problem": problem,
        "words": words,
    }
    return page(request, principal, "automations/which.html", context)
