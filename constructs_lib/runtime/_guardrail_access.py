"""How an agent uses its guardrail: in every model call, whether it wants to or not, or to watch what it would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib._place import is_token, place_of
from constructs_lib.runtime._settings import GUARDRAIL_ID, GUARDRAIL_MODE, GUARDRAIL_VERSION
from constructs_lib.runtime.model_access import ModelAccess
from constructs_lib.safety.guardrail_policies import GuardrailMode

if TYPE_CHECKING:
    from constructs_lib.safety.content_guardrail import ContentGuardrail


@dataclass(frozen=True)
class GuardrailAccess:
    """A guardrail, and how one agent uses it."""

    guardrail: "ContentGuardrail"
    required: bool
    mode: GuardrailMode

    def variables(self) -> dict[str, str]:
        """What the agent is told."""
        return {
            GUARDRAIL_ID: self.guardrail.guardrail_id,
            GUARDRAIL_VERSION: self.guardrail.version,
            GUARDRAIL_MODE: self.mode.value,
        }

    def statements(self) -> list[dict[str, object]]:
        """What the agent may do with it."""
        return self.guardrail.apply_statements()


def guardrail_access(
    agent: Construct, guardrail: "ContentGuardrail | None", required: bool, mode: GuardrailMode
) -> GuardrailAccess | None:
    """The use that an agent makes of a guardrail, checked. None: it has no guardrail.

    Raises:
        ValueError: If it is to be used without being there, is required and only watched, or is in another Region.
    """
    if guardrail is None:
        if required or mode is not GuardrailMode.ENFORCE:
            argument = "guardrail_required=True" if required else f"guardrail_mode={mode}"
            raise ValueError(f"the agent {agent.node.path!r} has {argument} and no guardrail; pass guardrail= as well")
        return None
    if required and mode is GuardrailMode.SHADOW:
        raise ValueError(
            f"the agent {agent.node.path!r} could not call its model: guardrail_required=True denies calls without the"
            " guardrail, and in GuardrailMode.SHADOW it makes such calls; leave one of them out"
        )
    regions = {place_of(construct).region for construct in (agent, guardrail)}
    if len(regions) > 1 and not any(is_token(region) for region in regions):
        raise ValueError(
            f"the agent {agent.node.path!r} and its guardrail {guardrail.node.path!r} are in different Regions,"
            f" {' and '.join(sorted(regions))}; a guardrail works in its own"
        )
    return GuardrailAccess(guardrail, required, mode)


def guarded_models(models: Sequence[ModelAccess], access: GuardrailAccess | None) -> tuple[ModelAccess, ...]:
    """The models, not to be called without the guardrail if it is required."""
    if access is None or not access.required:
        return tuple(models)
    return tuple(model.requiring_guardrail(access.guardrail.guardrail_arn) for model in models)
