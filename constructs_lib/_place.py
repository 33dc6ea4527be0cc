"""Account, Region and partition of a construct, read from CDK once per stack: each read is a round trip."""

from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from aws_cdk import Aws, Stack
from constructs import Construct

_TOKEN = "${Token["  # noqa: S105 -- how CDK marks a value it does not know yet
_PLACES: WeakKeyDictionary[Stack, "Place"] = WeakKeyDictionary()


@dataclass(frozen=True)
class Place:
    """Where the resources of a stack are. Each part may be a token."""

    region: str
    account: str
    partition: str

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource at this place."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def place_of(scope: Construct) -> Place:
    """The place of the stack that `scope` belongs to."""
    stack = Stack.of(scope)
    if stack not in _PLACES:
        _PLACES[stack] = Place(stack.region, stack.account, _partition())
    return _PLACES[stack]


def is_token(text: str) -> bool:
    """Whether a text is or contains something that CDK resolves later."""
    return _TOKEN in text


@cache
def _partition() -> str:
    return Aws.PARTITION
