"""Entities of personal data, found by patterns. Types that are missing here are never found.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SEPARATED = r"[ \-.]?"


@dataclass(frozen=True)
class Match:
    """Something found in a text.

    Args:
        text: What was found.
        start: Where it begins.
        end: Where it ends.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Entity:
    # The last group of the expression is the entity; without a group, it is the whole match.
    expression: re.Pattern[str]
    check: Callable[[str], bool] = lambda _: True


def _is_card(text: str) -> bool:
    digits = [int(digit) for digit in re.sub(r"\D", "", text)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) >= 13 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_mixed(text: str) -> bool:
    return all(re.search(kind, text) for kind in ("[A-Z]", "[a-z]", "[0-9/+]"))


def _entity(expression: str, check: Callable[[str], bool] = lambda _: True, flags: int = re.IGNORECASE) -> _Entity:
    return _Entity(re.compile(expression, flags), check)


def _introduced(words: str, value: str) -> _Entity:
    return _entity(rf"\b(?:{words})\b(?:\s+(?:is|was|no\.?|number|#))*\s*[:=#]?\s*[\"']?({value})")


_ENTITIES: dict[str, _Entity] = {
    "ADDRESS": _entity(
        r"\b\d{1,5} (?:[A-Z][A-Za-z]+ ){1,3}"
        r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court)\b",
        flags=0,
    ),
    "AGE": _entity(r"\b(?:i am|i'm|aged?|he is|she is)\s+(\d{1,3})\s*(?:years old|year old|years of age)\b"),
    "AWS_ACCESS_KEY": _entity(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", flags=0),
    "AWS_SECRET_KEY": _entity(r"(?:^|[^A-Za-z0-9/+])([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", _is_mixed, 0),
    "CA_HEALTH_NUMBER": _introduced("health (?:card|number)|ohip", r"\d{4}[ -]?\d{3}[ -]?\d{3}"),
    "CA_SOCIAL_INSURANCE_NUMBER": _introduced("social insurance number|sin", r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
    "CREDIT_DEBIT_CARD_CVV": _introduced("cvv|cvc|security code", r"\d{3,4}\b"),
    "CREDIT_DEBIT_CARD_EXPIRY": _introduced(
        r"expir(?:y|es|ation)(?: date)?|exp", r"(?:0[1-9]|1[0-2])[/-](?:20)?\d{2}\b"
    ),
    "CREDIT_DEBIT_CARD_NUMBER": _entity(r"(?:^|(?<=[^\d\-.:/]))(\d(?:[ -]?\d){12,18})(?![\d:])", _is_card),
    "DRIVER_ID": _introduced(r"driver'?s? licen[cs]e", r"[A-Z]{1,3}[0-9][A-Z0-9-]{4,14}"),
    "EMAIL": _entity(r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}\b"),
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": _entity(
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b", flags=0
    ),
    "IP_ADDRESS": _entity(
        r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-F]{0,4}(?::[0-9A-F]{0,4}){2,7})(?![\w:])", _is_address
    ),
    "LICENSE_PLATE": _introduced("licen[cs]e plate|number plate", r"[A-Z0-9]{2,4}[ -]?[A-Z0-9]{2,5}\b"),
    "MAC_ADDRESS": _entity(r"\b[0-9A-F]{2}(?:[:-][0-9A-F]{2}){5}\b"),
    "NAME": _entity(r"\b[Mm]y (?:full )?name is ((?:[A-Z][a-z]+)(?: [A-Z][a-z]+){0,3})", flags=0),
    "PASSWORD": _introduced(r"password|passwd|passphrase", r"(?=[^\s\"']*[0-9!@#$%^&*])[^\s\"',;{}()<>]{6,}"),
    "PHONE": _entity(
        rf"(?<![\w\-.:/])(?:\+\d{{1,3}}{_SEPARATED}(?:\(?\d{{1,4}}\)?{_SEPARATED}){{2,4}}\d{{2,4}}"
        r"|\(\d{3}\) ?\d{3}-\d{4}|\d{3}[-.]\d{3}[-.]\d{4})(?![\w\-:/])"
    ),
    "PIN": _introduced(r"pin(?: code)?", r"\d{4,6}\b"),
    "SWIFT_CODE": _introduced("swift(?: code)?|bic", r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b"),
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER": _introduced("nhs", r"\d{3} ?\d{3} ?\d{4}"),
    "UK_NATIONAL_INSURANCE_NUMBER": _entity(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", flags=0),
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER": _introduced("utr|unique taxpayer reference", r"\d{5} ?\d{5}"),
    "URL": _entity(r"\bhttps?://[^\s<>\"']+"),
    "USERNAME": _introduced("username|user name|login name", r"[A-Za-z][\w.-]{2,31}"),
    "US_BANK_ACCOUNT_NUMBER": _introduced("(?:bank|checking|savings) account", r"\d{8,17}\b"),
    "US_BANK_ROUTING_NUMBER": _introduced("routing", r"\d{9}\b"),
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": _entity(r"\b9\d{2}-[5-9]\d-\d{4}\b"),
    "US_PASSPORT_NUMBER": _introduced("passport", r"[A-Z]?\d{8,9}\b"),
    "US_SOCIAL_SECURITY_NUMBER": _entity(r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"),
    "VEHICLE_IDENTIFICATION_NUMBER": _introduced("vin|vehicle identification number", r"[A-HJ-NPR-Z0-9]{17}\b"),
}

TYPES = frozenset(_ENTITIES)
"""Types that can be found."""


def find(type_: str, text: str) -> list[Match]:
    """Every entity of a type in a text; none for a type without a pattern.

    Args:
        type_: The type, as the API calls it.
        text: Where to look.
    """
    entity = _ENTITIES.get(type_)
    return list(_found(entity, text)) if entity else []


def _found(entity: _Entity, text: str) -> Iterator[Match]:
    for match in entity.expression.finditer(text):
        group = match.lastindex or 0
        if entity.check(match[group]):
            yield Match(match[group], *match.span(group))
