"""Which countries in a file of people should make someone look twice."""

from collections.abc import Collection, Mapping

MAIN_SHARE = 0.6
RARE_SHARE = 0.02
FEW = 3


def rare(countries: Mapping[str, int], expected: Collection[str] = ()) -> list[str]:
    """Countries with only a few people when one country has most: a misread column looks like this."""
    total = sum(countries.values())
    if not total or max(countries.values()) < MAIN_SHARE * total:
        return []
    few = max(FEW, RARE_SHARE * total)
    return [
        region
        for region, number in countries.items()
        if number <= few and number < total / 2 and region not in expected
    ]
