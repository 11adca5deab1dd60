"""In which order tests are handed to the workers, and which of them share one.

A file stays on one worker, and so do all journeys, which share one running demo, and all that read the sources. Files that
take long are begun first, so that no worker is left with one at the end. The rest go by their number of tests.

The `xdist_group` mark would say this, but pytest-xdist 3.8 writes it where pytest 9.2 no longer looks.
"""

from collections import Counter

import pytest
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

JOURNEYS = "tests/e2e/"
APART = ("tests/e2e/test_chaos.py",)
"""Journeys through stacks of their own."""

READERS = "tests/test_architecture.py"
READING = (
    READERS, "tests/test_docs.py", "tests/test_suite.py", "tests/test_routes.py", "tests/api/wording/",
)  # fmt: skip
"""They read every source: parsed once, on one worker."""

LONG = {
    "tests/e2e/": 350,
    "tests/e2e/test_chaos.py": 330,
    "tests/cli/bench/test_automations.py": 105,
    "tests/cli/bench/test_campaigns.py": 90,
    "tests/web/automations/test_builder.py": 75,
    "tests/cli/up/test_upgrade.py": 70,
    "tests/api/reception/test_waiting.py": 70,
    "tests/test_architecture.py": 70,
    "tests/workflows/test_campaigns.py": 70,
    "tests/api/openapi/test_schema.py": 50,
    "tests/web/frontend/test_open_pages.py": 45,
    "tests/services/test_numbering.py": 40,
    "tests/web/inbox/test_in_browser.py": 40,
    "tests/web/inbox/test_by_keys.py": 40,
    "tests/cli/test_backups.py": 40,
    "tests/activities/campaigns/test_frozen_sender.py": 40,
    "tests/web/frontend/test_ui.py": 38,
    "tests/services/numbering/test_kinds.py": 33,
    "tests/web/frontend/test_bars_and_lists.py": 27,
    "tests/workflows/test_runs.py": 26,
    "tests/cli/bench/test_inbox.py": 25,
    "tests/web/frontend/test_live_and_writing.py": 24,
    "tests/domain/automations/test_interpreter_paths.py": 24,
    "tests/web/automations/test_builder_sight.py": 22,
    "tests/api/auth/test_sign_in.py": 22,
    "tests/api/app/test_two_processes.py": 22,
    "tests/cli/bench/test_webhooks.py": 20,
    "tests/cli/database/test_roles.py": 20,
    "tests/activities/campaigns/test_spans.py": 18,
    "tests/api/routers/test_odd_input.py": 18,
    "tests/api/security/test_rights.py": 15,
    "tests/services/receiving/test_isolation.py": 15,
    "tests/activities/campaigns/test_limits_of_meta.py": 14,
    "tests/activities/campaigns/test_outages.py": 14,
    "tests/web/frontend/test_wizards.py": 13,
    "tests/workflows/test_commands.py": 13,
    "tests/simulator/bodies/test_odd_values.py": 13,
    "tests/web/campaigns/test_sources.py": 13,
    "tests/services/receiving/test_two_takers.py": 12,
    "tests/api/openapi/test_fuzz.py": 12,
    "tests/web/test_filters.py": 12,
    "tests/workflows/test_webhooks.py": 12,
    "tests/web/automations/test_builder_hands.py": 10,
    "tests/web/inbox/test_notes_in_browser.py": 10,
    "tests/web/settings/test_webhook_log_in_browser.py": 8,
    "tests/api/routers/test_every_answer.py": 10,
    "tests/activities/campaigns/test_freezing.py": 10,
    "tests/api/test_heads.py": 10,
    "tests/services/sending/test_interleavings.py": 10,
    "tests/cli/datafolder/test_private_files.py": 10,
    "tests/cli/stack/test_old_copy.py": 10,
    "tests/services/test_demo.py": 9,
    "tests/services/imports/test_apart.py": 9,
    "tests/cli/test_embedded.py": 8,
    "tests/activities/automations/test_sending.py": 8,
    "tests/services/test_phones.py": 8,
    "tests/workflows/test_clocks.py": 8,
    "tests/web/automations/test_model.py": 8,
    "tests/activities/test_unread.py": 7,
    "tests/cli/bench/test_imports.py": 7,
    "tests/simulator/pages/test_phone_page.py": 7,
    "tests/cli/chaos/test_automations.py": 7,
    "tests/web/frontend/test_phones.py": 7,
}
"""Seconds of files with few tests for the time they take, in a whole run; half or twice as much makes no difference."""

USUAL_S = 0.1
"""What any other test takes."""


def scope(nodeid: str) -> str:
    """What is run by one worker: a file, the journeys on the shared demo, or what reads the sources."""
    path = nodeid.partition("::")[0]
    if path.startswith(READING):
        return READERS
    return JOURNEYS if path.startswith(JOURNEYS) and path not in APART else path


def longest_first(items: list[pytest.Item]) -> None:
    """Put tests in the order in which they are handed out."""
    seconds = {
        name: count * USUAL_S for name, count in Counter(scope(i.nodeid) for i in items).items()
    }
    seconds |= {name: took for name, took in LONG.items() if name in seconds}
    items.sort(key=lambda item: -seconds[scope(item.nodeid)])


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # the base class has no types
    """Keeps together what ``scope`` says."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)
