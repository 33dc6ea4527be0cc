"""Who may call an agent."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.identity.jwt_authorizer import JwtAuthorizer as JwtAuthorizer

__all__ = ["JwtAuthorizer"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "JwtAuthorizer": "constructs_lib.identity.jwt_authorizer",
    },
)
