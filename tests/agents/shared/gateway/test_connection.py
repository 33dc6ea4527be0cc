"""One session's connection to a gateway: callers, pages, breaks and time-outs."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.session import Session as BotocoreSession
from mcp.shared.exceptions import MCPError

from agents.shared.gateway import connection as connection_module
from agents.shared.gateway.auth import RoleSignature, UserToken
from agents.shared.gateway.connection import SEARCH_TOOL, GatewayConnection, GatewayUnavailableError
from agents.shared.gateway.tools import result_text
from agents.shared.identity import Proof
from tests.agents.fake_gateway import FakeGateway, Seen, token


@asynccontextmanager
async def connected(gateway: FakeGateway, sub: str = "ann") -> AsyncIterator[tuple[GatewayConnection, UserToken]]:
    user = UserToken()
    user.renew(Proof(token(sub)))
    connection = GatewayConnection(gateway.url, user)
    try:
        yield connection, user
    finally:
        await connection.close()


async def ask(connection: GatewayConnection, text: str = "one") -> str:
    return result_text(await connection.call("Orders___get", {"text": text}))


async def test_a_tool_is_called_as_the_user(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, _):
        assert await ask(connection) == "ann has one"
    assert set(gateway.callers()) == {"ann"}


async def test_streams_are_read_as_well(gateway: FakeGateway) -> None:
    gateway.stop()
    gateway.json_response = False
    gateway.start()
    async with connected(gateway) as (connection, _):
        assert await ask(connection) == "ann has one"


async def test_a_connection_serves_many_calls(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, _):
        answers = await asyncio.gather(*(ask(connection, f"order {number}") for number in range(20)))
    assert sorted(answers) == sorted(f"ann has order {number}" for number in range(20))
    assert gateway.methods().count("server/discover") == 1


async def test_reads_every_page(gateway: FakeGateway) -> None:
    gateway.tools |= {f"Many___{number}": gateway.tools["Orders___get"] for number in range(10)}
    gateway.page_size = 3
    async with connected(gateway) as (connection, _):
        assert [tool.name for tool in await connection.tools(1)] == list(gateway.tools)


async def test_reads_no_more_pages_than_it_needs_where_it_can_search(gateway: FakeGateway) -> None:
    gateway.tools |= {f"Many___{number}": gateway.tools["Orders___get"] for number in range(10)}
    gateway.page_size, gateway.searchable = 3, True
    async with connected(gateway) as (connection, _):
        found = await connection.tools(4)
    assert found[0].name == SEARCH_TOOL
    assert len(found) == 6


async def test_lists_what_the_caller_may_see(gateway: FakeGateway) -> None:
    gateway.hidden.add(("bob", "Orders___get"))
    async with connected(gateway, "bob") as (bob, _), connected(gateway, "ann") as (ann, _):
        assert await bob.tools(10) == []
        assert len(await ann.tools(10)) == 1


async def test_a_later_token_replaces_the_one_the_connection_was_opened_with(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, user):
        user.renew(Proof(token("ann", call="first")))
        await ask(connection)
        gateway.expired.add(token("ann", call="first"))
        with pytest.raises(GatewayUnavailableError, match="HTTP 401") as refused:
            await ask(connection)
        assert refused.value.refused
        user.renew(Proof(token("ann", call="second")))
        assert await ask(connection) == "ann has one"
    assert gateway.methods().count("server/discover") == 1


async def test_sends_no_token_where_the_request_had_none(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, user):
        await ask(connection)
        user.renew(Proof())
        with pytest.raises(GatewayUnavailableError, match="HTTP 401"):
            await ask(connection)


async def test_each_session_keeps_to_its_own_token(gateway: FakeGateway) -> None:
    async with connected(gateway, "ann") as (ann, _), connected(gateway, "bob") as (bob, _):
        answers = await asyncio.gather(*(ask(each) for _ in range(10) for each in (ann, bob)))
    assert answers == ["ann has one", "bob has one"] * 10


async def test_a_refused_caller_is_told_from_a_gateway_that_is_down(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, user):
        user.renew(Proof("forged"))
        with pytest.raises(GatewayUnavailableError) as refused:
            await connection.tools(1)
        gateway.stop()
        with pytest.raises(GatewayUnavailableError) as down:
            await connection.tools(1)
        gateway.start()
    assert (refused.value.reason, refused.value.refused) == ("HTTP 401", True)
    assert (down.value.reason, down.value.refused) == ("ConnectError", False)


async def test_connects_again_to_a_gateway_that_was_started_again(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, _):
        await ask(connection)
        gateway.stop()
        gateway.start()
        assert await ask(connection) == "ann has one"


async def test_connects_after_the_gateway_was_down(gateway: FakeGateway) -> None:
    gateway.stop()
    async with connected(gateway) as (connection, _):
        with pytest.raises(GatewayUnavailableError):
            await ask(connection)
        gateway.start()
        assert await ask(connection) == "ann has one"


async def test_opens_a_new_session_where_the_gateway_has_forgotten_the_old_one(gateway: FakeGateway) -> None:
    gateway.legacy = True
    async with connected(gateway) as (connection, _):
        await ask(connection)
        gateway.stop()
        gateway.start()
        gateway.seen.clear()
        assert await ask(connection, "two") == "ann has two"
    assert gateway.methods().count("initialize") == 1


async def test_a_call_that_broke_off_is_not_sent_again(gateway: FakeGateway) -> None:
    ran: list[str] = []

    def breaks_off(_: Mapping[str, object], seen: Seen) -> str:
        ran.append(seen.caller)
        gateway.break_off()
        time.sleep(0.2)
        return "never seen"

    gateway.tools["Orders___cancel"] = breaks_off
    async with connected(gateway) as (connection, _):
        with pytest.raises(GatewayUnavailableError):
            await connection.call("Orders___cancel", {})
        gateway.stop()
        gateway.start()
        assert await ask(connection) == "ann has one"
    assert ran == ["ann"]


async def test_a_list_that_broke_off_is_asked_for_again(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, _):
        await ask(connection)
        gateway.stop()
        gateway.start()
        assert len(await connection.tools(1)) == 1


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_an_answer_without_a_reason_is_told_by_its_status(gateway: FakeGateway, status: int) -> None:
    async with connected(gateway) as (connection, _):
        await ask(connection)
        gateway.status = status
        with pytest.raises(GatewayUnavailableError, match=f"HTTP {status}") as failed:
            await ask(connection)
        assert failed.value.refused == (status == 403)
        gateway.status = None
        assert await ask(connection) == "ann has one"


async def test_an_error_of_the_gateway_is_passed_on(gateway: FakeGateway) -> None:
    async with connected(gateway) as (connection, _):
        with pytest.raises(MCPError, match="Unknown tool: Orders___put"):
            await connection.call("Orders___put", {})


async def test_waits_for_no_answer_forever(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "CONNECT_SECONDS", 0.2)
    async with connected(gateway) as (connection, _):
        await ask(connection)
        gateway.delay = 1
        with pytest.raises(GatewayUnavailableError, match="no answer in time"):
            await connection.call("Orders___get", {}, seconds=0.1)
    async with connected(gateway) as (connection, _):
        with pytest.raises(GatewayUnavailableError, match=r"no answer within 0\.2 s"):
            await ask(connection)


def _botocore(credentials: Credentials) -> BotocoreSession:
    session = BotocoreSession()
    vars(session)["_credentials"] = credentials
    return session


class Role:
    """A boto3 session whose credentials expire at once, so that each request needs new ones."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.issued = 0
        self._gateway = gateway
        credentials = RefreshableCredentials.create_from_metadata(
            self._issue(), refresh_using=self._issue, method="test"
        )
        self.session = boto3.Session(region_name="eu-west-1", botocore_session=_botocore(credentials))

    def _issue(self) -> dict[str, str]:
        self.issued += 1
        key = f"KEY{self.issued}"
        self._gateway.secrets = {key: f"secret {self.issued}"}
        expiry = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
        return {"access_key": key, "secret_key": f"secret {self.issued}", "token": "t", "expiry_time": expiry}


async def test_signs_as_the_role_with_its_credentials_of_that_moment(gateway: FakeGateway) -> None:
    gateway.auth = "IAM"
    role = Role(gateway)
    connection = GatewayConnection(gateway.url, RoleSignature(lambda: role.session, region="us-east-1"))
    assert (await ask(connection)).endswith("has one")
    issued = role.issued
    assert (await ask(connection)).endswith("has one")
    await connection.close()
    assert role.issued > issued
    assert set(gateway.callers()) < {f"KEY{number}" for number in range(1, role.issued + 1)}


async def test_a_signature_of_another_key_is_refused(gateway: FakeGateway) -> None:
    gateway.auth = "IAM"
    role = Role(gateway)
    connection = GatewayConnection(gateway.url, RoleSignature(lambda: role.session, region="eu-west-1"))
    with pytest.raises(GatewayUnavailableError, match="HTTP 401"):
        await ask(connection)


async def test_fails_without_credentials(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session(region_name="us-east-1")
    monkeypatch.setattr(session, "get_credentials", lambda: None)
    connection = GatewayConnection(gateway.url, RoleSignature(lambda: session))
    with pytest.raises(GatewayUnavailableError, match="NoCredentialsError"):
        await ask(connection)
