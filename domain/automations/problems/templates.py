"""Problems of template sends: gone, not sendable, in another language, with variables left empty."""

from collections.abc import Iterator, Mapping

from domain import outgoing_files
from domain.automations.known import Known, KnownVersion
from domain.automations.nodes import SendTemplate
from domain.automations.problems import files
from domain.automations.problems.found import Fix, Problem, error, warning
from domain.automations.problems.values import unset
from domain.sentences import Language, Sentence


def check(at: str, data: SendTemplate, known: Known, *, marketing: bool) -> Iterator[Problem]:
    """Everything about the template of one node; ``marketing`` is the automation's setting."""
    if not data.template:
        yield unset(at, "template")
        return
    template = known.templates.get(data.template)
    if template is None:
        yield error(at, Sentence("automation_template_gone", name=data.template), "template")
        return
    chosen = _chosen(data, template.languages)
    if not chosen:
        sentence = Sentence("automation_template_language", language=Language(data.language))
        yield error(at, sentence, "language")
        return
    yield from _sendable(at, data, chosen)
    for key, value in (data.values or {}).items():
        if outgoing_files.is_file(value):
            kind = key.rpartition(".")[2]
            yield from files.check(at, value, kind, known.files, f"values.{key}")
    if template.marketing and not marketing:
        yield warning(at, Sentence("automation_template_marketing"), fix=Fix.MARK_MARKETING)


def _chosen(
    data: SendTemplate, languages: Mapping[str, KnownVersion]
) -> Mapping[str, KnownVersion]:
    """The languages it may be sent in."""
    if not data.language:
        return languages
    return {data.language: languages[data.language]} if data.language in languages else {}


def _sendable(at: str, data: SendTemplate, chosen: Mapping[str, KnownVersion]) -> Iterator[Problem]:
    held = {language: one.problem for language, one in chosen.items() if one.problem}
    if len(held) == len(chosen):
        yield error(at, next(iter(held.values())), "template")
    for language in held if len(held) < len(chosen) else ():
        sentence = Sentence("automation_template_language.held", language=Language(language))
        yield warning(at, sentence, "language")
    filled = {key for key, value in (data.values or {}).items() if value.strip()}
    slots = {key: name for one in chosen.values() for key, name in one.slots.items()}
    for key, name in slots.items():
        if key not in filled:
            yield error(at, Sentence("automation_slot", slot=name), f"values.{key}")
