"""What keeps an agent inside its bounds, and what tells when a deployment does not."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.safety.agentcore_checks import AgentCoreChecks as AgentCoreChecks
    from constructs_lib.safety.content_guardrail import ContentGuardrail as ContentGuardrail
    from constructs_lib.safety.guardrail_policies import BlockedWords as BlockedWords
    from constructs_lib.safety.guardrail_policies import ContentFilter as ContentFilter
    from constructs_lib.safety.guardrail_policies import ContextualGrounding as ContextualGrounding
    from constructs_lib.safety.guardrail_policies import DeniedTopic as DeniedTopic
    from constructs_lib.safety.guardrail_policies import FilterStrength as FilterStrength
    from constructs_lib.safety.guardrail_policies import GuardrailMode as GuardrailMode
    from constructs_lib.safety.guardrail_profile import GuardrailProfile as GuardrailProfile
    from constructs_lib.safety.sensitive_information import PiiEntity as PiiEntity
    from constructs_lib.safety.sensitive_information import PiiFilter as PiiFilter
    from constructs_lib.safety.sensitive_information import RegexFilter as RegexFilter

__all__ = [
    "AgentCoreChecks",
    "BlockedWords",
    "ContentFilter",
    "ContentGuardrail",
    "ContextualGrounding",
    "DeniedTopic",
    "FilterStrength",
    "GuardrailMode",
    "GuardrailProfile",
    "PiiEntity",
    "PiiFilter",
    "RegexFilter",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AgentCoreChecks": "constructs_lib.safety.agentcore_checks",
        "BlockedWords": "constructs_lib.safety.guardrail_policies",
        "ContentFilter": "constructs_lib.safety.guardrail_policies",
        "ContentGuardrail": "constructs_lib.safety.content_guardrail",
        "ContextualGrounding": "constructs_lib.safety.guardrail_policies",
        "DeniedTopic": "constructs_lib.safety.guardrail_policies",
        "FilterStrength": "constructs_lib.safety.guardrail_policies",
        "GuardrailMode": "constructs_lib.safety.guardrail_policies",
        "GuardrailProfile": "constructs_lib.safety.guardrail_profile",
        "PiiEntity": "constructs_lib.safety.sensitive_information",
        "PiiFilter": "constructs_lib.safety.sensitive_information",
        "RegexFilter": "constructs_lib.safety.sensitive_information",
    },
)
