"""What a guardrail blocks or masks by its form: personal data, and what matches a pattern."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

_MAX_PATTERN, _MAX_NAME, _MAX_DESCRIPTION = 500, 100, 1_000
# AWS: "does not support a regex lookaround match".
_LOOKAROUND = re.compile(r"(?:^|[^\\])(?:\\\\)*\(\?<?[=!]")


class PiiEntity(Enum):
    """Personal data that Amazon Bedrock recognizes, by its context as well as its form.

    https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html says what each one is.
    """

    ADDRESS = "ADDRESS"
    AGE = "AGE"
    AWS_ACCESS_KEY = "AWS_ACCESS_KEY"
    AWS_SECRET_KEY = "AWS_SECRET_KEY"  # noqa: S105 -- the entity's name
    CA_HEALTH_NUMBER = "CA_HEALTH_NUMBER"
    CA_SOCIAL_INSURANCE_NUMBER = "CA_SOCIAL_INSURANCE_NUMBER"
    CREDIT_DEBIT_CARD_CVV = "CREDIT_DEBIT_CARD_CVV"
    CREDIT_DEBIT_CARD_EXPIRY = "CREDIT_DEBIT_CARD_EXPIRY"
    CREDIT_DEBIT_CARD_NUMBER = "CREDIT_DEBIT_CARD_NUMBER"
    DRIVER_ID = "DRIVER_ID"
    EMAIL = "EMAIL"
    INTERNATIONAL_BANK_ACCOUNT_NUMBER = "INTERNATIONAL_BANK_ACCOUNT_NUMBER"
    IP_ADDRESS = "IP_ADDRESS"
    LICENSE_PLATE = "LICENSE_PLATE"
    MAC_ADDRESS = "MAC_ADDRESS"
    NAME = "NAME"
    PASSWORD = "PASSWORD"  # noqa: S105 -- the entity's name
    PHONE = "PHONE"
    PIN = "PIN"
    SWIFT_CODE = "SWIFT_CODE"
    UK_NATIONAL_HEALTH_SERVICE_NUMBER = "UK_NATIONAL_HEALTH_SERVICE_NUMBER"
    UK_NATIONAL_INSURANCE_NUMBER = "UK_NATIONAL_INSURANCE_NUMBER"
    UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER = "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER"
    URL = "URL"
    USERNAME = "USERNAME"
    US_BANK_ACCOUNT_NUMBER = "US_BANK_ACCOUNT_NUMBER"
    US_BANK_ROUTING_NUMBER = "US_BANK_ROUTING_NUMBER"
    US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER = "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER"
    US_PASSPORT_NUMBER = "US_PASSPORT_NUMBER"
    US_SOCIAL_SECURITY_NUMBER = "US_SOCIAL_SECURITY_NUMBER"
    VEHICLE_IDENTIFICATION_NUMBER = "VEHICLE_IDENTIFICATION_NUMBER"


@dataclass(frozen=True)
class PiiFilter:
    """Kinds of personal data, and what happens where they occur. Made by `block` or `anonymize`.

    Args:
        action: `BLOCK` or `ANONYMIZE`.
        entities: The kinds.
    """

    action: str
    entities: tuple[PiiEntity, ...]

    @staticmethod
    def block(*entities: PiiEntity | str) -> "PiiFilter":
        """Refuse requests and answers in which one of `entities` occurs.

        Raises:
            ValueError: If none is given, or Amazon Bedrock does not know one.
        """
        return PiiFilter("BLOCK", _checked_entities("block", entities))

    @staticmethod
    def anonymize(*entities: PiiEntity | str) -> "PiiFilter":
        """Put the kind's name, such as `{EMAIL}`, in place of `entities` in requests and answers.

        Raises:
            ValueError: If none is given, or Amazon Bedrock does not know one.
        """
        return PiiFilter("ANONYMIZE", _checked_entities("anonymize", entities))


@dataclass(frozen=True)
class RegexFilter:
    """What matches a pattern, and what happens where it occurs. Made by a factory.

    Args:
        action: `BLOCK`, `ANONYMIZE` or, for what is allowed, `NONE`.
        name: Its name.
        pattern: The regular expression.
        description: What it is for. None: nothing is said.
        examples: Texts that it allows, which no other filter may match.
        alike: Kinds of personal data that have the form of what it allows.

    Raises:
        ValueError: If the name, the pattern or the description is out of the service's bounds.
    """

    action: str
    name: str
    pattern: str
    description: str | None = None
    examples: tuple[str, ...] = ()
    alike: tuple[PiiEntity, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= _MAX_NAME:
            raise ValueError(f"a regex filter's name has 1 to {_MAX_NAME} characters, got {self.name!r}")
        if self.description is not None and not 1 <= len(self.description) <= _MAX_DESCRIPTION:
            raise ValueError(
                f"the description of the regex filter {self.name!r} has 1 to {_MAX_DESCRIPTION:,} characters,"
                f" got {len(self.description)}"
            )
        _check_pattern(self.name, self.pattern)
        wrong = [example for example in self.examples if not re.search(self.pattern, example)]
        if wrong:
            raise ValueError(f"the pattern of {self.name!r} does not match its own example {wrong[0]!r}")

    @staticmethod
    def block(name: str, pattern: str, *, description: str | None = None) -> "RegexFilter":
        """Refuse requests and answers with a match.

        Args:
            name: At most 100 characters.
            pattern: At most 500 characters, without lookaround.
            description: At most 1,000 characters. Default: none.
        """
        return RegexFilter("BLOCK", name, pattern, description)

    @staticmethod
    def anonymize(name: str, pattern: str, *, description: str | None = None) -> "RegexFilter":
        """Put the name, as `{name}`, in place of matches. Arguments as for `block`."""
        return RegexFilter("ANONYMIZE", name, pattern, description)

    @staticmethod
    def allow(name: str, pattern: str, *, examples: Sequence[str], description: str | None = None) -> "RegexFilter":
        """Let matches pass: they are reported in the guardrail's trace and stay as they are.

        Amazon Bedrock has no list of exceptions, so another filter that matches the same text still acts. Filters of
        the same guardrail that match one of the examples are refused.

        Args:
            name: At most 100 characters.
            pattern: At most 500 characters, without lookaround.
            examples: Texts that have to pass.
            description: At most 1,000 characters. Default: none.
        """
        if isinstance(examples, str) or not examples:
            raise ValueError(f"what {name!r} allows needs examples=, a sequence of texts, got {examples!r}")
        return RegexFilter("NONE", name, pattern, description, tuple(examples))

    @staticmethod
    def allow_aws_account_ids() -> "RegexFilter":
        """Let the ids of AWS accounts pass, twelve digits in a row or in groups of four.

        Kinds of personal data that may be twelve digits are refused besides it.
        """
        return RegexFilter(
            "NONE",
            "AWS account id",
            r"\b(?:\d{12}|\d{4}-\d{4}-\d{4})\b",
            "Ids of AWS accounts pass: cloud engineering needs them",
            ("123456789012", "1234-5678-9012"),
            # AWS: "typically 10 to 12 digits" and "a 10-17 digit number".
            (PiiEntity.US_BANK_ACCOUNT_NUMBER, PiiEntity.UK_NATIONAL_HEALTH_SERVICE_NUMBER),
        )

    @staticmethod
    def allow_aws_arns() -> "RegexFilter":
        """Let Amazon Resource Names pass."""
        return RegexFilter(
            "NONE",
            "AWS ARN",
            r"\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[A-Za-z0-9_./:@+=,*?-]+",
            "Amazon Resource Names pass: cloud engineering needs them",
            (
                "arn:aws:s3:::logs",
                "arn:aws:iam::123456789012:role/service-role/Deploy",
                "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:resize:3",
            ),
        )


def check_sensitive_information(pii: Sequence[PiiFilter], regexes: Sequence[RegexFilter]) -> None:
    """Refuse filters that contradict or repeat each other.

    Raises:
        ValueError: If a kind of personal data is named twice, two patterns share a name, or something allowed is
            blocked or masked by another filter.
    """
    actions: dict[PiiEntity, str] = {}
    for each in pii:
        for entity in each.entities:
            _check_entity(entity, actions.get(entity), each.action)
            actions[entity] = each.action
    names = [each.name for each in regexes]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise ValueError(f"two regex filters have the name {repeated[0]!r}; give each its own")
    for allowed in (each for each in regexes if each.action == "NONE"):
        _check_allowed(allowed, actions, regexes)


def _check_entity(entity: PiiEntity, before: str | None, action: str) -> None:
    if before is None:
        return
    if before == action:
        raise ValueError(f"{entity.value} is named twice in pii=; leave one out")
    raise ValueError(f"{entity.value} cannot be both blocked and anonymized; choose one in pii=")


def _check_allowed(allowed: RegexFilter, actions: dict[PiiEntity, str], regexes: Sequence[RegexFilter]) -> None:
    alike = [entity for entity in allowed.alike if entity in actions]
    if alike:
        raise ValueError(
            f"{allowed.name!r} is allowed, and {alike[0].value}, which may look the same, is filtered: Amazon Bedrock"
            " has no exceptions; leave one out"
        )
    for other in regexes:
        hit = [example for example in allowed.examples if other.action != "NONE" and re.search(other.pattern, example)]
        if hit:
            raise ValueError(
                f"{allowed.name!r} is allowed, and the regex filter {other.name!r} matches its example {hit[0]!r}:"
                " Amazon Bedrock has no exceptions; narrow the pattern, or leave one out"
            )


def _checked_entities(what: str, entities: Sequence[PiiEntity | str]) -> tuple[PiiEntity, ...]:
    if not entities:
        raise ValueError(f"PiiFilter.{what}() names no kind of personal data; name one, or leave it out")
    return tuple(entity if isinstance(entity, PiiEntity) else _known_entity(entity) for entity in entities)


def _known_entity(name: str) -> PiiEntity:
    known = [entity.value for entity in PiiEntity]
    if name in known:
        return PiiEntity(name)
    wanted = name.upper().replace(" ", "_")
    words = set(wanted.split("_"))
    alike = sorted(known, key=lambda each: -len(words & set(each.split("_"))) / len(words | set(each.split("_"))))
    close = [each for each in alike[:2] if words & set(each.split("_"))] or difflib.get_close_matches(
        wanted, known, n=2
    )
    meant = f"; did you mean {' or '.join(close)}?" if close else f"; it knows {', '.join(known)}"
    raise ValueError(f"Amazon Bedrock knows no kind of personal data {name!r}{meant}")


def _check_pattern(name: str, pattern: str) -> None:
    if not 1 <= len(pattern) <= _MAX_PATTERN:
        raise ValueError(f"the pattern of {name!r} has 1 to {_MAX_PATTERN} characters, got {len(pattern)}")
    if _LOOKAROUND.search(pattern):
        raise ValueError(f"the pattern of {name!r} looks around, which guardrails do not support, got {pattern!r}")
    try:
        matches_nothing = re.compile(pattern).search("") is not None
    except re.error as error:
        raise ValueError(f"the pattern of {name!r} is no regular expression, got {pattern!r}: {error}") from None
    if matches_nothing:
        raise ValueError(f"the pattern of {name!r} matches an empty text, and so every text, got {pattern!r}")
