"""Triggers: nothing to listen for, nobody to reach, and names of what is gone."""

import pytest

from domain.automations import triggers
from domain.automations.graphs import Settings
from domain.automations.nodes import Duration, End, MatchMode, SendTemplate
from domain.automations.triggers import Entry, ReEntry, TimeTrigger, Timing, Trigger
from tests.domain.automations.problem_graphs import errors, graph

TEMPLATE = SendTemplate(template="hello", values={"body_1": "x"})


def of_trigger(data: Trigger) -> set[tuple[str, str]]:
    checked = graph(("a", "next", "b"), trigger=data, a=TEMPLATE, b=End())
    return {(field, key) for at, field, key in errors(checked) if at == "start"}


def at_times(**more: object) -> TimeTrigger:
    held = {"moment": "2027-01-01T09:00", "everybody": True, "channel": "channel", **more}
    return TimeTrigger(**held)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (triggers.MessageTrigger(channels=("gone",)), ("channels.0", "automation_channel_gone")),
        (triggers.KeywordTrigger(), ("words", "automation_keywords")),
        (triggers.KeywordTrigger(words=(" ",)), ("words.0", "keyword_empty")),
        (
            triggers.KeywordTrigger(words=("(?=a)",), mode=MatchMode.REGEX),
            ("words.0", "keyword_pattern"),
        ),
        (triggers.ButtonTrigger(payloads=(" ",)), ("payloads", "automation_unset")),
        (
            triggers.FirstMessageTrigger(quiet=Duration(amount=0)),
            ("quiet.amount", "automation_duration"),
        ),
        (
            triggers.CampaignReplyTrigger(campaigns=("gone",)),
            ("campaigns.0", "automation_campaign_gone"),
        ),
        (triggers.LabelTrigger(), ("labels", "automation_unset")),
        (triggers.LabelTrigger(labels=("gone",)), ("labels.0", "automation_label_gone")),
        (triggers.GroupTrigger(groups=("gone",)), ("groups.0", "automation_group_gone")),
        (triggers.FieldTrigger(), ("field", "automation_unset")),
        (triggers.WindowTrigger(lead=Duration(amount=24)), ("lead", "automation_lead")),
        (triggers.WebhookTrigger(phone_path=""), ("phone_path", "automation_unset")),
        (triggers.WebhookTrigger(), ("channel", "automation_sender")),
        (triggers.WebhookTrigger(country="Brazil"), ("country", "automation_country")),
        (triggers.ManualTrigger(channel="gone"), ("channel", "automation_channel_gone")),
        (
            triggers.OptInTrigger(entry=ReEntry(rule=Entry.ONCE_A_PERIOD)),
            ("entry.period", "automation_unset"),
        ),
        (at_times(moment=""), ("moment", "automation_unset")),
        (at_times(moment="2020-01-01T09:00"), ("moment", "automation_schedule_past")),
        (at_times(everybody=False), ("groups", "automation_audience")),
        (at_times(channel=""), ("channel", "automation_sender")),
        (at_times(channel="gone"), ("channel", "automation_channel_gone")),
        (at_times(zone="Nowhere"), ("zone", "automation_zone")),
        (at_times(timing=Timing.CALENDAR, clock="9am"), ("clock", "automation_clock")),
        (at_times(timing=Timing.CALENDAR, every="week"), ("days", "automation_unset")),
        (
            at_times(timing=Timing.CALENDAR, every="week", days=("today",)),
            ("days", "automation_value"),
        ),
        (
            at_times(timing=Timing.CALENDAR, every="month", month_day=32),
            ("month_day", "automation_range"),
        ),
        (at_times(timing=Timing.FIELD, field="city"), ("field", "automation_field_no_date")),
        (
            at_times(timing=Timing.FIELD, field="renewal", offset=9999),
            ("offset", "automation_range"),
        ),
    ],
)
def test_what_is_missing_or_gone_blocks(data: Trigger, problem: tuple[str, str]) -> None:
    assert problem in of_trigger(data)


@pytest.mark.parametrize(
    "data",
    [
        triggers.KeywordTrigger(words=("hola", "olá")),
        triggers.ButtonTrigger(payloads=("", "yes")),
        triggers.FirstMessageTrigger(),
        triggers.FirstMessageTrigger(quiet=Duration(amount=2)),
        triggers.CampaignReplyTrigger(),
        triggers.CampaignReplyTrigger(campaigns=("campaign",)),
        triggers.FieldTrigger(field="language"),
        triggers.WebhookTrigger(channel="channel", country="br"),
        triggers.ManualTrigger(),
        at_times(),
        at_times(everybody=False, groups=("group",), timing=Timing.CALENDAR, zone="contact"),
        at_times(timing=Timing.FIELD, field="renewal", offset=-3),
    ],
)
def test_these_are_fine(data: Trigger) -> None:
    assert of_trigger(data) == set()


def test_restart_words_are_words() -> None:
    checked = graph(
        ("a", "next", "b"), settings=Settings(restart_words=("menu", "")), a=TEMPLATE, b=End()
    )
    assert errors(checked) == [("", "settings.restart_words.1", "keyword_empty")]
