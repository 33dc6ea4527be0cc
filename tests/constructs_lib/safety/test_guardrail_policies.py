from typing import Any

import pytest

from constructs_lib.safety import BlockedWords, ContentFilter, ContextualGrounding, DeniedTopic, FilterStrength


class TestContentFilter:
    def test_answers_are_filtered_like_requests_unless_said(self) -> None:
        assert ContentFilter.hate(FilterStrength.LOW).output is FilterStrength.LOW
        assert ContentFilter.hate(FilterStrength.LOW, output=FilterStrength.NONE).output is FilterStrength.NONE

    def test_it_is_strong_by_default(self) -> None:
        assert ContentFilter.violence() == ContentFilter.violence(FilterStrength.HIGH)

    def test_fails_if_it_blocks_nothing(self) -> None:
        with pytest.raises(ValueError, match="content filter PROMPT_ATTACK has the strength NONE both ways; leave it"):
            ContentFilter.prompt_attack(FilterStrength.NONE)


class TestDeniedTopic:
    def refused(self, message: str, **props: Any) -> None:
        with pytest.raises(ValueError, match=message):
            DeniedTopic(**{"name": "Gossip", "definition": "Talk about others.", **props})

    @pytest.mark.parametrize("name", ["", "x" * 101, "Q&A", "a/b"])
    def test_fails_for_what_is_no_name(self, name: str) -> None:
        self.refused("a topic's name has at most 100", name=name)

    @pytest.mark.parametrize("definition", ["", "x" * 1001])
    def test_fails_for_a_definition_out_of_bounds(self, definition: str) -> None:
        self.refused(
            f"'Gossip' has 1 to 1,000 characters, got {len(definition)}; say what the topic is about",
            definition=definition,
        )

    @pytest.mark.parametrize("sample", ["", "x" * 101])
    def test_fails_for_a_sample_out_of_bounds(self, sample: str) -> None:
        self.refused("a sample of the topic 'Gossip' has 1 to 100 characters", samples=[sample])

    def test_fails_for_too_many_samples(self) -> None:
        self.refused("at most 5 texts", samples=[f"Sample {n}" for n in range(6)])

    def test_fails_for_one_text_as_samples(self) -> None:
        self.refused(r"are a sequence of at most 5 texts, got 'Did you hear\?'", samples="Did you hear?")

    def test_is_the_same_by_its_content(self) -> None:
        made = DeniedTopic(name="Gossip", definition="Talk.", samples=["Did you hear?"])
        assert made == DeniedTopic(name="Gossip", definition="Talk.", samples=("Did you hear?",))
        assert hash(made) == hash(DeniedTopic(name="Gossip", definition="Talk.", samples=("Did you hear?",)))


class TestBlockedWords:
    def test_fails_without_words(self) -> None:
        with pytest.raises(ValueError, match="neither own= words nor profanity=True"):
            BlockedWords()

    @pytest.mark.parametrize("word", ["", "  ", "x" * 101])
    def test_fails_for_what_is_no_word(self, word: str) -> None:
        with pytest.raises(ValueError, match="words of 1 to 100 characters"):
            BlockedWords(own=["fine", word])

    def test_fails_for_one_text(self) -> None:
        with pytest.raises(ValueError, match="got 'Initech'"):
            BlockedWords(own="Initech")

    def test_fails_for_a_word_that_is_there_twice(self) -> None:
        with pytest.raises(ValueError, match="the word 'initech' is blocked twice"):
            BlockedWords(own=["Initech", "initech"])

    def test_fails_for_too_many(self) -> None:
        with pytest.raises(ValueError, match="at most 10,000 words are blocked, got 10,001"):
            BlockedWords(own=[f"word{n}" for n in range(10_001)])


class TestContextualGrounding:
    def test_fails_if_it_checks_nothing(self) -> None:
        with pytest.raises(ValueError, match="contextual grounding checks nothing"):
            ContextualGrounding()

    @pytest.mark.parametrize("score", [0, -0.1, 1, 0.995, float("nan")])
    def test_fails_for_a_score_out_of_bounds(self, score: float) -> None:
        with pytest.raises(ValueError, match=r"relevance= is a score above 0 and up to 0\.99"):
            ContextualGrounding(grounding=0.5, relevance=score)

    @pytest.mark.parametrize("score", [0.01, 0.99])
    def test_takes_every_score_of_the_service(self, score: float) -> None:
        assert ContextualGrounding(relevance=score).relevance == score
