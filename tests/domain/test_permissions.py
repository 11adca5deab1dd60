"""Roles are nested: a higher role may do everything that a lower one may."""

from itertools import pairwise

import pytest

from domain.permissions import GRANTS, WORDS, Permission, Role, may


def test_an_agent_may_less_than_a_manager_and_a_manager_less_than_an_admin() -> None:
    for lesser, greater in pairwise((Role.AGENT, Role.MANAGER, Role.ADMIN)):
        assert GRANTS[lesser] < GRANTS[greater]


@pytest.mark.parametrize("role", Role)
def test_what_is_public_is_so_for_everybody_and_granted_to_nobody(role: Role) -> None:
    assert may(role, Permission.PUBLIC)
    assert Permission.PUBLIC not in GRANTS[role]
    assert {p for p in Permission if may(role, p)} == GRANTS[role] | {Permission.PUBLIC}


def test_an_agent_answers_and_changes_no_campaign_no_number_and_no_colleague() -> None:
    resources = {p.value.partition(":")[0] for p in GRANTS[Role.AGENT]}
    assert not resources & {"campaigns", "webhooks", "users", "tokens", "audit", "system"}
    written = {
        p for p in GRANTS[Role.AGENT] if p.value.endswith((":write", ":send", ":launch", ":export"))
    }
    assert written == {Permission.CONVERSATIONS_WRITE, Permission.MESSAGES_SEND}


def test_every_permission_that_can_be_missing_has_words() -> None:
    assert WORDS.keys() == set(Permission) - {Permission.PUBLIC, Permission.SIGNED_IN}
