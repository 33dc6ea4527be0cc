"""Guardrails over HTTP, for the emulator, which asks on behalf of whoever it has authorized."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.service import Scope, ServiceError
from workbench.local_cloud.guardrails.service import GuardrailService
from workbench.telemetry.services.bedrock import GuardrailUse, guardrail_applied, guardrail_failed
from workbench.telemetry.services.outcome import Stopwatch

PATH = "/_local/guardrails"

_SOURCES = {"INPUT": "Input", "OUTPUT": "Output"}
_POLICIES = {
    "topicPolicy": "TopicPolicy",
    "contentPolicy": "ContentPolicy",
    "wordPolicy": "WordPolicy",
    "sensitiveInformationPolicy": "SensitiveInformationPolicy",
    "contextualGroundingPolicy": "ContextualGroundingPolicy",
}


class GuardrailRoutes:
    """Serves `GuardrailService.apply` at `PATH`.

    Args:
        guardrails: Applies guardrails.
        observing: Takes metrics and knows faults. Default: neither is there.
    """

    def __init__(self, guardrails: GuardrailService, observing: Observing | None = None) -> None:
        self._guardrails = guardrails
        self._observing = observing or Observing()

    def routes(self) -> Sequence[BaseRoute]:
        """The routes to mount."""
        return [Route(PATH, self._answer, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        scope = Scope(request.headers["x-local-account"], request.headers["x-local-region"])
        asked = await request.json()
        try:
            return JSONResponse(await asyncio.get_running_loop().run_in_executor(None, self._apply, scope, asked))
        except ServiceError as error:
            return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)

    def _apply(self, scope: Scope, asked: Mapping[str, object]) -> dict[str, object]:
        stopwatch = Stopwatch()
        source = _SOURCES.get(str(asked.get("source")), "")
        try:
            self._observing.meet_fault("guardrail", "ApplyGuardrail")
            applied = self._guardrails.apply(scope, asked)
        except ServiceError as error:
            outcome = stopwatch.outcome(error.status, error.code)
            named = _arn(scope, str(asked.get("guardrailIdentifier")))
            version = str(asked.get("guardrailVersion"))
            self._observing.emit(guardrail_failed(arn=named, version=version, source=source, outcome=outcome))
            raise
        use = _use(cast("Mapping[str, object]", applied["answer"]), source)
        self._observing.emit(guardrail_applied(use, stopwatch.outcome()))
        return applied


def _arn(scope: Scope, identifier: str) -> str:
    if identifier.startswith("arn:"):
        return identifier
    return f"arn:aws:bedrock:{scope.region}:{scope.account}:guardrail/{identifier}"


def _use(answer: Mapping[str, object], source: str) -> GuardrailUse:
    assessment = cast("Sequence[Mapping[str, object]]", answer["assessments"])[0]
    details = cast("Mapping[str, str]", assessment["appliedGuardrailDetails"])
    usage = cast("Mapping[str, int]", answer["usage"])
    units = {name: usage.get(f"{member}Units", 0) for member, name in _POLICIES.items()}
    return GuardrailUse(
        arn=details["guardrailArn"],
        version=details["guardrailVersion"],
        source=source,
        intervened=answer["action"] == "GUARDRAIL_INTERVENED",
        intervening=[name for member, name in _POLICIES.items() if _intervenes(assessment.get(member))],
        text_units={name: number for name, number in units.items() if number},
    )


def _intervenes(policy: object) -> bool:
    lists = policy.values() if isinstance(policy, Mapping) else ()
    return any(finding.get("action") in {"BLOCKED", "ANONYMIZED"} for found in lists for finding in found)
