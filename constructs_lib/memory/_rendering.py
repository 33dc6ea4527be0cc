"""Memory strategies as the L2 takes them."""

from dataclasses import dataclass

from aws_cdk import aws_bedrockagentcore as agentcore


@dataclass(frozen=True)
class CustomModel:
    """The model and the prompts of a custom extraction."""

    model_id: str
    extraction_prompt: str
    consolidation_prompt: str | None


def managed_strategy(
    kind: str, *, name: str, namespace: str, description: str | None, reflections: str | None
) -> agentcore.ManagedMemoryStrategy:
    """A strategy with the service's own prompts and models."""
    reflection = agentcore.EpisodicReflectionConfiguration(namespaces=[reflections]) if reflections else None
    return agentcore.ManagedMemoryStrategy(
        agentcore.MemoryStrategyType[kind],
        strategy_name=name,
        namespaces=[namespace],
        description=description,
        reflection_configuration=reflection,
    )


def custom_strategy(
    kind: str, model: CustomModel, *, name: str, namespace: str, description: str | None
) -> agentcore.ManagedMemoryStrategy:
    """A strategy with prompts and a model of the user's."""
    from constructs_lib.memory._named_model import NamedModel

    named = NamedModel(model.model_id)

    def override(prompt: str | None) -> agentcore.OverrideConfig | None:
        return agentcore.OverrideConfig(append_to_prompt=prompt, model=named) if prompt else None

    return agentcore.ManagedMemoryStrategy(
        agentcore.MemoryStrategyType[kind],
        strategy_name=name,
        namespaces=[namespace],
        description=description,
        custom_extraction=override(model.extraction_prompt),
        custom_consolidation=override(model.consolidation_prompt),
    )
