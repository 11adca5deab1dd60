"""The JSON document of an automation: read, written and described."""

from services.automations.documents.changing import change, leave_out, with_stand_ins
from services.automations.documents.data import read_data, write_data
from services.automations.documents.fitting import fitted, parsed
from services.automations.documents.reading import Read, read
from services.automations.documents.repairing import repaired
from services.automations.documents.schema import schema
from services.automations.documents.writing import write

__all__ = [
    "Read",
    "change",
    "fitted",
    "leave_out",
    "parsed",
    "read",
    "read_data",
    "repaired",
    "schema",
    "with_stand_ins",
    "write",
    "write_data",
]
