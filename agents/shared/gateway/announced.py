"""Tools that an agent names to its model whoever the user is."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class AnnouncedTool:
    """A tool of the gateway that the model is offered even where the gateway does not list it for this user.

    The gateway still decides about each call. Who may not use the tool is told so when they ask for it, not that there
    is no such thing.

    Args:
        name: The tool's name at the gateway: `Target___tool`.
        description: What the model chooses by.
        input_schema: JSON Schema of its arguments.
    """

    name: str
    description: str
    input_schema: Mapping[str, object]
