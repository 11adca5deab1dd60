"""Bodies of the campaign routes."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, computed_field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import override

from api.ranges import BrakePercent, PerSecond
from api.strict import Strict
from api.wording import say
from api.wording.fields import KeptWords, Worded
from domain.campaigns import Audience, CampaignStatus, CampaignType, Variable
from domain.causes import Cause
from domain.counters import Counters
from domain.messages import MessageState
from domain.recipients import Bucket, RecipientLine, bucket_of
from services.campaigns.drafts.changes import LONGEST_NAME, DraftChange
from services.campaigns.launching.launch import Seen
from services.campaigns.launching.preflight import Check
from services.campaigns.outcomes import figures, recipients
from services.campaigns.outcomes.figures import FailureCause
from services.campaigns.progress.budget import Budget
from services.campaigns.progress.pace import Pace
from services.campaigns.views import CampaignView

NULL_SAYS = frozenset({"scheduled_at", "throttle", "brake_percent", "replies_to_id"})
"""Parts of a draft that null clears; null is ignored for the others."""


class AudienceIn(Strict):
    """Who a campaign reaches: everyone, or people in any of the groups, less excluded groups."""

    everyone: bool = False
    group_ids: list[UUID] = Field(default=[], max_length=200)
    excluded_group_ids: list[UUID] = Field(default=[], max_length=200)
    search: str = Field(default="", max_length=200, description="Part of a name or number.")
    agreed_only: bool = Field(
        default=False, description="Marketing leaves out people who were never asked."
    )

    def audience(self) -> Audience:
        """The same for the service."""
        return Audience(
            self.everyone, self.group_ids, self.excluded_group_ids, self.search,
            agreed_only=self.agreed_only,
        )  # fmt: skip


class VariableIn(Strict):
    """A contact field (name, name:first, name:last, phone, language or a custom field's key), a
    column, or a fixed text."""

    field: str = Field(
        default="", max_length=130, description="column:<name> is a column of the campaign's file."
    )
    default: str = Field(default="", max_length=2000, description="When the field is empty.")


class CampaignChangeIn(Strict):
    """What to change in a draft; omitted parts stay.

    ``scheduled_at`` null sends at launch; ``throttle`` null means as fast as the number allows.
    With ``revision``, the change is refused if somebody else has changed the draft since.
    """

    name: str | None = Field(default=None, max_length=LONGEST_NAME)
    type: CampaignType | None = None
    channel_id: UUID | None = None
    template_id: UUID | None = None
    audience: AudienceIn | None = None
    variables: dict[str, VariableIn] | None = Field(
        default=None,
        max_length=100,
        description="By slot key of the template, for example body.1 or body.first_name.",
    )
    scheduled_at: AwareDatetime | None = None
    throttle: PerSecond | None = None
    brake_percent: BrakePercent | None = Field(
        default=None,
        description="Pause when so many percent of the last messages failed; null never pauses.",
    )
    replies_to_id: UUID | None = Field(
        default=None,
        description="Who gets the conversations of people who reply, unless somebody has them.",
    )
    revision: int | None = None

    def change(self) -> DraftChange:
        """The input for the service: omitted parts and meaningless nulls stay as they are."""
        given = {
            name: getattr(self, name)
            for name in self.model_fields_set & CampaignChangeIn.model_fields.keys() - {"revision"}
            if name in NULL_SAYS or getattr(self, name) is not None
        }
        if self.audience is not None:
            given["audience"] = self.audience.audience()
        if self.variables is not None:
            given["variables"] = {
                key: Variable(value.field, value.default) for key, value in self.variables.items()
            }
        return DraftChange(**given)


class CampaignIn(CampaignChangeIn):
    """A new draft; only the name is needed."""

    name: str = Field(max_length=LONGEST_NAME)
    type: CampaignType = CampaignType.CONTACTS


class ExecuteIn(Strict):
    """How to launch: for how long it can be undone, and what the draft was when somebody agreed to it."""

    undo_seconds: int = Field(
        default=0, ge=0, le=600, description="So long nothing is frozen or sent."
    )
    revision: int | None = Field(
        default=None, description="Refused if somebody has changed the draft since this revision."
    )
    expected: int | None = Field(
        default=None,
        ge=0,
        description="Refused if the number of people has moved from this by more than a tenth and "
        "more than 10. Not checked for a campaign of type api.",
    )

    def seen(self) -> Seen:
        """The same for the service."""
        return Seen(self.revision, self.expected)


class ThrottleIn(Strict):
    """Messages per second; null means as fast as the number allows."""

    per_second: PerSecond | None


@pydantic_dataclass(frozen=True)
class CountersOut(Counters):
    """How many recipients are in each state; queued and the others sum to ``total``."""

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator over a property
    @property
    @override
    def queued(self) -> int:
        """Nobody has tried them yet, or their next try is due."""
        return super().queued

    @classmethod
    def of(cls, counters: Counters) -> Self:
        """The counters as programs see them."""
        return cls(**asdict(counters))


class CampaignOut(BaseModel):
    """A campaign; ``template`` is the message as frozen at launch."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    type: CampaignType
    status: CampaignStatus
    channel_id: UUID | None
    template_id: UUID | None
    template: dict[str, Any] | None
    audience: dict[str, Any]
    variables: dict[str, Any]
    scheduled_at: datetime | None
    throttle: int | None
    parent_id: UUID | None = Field(
        description="The campaign whose failed recipients this one retries."
    )
    undo_until: datetime | None
    replies_to_id: UUID | None
    brake_percent: int | None
    pause_reason: str | None
    revision: int
    created_at: datetime
    updated_at: datetime
    launched_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    archived_at: datetime | None
    people_gone_at: datetime | None = Field(
        description="Since then who was in it is no longer kept; its counters stay."
    )
    closed_at: datetime | None = Field(description="An API campaign takes nobody after this.")
    counters: CountersOut

    @classmethod
    def of(cls, campaign: CampaignView) -> Self:
        """A campaign as programs see it."""
        counters = CountersOut.of(campaign.progress)
        present = {
            name: getattr(campaign, name) for name in CampaignOut.model_fields if name != "counters"
        }
        return cls(**present, counters=counters)


class CampaignPageOut(BaseModel):
    """One page, newest first; pass ``next_cursor`` as ``cursor`` for the next one."""

    items: list[CampaignOut]
    next_cursor: str | None


class CheckOut(BaseModel):
    """The check of a draft: who would get it, who would not and why, and what prevents its launch."""

    recipients: int
    excluded: dict[str, int]
    never_asked: int = Field(
        description="Of the recipients of marketing: whom nobody asked whether they want it."
    )
    problems: dict[str, str]
    ready: bool

    @classmethod
    def of(cls, check: Check) -> Self:
        """The check as programs see it."""
        found = check.preflight
        return cls(
            recipients=found.total,
            excluded=found.excluded,
            never_asked=found.never_asked,
            problems={key: say(problem) for key, problem in check.problems.items()},
            ready=not check.problems,
        )


class CauseOut(BaseModel):
    """A reason in plain words with one next step."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    title: Worded
    explanation: Worded
    step: Worded

    @classmethod
    def of(cls, cause: Cause | None) -> Self | None:
        """The cause, if there is one."""
        return cls.model_validate(cause) if cause else None


class FailureOut(BaseModel):
    """Recipients who share one cause; ``bucket`` and ``cause.key`` find them in the list."""

    bucket: Bucket
    people: int
    codes: list[int]
    detail: KeptWords | None
    cause: CauseOut

    @classmethod
    def of(cls, failure: FailureCause) -> Self:
        """The failures of one cause as programs see them."""
        return cls(
            bucket=failure.bucket,
            people=failure.people,
            codes=list(failure.codes),
            detail=failure.detail,
            cause=CauseOut.model_validate(failure.cause),
        )


class ReconciliationOut(BaseModel):
    """The audience as the sum of everybody's states; ``sentence`` is the sum in one line."""

    total: int
    terms: dict[Bucket, int]
    sentence: str

    @classmethod
    def of(cls, progress: Counters) -> Self:
        """The reconciliation of a campaign."""
        terms = {term.bucket: term.people for term in figures.reconciliation(progress)}
        words = " + ".join(f"{people:,} {bucket}" for bucket, people in terms.items()) or "0"
        return cls(total=progress.total, terms=terms, sentence=f"{progress.total:,} = {words}")


class PaceOut(BaseModel):
    """Messages per second now and as planned, how many are waiting, and the time left."""

    model_config = ConfigDict(from_attributes=True)

    per_second: float
    planned: int | None
    backlog: int
    seconds_left: float | None
    oldest_s: float | None


class BudgetOut(BaseModel):
    """People this business may message in 24 hours, across all its numbers."""

    model_config = ConfigDict(from_attributes=True)

    most: int = Field(description="WhatsApp's limit of people in 24 hours.")
    used: int
    remaining: int
    days: int = Field(description="Over how many days those who still wait spread.")


class StatsOut(BaseModel):
    """The figures of a campaign; its page and the CSV show the same."""

    status: CampaignStatus
    pause: CauseOut | None
    counters: CountersOut
    funnel: dict[Bucket, int]
    reconciliation: ReconciliationOut
    pace: PaceOut
    budget: BudgetOut | None = Field(description="Null when there is no limit, or none is known.")
    failures: list[FailureOut]
    exclusions: dict[str, int]

    @classmethod
    def of(
        cls,
        campaign: CampaignView,
        pace: Pace,
        failures: list[FailureCause],
        exclusions: dict[str, int],
        pause: Cause | None,
        budget: Budget | None,
    ) -> Self:
        """The figures as programs see them."""
        progress = campaign.progress
        return cls(
            status=campaign.status,
            pause=CauseOut.of(pause),
            counters=CountersOut.of(progress),
            funnel={figure.bucket: figure.people for figure in figures.funnel(progress)},
            reconciliation=ReconciliationOut.of(progress),
            pace=PaceOut.model_validate(pace),
            budget=BudgetOut.model_validate(budget) if budget else None,
            failures=[FailureOut.of(failure) for failure in failures],
            exclusions=exclusions,
        )


class RecipientOut(BaseModel):
    """One recipient; ``state`` is one of the buckets that sum to the audience."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    contact_id: UUID
    phone: str
    name: str | None
    message_id: UUID | None
    state: Bucket
    attempts: int
    wamid: str | None
    error_code: int | None
    cause: CauseOut | None
    next_try_at: datetime | None
    submitted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None
    replied_at: datetime | None

    @classmethod
    def of(cls, line: RecipientLine) -> Self:
        """The recipient as programs see it."""
        return cls(
            number=line.seq,
            contact_id=line.contact_id,
            phone=line.phone,
            name=line.name,
            message_id=line.message_id,
            state=bucket_of(MessageState(line.state)),
            attempts=line.attempt or 0,
            wamid=line.wamid,
            error_code=line.error_code,
            cause=CauseOut.of(recipients.cause_of(line)),
            next_try_at=line.next_try_at,
            submitted_at=line.accepted_at,
            sent_at=line.sent_at,
            delivered_at=line.delivered_at,
            read_at=line.read_at,
            failed_at=line.failed_at,
            replied_at=line.replied_at,
        )


class RecipientPageOut(BaseModel):
    """One page in order of number; pass ``next_after`` as ``after`` for the next one."""

    items: list[RecipientOut]
    next_after: int | None
