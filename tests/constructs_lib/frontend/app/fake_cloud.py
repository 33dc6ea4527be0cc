"""A user pool and an agent on real sockets, as the front end meets them: sign-in, tokens, answers, operations."""

import asyncio
import base64
import hashlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.serving import serving

ARN = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/assistant-0123456789"
OTHER_ARN = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/engineer-0123456789"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
Json = dict[str, object]


@dataclass
class FakeCloud:
    """What the servers know, and how they behave: change it from a test at any time."""

    url: str = ""
    token_seconds: int = 3600
    refresh_allowed: bool = True
    gap: float = 0.0
    statuses: list[int] = field(default_factory=list)
    error: Json | None = None
    events: list[Json] = field(default_factory=list)
    cut_off: bool = False
    tasks: list[Json] = field(default_factory=list)
    conversations: dict[str, Json] = field(default_factory=dict)
    calls: list[Json] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    nonces: dict[str, str] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)

    def token(self, subject: str = "ann", seconds: int | None = None, **claims: object) -> str:
        """A signed token of somebody."""
        now = int(time.time())
        lasting = self.token_seconds if seconds is None else seconds
        said = {"sub": subject, "iss": self.url, "iat": now, "exp": now + lasting, "jti": uuid.uuid4().hex, **claims}
        return jwt.encode(said, self.key, "RS256", headers={"kid": "1"})

    def prompts(self) -> list[object]:
        """What agents were told, in order."""
        return [call["prompt"] for call in self.calls if "prompt" in call]

    def operations(self) -> list[object]:
        """Which operations agents were asked for, in order."""
        return [call["operation"] for call in self.calls if "operation" in call]

    # The user pool.

    async def metadata(self, _: Request) -> Response:
        names = ("authorize", "token", "jwks", "revoke", "logout")
        authorize, token, jwks, revoke, logout = (f"{self.url}/pool/{name}" for name in names)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": authorize,
                "token_endpoint": token,
                "jwks_uri": jwks,
                "revocation_endpoint": revoke,
                "end_session_endpoint": logout,
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        asked = request.query_params
        code = uuid.uuid4().hex
        self.nonces[code], self.challenges[code] = asked["nonce"], asked.get("code_challenge", "")
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def exchange(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.forms.append(form)
        if form["grant_type"] == "refresh_token":
            if not self.refresh_allowed:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse(
                {"access_token": self.token(), "expires_in": self.token_seconds, "token_type": "Bearer"}
            )
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenges.pop(form["code"]):
            # A code that somebody reads on its way is worth nothing without the session that asked for it.
            return JSONResponse({"error": "invalid_grant"}, 400)
        identity = self.token(nonce=self.nonces[form["code"]], aud="web", email="ann@example.com", name="Ann Example")
        return JSONResponse(
            {
                "access_token": self.token(),
                "id_token": identity,
                "refresh_token": "refresh-1",
                "expires_in": self.token_seconds,
                "token_type": "Bearer",
            }
        )

    async def keys(self, _: Request) -> Response:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [{**key, "kid": "1", "alg": "RS256", "use": "sig"}]})

    async def revoke(self, request: Request) -> Response:
        self.forms.append({name: values[0] for name, values in parse_qs((await request.body()).decode()).items()})
        return Response()

    async def logout(self, request: Request) -> Response:
        return HTMLResponse(f"<h1>Signed out of the pool</h1>{request.query_params}")

    # The agent.

    async def invoke(self, request: Request) -> Response:
        body = await request.json()
        refused = self._refusal(request)
        if refused is not None:
            return refused
        session = request.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"]
        arn = unquote(request.path_params["arn"])
        subject = jwt.decode(_bearer(request), options={"verify_signature": False})["sub"]
        self.calls.append({**body, "session": session, "arn": arn, "sub": subject})
        if "operation" in body:
            return JSONResponse(self._operate(body))
        if self.error:
            return JSONResponse({"error": self.error})
        return StreamingResponse(self._answer(body["prompt"], session), media_type="text/event-stream")

    async def stop(self, request: Request) -> Response:
        self.stopped.append(request.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"])
        return JSONResponse({})

    def _refusal(self, request: Request) -> Response | None:
        if self.statuses:
            status = self.statuses.pop(0)
            if status != 200:
                return JSONResponse({"message": "told to fail"}, status)
        expiry = jwt.decode(_bearer(request), options={"verify_signature": False})["exp"]
        return JSONResponse({"message": "expired"}, 401) if expiry < time.time() else None

    async def _answer(self, prompt: str, session: str) -> AsyncIterator[str]:
        text = f"You said {prompt}"
        script = self.events or [{"type": "text", "text": f"{word} "} for word in text.split(" ")]
        for event in script:
            await asyncio.sleep(self.gap)
            yield f"data: {json.dumps(event)}\n\n"
        if self.cut_off:
            return
        self._keep(session, prompt, text)
        yield f"data: {json.dumps({'type': 'end', 'response': text, 'notices': []})}\n\n"

    def _keep(self, session: str, prompt: str, text: str) -> None:
        at = "2026-11-21T03:00:00Z"
        kept = self.conversations.setdefault(
            session, {"id": session, "name": prompt[:48], "created_at": at, "last_used_at": at, "messages": []}
        )
        messages = kept["messages"]
        assert isinstance(messages, list)
        messages += [{"role": "user", "text": prompt, "tools": []}, {"role": "assistant", "text": text, "tools": []}]

    def _operate(self, body: Json) -> Json:
        kept = self.conversations.get(str(body.get("conversation")))
        match body["operation"]:
            case "list_tasks":
                return {"tasks": self.tasks}
            case "list_conversations":
                newest = list(reversed(self.conversations.values()))[: int(str(body.get("limit", 20)))]
                return {"conversations": [self._about(each) for each in newest], "next": None}
            case "search_conversations":
                found = [each for each in self.conversations.values() if str(body["query"]) in json.dumps(each)]
                return {"conversations": [{**self._about(each), "found": "… here …"} for each in found], "next": None}
            case "export_my_data":
                return {"conversations": list(self.conversations.values()), "next": None, "records": [{"text": "tea"}]}
            case "delete_my_data":
                ended = list(self.conversations)
                self.conversations.clear()
                return {"deleted": {}, "complete": True, "conversations": ended}
        if kept is None:
            return {"error": {"code": "conversation_not_found", "message": "You have no such conversation."}}
        return self._on_one(body, kept)

    def _on_one(self, body: Json, kept: Json) -> Json:
        match body["operation"]:
            case "get_conversation":
                return {"conversation": self._about(kept), "messages": kept["messages"]}
            case "rename_conversation":
                kept["name"] = body["name"]
                return {"conversation": {"id": kept["id"], "name": body["name"]}}
            case "delete_conversation":
                del self.conversations[str(kept["id"])]
                return {"deleted": {"events": 2, "records": 0}}
        return {"error": {"code": "operation_unknown", "message": "There is no such operation."}}

    @staticmethod
    def _about(kept: Json) -> Json:
        return {name: value for name, value in kept.items() if name != "messages"}


def _bearer(request: Request) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


@contextmanager
def serve_cloud() -> Iterator[FakeCloud]:
    """The servers on a free loopback port."""
    cloud = FakeCloud()
    app = Starlette(
        routes=[
            Route("/pool/metadata", cloud.metadata),
            Route("/pool/authorize", cloud.authorize),
            Route("/pool/token", cloud.exchange, methods=["POST"]),
            Route("/pool/jwks", cloud.keys),
            Route("/pool/revoke", cloud.revoke, methods=["POST"]),
            Route("/pool/logout", cloud.logout),
            Route("/runtimes/{arn:path}/invocations", cloud.invoke, methods=["POST"]),
            Route("/runtimes/{arn:path}/stopruntimesession", cloud.stop, methods=["POST"]),
        ]
    )
    with serving(app) as cloud.url:
        yield cloud
