import re

import pytest

from constructs_lib.safety import BlockedWords, ContentGuardrail, PiiEntity, PiiFilter, RegexFilter
from tests.constructs_lib.support import stack

ACCOUNTS, ARNS = RegexFilter.allow_aws_account_ids(), RegexFilter.allow_aws_arns()


def guardrail(*, pii: list[PiiFilter] | None = None, regexes: list[RegexFilter] | None = None) -> None:
    ContentGuardrail(stack(), "Guardrail", words=BlockedWords(profanity=True), pii=pii or [], regexes=regexes or [])


class TestPiiFilter:
    def test_takes_kinds_by_name_too(self) -> None:
        assert PiiFilter.block("EMAIL", PiiEntity.PHONE).entities == (PiiEntity.EMAIL, PiiEntity.PHONE)

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("EMAIL_ADDRESS", "EMAIL"),
            ("social security number", "US_SOCIAL_SECURITY_NUMBER"),
            ("ip", "IP_ADDRESS"),
            ("PASWORD", "PASSWORD"),
            ("height", "it knows ADDRESS, AGE"),
        ],
    )
    def test_fails_for_an_unknown_kind_and_says_what_may_be_meant(self, name: str, meant: str) -> None:
        with pytest.raises(ValueError, match=f"knows no kind of personal data {name!r}.*{meant}"):
            PiiFilter.anonymize(name)

    def test_fails_without_a_kind(self) -> None:
        with pytest.raises(ValueError, match=r"PiiFilter.block\(\) names no kind of personal data"):
            PiiFilter.block()

    def test_fails_to_both_block_and_mask(self) -> None:
        with pytest.raises(ValueError, match="EMAIL cannot be both blocked and anonymized; choose one"):
            guardrail(pii=[PiiFilter.block("EMAIL"), PiiFilter.anonymize("PHONE", "EMAIL")])

    def test_fails_for_a_kind_that_is_there_twice(self) -> None:
        with pytest.raises(ValueError, match="EMAIL is named twice in pii="):
            guardrail(pii=[PiiFilter.block("EMAIL"), PiiFilter.block("EMAIL")])


class TestRegexFilter:
    @pytest.mark.parametrize("pattern", ["", "x" * 501])
    def test_fails_for_a_pattern_out_of_bounds(self, pattern: str) -> None:
        with pytest.raises(ValueError, match=f"'Ticket' has 1 to 500 characters, got {len(pattern)}"):
            RegexFilter.block("Ticket", pattern)

    @pytest.mark.parametrize("pattern", ["a(?=b)", "(?<!a)b", r"\\(?!x)y", "x(?<=x)"])
    def test_fails_for_lookaround(self, pattern: str) -> None:
        with pytest.raises(ValueError, match="looks around, which guardrails do not support"):
            RegexFilter.anonymize("Ticket", pattern)

    @pytest.mark.parametrize("pattern", [r"\(?=x", "(?:a|b)c", "(?i)x", "(?P<name>x)"])
    def test_takes_what_only_looks_like_it(self, pattern: str) -> None:
        assert RegexFilter.block("Ticket", pattern).pattern == pattern

    def test_fails_for_what_is_no_pattern(self) -> None:
        with pytest.raises(ValueError, match=r"'Ticket' is no regular expression, got '\(': missing \)"):
            RegexFilter.block("Ticket", "(")

    def test_fails_for_a_pattern_that_matches_everything(self) -> None:
        with pytest.raises(ValueError, match="matches an empty text"):
            RegexFilter.block("Ticket", "[0-9]*")

    @pytest.mark.parametrize("name", ["", "x" * 101])
    def test_fails_for_what_is_no_name(self, name: str) -> None:
        with pytest.raises(ValueError, match="a regex filter's name has 1 to 100 characters"):
            RegexFilter.block(name, "x")

    def test_fails_for_a_long_description(self) -> None:
        with pytest.raises(ValueError, match="has 1 to 1,000 characters, got 1001"):
            RegexFilter.block("Ticket", "x", description="x" * 1001)

    def test_fails_for_two_of_a_name(self) -> None:
        with pytest.raises(ValueError, match="two regex filters have the name 'Ticket'"):
            guardrail(regexes=[RegexFilter.block("Ticket", "a"), RegexFilter.anonymize("Ticket", "b")])


class TestAllowed:
    def test_account_ids_and_arns_are_told_from_other_text(self) -> None:
        accounts, arns = re.compile(ACCOUNTS.pattern), re.compile(ARNS.pattern)
        assert accounts.search("account 123456789012 is ours")
        assert not accounts.search("call 1234567890123 or 12345678901")
        assert arns.search("see arn:aws-cn:s3:::logs/2026").group() == "arn:aws-cn:s3:::logs/2026"  # type: ignore[union-attr]
        assert not arns.search("arn:bedrock, or an arn")

    @pytest.mark.parametrize("entity", ["US_BANK_ACCOUNT_NUMBER", "UK_NATIONAL_HEALTH_SERVICE_NUMBER"])
    def test_fails_for_personal_data_that_look_like_account_ids(self, entity: str) -> None:
        with pytest.raises(ValueError, match=f"'AWS account id' is allowed, and {entity}, which may look the same"):
            guardrail(pii=[PiiFilter.block(entity)], regexes=[ACCOUNTS])

    def test_fails_for_a_pattern_that_matches_what_is_allowed(self) -> None:
        digits = RegexFilter.anonymize("Digits", r"\d{10,}")
        for regexes in ([ACCOUNTS, digits], [digits, ACCOUNTS], [digits, ARNS]):
            with pytest.raises(ValueError, match="is allowed, and the regex filter 'Digits' matches its example"):
                guardrail(regexes=regexes)

    def test_takes_patterns_and_data_that_are_something_else(self) -> None:
        guardrail(
            pii=[PiiFilter.anonymize("CREDIT_DEBIT_CARD_NUMBER", "PHONE")],
            regexes=[ACCOUNTS, ARNS, RegexFilter.block("Ticket", r"\bTCK-\d{6}\b")],
        )

    def test_of_ones_own_needs_examples_that_match(self) -> None:
        with pytest.raises(ValueError, match="'Host' does not match its own example 'guest-1'"):
            RegexFilter.allow("Host", r"\bhost-\d\b", examples=["host-1", "guest-1"])
        with pytest.raises(ValueError, match="what 'Host' allows needs examples="):
            RegexFilter.allow("Host", r"\bhost-\d\b", examples=[])
        with pytest.raises(ValueError, match="a sequence of texts, got 'host-1'"):
            RegexFilter.allow("Host", r"\bhost-\d\b", examples="host-1")
