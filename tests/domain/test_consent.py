"""For every source: whose refusal a stop records, and whose an agreement lifts."""

import pytest

from domain.consent import Action, Keeper, Source, Standing, keepers, standing

META, PERSON, TEAM = Keeper.META, Keeper.PERSON, Keeper.TEAM
TABLE = {
    Source.WHATSAPP: (META, [META]),
    Source.REFUSAL: (META, []),
    Source.KEYWORD: (PERSON, [PERSON]),
    Source.BUTTON: (PERSON, [PERSON]),
    Source.AGENT: (TEAM, [TEAM, PERSON]),
    Source.AUTOMATION: (TEAM, [TEAM, PERSON]),
    Source.BULK: (TEAM, [TEAM]),
    Source.API: (TEAM, [TEAM]),
    Source.IMPORT: (TEAM, []),
    Source.FILE: (TEAM, []),
    Source.EARLIER: (TEAM, []),
}


@pytest.mark.parametrize("source", Source)
def test_whose_no_it_is_and_who_may_lift_it(source: Source) -> None:
    stops, lifts = TABLE[source]
    assert keepers(Action.STOP, source) == [stops]
    assert keepers(Action.AGREE, source) == lifts


def test_nobody_of_ours_lifts_a_stop_in_whatsapp_and_no_file_or_program_what_a_person_said() -> (
    None
):
    by_us = set(Source) - {Source.WHATSAPP, Source.REFUSAL}
    assert META not in {k for source in by_us for k in keepers(Action.AGREE, source)}
    many = (Source.BULK, Source.API, Source.IMPORT, Source.FILE)
    assert PERSON not in {k for source in many for k in keepers(Action.AGREE, source)}


@pytest.mark.parametrize(
    ("opted_out", "agreed", "stands"),
    [
        (True, True, Standing.STOPPED), (True, False, Standing.STOPPED),
        (False, True, Standing.AGREED), (False, False, Standing.NEVER_ASKED),
    ],
)  # fmt: skip
def test_a_no_stands_above_a_yes(opted_out: bool, agreed: bool, stands: Standing) -> None:
    assert standing(opted_out=opted_out, agreed=agreed) is stands
