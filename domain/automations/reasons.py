"""Why a step failed or a run ended, in codes that are stored and never change; our gate's refusals are further ones."""

from enum import StrEnum


class Reason(StrEnum):
    """What the interpreter, and the effects of a run, can say. ``domain.refusals.Refusal`` and Meta's codes come beside them."""

    LOOP_GUARD = "loop_guard"  # too many steps without a reply or a wait
    NODE_MISSING = "node_missing"  # an edge, or the start, leads to no node
    NO_DATE = "no_date"  # a wait for a date the contact does not have
    NO_MOMENT = "no_moment"  # a wait for a moment that nobody can read
    NEVER_OPEN = "never_open"  # a wait for working hours that never come
    NO_SHARE = "no_share"  # a random split without shares
    NOTHING_TO_SAY = "nothing_to_say"  # no messages, or one whose text is empty once filled in
    NOT_UNDERSTOOD = "not_understood"  # an answer that does not fit
    NO_REPLY = "no_reply"  # a timeout
    OUTCOME_UNKNOWN = "outcome_unknown"  # sent, and nobody knows whether it arrived; it goes on
    REJECTED = "rejected"  # WhatsApp said no
    WINDOW_CLOSED = "window_closed"
    GONE = "gone"  # what the node names was deleted: a template, field, label, group, person or automation
    FILE_GONE = "file_gone"  # a file that the node sends is no longer here
    INVALID_VALUE = "invalid_value"  # a value that its field does not take
    HTTP_ADDRESS = "http_address"  # no address, or one that may not be called
    HTTP_TIMEOUT = "http_timeout"
    HTTP_UNREACHABLE = "http_unreachable"
    HTTP_STATUS = "http_status"  # an answer outside 200 to 299
    HTTP_ANSWER = "http_answer"  # too large, or not the JSON that was to be picked from
    NO_SECRET = "no_secret"  # noqa: S105 - a header names a secret that does not exist
    NOT_STARTED = "not_started"  # the other automation did not take the contact
    CHILD_FAILED = "child_failed"  # the other automation ended as failed
    MERGED = "merged"  # two runs of one person where one may be: the other goes on
    INTERNAL = "internal"  # ours, after the last retry
