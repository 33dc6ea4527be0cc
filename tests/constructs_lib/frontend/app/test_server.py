"""The server: Streamlit's sign-in settings, safe headers, sign-out at the user pool, and the process itself."""

import os
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from constructs_lib.frontend.app.chat_app.server import SafeResponses, secrets_toml, write_secrets
from constructs_lib.frontend.app.chat_app.settings import ChatSettings
from tests.constructs_lib.frontend.app.fake_cloud import FakeCloud
from tests.constructs_lib.frontend.app.support import variables

APP = Path(__file__).parents[4] / "constructs_lib" / "frontend" / "app"
HTTPS = {"CHAT_REDIRECT_URI": "https://chat.example.com/oauth2callback"}


def settings(**changed: str) -> ChatSettings:
    return ChatSettings.from_environment(variables(**changed))


def test_the_sign_in_is_told_what_it_needs_and_no_more() -> None:
    auth = tomllib.loads(secrets_toml(settings(CHAT_CLIENT_SECRET='with "quotes" \\ and\nlines')))["auth"]
    assert auth == {
        "redirect_uri": "http://localhost:8501/oauth2callback",
        "cookie_secret": "c" * 40,
        "client_id": "web",
        "client_secret": 'with "quotes" \\ and\nlines',
        "server_metadata_url": "http://localhost:1/pool/metadata",
        "expose_tokens": ["access"],
        "client_kwargs": {"scope": "openid email profile", "code_challenge_method": "S256"},
    }


def test_nobody_else_may_read_the_secrets(tmp_path: Path) -> None:
    path = write_secrets(settings(), tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def wrapped(**changed: str) -> TestClient:
    async def page(_: Request) -> Response:
        response = Response("x")
        response.set_cookie("one", "1", httponly=True)
        response.set_cookie("two", "2", secure=True)
        return response

    async def logout(_: Request) -> Response:
        return RedirectResponse("https://pool.example/logout?post_logout_redirect_uri=x")

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("connected")
        await socket.close()

    routes = [
        Route("/", page),
        Route("/auth/logout", logout),
        Route("/_stcore/{rest:path}", page, methods=["GET", "POST", "PUT"]),
        WebSocketRoute("/_stcore/stream", stream),
    ]
    app = Starlette(routes=routes)
    return TestClient(SafeResponses(app, settings(**changed)), follow_redirects=False)


def test_pictures_come_from_here_only_and_nobody_frames_the_page() -> None:
    headers = wrapped().get("/").headers
    assert headers["content-security-policy"].startswith("img-src 'self' data: blob:;")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(("changed", "secure"), [(HTTPS, True), ({}, False)])
def test_cookies_travel_over_tls_where_there_is_tls(changed: dict[str, str], *, secure: bool) -> None:
    cookies = wrapped(**changed).get("/").headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all("Secure" in cookie for cookie in cookies) is secure


def test_a_browser_that_came_once_never_comes_without_tls_again() -> None:
    assert wrapped(**HTTPS).get("/").headers["strict-transport-security"] == "max-age=31536000"
    # A machine's own address would be kept from serving anything else.
    assert "strict-transport-security" not in wrapped().get("/").headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/_stcore/upload_file/session/file"),
        ("GET", "/_stcore/metrics"),
        ("POST", "/_stcore/agent/interact"),
        ("GET", "/_stcore/agent/openapi.json"),
    ],
)
def test_what_the_page_does_not_need_is_not_there(method: str, path: str) -> None:
    assert wrapped().request(method, path).status_code == 404
    assert wrapped().get("/_stcore/health").status_code == 200


@pytest.mark.parametrize("origin", ["https://chat.example.com", None])
def test_the_page_gets_its_connection(origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    with wrapped(**HTTPS).websocket_connect("/_stcore/stream", headers=headers) as connection:
        assert connection.receive_text() == "connected"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://other.example.com", "http://chat.example.com", "http://localhost:8501", "null"],
)
def test_a_page_of_somebody_else_gets_no_connection(origin: str) -> None:
    client = wrapped(**HTTPS)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers={"origin": origin}):
        pytest.fail("connected")


@pytest.mark.parametrize("origin", ["http://localhost:8501", "http://127.0.0.1:8501"])
def test_ones_own_machine_has_several_names(origin: str) -> None:
    with wrapped().websocket_connect("/_stcore/stream", headers={"origin": origin}) as connection:
        assert connection.receive_text() == "connected"
    with (
        pytest.raises(WebSocketDisconnect),
        wrapped().websocket_connect("/_stcore/stream", headers={"origin": "http://evil.example"}),
    ):
        pytest.fail("connected")


def test_signing_out_ends_the_session_at_the_user_pool_too() -> None:
    assert wrapped().get("/auth/logout").headers["location"] == settings().sign_out_url


def test_the_process_says_what_is_missing() -> None:
    environ = {"PATH": os.environ["PATH"], **variables(CHAT_CLIENT_ID="")}
    ended = subprocess.run([sys.executable, APP / "start.py"], env=environ, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert "the front end cannot start: not set: CHAT_CLIENT_ID" in ended.stderr


def test_the_process_is_well_serves_the_page_and_begins_a_sign_in(cloud: FakeCloud, tmp_path: Path) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "CHAT_PORT": str(port)}
    process = subprocess.Popen([sys.executable, APP / "start.py"], env=environ | variables(cloud.url), cwd=tmp_path)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            for _ in range(600):
                try:
                    if http.get("/_stcore/health").status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.05)
            page = http.get("/")
            assert '<html lang="en"' in page.text
            assert page.headers["x-content-type-options"] == "nosniff"
            assert http.get("/_stcore/metrics").status_code == 404
            out = http.get("/auth/logout")
            assert out.headers["location"] == ChatSettings.from_environment(variables(cloud.url)).sign_out_url
    finally:
        process.terminate()
        process.wait(20)
    # Nothing is written anywhere but below the directory for temporary files, and that is taken away again.
    assert list(tmp_path.rglob("secrets.toml")) == []
