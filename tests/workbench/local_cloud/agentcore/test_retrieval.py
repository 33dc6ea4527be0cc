import itertools

import pytest

from workbench.local_cloud.agentcore.memory.retrieval import relevance, stem

TEA = "I absolutely love hot tea, especially Earl Grey, and I prefer it with a splash of milk and one sugar"
OTHERS = ["My favorite number is 42", "I live by the sea", "I love hot weather", "My dog is called Rex"]


@pytest.mark.parametrize("others", [[], OTHERS[:1], OTHERS, OTHERS * 5])
def test_the_threshold_means_the_same_however_many_records_there_are(others: list[str]) -> None:
    tea, *rest = relevance("What kind of hot drinks do I like and how do I prefer them prepared?", [TEA, *others])

    assert tea >= 0.5
    assert all(score < 0.5 for score in rest)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("What tea do I like?", TEA),
        ("what is my favourite number?", "My favorite number is 42"),
        ("Where am I living?", "I live by the sea"),
        ("Which dogs do I have?", "My dog is called Rex"),
    ],
)
def test_short_questions_find_their_record(query: str, text: str) -> None:
    scores = dict(zip([TEA, *OTHERS], relevance(query, [TEA, *OTHERS]), strict=True))

    assert scores[text] >= 0.5
    assert scores[text] == max(scores.values())


def test_scores_lie_between_0_and_1_and_do_not_depend_on_order() -> None:
    texts = [TEA, *OTHERS[:2]]
    expected = dict(zip(texts, relevance("hot tea number", texts), strict=True))

    assert all(0 <= score < 1 for score in expected.values())
    for order in itertools.permutations(texts):
        assert dict(zip(order, relevance("hot tea number", order), strict=True)) == expected


def test_nothing_in_common_is_0() -> None:
    assert relevance("quantum physics", [TEA]) == [0.0]
    assert relevance("what is it?", [TEA]) == [0.0]
    assert relevance("tea", []) == []


@pytest.mark.parametrize(
    ("one", "other"), [("drinks", "drink"), ("preferred", "prefer"), ("living", "live"), ("colour", "color")]
)
def test_forms_of_a_word_are_one(one: str, other: str) -> None:
    assert stem(one) == stem(other)
