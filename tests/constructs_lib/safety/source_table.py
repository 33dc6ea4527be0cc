"""The guardrail configuration of the project's source document, line by line: in a template, and in the local run.

The page docs/constructs/content-guardrail.md shows these lines; a test ties it to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FILTERS = ("ContentPolicyConfig", "FiltersConfig")
TOPICS = ("TopicPolicyConfig", "TopicsConfig")
LISTS = ("WordPolicyConfig", "ManagedWordListsConfig")
ENTITIES = ("SensitiveInformationPolicyConfig", "PiiEntitiesConfig")
REGEXES = ("SensitiveInformationPolicyConfig", "RegexesConfig")
SCORES = ("ContextualGroundingPolicyConfig", "FiltersConfig")


@dataclass(frozen=True)
class Line:
    """One line: what the document says, and the entry that the template has for it.

    `entry` is None where the template must have nothing that mentions one of `words`.
    """

    section: str
    says: str
    path: tuple[str, str]
    entry: Mapping[str, object] | None
    remark: str = ""
    words: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the guardrail calls it, empty for what it says nothing about."""
        return "" if self.entry is None else str(self.entry.get("Name", self.entry.get("Type")))

    @property
    def locally(self) -> str:
        """What becomes of a text that the line is about, in the local cloud's stand-in."""
        if self.entry is None:
            return "passes"
        action = str(self.entry.get("InputAction", "BLOCK"))
        return {"BLOCK": "blocked", "ANONYMIZE": "masked", "NONE": "passes, reported"}[action]

    def row(self) -> str:
        """The line as the page shows it."""
        where = f"`{self.path[0]}`"
        if self.entry is None:
            found = f"{where}: nothing"
        else:
            values = ", ".join(f"`{name}: {value}`" for name, value in self.entry.items() if name != "Pattern")
            found = f"{where}: {values}"
        return f"| {self.section} | {self.says} | {found} | {self.locally} | {self.remark} |"

    def entries(self, guardrail: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What the template has at the line's path."""
        policy, entries = self.path
        found: list[Mapping[str, Any]] = guardrail[policy][entries]
        return found


def _filter(says: str, category: str) -> Line:
    strengths = {"Type": category, "InputStrength": "MEDIUM", "OutputStrength": "MEDIUM"}
    return Line("content filters", f"{says}: medium, block, both ways", FILTERS, strengths)


def _allowed(says: str, *words: str) -> Line:
    return Line(
        "allowed topics", says, TOPICS, None, "Bedrock has no allowed topics: what no denied one describes", words
    )


def _denied(says: str, name: str, remark: str = "") -> Line:
    return Line("blocked topics", says, TOPICS, {"Name": name, "Type": "DENY"}, remark)


def _both_ways(action: str) -> Mapping[str, object]:
    return {"InputAction": action, "OutputAction": action}


def _entity(says: str, entity: str, remark: str = "", *, action: str = "ANONYMIZE", option: str = "") -> Line:
    options = (option,) if option else ()
    return Line("personal data", says, ENTITIES, {"Type": entity, **_both_ways(action)}, remark, options=options)


_NO_EXCEPTIONS = "described by what it is: Bedrock understands no exceptions"

LINES = (
    Line(
        "content filters",
        "profanity: medium, block or redact, both ways",
        LISTS,
        {"Type": "PROFANITY"},
        "AWS's list knows no strength, and blocks both ways",
    ),
    _filter("hate speech", "HATE"),
    _filter("violence", "VIOLENCE"),
    _filter("sexual content", "SEXUAL"),
    Line(
        "content filters",
        "misinformation: high, block, answers only",
        SCORES,
        {"Type": "GROUNDING", "Threshold": 0.85},
        "see [misinformation](#misinformation)",
    ),
    _allowed("cloud engineering", "cloud", "engineering"),
    _allowed("AWS services", "aws", "amazon"),
    _allowed("infrastructure as code", "infrastructure", "code"),
    _allowed("security best practices", "security", "best practice"),
    _allowed("cost optimization", "cost", "spend"),
    _allowed("DevOps practices", "devops", "deploy"),
    _allowed("cloud architecture", "architecture"),
    _denied("general knowledge outside cloud engineering", "General knowledge", _NO_EXCEPTIONS),
    _denied("entertainment", "Entertainment"),
    _denied("politics", "Politics"),
    _denied("personal advice", "Personal advice"),
    _denied("medical advice", "Medical advice"),
    _denied("legal advice", "Legal advice"),
    _denied("financial advice other than on cloud cost", "Financial advice", _NO_EXCEPTIONS),
    _entity("e-mail addresses: redact", "EMAIL"),
    _entity("phone numbers: redact", "PHONE"),
    _entity("social security numbers: redact", "US_SOCIAL_SECURITY_NUMBER"),
    _entity("credit card numbers: redact", "CREDIT_DEBIT_CARD_NUMBER"),
    _entity("IP addresses: redact", "IP_ADDRESS", "off with `ip_addresses=False`, for work on networks"),
    _entity("names (configurable)", "NAME", "with `names=True`", option="names"),
    _entity("addresses (configurable)", "ADDRESS", "with `addresses=True`", option="addresses"),
    Line(
        "personal data",
        "ids of AWS accounts: allow",
        REGEXES,
        {"Name": "AWS account id", "Pattern": r"\b(?:\d{12}|\d{4}-\d{4}-\d{4})\b", **_both_ways("NONE")},
        "see [allowed](#allowed)",
    ),
    Line(
        "personal data",
        "ARNs: allow",
        REGEXES,
        {
            "Name": "AWS ARN",
            "Pattern": r"\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[A-Za-z0-9_./:@+=,*?-]+",
            **_both_ways("NONE"),
        },
        "see [allowed](#allowed)",
    ),
    _entity("users' credentials: always block", "PASSWORD", action="BLOCK"),
    _entity("users' credentials: always block", "AWS_ACCESS_KEY", action="BLOCK"),
    _entity("users' credentials: always block", "AWS_SECRET_KEY", action="BLOCK"),
)
