"""An agent as people see it."""

from dataclasses import dataclass

from constructs_lib.runtime.agent_service import AgentService

_MAX_LABEL, _MAX_DESCRIPTION = 60, 300


@dataclass(frozen=True)
class ChatAgent:
    """An agent that people can choose in the front end.

    Attributes:
        label: What it is called there, at most 60 characters.
        service: The agent. It has to take the tokens of the front end's client.
        description: What it is good for, at most 300 characters. Default: none.

    Raises:
        ValueError: If a text is too long, or there is no label.
    """

    label: str
    service: AgentService
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse what nobody could read."""
        if not 0 < len(self.label.strip()) <= _MAX_LABEL:
            raise ValueError(f"a label has 1 to {_MAX_LABEL} characters, got {self.label!r}; shorten it")
        if len(self.description) > _MAX_DESCRIPTION:
            raise ValueError(
                f"the description of {self.label!r} has at most {_MAX_DESCRIPTION} characters, got"
                f" {len(self.description)}; shorten it"
            )
