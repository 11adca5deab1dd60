"""A campaign's people and where each variable's text comes from, whatever its type."""

from collections.abc import Sequence
from typing import Any

from domain import template_slots
from domain.campaigns import Audience, CampaignType, Variable
from domain.entries import FileSource, column_of
from domain.slot_values import shape
from services.campaigns.views import CampaignView
from store.campaigns.classify import People, Value
from store.campaigns.rows import CampaignRow

NOBODY = People()


def people_of(campaign: CampaignRow | CampaignView) -> People:
    """The people of a campaign row or view: from its audience, file or program."""
    if campaign.type == CampaignType.CONTACTS:
        audience = Audience.from_json(campaign.audience)
        return People(audience=audience, agreed_only=audience.agreed_only)
    agreed_only = bool(campaign.audience.get("agreed_only"))
    source = FileSource.from_json(campaign.source)
    if campaign.type == CampaignType.API:  # a file from before the type changed is not used
        return NOBODY if source else People(entries_of=campaign.id, agreed_only=agreed_only)
    if source is None or not source.phone_column:
        return NOBODY
    return People(
        entries_of=campaign.id,
        name_column=source.name_column,
        surname_column=source.surname_column,
        agreed_only=agreed_only,
        says_consent=bool(source.consent_column),
    )


def mapped(stored: dict[str, Any], slots: Sequence[template_slots.Slot]) -> list[Variable]:
    """The variables of a campaign in the template's own order; unmapped ones have no value."""
    return [
        Variable(entry.get("field", ""), entry.get("default", ""))
        for entry in (stored.get(slot.key) or {} for slot in slots)
    ]


def values_of(
    campaign: CampaignRow | CampaignView, slots: Sequence[template_slots.Slot]
) -> list[Value]:
    """Where the text of each slot comes from: column or program first, contact, then the default."""
    found = []
    for slot, variable in zip(slots, mapped(campaign.variables, slots), strict=True):
        column = column_of(variable)
        field = "" if column is not None else variable.field
        entry = slot.key if campaign.type == CampaignType.API else column or ""
        found.append(Value(entry, field, variable.default, shape(slot)))
    return found
