"""How the login page of a web client looks."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_cognito as cognito
from constructs import Construct

_EXTENSIONS = {".ico": "ICO", ".jpeg": "JPEG", ".jpg": "JPEG", ".png": "PNG", ".svg": "SVG", ".webp": "WEBP"}
# The quota of managed login's assets.
_MAX_LOGO_BYTES = 750_000


@dataclass(frozen=True, kw_only=True)
class LoginBranding:
    """Managed login's look for one client. Without any, Amazon Cognito shows no login page for the client.

    Follows https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-branding.html

    Args:
        logo: Picture above the form, for light and dark pages. Default: none.
        settings: What the branding designer exports. Default: Amazon Cognito's own look.

    Raises:
        ValueError: If the picture is not there, of another kind, or too large.
    """

    logo: Path | None = None
    settings: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        if self.logo is None:
            return
        if not self.logo.is_file() or self.logo.suffix.lower() not in _EXTENSIONS:
            raise ValueError(
                f"the logo is a file that ends in {', '.join(sorted(_EXTENSIONS))}, got {str(self.logo)!r}"
            )
        size = self.logo.stat().st_size
        if size > _MAX_LOGO_BYTES:
            raise ValueError(f"the logo has at most {_MAX_LOGO_BYTES} bytes, got {size} in {str(self.logo)!r}")

    def apply(
        self, scope: Construct, id: str, pool: cognito.IUserPool, client: cognito.IUserPoolClient
    ) -> cognito.CfnManagedLoginBranding:
        """Make the style of `client`'s login page."""
        own = self.logo is not None or self.settings is not None
        return cognito.CfnManagedLoginBranding(
            scope,
            id,
            user_pool_id=pool.user_pool_id,
            client_id=client.user_pool_client_id,
            use_cognito_provided_values=None if own else True,
            settings=dict(self.settings) if self.settings is not None else None,
            assets=self._assets(self.logo) if self.logo else None,
        )

    def _assets(self, logo: Path) -> list[cognito.CfnManagedLoginBranding.AssetTypeProperty]:
        content = base64.b64encode(logo.read_bytes()).decode()
        return [
            cognito.CfnManagedLoginBranding.AssetTypeProperty(
                category="FORM_LOGO",
                color_mode=mode,
                extension=_EXTENSIONS[logo.suffix.lower()],
                bytes=content,
            )
            for mode in ("LIGHT", "DARK")
        ]
