"""Does a policy fit a gateway's tools? The schema checks that AgentCore makes when a policy is created."""

from collections.abc import Iterable
from functools import lru_cache

import cedarpy

from constructs_lib.gateway.cedar.signatures import ToolSignature, cedar_schema

_PREPARED = 64


def validation_errors(statement: str, *, tools: Iterable[ToolSignature]) -> tuple[str, ...]:
    """What is wrong with a Cedar statement for a gateway with these tools; empty where it is valid.

    Found are syntax errors, tools and arguments that are not there, values of another type, and optional arguments and
    claims that are read without asking whether they are there.
    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-validation-overview.html
    """
    result = cedarpy.validate_policies(statement, _schema(tuple(tools)))
    return tuple(error.error.removeprefix("for policy `policy0`, ") for error in result.errors)


@lru_cache(maxsize=_PREPARED)
def _schema(tools: tuple[ToolSignature, ...]) -> cedarpy.Schema:
    return cedarpy.Schema.from_str(cedar_schema(tools))
