"""Risk language is found, weighed, and told as denied where it was."""

from __future__ import annotations

import pytest

from chunk_workers.notes.candidate import LONGEST_QUOTE
from chunk_workers.notes.flags import flag
from chunk_workers.notes.risk import Risk, risks, screens
from chunk_workers.sentences import sentences
from session_core.note import verbatim
from tests import risk_corpus
from tests.spoken import lines


def found(*spoken: str) -> list[Risk]:
    return risks(sentences(lines(*spoken)))


def told(risk: Risk) -> str:
    return f"{risk.kind} {risk.severity}{' denied' * risk.denied}"


def only(*spoken: str) -> tuple[str, str, bool]:
    (risk,) = found(*spoken)
    return risk.kind, risk.severity, risk.denied


@pytest.mark.parametrize(("spoken", "expected"), list(risk_corpus.rows()))
def test_what_is_said_is_found_weighed_and_denied_as_the_corpus_tells(
    spoken: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert sorted(map(told, found(*spoken))) == list(expected)


@pytest.mark.parametrize(
    ("text", "kind", "severity"),
    [
        ("I want to kill myself.", "suicide", "high"),
        ("i have been thinking about suicide a lot", "suicide", "high"),
        ("I just want to end my life.", "suicide", "high"),
        ("Last year I tried to take my own life.", "suicide", "high"),
        ("I sometimes think they'd be better off without me.", "suicide", "medium"),
        ("I don't want to live any more.", "suicide", "medium"),
        ("I wish I was dead.", "suicide", "medium"),
        ("There is no point in living.", "suicide", "medium"),
        ("it isn't worth living like that", "suicide", "medium"),
        ("I can't go on like this.", "suicide", "medium"),
        ("I've been cutting myself again.", "self_harm", "high"),
        ("He told me about his self-harming.", "self_harm", "medium"),
        ("I thought about hurting myself.", "self_harm", "medium"),
        ("I want to hurt him.", "harm_to_others", "high"),
        ("I've had thoughts about stabbing my boss.", "harm_to_others", "high"),
        ("I'm afraid that I could harm other people.", "harm_to_others", "high"),
        ("I'll kill her.", "harm_to_others", "high"),
        ("My husband hits me.", "abuse", "high"),
        ("he has been beating my daughter", "abuse", "high"),
        ("I was raped.", "abuse", "high"),
        ("My mother was emotionally abusive.", "abuse", "medium"),
        ("I'm scared of my partner.", "abuse", "medium"),
        ("The children were neglected.", "neglect", "medium"),
        ("Nobody looks after him.", "neglect", "medium"),
        ("I took an overdose.", "overdose", "high"),
        ("She swallowed a whole bottle of pills.", "overdose", "high"),
        ("I’ve taken too many of my tablets.", "overdose", "high"),
        ("I slit my wrists.", "self_harm", "high"),
        ("I cut my wrists again.", "self_harm", "high"),
        ("She has been cutting her thighs.", "self_harm", "high"),
        ("I cut my arms last week.", "self_harm", "high"),
        ("I've been cutting again.", "self_harm", "high"),
        ("i started cutting again because of him", "self_harm", "high"),
        ("I took twenty pills last night.", "overdose", "high"),
        ("I took thirty paracetamol.", "overdose", "high"),
        ("He swallowed 40 of the sleeping tablets.", "overdose", "high"),
        ("I wanna die.", "suicide", "medium"),
        ("I don't see the point of living.", "suicide", "medium"),
        ("I don't have any reason to live.", "suicide", "medium"),
        ("I can't see any point in going on.", "suicide", "medium"),
        ("Everyone would be better off if I was gone.", "suicide", "medium"),
        ("They'd be better off if I wasn't here.", "suicide", "medium"),
        ("I thought about driving into a tree.", "suicide", "high"),
        ("I feel like steering my car into a wall.", "suicide", "high"),
        ("I had thoughts of stepping in front of a train.", "suicide", "high"),
        ("I threw myself under a bus.", "suicide", "high"),
        ("I put a rope around my neck.", "suicide", "high"),
        ("My dad used to hit me.", "abuse", "high"),
        ("My mother would always slap my sister.", "abuse", "high"),
        ("He put his hands around my throat.", "abuse", "high"),
        ("He forces himself on me.", "abuse", "high"),
        ("My uncle touched me when I was small.", "abuse", "medium"),
    ],
)
def test_risks_are_found(text: str, kind: str, severity: str) -> None:
    assert only(text) == (kind, severity, False)


@pytest.mark.parametrize(
    "text",
    [
        "No thoughts of harming myself.",
        "I'm not suicidal.",
        "i have never wanted to kill myself",
        "He denies any thoughts of suicide.",
        "I don't think I'd ever hurt myself.",
        "I haven't had any thoughts at all about hurting myself.",
        "I don't want to die.",
        "My husband has never hit my children.",
        "I would never hurt anyone else.",
        "I haven't taken too many tablets.",
        "There was no neglect.",
        "I have never cut my wrists.",
        "I haven't been cutting.",
        "I didn't take twenty pills.",
        "I don't wanna die.",
        "I've never thought about driving into a tree.",
    ],
)
def test_denials_are_told_as_denials(text: str) -> None:
    assert [(risk.denied, risk.severity) for risk in found(text)] == [(True, "low")]


@pytest.mark.parametrize(
    "text",
    [
        "I don't sleep and I want to kill myself.",
        "I'm not only tired, I'm suicidal.",
        "I can't stop thinking about suicide.",
        "I don't know, maybe suicide is the answer.",
        "No. I want to end my life.",
        "It's not the first time I tried to kill myself.",
        "I have no friends because my husband hits me.",
    ],
)
def test_a_denial_of_something_else_denies_nothing(text: str) -> None:
    assert [risk.denied for risk in found(text)] == [False]
    assert found(text)[0].severity != "low"


@pytest.mark.parametrize(
    "text",
    [
        "I have not slept, thinking of suicide all night.",
        "i have not slept thinking of suicide all night",
        "I'm not okay, suicidal even.",
        "It's not getting better, killing myself is all I think of.",
        "Nothing helps, no medication works, overdosing seems the only way out.",
        "I can't cope, suicide is on my mind daily.",
        "No sleep, suicidal every night.",
        "Never a day passes without me thinking of suicide.",
        "There isn't a day without suicidal thoughts.",
        "No day goes by without thoughts of killing myself.",
        "I couldn't say no to suicidal thoughts.",
        "I do not deny being suicidal.",
        "I don't deny that I'm suicidal.",
        "It's not true that I'm not suicidal.",
        "Doctors don't believe I'm suicidal.",
        "Not a soul knows about my suicide plan.",
        "I'm not afraid of suicide.",
        "I don't think suicide is wrong.",
        "I don't want to think about suicide.",
        "I cannot promise that suicide is off the table.",
        "I can't kill myself because of my kids.",
        "I want to be free of suicidal thoughts.",
        "Who wouldn't be suicidal.",
        "I wish I was not suicidal.",
        "I told them I'm not suicidal.",
        "I'm not suicidal, but I think about it a lot.",
        "I'm not suicidal any more.",
        "I have had no suicidal thoughts since Tuesday.",
    ],
)
def test_in_doubt_nothing_is_denied(text: str) -> None:
    assert [(risk.denied, risk.severity) for risk in found(text)] == [(False, "high")]


def test_a_denial_reaches_over_a_list() -> None:
    for text in (
        "He denies suicidal thoughts, self-harm or abuse.",
        "No suicidal thoughts, self-harm, or thoughts of overdosing.",
    ):
        assert [risk.denied for risk in found(text)] == [True, True, True]


@pytest.mark.parametrize(
    "text",
    [
        "My back is killing me.",
        "I have a shooting pain and I hit my head.",
        "I'm cutting down on smoking.",
        "I cut myself shaving.",
        "I burnt myself on the oven.",
        "The injection hurt him.",
        "There is some alcohol abuse in the family.",
        "I was dying to see you.",
        "I want to kill some time.",
        "I take all of it with food.",
        "That beats me.",
        "Take two tablets.",
        "This is nothing you are going to die from.",
        "I'm dying to see you.",
        "I've been cutting the grass again.",
        "I've been cutting down on sugar again.",
        "I took twenty photos.",
        "I took twenty milligrams of it.",
        "I've been taking twelve tablets a day since the operation.",
        "I'm taking all my medication.",
        "I cut my finger while cooking.",
        "I cut my arms on some wire.",
        "My phone died.",
        "I was driving into town.",
        "I'm going to step off the bus and into my car.",
        "My son drove into a tree.",
        "I used to hit the gym.",
        "Put your hands around your neck.",
        "She put a scarf around my neck.",
        "I'd be better off if I was taller.",
        "The point of living near the sea is the air.",
    ],
)
def test_other_talk_is_no_risk(text: str) -> None:
    assert found(text) == []


def test_a_question_is_weighed_by_its_answer_and_quoted_with_it() -> None:
    question = "clinician: Okay. Any thoughts of harming yourself?"
    (denied,) = found(question, "patient: Um, no, never.")
    assert (denied.severity, denied.denied) == ("low", True)
    assert denied.quote == "Any thoughts of harming yourself? Um, no, never."
    assert len(denied.segment_ids) == 2
    assert only(question, "patient: Sometimes, at night.") == ("self_harm", "medium", False)
    assert only(question, "patient: No, but I used to.") == ("self_harm", "medium", False)
    assert only(question, "clinician: Or anything like that?") == ("self_harm", "low", False)
    assert only(question) == ("self_harm", "low", False)


def test_what_is_said_between_a_question_and_its_answer_is_quoted() -> None:
    (risk,) = found("clinician: Do you think about suicide? It is okay to tell me.", "patient: Yes, most nights.")
    assert risk.quote == "Do you think about suicide? It is okay to tell me. Yes, most nights."
    assert len(risk.segment_ids) == 2
    (open_,) = found("clinician: Do you think about suicide? It is okay to tell me.")
    assert open_.quote == "Do you think about suicide?"


def test_a_mention_over_two_lines_cites_both() -> None:
    spoken = lines("patient: I just want to kill", "patient: myself")
    (risk,) = risks(sentences(spoken))
    assert risk.quote == "I just want to kill myself"
    assert risk.segment_ids == tuple(line.id for line in spoken)


def test_a_long_answer_is_quoted_in_part_and_what_takes_it_back_late_still_counts() -> None:
    answer = "No. " + "The knee hurts a little. " * 120 + "But sometimes I do."
    (risk,) = found(ASKED, f"patient: {answer}")
    assert (risk.severity, risk.denied) == ("high", False)
    assert risk.quote == "Do you have thoughts of suicide? No."


@pytest.mark.parametrize(
    ("spoken", "begins"),
    [
        (("patient: " + "a" * 5_000 + " suicide is on my mind",), "suicide is on my mind"),
        (
            ("clinician: Do you have thoughts of suicide?", "patient: " + "b" * 3_000),
            "Do you have thoughts of suicide?",
        ),
    ],
)
def test_what_is_too_long_for_a_quote_is_cut_and_the_mention_stays(spoken: tuple[str, ...], begins: str) -> None:
    (risk,) = found(*spoken)
    assert risk.quote == begins
    assert len(risk.segment_ids) == 1
    assert len(flag("flags", risk).text) <= LONGEST_QUOTE + 1
    assert verbatim(risk.quote, " ".join(line.text for line in lines(*spoken))) == begins


def test_questions_without_punctuation_are_answered_too() -> None:
    assert only("clinician: do you ever think about suicide", "patient: no") == ("suicide", "low", True)
    assert only("clinician: do you ever think about suicide", "patient: yes") == ("suicide", "high", False)


ASKED = "clinician: Do you have thoughts of suicide?"


@pytest.mark.parametrize(
    "answer",
    [
        "No.",
        "No, I don't.",
        "No, never, not once.",
        "Nope, nothing like that.",
        "No, I haven't had any thoughts like that, doctor.",
        "Never, I would never do that.",
        "No, I'm not suicidal.",
        "No. I sleep well.",
    ],
)
def test_a_plain_no_denies_what_was_asked(answer: str) -> None:
    assert {risk.denied for risk in found(ASKED, f"patient: {answer}")} == {True}


@pytest.mark.parametrize(
    "answer",
    [
        "No more than usual.",
        "No, only every night.",
        "No. Only every night.",
        "Never stopped having them.",
        "I didn't want to tell you.",
        "None that anyone could see.",
        "Not since Tuesday when I took some.",
        "Not any more.",
        "I don't think so.",
        "No, I have thoughts of it.",
        "No. I sleep well. But sometimes I do.",
    ],
)
def test_a_no_that_is_taken_back_denies_nothing(answer: str) -> None:
    (risk,) = found(ASKED, f"patient: {answer}")
    assert (risk.severity, risk.denied) == ("high", False)
    assert answer in risk.quote


@pytest.mark.parametrize(
    "question",
    [
        "Does your husband know about your suicidal thoughts?",
        "Are the suicidal thoughts gone?",
        "Have you stopped having suicidal thoughts?",
        "Can you resist the urge to kill yourself?",
    ],
)
def test_no_to_a_question_about_something_else_denies_nothing(question: str) -> None:
    assert only(f"clinician: {question}", "patient: No.") == ("suicide", "high", False)


@pytest.mark.parametrize(
    "question",
    [
        "Are you thinking of killing yourself tonight?",
        "You're not thinking of suicide, are you?",
        "I have to ask everybody, have you ever thought about ending your life?",
        "Have you ever felt so bad that you thought about killing yourself?",
    ],
)
def test_no_to_a_plain_question_denies(question: str) -> None:
    assert only(f"clinician: {question}", "patient: No.") == ("suicide", "low", True)


def test_what_is_only_supposed_weighs_little() -> None:
    assert only("If you ever feel like killing yourself, call this number.") == ("suicide", "low", False)


@pytest.mark.parametrize(
    "text",
    [
        "If you must know, I tried to kill myself last week.",
        "She asked if I was fine but I want to kill myself.",
        "When asked if I was ok I said I will kill myself tonight.",
        "If I had a gun I would kill myself.",
        "I don't know if I want to kill myself.",
    ],
)
def test_an_if_of_something_else_makes_nothing_of_it_less(text: str) -> None:
    assert only(text) == ("suicide", "high", False)


def test_a_sentence_with_two_kinds_gives_both_and_each_once() -> None:
    kinds = [(risk.kind, risk.severity) for risk in found("Suicide, I took an overdose to kill myself.")]
    assert sorted(kinds) == [("overdose", "high"), ("suicide", "high")]


def test_a_quote_is_the_transcript_letter_for_letter() -> None:
    spoken = lines("patient: Well. Um , I , WANT to kill myself !  Yes.")
    (risk,) = risks(sentences(spoken))
    assert risk.quote in spoken[0].text


@pytest.mark.parametrize(
    ("text", "language", "screened"),
    [
        ("I want to die.", "en", True),
        ("I want to die.", "en-GB", True),
        ("I want to die.", None, True),
        ("", None, True),
        ("Ich will nicht mehr leben.", "de", False),
        ("Ich will nicht mehr leben und das ist alles was ich heute sagen kann.", None, False),
        ("En jaksa enää elää, kaikki on mennyt huonosti koko talven ajan.", None, False),
        ("Я больше не хочу жить, и никто мне уже не поможет, так я думаю.", None, False),
        ("Ich will nicht mehr leben und das ist auch nicht mit der Familie zu besprechen, die es ja nicht weiß.", "en",
         False),
    ],
)  # fmt: skip
def test_it_is_known_where_risks_are_not_looked_for(text: str, language: str | None, screened: bool) -> None:
    assert screens(lines(text), language) is screened
