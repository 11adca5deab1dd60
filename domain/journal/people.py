"""What happens to contacts, their groups and fields, and to imports."""

from dataclasses import dataclass
from uuid import UUID

from domain.journal.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFact(Fact, entity="contact", key="contact_id"):
    """Something that happened to a contact."""

    contact_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCreated(ContactFact, kind="contact.created"):
    """Somebody added a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactUpdated(ContactFact, kind="contact.updated"):
    """Somebody changed a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDeleted(ContactFact, kind="contact.deleted"):
    """A contact was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMerged(ContactFact, kind="contact.merged"):
    """Two contacts were one person; ``merged`` was merged into this one."""

    merged: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(ContactFact, kind="contact.opted_out"):
    """Someone on the team stopped marketing to a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedIn(ContactFact, kind="contact.opted_in"):
    """Someone on the team allowed marketing to a contact again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentUndone(ContactFact, kind="contact.consent_undone"):
    """Somebody undid a change of consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingStopped(ContactFact, kind="contact.stopped"):
    """The contact stopped marketing, in a message or in WhatsApp; ``source`` says how."""

    source: str
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingAllowed(ContactFact, kind="contact.agreed"):
    """The contact allowed marketing, in a message or in WhatsApp; ``source`` says how."""

    source: str
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyFact(Fact, entity="contact", key="selection"):
    """Something that was done to many ``contacts`` at once."""

    selection: str = "many"
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsDeleted(ManyFact, kind="contacts.deleted"):
    """Many contacts were deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsOptedOut(ManyFact, kind="contacts.opted_out"):
    """Marketing to many contacts was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsOptedIn(ManyFact, kind="contacts.opted_in"):
    """Marketing to many contacts was allowed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsGrouped(ManyFact, kind="contacts.grouped"):
    """Many contacts were put into a group."""

    group_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsUngrouped(ManyFact, kind="contacts.ungrouped"):
    """Many contacts were taken out of a group."""

    group_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionFact(Fact, entity="deletion", key="deletion_id"):
    """Something that happened to a deletion that can be undone."""

    deletion_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionAsked(DeletionFact, kind="deletion.asked"):
    """Somebody deleted these ``contacts``; they are hidden until the deletion begins."""

    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionUndone(DeletionFact, kind="deletion.undone"):
    """A deletion was undone before it began; ``things`` is how many were kept."""

    things: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFact(Fact, entity="group", key="group_id"):
    """Something that happened to a group."""

    group_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCreated(GroupFact, kind="group.created"):
    """Somebody made a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRenamed(GroupFact, kind="group.renamed"):
    """A group was renamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFilled(GroupFact, kind="group.filled"):
    """``people`` from a ``campaign`` were added to it."""

    campaign: UUID
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDeleted(GroupFact, kind="group.deleted"):
    """A group was deleted; its contacts stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFact(Fact, entity="field", key="field"):
    """Something that happened to a custom field."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCreated(FieldFact, kind="field.created"):
    """Somebody made a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldUpdated(FieldFact, kind="field.updated"):
    """Somebody changed a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDeleted(FieldFact, kind="field.deleted"):
    """A field was deleted, with the values contacts had for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFact(Fact, entity="import", key="import_id"):
    """Something that happened to an import."""

    import_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCheckAsked(ImportFact, kind="import.check_asked"):
    """Somebody started a check of what an import would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStarted(ImportFact, kind="import.started"):
    """Somebody started an import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEnded(ImportFact, kind="import.ended"):
    """An import or its check ended, successfully or not."""
