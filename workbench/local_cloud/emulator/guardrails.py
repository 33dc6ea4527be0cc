"""Guardrails on model calls and on texts, judged by the AgentCore server's stand-in.

Which parts of a request are judged:
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html. Texts of all messages are, or
only those marked `guardContent` where any is; system prompts only where they are marked; what tools are given and what
they return is not. An answer is judged whole before a part of it is sent, as `streamProcessingMode` `sync` has it;
`async` makes no difference here.
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import httpx

from workbench.local_cloud.emulator.agentcore_actions import Check
from workbench.local_cloud.emulator.signed_request import Refusal, SignedRequest

PATH = "/_local/guardrails"
STAND_IN = {"x-local-stand-in": "guardrail"}
"""Header of every answer that a guardrail had a part in."""

INTERVENED = "guardrail_intervened"

_APPLY = re.compile(r"/guardrail/(?P<identifier>[^/]+)/version/(?P<version>[^/]+)/apply")
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=50)
_COMPARED_WITH = frozenset({"grounding_source", "query"})

Block = dict[str, object]


@dataclass(frozen=True)
class GuardrailName:
    """A guardrail as a request names it.

    Args:
        identifier: Its id or ARN.
        version: A number or `DRAFT`.
        trace: `enabled`, `enabled_full` or `disabled`.
    """

    identifier: str
    version: str
    trace: str = "disabled"

    def arn(self, account: str, region: str) -> str:
        """Its ARN, without a version."""
        given = self.identifier
        return given if given.startswith("arn:") else f"arn:aws:bedrock:{region}:{account}:guardrail/{given}"

    def condition(self, account: str, region: str) -> str:
        """The value of `bedrock:GuardrailIdentifier`: the ARN, with the version where it is a number.

        https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
        """
        arn = self.arn(account, region)
        return arn if self.version == "DRAFT" else f"{arn}:{self.version}"

    def check(self, account: str, region: str) -> Check:
        """What IAM decides on for whoever applies it."""
        return Check("bedrock:ApplyGuardrail", self.arn(account, region))


def match(method: str, raw_path: str) -> GuardrailName | None:
    """The guardrail an ApplyGuardrail request names, or None for any other request."""
    found = _APPLY.fullmatch(raw_path) if method == "POST" else None
    return GuardrailName(unquote(found["identifier"]), unquote(found["version"])) if found else None


def named_in(body: Mapping[str, object]) -> GuardrailName | None:
    """The guardrail a Converse request names, or None."""
    config = body.get("guardrailConfig")
    if not isinstance(config, Mapping):
        return None
    identifier, version = str(config.get("guardrailIdentifier", "")), str(config.get("guardrailVersion", ""))
    return GuardrailName(identifier, version, str(config.get("trace", "disabled")))


@dataclass(frozen=True)
class Verdict:
    """What a guardrail made of texts.

    Args:
        answer: The response of ApplyGuardrail.
        texts: The texts in order, masked.
        guardrail_id: The guardrail.
        blocked: Whether it blocks.
        masked: Whether it masked something.
    """

    answer: Mapping[str, object]
    texts: Sequence[str]
    guardrail_id: str
    blocked: bool
    masked: bool

    @property
    def message(self) -> str:
        """What is said in place of what is blocked."""
        outputs = self.answer["outputs"]
        return "".join(str(one["text"]) for one in outputs) if isinstance(outputs, list) else ""

    @property
    def assessment(self) -> object:
        """The findings."""
        assessments = self.answer["assessments"]
        return assessments[0] if isinstance(assessments, list) else {}


class Guardrails:
    """Asks the AgentCore server, which keeps the deployed guardrails.

    Args:
        url: Base address of the AgentCore server.
    """

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)

    async def apply(
        self, request: SignedRequest, guardrail: GuardrailName, asked: Mapping[str, object]
    ) -> Verdict | Refusal:
        """Judge texts.

        Args:
            request: The request they belong to, for its account and Region.
            guardrail: By which guardrail.
            asked: `source`, `content` and `outputScope`, as ApplyGuardrail takes them.
        """
        headers = {"x-local-account": request.account, "x-local-region": request.region}
        body = {**asked, "guardrailIdentifier": guardrail.identifier, "guardrailVersion": guardrail.version}
        try:
            response = await self._client.post(PATH, json=body, headers=headers)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            return Refusal(503, "ServiceUnavailableException", f"the guardrails did not answer: {error!r}")
        if response.is_error:
            return Refusal(response.status_code, str(answer["code"]), str(answer["message"]))
        return Verdict(
            answer["answer"],
            answer["texts"],
            str(answer["guardrailId"]),
            bool(answer["blocked"]),
            bool(answer["masked"]),
        )


class GuardedConversation:
    """A Converse request under a guardrail: what the model may see of it, and what is said in the end.

    Args:
        guardrails: Judge it.
        request: The request.
        guardrail: The guardrail it names.
        body: Its body.
    """

    def __init__(
        self, guardrails: Guardrails, request: SignedRequest, guardrail: GuardrailName, body: Mapping[str, object]
    ) -> None:
        self._guardrails = guardrails
        self._request = request
        self._guardrail = guardrail
        self._trace: dict[str, object] = {}
        self.body = copy.deepcopy(dict(body))

    async def before(self) -> Verdict | Refusal | None:
        """Judge what the user says, and mask it in `body`; None where there is nothing to judge."""
        holders = list(_judged(self.body))
        if not holders:
            return None
        verdict = await self._judge("INPUT", [_content(holder) for holder in holders])
        if isinstance(verdict, Verdict):
            self._trace["inputAssessment"] = {verdict.guardrail_id: verdict.assessment}
            for holder, text in zip(holders, verdict.texts, strict=True):
                holder["text"] = text
        return verdict

    async def after(self, answer: dict[str, object]) -> dict[str, object] | Refusal:
        """Judge a model's answer.

        Args:
            answer: A response of Converse.

        Returns:
            The response with what the guardrail leaves of it.
        """
        blocks = _answered(answer)
        said = [block for block in blocks if block.get("text")]
        if not said:
            return self._traced(answer)
        reference = [_content(one) for one in _judged(self.body) if _COMPARED_WITH & set(_qualifiers(one))]
        verdict = await self._judge("OUTPUT", [*(_content(block) for block in said), *reference])
        if isinstance(verdict, Refusal):
            return verdict
        self._trace["outputAssessments"] = {verdict.guardrail_id: [verdict.assessment]}
        if verdict.blocked:
            # Tool calls as well: they are part of what is refused.
            return self._traced(replaced(answer, verdict.message))
        for block, text in zip(said, verdict.texts, strict=False):
            block["text"] = text
        if verdict.masked and answer["stopReason"] != "tool_use":
            answer["stopReason"] = INTERVENED
        return self._traced(answer)

    def refused(self, verdict: Verdict) -> dict[str, object]:
        """The response to a blocked input, which no model has seen."""
        nothing = {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}
        answer: dict[str, object] = {"output": {}, "usage": nothing, "metrics": {"latencyMs": 1}}
        return self._traced(replaced(answer, verdict.message))

    async def _judge(self, source: str, content: list[Block]) -> Verdict | Refusal:
        scope = "FULL" if self._guardrail.trace == "enabled_full" else "INTERVENTIONS"
        asked = {"source": source, "content": content, "outputScope": scope}
        verdict = await self._guardrails.apply(self._request, self._guardrail, asked)
        if isinstance(verdict, Verdict):
            self._trace["actionReason"] = verdict.answer["actionReason"]
        return verdict

    def _traced(self, answer: dict[str, object]) -> dict[str, object]:
        if self._guardrail.trace.startswith("enabled"):
            answer["trace"] = {"guardrail": self._trace}
        return answer


def replaced(answer: dict[str, object], message: str) -> dict[str, object]:
    """A response of Converse that says what a guardrail says in place of what it blocks."""
    content = [{"text": message}]
    return {**answer, "output": {"message": {"role": "assistant", "content": content}}, "stopReason": INTERVENED}


def unmarked(body: dict[str, object]) -> dict[str, object]:
    """A Converse request with plain texts in place of the marked ones, which no model knows."""
    for blocks in _block_lists(body):
        blocks[:] = [{"text": marked["text"]} if (marked := _marked(block)) else block for block in blocks]
    return body


def _judged(body: Mapping[str, object]) -> Iterator[Block]:
    """The objects whose `text` is judged."""
    system = [found for block in _list(body.get("system")) if (found := _marked(block))]
    blocks = [block for message in _list(body.get("messages")) for block in _list(message.get("content"))]
    chosen = [found for block in blocks if (found := _marked(block))]
    yield from system
    yield from chosen or [block for block in blocks if block.get("text")]


def _block_lists(body: Mapping[str, object]) -> Iterator[list[Block]]:
    if isinstance(body.get("system"), list):
        yield _list(body["system"])
    for message in _list(body.get("messages")):
        if isinstance(message.get("content"), list):
            yield _list(message["content"])


def _marked(block: object) -> Block | None:
    guarded = block.get("guardContent") if isinstance(block, dict) else None
    text = guarded.get("text") if isinstance(guarded, dict) else None
    return text if isinstance(text, dict) and isinstance(text.get("text"), str) else None


def _content(holder: Block) -> Block:
    return {"text": {"text": holder["text"], "qualifiers": _qualifiers(holder)}}


def _qualifiers(holder: Block) -> list[str]:
    found = holder.get("qualifiers")
    return [str(one) for one in found] if isinstance(found, list) else []


def _answered(answer: Mapping[str, object]) -> list[Block]:
    output = answer["output"]
    message = output["message"] if isinstance(output, dict) else {}
    return _list(message["content"])


def _list(value: object) -> list[Block]:
    return value if isinstance(value, list) else []
