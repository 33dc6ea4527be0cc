"""Browsers that run: pages read over the front door's stream, who may, and what is left when a session ends."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from agents.shared.sandbox.browser import PageReader
from agents.shared.sandbox.failures import SandboxError
from tests.agents.conftest import forget_clients
from tests.agents.scripted_model import UseTool
from tests.workbench.local_cloud.sandbox.cloud import SandboxCloud, alive, sandbox_cloud
from tests.workbench.local_cloud.sandbox.test_agents import BROWSE, agent
from workbench.local_cloud.agentcore.sandbox.chromium import (
    NOT_A_BOUNDARY,
    Chromium,
    NotStartedError,
    RunningBrowser,
    find_chromium,
)

FOUND = find_chromium()
pytestmark = [
    pytest.mark.local_cloud,
    pytest.mark.skipif(FOUND is None, reason="no chromium, chromium-browser or google-chrome on the path"),
]

AsRole = Callable[[str, list[str]], PageReader]
HOST = "shop.example.com"
BROWSER = "aws.browser.v1"
ARN = f"arn:aws:bedrock-agentcore:us-east-1:aws:browser/{BROWSER}"
PAGE = b"""<html><head><title>Shop</title></head><body><h1>Prices</h1><p id=p></p><script>
p.textContent = 6 * 7 + " euros";
fetch("/order", {method: "POST", body: "one"}).catch(() => {});
</script></body></html>"""


@dataclass
class Site:
    """A web site of this machine that the browser knows by a public name."""

    port: int = 0
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.requests.append(f"GET {self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"x" * 200_000 if self.path == "/large" else PAGE)

        def do_POST(self) -> None:
            made.requests.append(f"POST {self.path}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[SandboxCloud]:
    """A local cloud whose browsers find one public name on this machine."""
    assert FOUND is not None
    rerouted = replace(FOUND, switches=(f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{site.port}",))
    with sandbox_cloud(tmp_path_factory.mktemp("browsers"), rerouted) as cloud:
        yield cloud


@pytest.fixture
def as_role(browsing: SandboxCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[AsRole]:
    """Makes a reader under a new role with these actions on the browser."""
    readers = []

    def reader(name: str, actions: list[str]) -> PageReader:
        statement = {"Effect": "Allow", "Action": [f"bedrock-agentcore:{each}" for each in actions], "Resource": ARN}
        role = browsing.emulator.role_session(name, statement)
        sign_as(monkeypatch, role)
        client = browsing.client(session=role)
        readers.append(PageReader(BROWSER, client, client))
        return readers[-1]

    forget_clients()
    yield reader
    for each in readers:
        each.close()
    forget_clients()


def sign_as(environment: pytest.MonkeyPatch, role: boto3.Session) -> None:
    credentials = role.get_credentials()
    assert credentials is not None
    environment.setenv("AWS_ACCESS_KEY_ID", str(credentials.access_key))
    environment.setenv("AWS_SECRET_ACCESS_KEY", str(credentials.secret_key))
    environment.setenv("AWS_SESSION_TOKEN", str(credentials.token))


def running(cloud: SandboxCloud) -> list[dict[str, Any]]:
    return [row for row in cloud.rows().values() if row["status"] == "READY"]


def gone(pids: list[int], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_a_page_is_read_and_what_it_would_send_is_stopped(browsing: SandboxCloud, site: Site, as_role: AsRole) -> None:
    reader = as_role("Reader", BROWSE)
    page = reader.read(f"http://{HOST}/")
    assert (page.title, page.text, page.complete) == ("Shop", "Prices\n\n42 euros", True)
    assert page.blocked == 1
    assert "POST /order" not in site.requests
    assert len(reader.read(f"http://{HOST}/large").text) == 200_000
    (row,) = running(browsing)
    assert row["what"] == NOT_A_BOUNDARY
    assert f"program {FOUND.program}" in row["measures"]  # type: ignore[union-attr]
    assert not row["securityBoundary"]
    assert all(map(alive, row["pids"]))
    reader.close()
    assert gone(row["pids"])
    assert not (browsing.directory / "sandboxes" / row["sessionId"]).exists()
    decided = [(each["action"], each["resource"], each["allowed"]) for each in browsing.emulator.decisions("Reader")]
    names = [BROWSE[0], BROWSE[2], BROWSE[2], BROWSE[1]]
    assert decided == [(f"bedrock-agentcore:{name}", ARN, True) for name in names]


def test_without_permission_the_stream_stays_closed(browsing: SandboxCloud, as_role: AsRole) -> None:
    reader = as_role("Blind", BROWSE[:2])
    with pytest.raises(SandboxError, match="the agent's role does not allow it"):
        reader.read(f"http://{HOST}/")
    decided = [(each["action"], each["allowed"]) for each in browsing.emulator.decisions("Blind")]
    allowed = {f"bedrock-agentcore:{name}": name != BROWSE[2] for name in BROWSE}
    assert sorted(decided) == sorted(allowed.items())
    assert running(browsing) == []


def test_an_agent_reads_a_page(browsing: SandboxCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_clients()
    process = agent(browsing, monkeypatch, "Surfer", BROWSE, UseTool("browse", {"url": f"http://{HOST}/"}))
    with process.client:
        answer = process.say("read")
    forget_clients()
    assert "42 euros" in str(answer["response"])
    assert answer["notices"] == []
    assert running(browsing) == []


def test_nobody_connects_without_a_signature_or_with_a_broken_one(browsing: SandboxCloud) -> None:
    client = browsing.client()
    started = client.start_browser_session(browserIdentifier=BROWSER)
    endpoint = started["streams"]["automationStream"]["streamEndpoint"]
    role = browsing.emulator.role_session("Forger", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    keys = role.get_credentials()
    assert keys is not None
    forged = {
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={keys.access_key}/20261121/us-east-1/bedrock-agentcore/aws4_request,"
            f" SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
        ),
        "X-Amz-Date": "20261121T000000Z",
        "X-Amz-Security-Token": str(keys.token),
    }
    for headers in ({}, forged):
        with pytest.raises(InvalidStatus) as refused:
            connect(endpoint, additional_headers=headers, proxy=None)
        assert refused.value.response.status_code == 403
    client.stop_browser_session(browserIdentifier=BROWSER, sessionId=started["sessionId"])


def test_a_session_is_found_by_its_own_browser_and_in_its_own_region_only(browsing: SandboxCloud) -> None:
    client = browsing.client()
    other = browsing.client("bedrock-agentcore-control").create_browser(
        name="other", networkConfiguration={"networkMode": "PUBLIC"}
    )["browserId"]
    session = client.start_browser_session(browserIdentifier=BROWSER)["sessionId"]

    def status(browser: str, region: str = "us-east-1") -> int:
        scope = {"x-local-account": "000000000000", "x-local-region": region}
        url = f"{browsing.server_url}/_local/browsers/{browser}/sessions/{session}"
        return httpx.get(url, headers=scope, trust_env=False).status_code

    assert (status(BROWSER), status(other), status(BROWSER, "eu-west-1")) == (200, 404, 404)
    client.stop_browser_session(browserIdentifier=BROWSER, sessionId=session)
    assert status(BROWSER) == 404


def test_a_browser_that_crashes_is_replaced_at_the_next_page(browsing: SandboxCloud, as_role: AsRole) -> None:
    reader = as_role("Unlucky", BROWSE)
    reader.read(f"http://{HOST}/")
    (row,) = running(browsing)
    for pid in row["pids"]:
        with suppress(psutil.Error):
            psutil.Process(pid).kill()
    with pytest.raises(SandboxError, match="The page could not be read"):
        reader.read(f"http://{HOST}/")
    assert reader.read(f"http://{HOST}/").title == "Shop"


def test_sessions_are_described_and_end_by_request_and_by_time(browsing: SandboxCloud) -> None:
    client = browsing.client()
    started = client.start_browser_session(browserIdentifier=BROWSER, viewPort={"width": 640, "height": 480})
    short = client.start_browser_session(browserIdentifier=BROWSER, sessionTimeoutSeconds=2)
    assert started["ResponseMetadata"]["HTTPHeaders"]["x-local-sandbox"] == NOT_A_BOUNDARY
    named = {"browserIdentifier": BROWSER, "sessionId": started["sessionId"]}
    assert client.get_browser_session(**named)["streams"] == started["streams"]
    with pytest.raises(ClientError, match="at most 2 browsers"):
        client.start_browser_session(browserIdentifier=BROWSER)
    listed = client.list_browser_sessions(browserIdentifier=BROWSER, status="READY")["items"]
    assert {each["sessionId"] for each in listed} == {started["sessionId"], short["sessionId"]}
    rows = browsing.rows()
    pids = rows[started["sessionId"]]["pids"]
    client.stop_browser_session(**named)
    assert gone(pids)
    assert "streams" not in client.get_browser_session(**named)
    assert gone(rows[short["sessionId"]]["pids"])


def test_a_browser_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path;"
        "from workbench.local_cloud.agentcore.sandbox.chromium import RunningBrowser, find_chromium;"
        "print(*RunningBrowser(find_chromium(), Path(sys.argv[1])).pids(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "browser")], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        pids = list(map(int, server.stdout.readline().split()))
        assert len(pids) > 2
        server.kill()
    assert gone(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_browser_is_given_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FOUND is not None
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    browser = RunningBrowser(FOUND, tmp_path / "browser")
    seen = b"".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in browser.pids())
    browser.close()
    assert b"HOME=" in seen
    assert b"hush-hush" not in seen


def test_a_program_that_is_no_browser_fails_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match="ended at once"):
        RunningBrowser(Chromium(Path("/bin/false")), tmp_path / "browser")
    assert not (tmp_path / "browser").exists()
