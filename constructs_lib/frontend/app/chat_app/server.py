"""The server of the front end: Streamlit, its sign-in made ready for Amazon Cognito, and safe headers."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import streamlit as st
from authlib.integrations import starlette_client  # type: ignore[import-untyped]
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse

from .services import services
from .settings import LOOPBACK, ChatSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "0.0.0.0"  # noqa: S104 -- a container's port is opened by its security group
PORT = 8501

_SIGN_OUT_PATH = "/auth/logout"
# What Streamlit serves to anybody without a sign-in, and this page has no use for: an upload lies in the memory of all.
_UNUSED_PATHS = ("/_stcore/agent/", "/_stcore/metrics", "/_stcore/upload_file/")
_NO_TLS_NEVER_AGAIN = "max-age=31536000"
_POLICY_VIOLATION = 1008
_HEADERS = {
    # Pictures come from here only: one from elsewhere would carry what a model knows in its address.
    "Content-Security-Policy": "img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# Colours that have a contrast of at least 4.5 to 1 against their background.
_CONFIG: Mapping[str, object] = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.maxUploadSize": 1,
    "server.disconnectedSessionTTL": 120,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showSidebarNavigation": False,
    "runner.magicEnabled": False,
    # Looking for garbage after each run costs more than the run; Python does it by itself when there is some.
    "runner.postScriptGC": False,
    "theme.light.primaryColor": "#0b5cad",
    "theme.light.linkColor": "#0b5cad",
    "theme.dark.primaryColor": "#1f6fc4",
    "theme.dark.linkColor": "#7cb7ff",
}


class SafeResponses:
    """Middleware: safe headers, cookies for TLS only where there is TLS, sign-out at the user pool as well, and nothing
    for pages of somebody else.

    Args:
        app: What it stands before.
        settings: Say where sign-out goes, and whether there is TLS.
    """

    def __init__(self, app: "ASGIApp", settings: ChatSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve a request."""
        if scope["type"] == "websocket" and not self._is_own(Headers(scope=scope).get("origin")):
            # Streamlit would let in pages of localhost, and ask a server on the internet for its own address first.
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(_UNUSED_PATHS):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
            return

        async def send_safely(message: "Message") -> None:
            if message["type"] == "http.response.start":
                self._secure(MutableHeaders(scope=message), str(scope.get("path", "")))
            await send(message)

        await self._app(scope, receive, send_safely)

    def _secure(self, headers: MutableHeaders, path: str) -> None:
        for name, value in _HEADERS.items():
            headers[name] = value
        if path == _SIGN_OUT_PATH and "location" in headers:
            # Cognito wants `logout_uri`, which the OpenID sign-out of Streamlit does not send.
            headers["location"] = self._settings.sign_out_url
        if self._settings.is_https:
            headers["Strict-Transport-Security"] = _NO_TLS_NEVER_AGAIN
            cookies = headers.getlist("set-cookie")
            del headers["set-cookie"]
            for cookie in cookies:
                headers.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")

    def _is_own(self, origin: str | None) -> bool:
        # Browsers name the page that asks; what is no browser has no cookie of anybody.
        if origin is None or origin == self._settings.origin:
            return True
        return not self._settings.is_https and urlsplit(origin).hostname in LOOPBACK


class RememberingClient(starlette_client.StarletteOAuth2App):  # type: ignore[misc]
    """The sign-in's client, which keeps the refresh token that Streamlit would drop."""

    async def authorize_access_token(self, request: object, **kwargs: object) -> dict[str, object]:
        """Exchange the code for tokens."""
        token = cast("dict[str, object]", await super().authorize_access_token(request, **kwargs))
        access, refresh = token.get("access_token"), token.get("refresh_token")
        if isinstance(access, str) and isinstance(refresh, str):
            services().tokens.remember(access, refresh)
        return token


def secrets_toml(settings: ChatSettings) -> str:
    """The file from which Streamlit's sign-in reads its settings.

    https://docs.streamlit.io/develop/api-reference/user/st.login

    Args:
        settings: What the container is told.
    """
    # Strings of JSON are strings of TOML.
    lines = {
        "redirect_uri": json.dumps(settings.redirect_uri),
        "cookie_secret": json.dumps(settings.cookie_secret),
        "client_id": json.dumps(settings.client_id),
        "client_secret": json.dumps(settings.client_secret),
        "server_metadata_url": json.dumps(settings.metadata_url),
        "expose_tokens": json.dumps(["access"]),
    }
    section = "\n".join(f"{name} = {value}" for name, value in lines.items())
    # Cognito takes PKCE and does not announce it, so Streamlit has to be told.
    client = f'scope = {json.dumps(settings.scopes)}\ncode_challenge_method = "S256"\n'
    return f"[auth]\n{section}\n\n[auth.client_kwargs]\n{client}"


def write_secrets(settings: ChatSettings, directory: Path) -> Path:
    """Write that file for this user's eyes only.

    Args:
        settings: What the container is told.
        directory: Where; it has to be writable.
    """
    path = directory / "secrets.toml"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(secrets_toml(settings))
    return path


def serve(script: Path, *, host: str = HOST, port: int = PORT) -> None:
    """Serve the page until the process is told to end.

    Args:
        script: What Streamlit runs for each click.
        host: Address to listen at.
        port: Where to listen.

    Raises:
        SettingsError: If the container is told too little, or something wrong.
    """
    settings = services().settings
    starlette_client.StarletteOAuth2App = RememberingClient
    with tempfile.TemporaryDirectory(prefix="chat-") as directory:
        secrets = write_secrets(settings, Path(directory))
        app = st.App(script, middleware=[Middleware(SafeResponses, settings=settings)])
        # Without an address of its own Streamlit would ask a server on the internet for one.
        address = urlsplit(settings.redirect_uri).hostname or ""
        listens = {"server.address": host, "server.port": port, "browser.serverAddress": address}
        app.run(config={**_CONFIG, **listens, "secrets.files": [str(secrets)]})
