"""A claim that a token has to carry."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from constructs_lib._place import is_token

ClaimOperator = Literal["EQUALS", "CONTAINS", "CONTAINS_ANY"]

# The service's own bounds: CustomClaimValidationType of the control plane.
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
_VALUE = re.compile(r"[A-Za-z0-9_.:/-]{1,255}")


@dataclass(frozen=True)
class RequiredClaim:
    """A claim that AgentCore asks of a token besides client, audience and scopes. Made by one of the three factories.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/inbound-jwt-authorizer.html

    Attributes:
        name: Name of the claim, for instance `cognito:groups`.
        operator: How the claim is compared, in the service's word.
        values: The texts it is compared with.

    Raises:
        ValueError: If the name or a value has characters that the service does not take, or there is no value.
    """

    name: str
    operator: ClaimOperator
    values: tuple[str, ...]

    @staticmethod
    def equals(name: str, value: str) -> "RequiredClaim":
        """The claim is this text. For a claim that is a text, such as `tenant`."""
        return RequiredClaim(name, "EQUALS", (value,))

    @staticmethod
    def contains(name: str, value: str) -> "RequiredClaim":
        """The claim holds this text. For a claim that is a list of texts, such as `cognito:groups`."""
        return RequiredClaim(name, "CONTAINS", (value,))

    @staticmethod
    def contains_any(name: str, values: Sequence[str]) -> "RequiredClaim":
        """The claim holds at least one of these texts. For a claim that is a list of texts.

        Raises:
            ValueError: If the values are one string.
        """
        if isinstance(values, str):
            raise ValueError(  # noqa: TRY004 -- as every other wrong argument of this library
                f"contains_any of the claim {name!r} takes a sequence of strings, got the string {values!r};"
                f" pass [{values!r}]"
            )
        return RequiredClaim(name, "CONTAINS_ANY", tuple(values))

    def __post_init__(self) -> None:
        if not is_token(self.name) and not _NAME.fullmatch(self.name):
            raise ValueError(
                f"a required claim's name has letters, digits and _ . : -, at most 255, got {self.name!r};"
                " AgentCore compares no other"
            )
        if not self.values:
            raise ValueError(f"the required claim {self.name!r} is compared with nothing; name at least one value")
        for value in self.values:
            if not is_token(value) and not _VALUE.fullmatch(value):
                raise ValueError(
                    f"the required claim {self.name!r} is compared with letters, digits and _ . : / -, at most 255,"
                    f" got {value!r}; AgentCore takes no other, so rename the value where the token is made"
                )
