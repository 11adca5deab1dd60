"""The six starters: complete, without problems, tidy, and the same after writing and reading."""

from dataclasses import replace

import pytest

from domain.automations import starters
from domain.automations.graphs import Graph
from domain.automations.nodes import SendTemplate
from domain.automations.starters import Starter
from domain.automations.triggers import WebhookTrigger
from services.automations import documents
from tests.domain.automations.problem_graphs import errors, found, placed

each_starter = pytest.mark.parametrize("starter", starters.ALL, ids=lambda one: one.key)

CHOSEN = SendTemplate(template="sale")


def chosen(graph: Graph) -> Graph:
    """The graph after its author chose templates and the number that sends."""
    return replace(
        graph,
        nodes=tuple(
            replace(node, data=CHOSEN) if isinstance(node.data, SendTemplate) else node
            for node in graph.nodes
        ),
        triggers=tuple(
            replace(one, data=replace(one.data, channel="channel"))
            if isinstance(one.data, WebhookTrigger)
            else one
            for one in graph.triggers
        ),
    )


def test_there_are_six_and_each_has_its_key() -> None:
    assert [starter.key for starter in starters.ALL] == [
        "welcome", "cart_reminder", "appointment", "triage", "re_engagement", "opt_in",
    ]  # fmt: skip
    assert all(starters.get(starter.key) is starter for starter in starters.ALL)
    assert starters.get("nothing") is None


@each_starter
def test_nothing_is_wrong_once_templates_are_chosen(starter: Starter) -> None:
    assert found(chosen(starter.graph)) == []


@each_starter
def test_only_templates_and_a_sender_are_left_to_choose(starter: Starter) -> None:
    left = {key for _, _, key in errors(starter.graph)}
    wanted = {"automation_unset", "automation_sender"} if starter.key == "cart_reminder" else set()
    assert left == wanted


@each_starter
def test_it_is_the_same_after_writing_and_reading(starter: Starter) -> None:
    read = documents.read(documents.write(starter.graph))
    assert (read.graph, read.problems) == (starter.graph, ())


@each_starter
def test_every_node_has_a_title(starter: Starter) -> None:
    assert all(one.title for one in placed(starter.graph))
