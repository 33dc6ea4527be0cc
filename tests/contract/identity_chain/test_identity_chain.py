"""Identity conformance: who signs in is who the tools work for, and nothing on the way can be spoofed or over-reached.

Every refusal has a counterpart that succeeds once the protection is taken away: a refusal for another reason would
prove nothing.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping

import httpx
import psutil
import pytest

from tests.contract.identity_chain.chain import (
    ACTOR_HEADER,
    OPEN_SECRET,
    ROOT,
    WHO_CALLS,
    WRITE_NOTE,
    synthesize,
)
from tests.contract.identity_chain.people import (
    ALICE,
    BOB,
    DeployedChain,
    altered,
    forged,
    short_lived,
    subject,
    unsigned,
    until,
)
from workbench.assembly import read_assembly
from workbench.conversations.client import new_session_id
from workbench.local_cloud.cloud import LocalCloud

pytestmark = pytest.mark.local_cloud

Chains = dict[str, DeployedChain]
CALLER_HEADER = "X-Caller-Subject"


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chains]:
    output = tmp_path_factory.mktemp("chain")
    synthesize(output / "cdk.out")
    with LocalCloud(ROOT / ".workbench", work=output / "cloud") as cloud:
        cloud.deploy(read_assembly(output / "cdk.out"))
        deployed = {name: DeployedChain(cloud, name) for name in ("Protected", "Unprotected")}
        for chain in deployed.values():
            chain.make_people()
        yield deployed


@pytest.fixture(scope="module")
def protected(chains: Chains) -> DeployedChain:
    return chains["Protected"]


@pytest.fixture(scope="module")
def unprotected(chains: Chains) -> DeployedChain:
    return chains["Unprotected"]


def knock(chain: DeployedChain, door: str, token: str | None) -> int:
    """The HTTP status at the gateway's or the agent's door."""
    answer = chain.call_gateway(token) if door == "gateway" else chain.ask(token, "What is 1 + 1?")
    return answer.status_code


DOORS = pytest.mark.parametrize("door", ["gateway", "agent"])


class TestTheChain:
    @pytest.mark.parametrize("person", [ALICE, BOB])
    def test_the_tool_behind_agent_and_gateway_works_for_who_signed_in(
        self, protected: DeployedChain, person: str
    ) -> None:
        token = protected.token(person)
        answer = protected.ask(token, f"Use the tool {WHO_CALLS}")
        assert answer.status_code == 200, answer.text
        assert subject(token) in answer.json()["response"]

    def test_the_gateway_overwrites_what_a_caller_says_about_itself(self, protected: DeployedChain) -> None:
        token = protected.token()
        told = protected.call_tool(token, WHO_CALLS, {CALLER_HEADER: "mallory"})
        assert told["caller"] == subject(token)

    def test_without_the_interceptor_the_tool_believes_the_caller(self, unprotected: DeployedChain) -> None:
        told = unprotected.call_tool(unprotected.token(), WHO_CALLS, {CALLER_HEADER: "mallory"})
        assert told["caller"] == "mallory"


class TestTokens:
    @DOORS
    def test_a_good_token_opens_the_door(self, protected: DeployedChain, door: str) -> None:
        assert knock(protected, door, protected.token()) == 200

    @DOORS
    @pytest.mark.parametrize("spoil", [forged, unsigned, altered, lambda _: None, lambda _: "nonsense"])
    def test_a_token_that_the_directory_did_not_sign_is_refused(
        self, protected: DeployedChain, door: str, spoil: Callable[[str], str | None]
    ) -> None:
        # The counterpart is the test above: the same claims under the directory's signature.
        assert knock(protected, door, spoil(protected.token())) == 401

    @DOORS
    def test_an_expired_token_is_refused_and_was_good_before(self, protected: DeployedChain, door: str) -> None:
        token = short_lived(protected, seconds=4)
        assert knock(protected, door, token) == 200
        time.sleep(5)
        assert knock(protected, door, token) == 401

    @DOORS
    def test_a_token_of_another_issuer_is_refused_where_it_is_good(
        self, protected: DeployedChain, unprotected: DeployedChain, door: str
    ) -> None:
        token = unprotected.token()
        assert knock(protected, door, token) == 401
        assert knock(unprotected, "gateway", token) == 200

    @DOORS
    def test_a_token_for_another_client_is_refused(self, protected: DeployedChain, door: str) -> None:
        assert knock(protected, door, protected.token(client="Other")) == 401

    def test_without_the_client_restriction_it_is_accepted(self, unprotected: DeployedChain) -> None:
        assert knock(unprotected, "gateway", unprotected.token(client="Other")) == 200

    @DOORS
    def test_a_token_without_the_scope_is_refused(self, protected: DeployedChain, door: str) -> None:
        assert knock(protected, door, protected.token_without_scope()) == 401

    def test_without_the_scope_restriction_it_is_accepted(self, unprotected: DeployedChain) -> None:
        assert knock(unprotected, "gateway", unprotected.token_without_scope()) == 200

    def test_refusals_tell_nothing_about_what_was_wrong_with_the_signature(self, protected: DeployedChain) -> None:
        token = protected.token()
        answers = [protected.call_gateway(spoilt) for spoilt in (forged(token), altered(token))]
        assert answers[0].json() == answers[1].json()
        assert all("www-authenticate" in answer.headers for answer in answers)


class TestSessions:
    def test_another_users_session_is_refused_alive_and_ended(self, protected: DeployedChain) -> None:
        alice, bob, session = protected.token(ALICE), protected.token(BOB), new_session_id()
        assert "response" in protected.ask(alice, "My favorite number is 7", session=session).json()

        alive = protected.ask(bob, "What is my favorite number?", session=session).json()
        end_process(protected, session)
        ended = protected.ask(bob, "What is my favorite number?", session=session).json()

        assert alive == ended
        assert (alive["error"]["code"], alive["error"]["status"]) == ("session_of_another_actor", 403)
        assert "7" in protected.ask(alice, "What is my favorite number?", session=session).json()["response"]

    def test_without_the_registry_an_ended_session_can_be_taken_over(self, unprotected: DeployedChain) -> None:
        alice, bob, session = unprotected.token(ALICE), unprotected.token(BOB), new_session_id()
        as_alice, as_bob = {ACTOR_HEADER: "alice"}, {ACTOR_HEADER: "bob"}
        unprotected.ask(alice, "My favorite number is 7", session=session, headers=as_alice)
        end_process(unprotected, session)
        assert "response" in unprotected.ask(bob, "What is 1 + 1?", session=session, headers=as_bob).json()


class TestActors:
    def test_a_header_does_not_change_the_actor(self, protected: DeployedChain) -> None:
        token, session = protected.token(), new_session_id()
        protected.ask(token, "My favorite number is 7", session=session, headers={ACTOR_HEADER: "bob"})
        assert events(protected, subject(token), session)
        assert not events(protected, "bob", session)

    def test_where_the_agent_trusts_the_header_it_does(self, unprotected: DeployedChain) -> None:
        token, session = unprotected.token(), new_session_id()
        unprotected.ask(token, "My favorite number is 7", session=session, headers={ACTOR_HEADER: "bob"})
        assert events(unprotected, "bob", session)


class TestTools:
    def test_the_agent_cannot_reach_a_tool_that_its_user_may_not_use(self, protected: DeployedChain) -> None:
        prompt = f'Use the tool {WRITE_NOTE} with {{"text": "hello"}}'
        assert "hello" in protected.ask(protected.token(ALICE), prompt).json()["response"]
        assert "hello" not in protected.ask(protected.token(BOB), prompt).json()["response"]

    def test_the_gateway_neither_lists_nor_calls_it(self, protected: DeployedChain) -> None:
        token = protected.token(BOB)
        assert WRITE_NOTE not in names(protected.call_gateway(token))
        assert WRITE_NOTE in names(protected.call_gateway(protected.token(ALICE)))
        refused = protected.call_tool(token, WRITE_NOTE, text="hello")
        assert "hello" not in str(refused)

    def test_without_the_policy_everybody_may(self, unprotected: DeployedChain) -> None:
        token = unprotected.token(BOB)
        assert WRITE_NOTE in names(unprotected.call_gateway(token))
        assert unprotected.call_tool(token, WRITE_NOTE, text="hello")["result"] == "hello"

    def test_a_tools_role_opens_its_own_secret_and_no_other(self, protected: DeployedChain) -> None:
        token = protected.token()
        assert len(protected.call_tool(token, OPEN_SECRET, owner="mine")["result"]) >= 32
        assert protected.call_tool(token, OPEN_SECRET, owner="theirs")["result"] == "AccessDeniedException"

    def test_with_a_grant_too_many_it_opens_both(self, unprotected: DeployedChain) -> None:
        token = unprotected.token()
        assert len(unprotected.call_tool(token, OPEN_SECRET, owner="theirs")["result"]) >= 32


def names(answer: httpx.Response) -> set[str]:
    return {tool["name"] for tool in answer.json()["result"]["tools"]}


def end_process(chain: DeployedChain, session: str) -> None:
    def pids() -> list[int]:
        rows = httpx.get(f"{chain.cloud.agentcore_url}/_local/sessions", trust_env=False).json()
        return [row["pid"] for row in rows if row["sessionId"] == session]

    (pid,) = pids()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def events(chain: DeployedChain, actor: str, session: str) -> list[object]:
    control, data = chain.client("bedrock-agentcore-control"), chain.client("bedrock-agentcore")
    runtime = control.get_agent_runtime(agentRuntimeId=chain.outputs["Agent"].rpartition("/")[2])
    memory = runtime["environmentVariables"]["BEDROCK_AGENTCORE_MEMORY_ID"]
    found: list[object] = data.list_events(memoryId=memory, actorId=actor, sessionId=session)["events"]
    return found


# Granted, and not needed in these tests: the action and when it is needed.
NEEDED_ELSEWHERE: Mapping[str, str] = {
    "bedrock-agentcore:DeleteEvent": "the session manager replaces a message that a guardrail redacted",
    "bedrock-agentcore:GetEvent": "the same",
    "bedrock-agentcore:ListSessions": "operations on one's own conversations and data, tests/agents/shared",
    "bedrock-agentcore:ListMemoryRecords": "the same",
    "bedrock-agentcore:DeleteMemoryRecord": "the same",
    "dynamodb:DeleteItem": "the same",
    "xray:GetSamplingRules": "the local cloud has no AWS X-Ray",
    "xray:GetSamplingTargets": "the same",
    "xray:PutTelemetryRecords": "the same",
    "xray:PutTraceSegments": "the same",
}


class TestPermissions:
    @pytest.mark.parametrize("role", ["ToolsRole", "AgentRole"])
    def test_a_role_was_denied_nothing_and_has_no_action_that_it_did_not_need(
        self, protected: DeployedChain, role: str
    ) -> None:
        def unused() -> set[str]:
            report = protected.report(role)
            used = {action for use in report.grants for action in use.actions}
            return {use.grant.action for use in report.grants} - used - NEEDED_ELSEWHERE.keys()

        # What an agent prints is delivered within seconds.
        until(lambda: not unused() or not any(action.startswith("logs:") for action in unused()))
        assert unused() == set()
        assert not protected.report(role).denials
