"""Who may call agents and tools, and as whom agents call others."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.identity.jwt_authorizer import JwtAuthorizer as JwtAuthorizer
    from constructs_lib.identity.required_claim import RequiredClaim as RequiredClaim

__all__ = ["JwtAuthorizer", "RequiredClaim"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "JwtAuthorizer": "constructs_lib.identity.jwt_authorizer",
        "RequiredClaim": "constructs_lib.identity.required_claim",
    },
)
