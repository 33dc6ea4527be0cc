"""What a model invocation asks of IAM, as Amazon Bedrock decides it.

A call by inference profile needs the profile and the foundation model behind it, with `bedrock:InferenceProfileArn`
set for the latter: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html. The local cloud
answers in the caller's own region, so the model's ARN of that region is the one decided on; a `global.` profile adds
the ARN without a region, requested in the region `unspecified`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from workbench.local_cloud.emulator.agentcore_actions import Check
from workbench.local_cloud.emulator.guardrails import GuardrailName, named_in

_ROUTE = re.compile(r"/model/(?P<model>.+?)/(?P<call>converse|converse-stream|invoke|invoke-with-response-stream)")
_STREAMED = frozenset({"converse-stream", "invoke-with-response-stream"})
_PROFILE_ID = re.compile(r"(?P<geography>us|us-gov|eu|apac|au|jp|ca|global)\.(?P<model>[a-z0-9-]+\..+)")


@dataclass(frozen=True)
class ModelCall:
    """A request to a model.

    Args:
        model: Foundation model id, inference profile id, or ARN, decoded.
        call: Last part of the path: `converse`, `converse-stream`, `invoke` or `invoke-with-response-stream`.
    """

    model: str
    call: str

    @property
    def streamed(self) -> bool:
        """Whether the answer is an event stream."""
        return self.call in _STREAMED


def match(method: str, raw_path: str) -> ModelCall | None:
    """The model call a request makes, or None for any other request."""
    found = _ROUTE.fullmatch(raw_path) if method == "POST" else None
    return ModelCall(unquote(found["model"]), found["call"]) if found else None


def guardrail_of(call: ModelCall, body: bytes, headers: Mapping[str, str]) -> GuardrailName | None:
    """The guardrail a model call names: in its body, or for InvokeModel in its headers.

    Args:
        call: What `match` found.
        body: The request's body.
        headers: Its headers, by names in lower case.
    """
    if call.call.startswith("invoke"):
        identifier = headers.get("x-amzn-bedrock-guardrailidentifier")
        version = headers.get("x-amzn-bedrock-guardrailversion", "")
        return GuardrailName(identifier, version) if identifier is not None else None
    try:
        parsed = json.loads(body)
    except ValueError:
        # The model says what is wrong with it.
        return None
    return named_in(parsed) if isinstance(parsed, dict) else None


def checks(call: ModelCall, guardrail: GuardrailName | None, *, account: str, region: str) -> list[Check]:
    """Every decision IAM makes about one model call; all have to allow it.

    Args:
        call: What `match` found.
        guardrail: The guardrail it names: that needs `bedrock:ApplyGuardrail`, and is the value of
            `bedrock:GuardrailIdentifier` for the model's own permission.
        account: Account of the caller.
        region: Region the request was signed for.
    """
    action = "bedrock:InvokeModelWithResponseStream" if call.streamed else "bedrock:InvokeModel"
    if guardrail is None:
        return _model_checks(call.model, action, account, region, {})
    context: dict[str, object] = {"bedrock:GuardrailIdentifier": guardrail.condition(account, region)}
    return [*_model_checks(call.model, action, account, region, context), guardrail.check(account, region)]


def _model_checks(model: str, action: str, account: str, region: str, guarded: Mapping[str, object]) -> list[Check]:
    identifier = model.rpartition("/")[2] if model.startswith("arn:") else model
    profile = _PROFILE_ID.fullmatch(identifier)
    if profile is None:
        return [Check(action, model if model.startswith("arn:") else _foundation_model(region, model), guarded)]
    arn = f"arn:aws:bedrock:{region}:{account}:inference-profile/{identifier}"
    context: dict[str, object] = {**guarded, "bedrock:InferenceProfileArn": arn}
    found = [Check(action, arn, guarded), Check(action, _foundation_model(region, profile["model"]), context)]
    if profile["geography"] == "global":
        found.append(Check(action, _foundation_model("", profile["model"]), context, region="unspecified"))
    return found


def _foundation_model(region: str, model: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"
