"""Who may call agents and tools, and as whom agents call others."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.identity._clients import ResourceServer as ResourceServer
    from constructs_lib.identity._oauth2_client import AuthorizationServer as AuthorizationServer
    from constructs_lib.identity.api_key_credential import ApiKeyCredential as ApiKeyCredential
    from constructs_lib.identity.client_secret import ClientSecret as ClientSecret
    from constructs_lib.identity.identity_providers import IdentityProviderSource as IdentityProviderSource
    from constructs_lib.identity.jwt_authorizer import JwtAuthorizer as JwtAuthorizer
    from constructs_lib.identity.login_branding import LoginBranding as LoginBranding
    from constructs_lib.identity.oauth2_credential import OAuth2Credential as OAuth2Credential
    from constructs_lib.identity.required_claim import RequiredClaim as RequiredClaim
    from constructs_lib.identity.user_directory import ImportedUserDirectory as ImportedUserDirectory
    from constructs_lib.identity.user_directory import UserDirectory as UserDirectory
    from constructs_lib.identity.user_directory_base import UserDirectoryBase as UserDirectoryBase
    from constructs_lib.identity.workload_identity import WorkloadIdentity as WorkloadIdentity

__all__ = [
    "ApiKeyCredential",
    "AuthorizationServer",
    "ClientSecret",
    "IdentityProviderSource",
    "ImportedUserDirectory",
    "JwtAuthorizer",
    "LoginBranding",
    "OAuth2Credential",
    "RequiredClaim",
    "ResourceServer",
    "UserDirectory",
    "UserDirectoryBase",
    "WorkloadIdentity",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "ApiKeyCredential": "constructs_lib.identity.api_key_credential",
        "AuthorizationServer": "constructs_lib.identity._oauth2_client",
        "ClientSecret": "constructs_lib.identity.client_secret",
        "IdentityProviderSource": "constructs_lib.identity.identity_providers",
        "ImportedUserDirectory": "constructs_lib.identity.user_directory",
        "JwtAuthorizer": "constructs_lib.identity.jwt_authorizer",
        "LoginBranding": "constructs_lib.identity.login_branding",
        "OAuth2Credential": "constructs_lib.identity.oauth2_credential",
        "RequiredClaim": "constructs_lib.identity.required_claim",
        "ResourceServer": "constructs_lib.identity._clients",
        "UserDirectory": "constructs_lib.identity.user_directory",
        "UserDirectoryBase": "constructs_lib.identity.user_directory_base",
        "WorkloadIdentity": "constructs_lib.identity.workload_identity",
    },
)
