"""The policies of a guardrail for an agent that helps with cloud engineering, and with nothing else.

Amazon Bedrock lists no allowed topics: what no denied one describes is allowed. So each denied topic is described by
what it is, and cloud engineering, its cost included, is in none of them.
"""

from collections.abc import Sequence

from constructs_lib.safety.guardrail_policies import ContentFilter, DeniedTopic, FilterStrength
from constructs_lib.safety.sensitive_information import PiiEntity, PiiFilter, RegexFilter

DEFAULT_GROUNDING = 0.85

CONTENT_FILTERS: Sequence[ContentFilter] = (
    ContentFilter.hate(FilterStrength.MEDIUM),
    ContentFilter.violence(FilterStrength.MEDIUM),
    ContentFilter.sexual(FilterStrength.MEDIUM),
    ContentFilter.prompt_attack(FilterStrength.HIGH),
)

DENIED_TOPICS: Sequence[DeniedTopic] = (
    DeniedTopic(
        name="General knowledge",
        definition="Trivia and school knowledge of history, geography, nature, language, art or society, and homework"
        " in such subjects.",
        samples=(
            "What is the capital of Australia?",
            "Who painted the ceiling of the Sistine Chapel?",
            "Why do leaves turn red in autumn?",
            "Write my essay about the French Revolution.",
        ),
    ),
    DeniedTopic(
        name="Entertainment",
        definition="Films, series, music, celebrities, video games, sports, jokes, stories and poems for amusement.",
        samples=(
            "Which film should I watch tonight?",
            "Who won the football match yesterday?",
            "Tell me a joke.",
            "Write a poem about the sea.",
        ),
    ),
    DeniedTopic(
        name="Politics",
        definition="Political parties, politicians, elections, governments and their decisions, and opinions on public"
        " affairs.",
        samples=(
            "Who should I vote for in the next election?",
            "What do you think of the president?",
            "Which party has the better immigration policy?",
        ),
    ),
    DeniedTopic(
        name="Personal advice",
        definition="Advice on private life: relationships, family, friends, feelings, dating, and decisions about the"
        " way one lives.",
        samples=(
            "Should I break up with my partner?",
            "How do I make new friends?",
            "My sister is angry with me, what should I do?",
        ),
    ),
    DeniedTopic(
        name="Medical advice",
        definition="Symptoms, diagnoses, illnesses, treatments, medicines and their doses, and the health of body or"
        " mind.",
        samples=(
            "I have had a headache for three days, what is it?",
            "How much ibuprofen may I take?",
            "Can you recommend a treatment for my back pain?",
        ),
    ),
    DeniedTopic(
        name="Legal advice",
        definition="Advice on a person's or a company's legal position: lawsuits, contracts, liability, employment,"
        " family or criminal law.",
        samples=(
            "Can I sue my landlord?",
            "Is my employment contract valid?",
            "What sentence do I face for shoplifting?",
        ),
    ),
    DeniedTopic(
        name="Financial advice",
        definition="Advice on investing, shares, cryptocurrencies, loans, mortgages, pensions, insurance, taxes or a"
        " household's money.",
        samples=(
            "Should I invest in gold?",
            "Which shares should I buy now?",
            "How do I pay less income tax?",
            "Is a fixed mortgage better?",
        ),
    ),
)

REGEXES: Sequence[RegexFilter] = (RegexFilter.allow_aws_account_ids(), RegexFilter.allow_aws_arns())

_CREDENTIALS = (PiiEntity.PASSWORD, PiiEntity.AWS_ACCESS_KEY, PiiEntity.AWS_SECRET_KEY)
_PERSONAL = (
    PiiEntity.EMAIL,
    PiiEntity.PHONE,
    PiiEntity.US_SOCIAL_SECURITY_NUMBER,
    PiiEntity.CREDIT_DEBIT_CARD_NUMBER,
)


def personal_data(*, ip_addresses: bool, names: bool, addresses: bool) -> Sequence[PiiFilter]:
    """Credentials are blocked, personal data are masked."""
    optional = {
        PiiEntity.IP_ADDRESS: ip_addresses,
        PiiEntity.NAME: names,
        PiiEntity.ADDRESS: addresses,
    }
    chosen = [entity for entity, wanted in optional.items() if wanted]
    return (PiiFilter.block(*_CREDENTIALS), PiiFilter.anonymize(*_PERSONAL, *chosen))
