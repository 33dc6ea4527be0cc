"""Who may call agents and tools, and as whom agents call others."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.identity._clients import ResourceServer as ResourceServer
    from constructs_lib.identity.identity_providers import IdentityProviderSource as IdentityProviderSource
    from constructs_lib.identity.jwt_authorizer import JwtAuthorizer as JwtAuthorizer
    from constructs_lib.identity.login_branding import LoginBranding as LoginBranding
    from constructs_lib.identity.required_claim import RequiredClaim as RequiredClaim
    from constructs_lib.identity.user_directory import ImportedUserDirectory as ImportedUserDirectory
    from constructs_lib.identity.user_directory import UserDirectory as UserDirectory

__all__ = [
    "IdentityProviderSource",
    "ImportedUserDirectory",
    "JwtAuthorizer",
    "LoginBranding",
    "RequiredClaim",
    "ResourceServer",
    "UserDirectory",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "IdentityProviderSource": "constructs_lib.identity.identity_providers",
        "ImportedUserDirectory": "constructs_lib.identity.user_directory",
        "JwtAuthorizer": "constructs_lib.identity.jwt_authorizer",
        "LoginBranding": "constructs_lib.identity.login_branding",
        "RequiredClaim": "constructs_lib.identity.required_claim",
        "ResourceServer": "constructs_lib.identity._clients",
        "UserDirectory": "constructs_lib.identity.user_directory",
    },
)
