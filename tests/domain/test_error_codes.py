import pytest

from domain.error_codes import ErrorKind, blocking_reason, classify


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (130429, ErrorKind.THROTTLED),
        (80007, ErrorKind.THROTTLED),
        (131056, ErrorKind.PAIR),
        (131000, ErrorKind.IN_DOUBT),
        (1, ErrorKind.IN_DOUBT),
        (131049, ErrorKind.DEFER),
        (131026, ErrorKind.CONTACT),
        (131050, ErrorKind.OPTED_OUT),
        (131047, ErrorKind.WINDOW),
        (132015, ErrorKind.TEMPLATE),
        (190, ErrorKind.CHANNEL),
        (3, ErrorKind.CHANNEL),
        (210, ErrorKind.CHANNEL),
        (131042, ErrorKind.CHANNEL),
        (131053, ErrorKind.MEDIA),
        (100, ErrorKind.REQUEST),
        (999_999, ErrorKind.REQUEST),
    ],
)
def test_kinds(code: int, kind: ErrorKind) -> None:
    assert classify(code) is kind


@pytest.mark.parametrize(
    ("code", "reason"),
    [(190, "token"), (210, "token"), (131042, "payment"), (131031, "policy"), (131048, "spam_limit"),
     (133010, "not_registered")],
)  # fmt: skip
def test_reasons_why_a_number_stops(code: int, reason: str) -> None:
    assert blocking_reason(code) == reason
