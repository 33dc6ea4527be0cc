"""An agent that knows who speaks, and for which company: AgentCore Runtime has verified the token before."""

import os
from typing import TypedDict

import jwt
from bedrock_agentcore.runtime import BedrockAgentCoreApp, RequestContext
from strands import Agent

app = BedrockAgentCoreApp()


class Caller(TypedDict):
    """Who speaks, as the verified token says."""

    subject: str
    tenant: str


def caller_of(context: RequestContext) -> Caller | None:
    """The token's `sub` and `tenant`. Its signature is not checked again: Runtime has checked it."""
    headers = {name.lower(): value for name, value in (context.request_headers or {}).items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    claims = jwt.decode(token, options={"verify_signature": False})
    subject, tenant = claims.get("sub"), claims.get("tenant")
    # A user without a tenant belongs to no company, so there is nothing to answer from.
    return Caller(subject=subject, tenant=tenant) if isinstance(subject, str) and isinstance(tenant, str) else None


@app.entrypoint
async def invoke(payload: dict[str, str], context: RequestContext) -> dict[str, str]:
    caller = caller_of(context)
    if caller is None or not payload.get("prompt"):
        return {"error": "sign in as a user of a company, and send a prompt"}
    agent = Agent(
        model=os.environ["AGENT_MODEL_ID"],
        system_prompt=f"You work for {caller['tenant']} and speak with its employee {caller['subject']}.",
        callback_handler=None,
    )
    return {"response": str(await agent.invoke_async(payload["prompt"]))}


if __name__ == "__main__":
    app.run()
