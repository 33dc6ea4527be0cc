"""What a function answers where it does not do what it was asked: with the reason, which the model reads.

A function that fails would be told to the model as an error of the gateway, without the reason.
"""

from collections.abc import Callable
from typing import NotRequired, Protocol, TypedDict

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CLIENT_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
CALLER = "x-caller-subject"
"""The gateway's interceptor sets it from the verified token, whatever the caller wrote into it."""

Answer = dict[str, object]


class Custom(TypedDict):
    """What a gateway tells a function about a call, beside the tool's arguments.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html
    """

    bedrockAgentCoreToolName: str
    bedrockAgentCorePropagatedHeaders: NotRequired[dict[str, str]]


class ClientContext(Protocol):
    """The client context of an invocation by a gateway."""

    @property
    def custom(self) -> Custom:
        """What the gateway says of the call."""


class LambdaContext(Protocol):
    """What Lambda tells a function about its invocation, as far as the tools ask."""

    @property
    def client_context(self) -> ClientContext:
        """What the caller sent beside the event."""


class RefusalError(Exception):
    """What was asked for is not done.

    Args:
        code: Why, as a stable word.
        message: What is wrong, and the value received.
        remedy: What to do instead.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.body: Answer = {"error": {"code": code, "message": message, "remedy": remedy}}


def answer(work: Callable[[], Answer], *, remedy: str) -> Answer:
    """The answer of `work`, or why there is none: `{"error": {"code", "message", "remedy"}}`.

    Args:
        work: What is done.
        remedy: What to do where AWS refuses.
    """
    try:
        return work()
    except RefusalError as refusal:
        return refusal.body
    except ClientError as error:
        said = error.response["Error"]
        return RefusalError(said["Code"], said["Message"], remedy).body
    except BotoCoreError as error:
        return RefusalError(type(error).__name__, str(error), remedy).body


def tool_of(context: LambdaContext) -> str:
    """The name of the tool that the gateway calls."""
    return context.client_context.custom["bedrockAgentCoreToolName"].rpartition("___")[2]


def caller_of(context: LambdaContext) -> str:
    """The verified subject of who calls.

    Raises:
        RefusalError: If the gateway does not say.
    """
    caller = context.client_context.custom.get("bedrockAgentCorePropagatedHeaders", {}).get(CALLER)
    if not caller:
        raise RefusalError("caller_unknown", "It is not known who asks for this change.", "Sign in and ask again.")
    return caller
