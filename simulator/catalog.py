"""The account's message templates: definitions, revisions, states and lookups by name and language."""

import time
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import GraphError
from simulator.identifiers import node_id
from simulator.ledger import AUTHENTICATION, MARKETING, UTILITY
from simulator.plans import Plan, compile_plan
from simulator.readings import text_of

CATEGORY_CODES = {"MARKETING": MARKETING, "UTILITY": UTILITY, "AUTHENTICATION": AUTHENTICATION}


@dataclass(slots=True)
class Template:
    """One language of a template, in the state Meta shows."""

    id: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    status: str = "PENDING"
    parameter_format: str = "POSITIONAL"
    quality: str = "UNKNOWN"
    rejected_reason: str = "NONE"
    updated: int = 0
    revision: int = 0
    pauses: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    category_code: int = MARKETING
    key: str = ""

    def compile(self) -> None:
        """Refreshes derived data after a change of components."""
        self.plan = compile_plan(self.components, named=self.parameter_format == "NAMED")
        self.category_code = CATEGORY_CODES.get(self.category, MARKETING)
        self.key = f"{self.id}:{self.revision}"

    def node(self) -> dict[str, Any]:
        """The object as the Graph API returns it."""
        return {
            "name": self.name,
            "parameter_format": self.parameter_format,
            "components": self.components,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "quality_score": {"score": self.quality, "date": self.updated},
            "rejected_reason": self.rejected_reason,
            "last_updated_time": time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(self.updated)),
            "id": self.id,
            **self.extra,
        }

    def record(self) -> dict[str, Any]:
        """What the journal keeps."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "category": self.category,
            "components": self.components,
            "status": self.status,
            "parameter_format": self.parameter_format,
            "quality": self.quality,
            "rejected_reason": self.rejected_reason,
            "updated": self.updated,
            "revision": self.revision,
            "pauses": self.pauses,
            "extra": self.extra,
        }


def named_format(value: object) -> str:
    """`NAMED` or `POSITIONAL`, whatever the caller's case."""
    return "NAMED" if text_of(value).upper() == "NAMED" else "POSITIONAL"


class Catalog:
    """Templates by id, and the sendable lookup by name and language."""

    def __init__(self) -> None:
        self.by_id: dict[str, Template] = {}
        self.by_name: dict[tuple[str, str], Template] = {}
        self.names: dict[str, int] = {}
        self.revisions: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.locked: dict[str, float] = {}
        self.changed: set[str] = set()
        self.gone: set[str] = set()
        self.edits: dict[str, list[float]] = {}

    def put(self, template: Template) -> Template:
        """Adds or replaces a template and remembers its revision for old messages."""
        template.compile()
        known = self.by_id.get(template.id)
        if known is None:
            self.names[template.name] = self.names.get(template.name, 0) + 1
        self.by_id[template.id] = template
        self.by_name[template.name, template.language] = template
        self.revisions[template.key] = (template.name, template.components)
        return template

    def new(self, **values: Any) -> Template:
        """A template with a fresh id."""
        return self.put(Template(id=node_id(), **values))

    def remove(self, template: Template, now: float, *, lock: bool) -> None:
        """Deletes one language; an approved name stays locked for 30 days."""
        del self.by_id[template.id]
        del self.by_name[template.name, template.language]
        self.names[template.name] -= 1
        if not self.names[template.name]:
            del self.names[template.name]
        if lock:
            self.locked[template.name] = now + 30 * 86_400

    def languages(self, name: str) -> list[Template]:
        """Every language of one name."""
        return [template for (given, _), template in self.by_name.items() if given == name]

    def matching(self, filters: dict[str, Any]) -> list[Template]:
        """What matches all filters, in creation order."""
        return [template for template in self.by_id.values() if _matches(template, filters)]


STATES = frozenset(
    {
        "APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "PENDING_DELETION",
        "DELETED", "LIMIT_EXCEEDED", "ARCHIVED", "FLAGGED", "LOCKED",
    }
)  # fmt: skip
_SETS = {
    "status": STATES,
    "category": frozenset(CATEGORY_CODES),
    "quality_score": frozenset({"GREEN", "YELLOW", "RED", "UNKNOWN"}),
    "language": None,
}
_TEXTS = ("name", "content", "name_or_content")


def filters_in(query: dict[str, str]) -> dict[str, Any]:
    """The filters of a list: texts to find, and sets of which one must match."""
    filters: dict[str, Any] = {name: query[name] for name in _TEXTS if query.get(name)}
    for name, known in _SETS.items():
        if not query.get(name):
            continue
        words = [word.strip(' "') for word in query[name].strip("[]").split(",")]
        wanted = {word if known is None else word.upper() for word in words if word}
        if known is not None and not wanted <= known:
            odd = min(wanted - known)
            raise GraphError(
                100, message=f"(#100) Param {name} must be one of {sorted(known)}; got {odd}."
            )
        filters[name] = wanted
    return filters


def _matches(template: Template, filters: dict[str, Any]) -> bool:
    return all(_matches_one(template, name, wanted) for name, wanted in filters.items())


def _matches_one(template: Template, name: str, wanted: Any) -> bool:
    if name in _TEXTS:
        word, found = wanted.lower(), False
        if name != "content":
            found = word in template.name
        return found or (name != "name" and word in _words_of(template.components))
    actual = template.quality if name == "quality_score" else getattr(template, name)
    return actual in wanted


def _words_of(components: list[dict[str, Any]]) -> str:
    """A template's visible text, in lower case."""
    texts: list[str] = []
    for component in components:
        texts.append(text_of(component.get("text")))
        texts += [text_of(button.get("text")) for button in component.get("buttons") or ()]
        texts += [_words_of(card.get("components") or []) for card in component.get("cards") or ()]
    return "\n".join(texts).lower()
