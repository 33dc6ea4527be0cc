"""Where the OAuth 2.0 providers that AgentCore knows by name are found, from their own documentation."""

from collections.abc import Mapping

from workbench.local_cloud.agentcore.service import invalid

_METADATA = {
    "AtlassianOauth2": ("https://auth.atlassian.com", "/authorize", "/oauth/token"),
    "GithubOauth2": ("https://github.com", "/login/oauth/authorize", "/login/oauth/access_token"),
    "LinkedinOauth2": ("https://www.linkedin.com", "/oauth/v2/authorization", "/oauth/v2/accessToken"),
    "SalesforceOauth2": (
        "https://login.salesforce.com",
        "/services/oauth2/authorize",
        "/services/oauth2/token",
    ),
    "SlackOauth2": ("https://slack.com", "/oauth/v2/authorize", "/api/oauth.v2.access"),
}
_GOOGLE = "https://accounts.google.com/.well-known/openid-configuration"
_MICROSOFT = "https://login.microsoftonline.com/{}/v2.0/.well-known/openid-configuration"
_OWN_ENDPOINTS = ("issuer", "authorizationEndpoint", "tokenEndpoint")


def discovery_of(vendor: str, config: Mapping[str, object]) -> Mapping[str, object]:
    """The `oauthDiscovery` of a provider.

    Args:
        vendor: `credentialProviderVendor`.
        config: The provider's settings.

    Raises:
        ServiceError: `ValidationException`, if neither the settings nor this table name its endpoints.
    """
    given = config.get("oauthDiscovery")
    if isinstance(given, Mapping):
        return given
    if vendor == "GoogleOauth2":
        return {"discoveryUrl": _GOOGLE}
    if vendor == "MicrosoftOauth2":
        return {"discoveryUrl": _MICROSOFT.format(config.get("tenantId") or "common")}
    if vendor in _METADATA:
        base, authorization, token = _METADATA[vendor]
        return _metadata(base, base + authorization, base + token)
    if all(config.get(name) for name in _OWN_ENDPOINTS):
        return _metadata(*(str(config[name]) for name in _OWN_ENDPOINTS))
    raise invalid(
        f"the local cloud does not know where {vendor} gives out tokens: name issuer, authorizationEndpoint and"
        " tokenEndpoint in its configuration"
    )


def _metadata(issuer: str, authorization: str, token: str) -> Mapping[str, object]:
    metadata = {"issuer": issuer, "authorizationEndpoint": authorization, "tokenEndpoint": token}
    return {"authorizationServerMetadata": metadata}
