"""Requests to Amazon Bedrock's runtime: authorized, counted, and answered by the model or the guardrails."""

import json

from workbench.local_cloud.emulator import guardrails, model_actions
from workbench.local_cloud.emulator.decisions import Decisions
from workbench.local_cloud.emulator.guardrails import GuardrailName, Guardrails
from workbench.local_cloud.emulator.model import Model
from workbench.local_cloud.emulator.model_actions import ModelCall
from workbench.local_cloud.emulator.model_calls import ObservedModelCall
from workbench.local_cloud.emulator.proxy import Proxy
from workbench.local_cloud.emulator.signed_request import Receive, Refusal, Send, SignedRequest, respond, respond_json
from workbench.local_cloud.faults import FaultSwitches
from workbench.telemetry.services.outcome import Emit, nowhere

# Asks whether a guardrail is known.
_PROBE = {"source": "INPUT", "content": [{"text": {"text": "?"}}]}
_SERVICE = "bedrock-runtime"


class ModelFront:
    """Answers model calls and ApplyGuardrail.

    Args:
        decisions: Decides and records what a role's session may do.
        model: Answers model calls.
        judge: Judges texts by guardrails.
        bedrock: Leads to Amazon Bedrock; answers model calls in the model's place. Default: none.
        emit: Takes the metrics. Default: none are kept.
    """

    def __init__(
        self,
        decisions: Decisions,
        model: Model,
        judge: Guardrails,
        *,
        bedrock: Proxy | None = None,
        emit: Emit = nowhere,
    ) -> None:
        self._decisions = decisions
        self._model = model
        self._judge = judge
        self._bedrock = bedrock
        self._emit = emit
        self._faults = FaultSwitches()

    async def call(self, request: SignedRequest, receive: Receive, send: Send) -> None:
        """Answer a model call."""
        call = model_actions.match(request.method, request.raw_path)
        if call is None:
            raise AssertionError(f"routed as a model call, but is none: {request.raw_path}")
        observed = ObservedModelCall(call, send)
        try:
            await self._call(call, request, receive, observed.send)
        finally:
            self._emit(observed.values())

    async def _call(self, call: ModelCall, request: SignedRequest, receive: Receive, send: Send) -> None:
        guardrail = model_actions.guardrail_of(call, request.body, request.named_headers)
        checks = model_actions.checks(call, guardrail, account=request.account, region=request.region)
        refusal = request.authorize(self._decisions, _SERVICE, checks) or self._fault(call)
        if refusal:
            await refusal.send(send)
            return
        if self._bedrock is None:
            await self._model.answer(call, request, send, guardrail=guardrail)
        elif guardrail is not None and not isinstance(await self._judge.apply(request, guardrail, _PROBE), Refusal):
            await _foreign(guardrail).send(send)
        else:
            await self._bedrock.forward(request, receive, send, identity={"x-local-region": request.region})

    def _fault(self, call: ModelCall) -> Refusal | None:
        fault = self._faults.met("model", call.call)
        return Refusal(fault.status, fault.code, fault.message) if fault else None

    async def apply_guardrail(self, request: SignedRequest, _: Receive, send: Send) -> None:
        """Answer ApplyGuardrail."""
        guardrail = guardrails.match(request.method, request.raw_path)
        if guardrail is None:
            raise AssertionError(f"routed as ApplyGuardrail, but is not: {request.raw_path}")
        checks = [guardrail.check(request.account, request.region)]
        refusal = request.authorize(self._decisions, _SERVICE, checks)
        if refusal:
            await refusal.send(send)
            return
        try:
            asked = dict(json.loads(request.body))
        except (ValueError, TypeError):
            await Refusal(400, "ValidationException", "The request body is no JSON object.").send(send)
            return
        verdict = await self._judge.apply(request, guardrail, asked)
        if isinstance(verdict, Refusal):
            await verdict.send(send)
            return
        headers = {"content-type": "application/json", **guardrails.STAND_IN}
        await respond(send, 200, headers, json.dumps(verdict.answer).encode())

    async def switch_faults(self, request: SignedRequest, send: Send) -> None:
        """Switch on the faults of models that a request names, and no others."""
        try:
            self._faults.replace(json.loads(request.body))
        except ValueError as error:
            await respond_json(send, 400, {"error": str(error)})
            return
        await respond_json(send, 200, self._faults.described())


def _foreign(guardrail: GuardrailName) -> Refusal:
    message = (
        f"The guardrail {guardrail.identifier} is a local stand-in, which Amazon Bedrock does not know: run the"
        " agent on the local model, or with a guardrail of your AWS account."
    )
    return Refusal(400, "ValidationException", message)
