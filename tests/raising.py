"""Where the product uses a code: every ``Sentence`` and every deliberate error, found in the source."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import get_args

from api import errors as edge
from api import validation
from api.wording import SENTENCES
from domain import (
    campaigns,
    causes,
    channel_health,
    first_channel,
    headings,
    outgoing_files,
    system,
    template_components,
    template_slots,
    templates,
)
from domain.alerts.kinds import AlertKind
from domain.automations import changes, nodes, parts, triggers
from domain.automations.guards import Guard
from domain.automations.problems import Fix
from domain.automations.reasons import Reason
from domain.campaigns import CampaignAction, CampaignStatus
from domain.consent import Source
from domain.contacts import FieldType
from domain.conversations import ConversationStatus
from domain.errors import Conflict
from domain.sentences import PLAIN
from domain.standstill import Standstill
from services import checks
from services.automations.explaining import Taker
from services.automations.reasons import NOT_ENTERED
from services.contacts import telling
from services.imports import reading
from services.messages.reasons import REFUSALS
from services.numbering import reasons
from tests.sources import ROOT, nodes_of, product_files

PACKAGES = (
    "domain",
    "store",
    "whatsapp",
    "services",
    "activities",
    "workflows",
    "api",
    "web",
    "cli",
)

KINDS = {"NotFound": 404, "Conflict": 409, "Forbidden": 403, "Invalid": 422, "LimitReached": 429}
"""Deliberate errors and their HTTP status."""

SAYING = {*KINDS, "Sentence", "AddressRefused", "MissingSetting", "Unauthorized"}
OF_THE_CALL = {"field", "fields", "retry_after_s"}
"""Arguments of errors that are not parameters of their sentence."""


@dataclass(frozen=True, slots=True)
class Site:
    """One call: its possible keys, and the parameters it passes (None if forwarded)."""

    place: str
    kind: str
    keys: frozenset[str]
    params: frozenset[str] | None

    @property
    def codes(self) -> set[str]:
        """The keys as programs see them."""
        return {key.partition(".")[0] for key in self.keys}


def _each(pattern: str, *choices: object) -> frozenset[str]:
    listed = [[str(one) for one in choice] for choice in choices]  # type: ignore[attr-defined]
    return frozenset(pattern.format(*chosen) for chosen in product(*listed))


_PARTS = ("title", "explanation", "step")
_RESTRICTIONS = {"restriction", *channel_health._RESTRICTED.values()}
_LINES = (
    system.DATABASE, system.TEMPORAL, system.DISK, system.WHATSAPP, system.FOLDER, system.WORKER,
    system.API, first_channel.FIRST_CHANNEL, "schema", "clock", "webhook", "deliveries", "singles",
    "campaigns", "aside",
)  # fmt: skip
OF_CAMPAIGNS = {"budget_spent", "contact_deleted", "same_person"}
"""Refusals that are never an error for a single message."""

PHONE_CODES = (
    "phone_missing", "phone_invalid", "phone_invalid.amount", "phone_scientific", "phone_letters",
    "phone_letters.digits", "phone_country", "phone_short", "phone_long", "phone_two", "phone_unclear",
)  # fmt: skip


def _refusals_of_states() -> Iterator[str]:
    """The sentences about everything that a campaign's state forbids."""
    for status, action in product(CampaignStatus, CampaignAction):
        try:
            campaigns.require(status, action)
        except Conflict as refused:
            yield refused.sentence.key


_HINTS = {kind for kind in FieldType if kind not in (FieldType.TEXT, FieldType.ENUM)}

FAMILIES: Mapping[str, frozenset[str]] = {
    "f'automation_change.{change.what}'": _each("automation_change.{}", get_args(changes.What)),
    "f'automation_entry.{name}'": _each("automation_entry.{}", ("triggers", "nodes", "edges")),
    "f'file_type.{kind}'": _each("file_type.{}", outgoing_files.KINDS),
    "f'automation_fix.{problem.fix}'": _each("automation_fix.{}", Fix),
    "f'automation_part.{_NUMBERED[listed]}'": _each("automation_part.{}", parts._NUMBERED.values()),
    "f'automation_part.{leaf}'": _each("automation_part.{}", parts.NAMED),
    "parts: PLAIN": frozenset({PLAIN}),
    "f\"automation_halted.{halted['guard']}\"": _each("automation_halted.{}", Guard),
    "f'{table}.{kind}'": _each("automation_node.{}", nodes.TYPES) | _each("automation_trigger.{}", triggers.TYPES),
    "f'automation_trigger.{trigger.data.TYPE}'": _each("automation_trigger.{}", triggers.TYPES),
    "f'run_reason.{reason}'": _each("run_reason.{}", Reason),
    "f'start_refused.{code}'": _each("start_refused.{}", NOT_ENTERED),
    "f'text_taker.{found.taker}'": _each("text_taker.{}", get_args(Taker)),
    "f'built_in.{place}'": _each("built_in.{}", headings._WORDS),
    "f'campaign_is.{status}'": _each("campaign_is.{}", CampaignStatus),
    "f'campaign_state.{action}{when}'": frozenset(_refusals_of_states()),
    "f'cause_code.{part}'": _each("cause_code.{}", _PARTS),
    "f'cause_{self.key}.{part}'": _each("cause_{}.{}", causes._CAUSES, _PARTS),
    "f'alert_kind.{self.value}'": _each("alert_kind.{}", AlertKind),
    "f'alert_step.{self.value}'": _each("alert_step.{}", AlertKind),
    "f'alert_template.{one.reason.lower()}'": _each("alert_template.{}", ("paused", "disabled", "rejected")),
    "f'alert_{self.value}'": _each("alert_{}", AlertKind),
    "f'channel_blocked_{reason}'": _each("channel_blocked_{}", channel_health._BLOCKED),
    "f'channel_blocked_{reason}.step'": _each("channel_blocked_{}.step", channel_health._BLOCKED),
    "f'channel_{blocked_reason}'": _each("channel_{}", channel_health._TAKEN),
    "f'channel_{blocked_reason}.step'": _each("channel_{}.step", channel_health._TAKEN),
    "f'consent_{entry.action}.{entry.source}'": _each("consent_{}.{}", ("stop", "agree"), Source),
    "f'first_channel_{known}'": _each("first_channel_{}", first_channel._KNOWN),
    "f'first_channel_{known}.step'": _each("first_channel_{}.step", first_channel._KNOWN),
    "f'import_binary.{kind}'": _each(
        "import_binary.{}", {*reading._MAGIC.values(), *reading._OTHER_TEXTS.values()}
    ),
    "f'doctor_part.{key}'": _each("doctor_part.{}", (*checks.ON_DATABASE, "data_folder", "channels", "mail")),
    "f'automation_halted.{one.reason}'": _each("automation_halted.{}", Guard),
    "f'standstill_{self.cause.value}.action'": _each("standstill_{}.action", Standstill),
    "f'standstill_{self.cause.value}.text'": _each("standstill_{}.text", Standstill),
    "f'standstill_{self.cause.value}.title'": _each("standstill_{}.title", Standstill),
    "f'system_process_step.{kind}'": _each("system_process_step.{}", (system.WORKER, system.API)),
    "f'template_{word.lower()}'": _each("template_{}", map(str.lower, templates._STOPPED)),
    "f'{held}.open'": _each("{}.open", _RESTRICTIONS),
    "f'{ban}.day'": _each("{}.day", channel_health._BANS.values()),
    "f'system_part.{key}'": _each("system_part.{}", _LINES),
    "f'activity_campaign.{telling.arrival(message.state)}'": _each(
        "activity_campaign.{}", {*telling._ARRIVED.values(), "missed"}
    ),
    "f'activity_group_{change}'": _each("activity_group_{}", ("added", "removed")),
    "f'activity_label.{name}'": _each("activity_label.{}", telling._PLAIN),
    "f'activity_status.{status}'": _each("activity_status.{}", ConversationStatus),
    "f'{deed}.reason'": _each("activity_{}.reason", ("stopped", "allowed")),
    "f'activity_merged{variant}'": _each("activity_merged{}", ("", ".renumbered")),
    "f'activity_merged_with{variant}'": _each("activity_merged_with{}", ("", ".renumbered")),
    "f'{step}.campaign'": frozenset({"activity_group_added.campaign"}),
    "f'{wish}.{source}'": _each("activity_opted_{}.{}", ("out", "in"), telling._BY_THEMSELVES),
    "f'automation_node.{kind}'": _each("automation_node.{}", nodes.TYPES),
    "f'{moved}{ending}'": _each("activity_run_{}", ("started", "ended", "stopped", "retried"))
    | _each("activity_run_ended.{}", telling._ENDINGS),
    "telling: change": _each("activity_label_{}", ("added", "removed")),
    "telling: deed": _each(
        "activity_{}",
        (
            "created", "undeleted", "stopped", "allowed", "undone", "started", "taken_over",
            "given_back", "note",
        ),
    ),
    "telling: state": frozenset(chain.from_iterable(telling._STATES.values())),
    "telling: step": _each("activity_group_{}", ("added", "removed")),
    "telling: wish": _each("activity_opted_{}", ("out", "in")),
    "channel_health: held": frozenset(_RESTRICTIONS),
    "channel_health: ban": frozenset(channel_health._BANS.values()),
    "fields: _hint(field.type, text)": _each("field_{}", _HINTS) | {
        "field_date.timed", "field_date.no_day", "field_datetime.no_day"
    },
    "system: late": frozenset({"system_queue.campaigns", "system_queue.late"}),
    "system: step": frozenset({"system_queue_step.campaigns", "system_queue_step"}),
    "f'slot.header_{style.lower()}'": _each("slot.header_{}", map(str.lower, template_slots.MEDIA_FORMATS)),
    "f'slot.location_{name}'": _each("slot.location_{}", template_components.LOCATION_PARTS),
    "f'slot.{where}'": frozenset({"slot.header", "slot.body"}),
    "sentences: PLAIN": frozenset({PLAIN}),
    "steps: PLAIN": frozenset({PLAIN}),
    "compose: reason": REFUSALS - OF_CAMPAIGNS,
    "reasons: reason": REFUSALS,
    "reasons: _OF_FILE[doubt]": frozenset(reasons._OF_FILE.values()),
    "phones: code": frozenset(PHONE_CODES),
    "validation: key": frozenset({key for key, _theirs, _ours in validation.LIMITS.values()}),
    "validation: KEYS.get(kind, 'value_wrong')": frozenset({*validation.KEYS.values(), "value_wrong"}),
    "errors: code": frozenset(edge._HTTP_ERRORS.values()),
    "errors: error.code": frozenset(),  # of Unauthorized, which is raised with it
    "errors: key": frozenset({
        "title", *(key for key in SENTENCES if key.startswith("title.")),
        *(key for _, key in edge._SQLSTATES.values()),
    }),
}  # fmt: skip
"""Composed or looked-up keys, by the expression that creates them."""

HANDED_ON: Mapping[str, frozenset[str]] = {
    "errors: said": frozenset(),
    "sentences: value['key']": frozenset(),
    "hosts: key": frozenset(),
    "vault: key": frozenset(),
    "apart: unpacked(answer['invalid'])": frozenset(),
    "rows: unclear(named_answer(cell, named))": frozenset({"consent_unclear"}),
    "content: problem": FAMILIES["f'template_{word.lower()}'"] | {
        "template_not_approved", "template_header_unsupported", "template_products_unsupported"
    },
    "push: variable_unknown(name, [item.key for item in message.slots])": frozenset({"variable_unknown"}),
    "phones: reasons.alone(found)": frozenset({"phone_unclear"}),
    "phones: reasons.of_another_country(found.phone, region)": frozenset({"phone_unclear"}),
}  # fmt: skip
"""Sentences created elsewhere, with their parameters: their codes where they are raised."""


def sources() -> Iterator[Path]:
    """Every file that may use a code."""
    for path in product_files():
        if path.relative_to(ROOT).parts[0] in PACKAGES and path.parent.name != "wording":
            yield path


@cache
def sites() -> tuple[Site, ...]:
    """Every call that uses a code."""
    return tuple(site for path in sources() for site in _sites(path))


def _sites(path: Path) -> Iterator[Site]:
    name = path.relative_to(ROOT)
    for node in nodes_of(path):
        if not isinstance(node, (ast.Raise, ast.Call)):
            continue
        place = f"{name}:{node.lineno}"
        if isinstance(node, ast.Raise) and getattr(node.exc, "id", "") == "Unauthorized":
            yield Site(place, "Unauthorized", frozenset({"signed_out"}), frozenset())
        if isinstance(node, ast.Call) and (kind := _kind(node)):
            given = {word.arg for word in node.keywords}
            handed_on = bool(node.args) and _made(node.args[0], path.stem) in HANDED_ON
            params = frozenset(map(str, given - OF_THE_CALL)) - {"None"}
            keys = _keys(node.args[0], path.stem) if node.args else ["signed_out"]
            open_ended = handed_on or None in given
            yield Site(place, kind, frozenset(keys), None if open_ended else params)


def _kind(call: ast.Call) -> str:
    """The key used by a call; "" if it is not one of ours. Error subclasses call ``__init__``."""
    name = getattr(call.func, "id", "")
    if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
        first = call.args[0] if call.args else None
        return "Conflict" if getattr(first, "value", None) == "campaign_launched" else ""
    return name if name in SAYING else ""


def _keys(said: ast.expr, module: str) -> Iterator[str]:
    if isinstance(said, ast.Constant):
        yield str(said.value)
    elif isinstance(said, ast.IfExp):
        yield from _keys(said.body, module)
        yield from _keys(said.orelse, module)
    else:
        made = _made(said, module)
        yield from FAMILIES.get(made, HANDED_ON.get(made, {f"unknown: {made}"}))


def _made(said: ast.expr, module: str) -> str:
    """An expression as named in the tables above."""
    made = ast.unparse(said)
    return made if isinstance(said, ast.JoinedStr) else f"{module}: {made}"
