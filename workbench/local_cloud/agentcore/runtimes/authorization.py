"""Whether the caller of a runtime proved who it is: by a signature (IAM) or by a bearer token (JWT), never both.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-oauth.html
"""

from collections.abc import Mapping
from urllib.parse import quote

from workbench.local_cloud.agentcore.inbound import TokenVerifier, VerifiedToken
from workbench.local_cloud.agentcore.inbound.refusals import advertised_scopes
from workbench.local_cloud.agentcore.runtimes.definition import RuntimeDefinition
from workbench.local_cloud.agentcore.service import ServiceError

METADATA_SUFFIX = "/.well-known/oauth-protected-resource"
"""Path of a runtime's OAuth metadata, below that of its invocations."""

_SIGNATURE = "AWS4-HMAC-SHA256 "
_BEARER = "bearer "


class RuntimeAuthorization:
    """Checks the callers of runtimes.

    Args:
        tokens: Verifies bearer tokens.
        public_url: Where callers reach the service: the emulator's address.
    """

    def __init__(self, tokens: TokenVerifier, public_url: str) -> None:
        self._tokens = tokens
        self._public_url = public_url.rstrip("/")

    def check(self, runtime: RuntimeDefinition, headers: Mapping[str, str], *, qualifier: str) -> VerifiedToken | None:
        """Refuse a caller that did not prove who it is in the way the runtime demands.

        A signature is taken as valid: the emulator checks it with the caller's permissions before a request gets here.

        Args:
            runtime: The runtime.
            headers: Every header of the request, by lower-case name.
            qualifier: The endpoint that was called.

        Returns:
            The caller's token; None where a signature was demanded.

        Raises:
            ServiceError: `UnauthorizedException` (401) for a missing or wrong token; `AccessDeniedException` (403) for
                the other method than the runtime's, or for none where it demands a signature.
        """
        header = headers.get("authorization", "")
        signed = header.startswith(_SIGNATURE)
        if runtime.authorizer is None and not signed:
            raise _mismatch(runtime) if header.lower().startswith(_BEARER) else _denied("Missing Authentication Token")
        if runtime.authorizer is not None and signed:
            raise _mismatch(runtime)
        if runtime.authorizer is None:
            return None
        metadata = self.metadata_url(runtime.arn, qualifier)
        return self._tokens.verify(header, runtime.authorizer, resource_metadata=metadata)

    def metadata_url(self, runtime_arn: str, qualifier: str) -> str:
        """Address of a runtime's OAuth metadata (RFC 9728)."""
        return self._invocations(runtime_arn, METADATA_SUFFIX, qualifier)

    def metadata(self, runtime: RuntimeDefinition, *, qualifier: str) -> dict[str, object]:
        """A runtime's OAuth metadata: who gives out tokens for it, and with which scopes.

        Raises:
            ServiceError: `AccessDeniedException`, if the runtime takes no tokens.
        """
        if runtime.authorizer is None:
            raise _denied(f"{runtime.arn} is configured for IAM (SigV4) and has no OAuth metadata")
        discovery = str(runtime.authorizer["discoveryUrl"])
        document: dict[str, object] = {
            "resource": self._invocations(runtime.arn, "", qualifier),
            "authorization_servers": [discovery.partition("/.well-known/")[0]],
            "bearer_methods_supported": ["header"],
        }
        scopes = advertised_scopes(runtime.authorizer)
        return {**document, "scopes_supported": scopes} if scopes else document

    def _invocations(self, runtime_arn: str, suffix: str, qualifier: str) -> str:
        path = f"/runtimes/{quote(runtime_arn, safe='')}/invocations{suffix}"
        return f"{self._public_url}{path}?qualifier={quote(qualifier, safe='')}"


def _mismatch(runtime: RuntimeDefinition) -> ServiceError:
    return _denied(
        f"Authorization method mismatch: {runtime.arn} is configured for"
        f" {'bearer tokens (JWT)' if runtime.authorizer else 'IAM (SigV4)'}, the request used the other method"
    )


def _denied(message: str) -> ServiceError:
    return ServiceError("AccessDeniedException", message, 403)
