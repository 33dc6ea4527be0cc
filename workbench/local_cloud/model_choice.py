"""Which model answers on the local cloud."""

import os
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

import boto3

from workbench.errors import WorkbenchError

SCRIPTED = "scripted"
BEDROCK = "bedrock"


@dataclass(frozen=True)
class ModelChoice:
    """The model behind the local cloud's Bedrock Converse API.

    Args:
        label: How its answers are labelled, because only Bedrock's are those of the model the template names.
        url: Base address of a user's OpenAI-style endpoint; empty for the others.
        name: The model's name at that endpoint.
        bedrock: Whether calls go on to Amazon Bedrock, with the user's own credentials.
    """

    label: str
    url: str = ""
    name: str = ""
    bedrock: bool = False

    @classmethod
    def parse(cls, text: str, *, name: str = "") -> "ModelChoice":
        """Read what the user asked for.

        Args:
            text: `scripted`, `bedrock`, or the address of an OpenAI-style endpoint such as `http://127.0.0.1:11434/v1`.
            name: The model's name at that endpoint; servers of a single model ignore it. Default: `default`.

        Returns:
            The choice.

        Raises:
            WorkbenchError: If `text` is none of them, a name comes without an endpoint, or Bedrock without credentials.
        """
        if text in {SCRIPTED, BEDROCK} and name:
            raise WorkbenchError(f"a name belongs to an endpoint, got {name!r} with the model {text!r}: leave it out")
        if text == SCRIPTED:
            return cls("scripted stand-in")
        if text == BEDROCK:
            return cls._real()
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise WorkbenchError(
                f"no such model {text!r}: pass `scripted`, `bedrock` or the address of an OpenAI-style endpoint, for"
                " example http://127.0.0.1:11434/v1"
            )
        named = name or "default"
        return cls(f"{named} at {parts.netloc}, in place of Bedrock", text, named)

    @classmethod
    def _real(cls) -> "ModelChoice":
        session = boto3.Session()
        if session.get_credentials() is None:
            raise WorkbenchError(
                "there are no AWS credentials for Amazon Bedrock: configure them (AWS_PROFILE, `aws sso login`), or"
                " leave --model out"
            )
        return cls("Amazon Bedrock, your account", bedrock=True)

    def command(self, port: int) -> tuple[str, ...]:
        """The command that serves this model on a loopback port."""
        if self.bedrock:
            return (sys.executable, "-m", "workbench.local_cloud.bedrock_relay", "--port", str(port))
        if self.url:
            module = "workbench.local_cloud.model_relay"
            return (sys.executable, "-m", module, "--port", str(port), "--url", self.url, "--name", self.name)
        return (sys.executable, "-m", "workbench.local_cloud.model", "--port", str(port))

    def variables(self) -> dict[str, str]:
        """What that command needs of the user's AWS settings, which every other process must not see."""
        return {name: value for name, value in os.environ.items() if self.bedrock and name.startswith("AWS_")}
