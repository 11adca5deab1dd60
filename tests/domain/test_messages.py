from itertools import permutations

from domain.messages import STATUS_RANK, MessageState, moves_forward


def test_a_late_sent_never_undoes_read() -> None:
    assert not moves_forward(MessageState.READ, MessageState.SENT)
    assert not moves_forward(MessageState.DELIVERED, MessageState.FAILED)
    assert moves_forward(MessageState.SENT, MessageState.FAILED)


def test_what_we_were_refused_stays_refused() -> None:
    for state in (MessageState.REJECTED, MessageState.REFUSED, MessageState.RECEIVED):
        assert not moves_forward(state, MessageState.READ)


def test_any_order_of_statuses_ends_the_same() -> None:
    news = [MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED]
    ends = set()
    for order in permutations(news):
        state = MessageState.ACCEPTED
        for incoming in order:
            state = incoming if moves_forward(state, incoming) else state
        ends.add(state)
    assert ends == {MessageState.READ}
    assert len(set(STATUS_RANK.values())) == len(STATUS_RANK)
