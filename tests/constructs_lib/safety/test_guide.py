"""The code of the page docs/constructs/content-guardrail.md, and that it does what the page says."""

import aws_cdk as cdk

from constructs_lib import AgentService, ModelAccess
from constructs_lib.safety import (
    BlockedWords,
    ContentFilter,
    ContentGuardrail,
    ContextualGrounding,
    DeniedTopic,
    FilterStrength,
    GuardrailMode,
    GuardrailProfile,
    PiiEntity,
    PiiFilter,
    RegexFilter,
)
from tests.constructs_lib.support import code as code_in
from tests.constructs_lib.support import only, resources, stack, template

NOVA = ModelAccess.foundation_model("amazon.nova-lite-v1:0")


def preset_for_an_agent(self: cdk.Stack) -> None:
    code, model = code_in(self), NOVA
    # --8<-- [start:preset]
    guardrail = ContentGuardrail.cloud_engineering(self, "Guardrail")

    AgentService(self, "Agent", code=code, model=model, guardrail=guardrail, guardrail_required=True)
    # --8<-- [end:preset]


def watched_only(self: cdk.Stack) -> None:
    code, model = code_in(self), NOVA
    guardrail = ContentGuardrail.cloud_engineering(self, "Guardrail", ip_addresses=False)
    # --8<-- [start:shadow]
    AgentService(self, "Agent", code=code, model=model, guardrail=guardrail, guardrail_mode=GuardrailMode.SHADOW)
    # --8<-- [end:shadow]


def of_ones_own(self: cdk.Stack) -> None:
    # --8<-- [start:own]
    ContentGuardrail(
        self,
        "Guardrail",
        content_filters=[
            ContentFilter.hate(),
            ContentFilter.insults(FilterStrength.LOW, output=FilterStrength.HIGH),
            ContentFilter.prompt_attack(),
        ],
        denied_topics=[
            DeniedTopic(
                name="Investment advice",
                definition="Advice on buying, holding or selling shares, funds or cryptocurrencies.",
                samples=["Should I buy gold?"],
            )
        ],
        words=BlockedWords(own=["project bluebird"], profanity=True),
        pii=[PiiFilter.block(PiiEntity.PASSWORD), PiiFilter.anonymize(PiiEntity.EMAIL, PiiEntity.PHONE)],
        regexes=[RegexFilter.anonymize("Ticket", r"\bTCK-\d{6}\b"), RegexFilter.allow_aws_account_ids()],
        grounding=ContextualGrounding(grounding=0.8, relevance=0.5),
        cross_region=GuardrailProfile.us(),
    )
    # --8<-- [end:own]


def test_the_preset_is_required_of_the_agent() -> None:
    of = stack()
    preset_for_an_agent(of)
    effects = [
        each["Effect"]
        for each in only(template(of), "AWS::IAM::ManagedPolicy")["Properties"]["PolicyDocument"]["Statement"]
        if "bedrock:GuardrailIdentifier" in str(each.get("Condition"))
    ]
    assert effects == ["Allow", "Deny"]


def test_a_watched_guardrail_changes_no_permission_of_the_model() -> None:
    of = stack()
    watched_only(of)
    assert "GuardrailIdentifier" not in str(resources(template(of), "AWS::IAM::ManagedPolicy"))
    assert "ApplyGuardrail" in str(resources(template(of), "AWS::IAM::ManagedPolicy"))


def test_a_guardrail_of_ones_own_has_a_version() -> None:
    of = stack()
    of_ones_own(of)
    assert len(resources(template(of), "AWS::Bedrock::GuardrailVersion")) == 1
