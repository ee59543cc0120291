"""Which utterances are taken together, and when: rules of what waits and of the time."""

from __future__ import annotations

from chunk_workers.batch import Queue, Waiting

LINGER_S = 0.05
ANY = range(4)


def waiting(
    name: str, *, deadline: float = 0.0, urgency: int = 1, since_s: float = 0.0, alone: bool = False
) -> Waiting[str]:
    return Waiting(name, deadline, urgency, since_s, alone)


def queue(*all_waiting: Waiting[str]) -> Queue[str]:
    made: Queue[str] = Queue(LINGER_S)
    for each in all_waiting:
        made.put(each)
    return made


def names(taken: list[Waiting[str]]) -> list[str]:
    return [each.item for each in taken]


def test_what_is_wanted_first_is_taken_first() -> None:
    made = queue(waiting("b", deadline=2), waiting("a", deadline=1), waiting("c", deadline=3))
    assert names(made.take(2, ANY)) == ["a", "b"]
    assert names(made.take(2, ANY)) == ["c"]
    assert made.take(2, ANY) == []


def test_a_full_batch_is_due_at_once_and_another_once_its_first_has_waited() -> None:
    made = queue(waiting("a", since_s=10.0))
    assert made.due_s(2, ANY) == 10.0 + LINGER_S
    made.put(waiting("b", since_s=10.01))
    assert made.due_s(2, ANY) == 10.0


def test_who_comes_later_and_is_wanted_first_does_not_keep_a_batch_waiting() -> None:
    made = queue(waiting("a", deadline=2, since_s=10.0), waiting("b", deadline=1, since_s=10.04))
    assert made.due_s(8, ANY) == 10.0 + LINGER_S


def test_an_engine_that_takes_one_at_a_time_waits_for_nothing() -> None:
    assert queue(waiting("a", since_s=10.0)).due_s(1, ANY) == 10.0


def test_nobody_waits_for_what_is_less_urgent() -> None:
    made = queue(waiting("end", deadline=1, urgency=0), waiting("old", deadline=2, urgency=3))
    assert names(made.take(8, ANY)) == ["end"]
    made.put(waiting("new end", deadline=9, urgency=0))
    assert names(made.take(8, ANY)) == ["old", "new end"]


def test_what_came_to_nothing_together_is_taken_by_itself() -> None:
    made = queue(waiting("a", deadline=1, alone=True), waiting("b", deadline=2), waiting("c", deadline=3, alone=True))
    assert made.due_s(8, ANY) == 0.0
    assert [names(made.take(8, ANY)) for _ in range(3)] == [["a"], ["b"], ["c"]]


def test_a_recogniser_takes_what_is_for_it() -> None:
    made = queue(waiting("live", deadline=1, urgency=1), waiting("final", deadline=2, urgency=2))
    assert made.due_s(8, {3}) is None
    assert names(made.take(8, {2})) == ["final"]


def test_what_is_not_wanted_any_more_is_not_taken() -> None:
    gone, left = waiting("gone", deadline=1), waiting("left", deadline=2)
    made = queue(gone, left)
    made.withdraw(gone.item)
    made.withdraw(gone.item)
    assert names(made.take(8, ANY)) == ["left"]
    made.withdraw(left.item)
    assert len(made) == 0
