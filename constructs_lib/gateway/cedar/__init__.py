"""Cedar as Policy in AgentCore uses it: the schema of a gateway's tools, and decisions. No AWS, no CDK.

Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-understanding-cedar.html
"""

from constructs_lib.gateway.cedar.decisions import Access, Decision, ToolPolicies, decide, may_use
from constructs_lib.gateway.cedar.principals import Principal
from constructs_lib.gateway.cedar.signatures import ToolSignature, cedar_schema
from constructs_lib.gateway.cedar.validation import validation_errors

__all__ = [
    "Access",
    "Decision",
    "Principal",
    "ToolPolicies",
    "ToolSignature",
    "cedar_schema",
    "decide",
    "may_use",
    "validation_errors",
]
