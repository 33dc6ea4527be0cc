"""Which model answers on the local cloud."""

import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError

SCRIPTED = "scripted"


@dataclass(frozen=True)
class ModelChoice:
    """The model behind the local cloud's Bedrock Converse API.

    Args:
        label: How its answers are labelled, because they are not those of the model the template names.
        url: Base address of a user's OpenAI-style endpoint; empty for the scripted model.
        name: The model's name at that endpoint.
    """

    label: str
    url: str = ""
    name: str = ""

    @classmethod
    def parse(cls, text: str, *, name: str = "") -> "ModelChoice":
        """Read what the user asked for.

        Args:
            text: `scripted`, or the address of an OpenAI-style endpoint such as `http://127.0.0.1:11434/v1`.
            name: The model's name at that endpoint; servers of a single model ignore it. Default: `default`.

        Returns:
            The choice.

        Raises:
            WorkbenchError: If `text` is neither, or a name comes without an endpoint.
        """
        if text == SCRIPTED:
            if name:
                raise WorkbenchError(f"the scripted model has no name, got {name!r}: pass the name with an endpoint")
            return cls("scripted stand-in")
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise WorkbenchError(
                f"no such model {text!r}: pass `scripted` or the address of an OpenAI-style endpoint, for example"
                " http://127.0.0.1:11434/v1"
            )
        named = name or "default"
        return cls(f"{named} at {parts.netloc}, in place of Bedrock", text, named)

    def command(self, port: int) -> tuple[str, ...]:
        """The command that serves this model on a loopback port."""
        if self.url:
            module = "workbench.local_cloud.model_relay"
            return (sys.executable, "-m", module, "--port", str(port), "--url", self.url, "--name", self.name)
        return (sys.executable, "-m", "workbench.local_cloud.model", "--port", str(port))
