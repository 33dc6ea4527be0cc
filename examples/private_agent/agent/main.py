"""An agent that knows who speaks: AgentCore Runtime has verified the token before it forwards the header."""

import os

import jwt
from bedrock_agentcore.runtime import BedrockAgentCoreApp, RequestContext
from strands import Agent

app = BedrockAgentCoreApp()


def subject_of(context: RequestContext) -> str | None:
    """The token's `sub`. The signature is not checked again: the agent holds no key, and Runtime has checked it."""
    headers = {name.lower(): value for name, value in (context.request_headers or {}).items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    subject = jwt.decode(token, options={"verify_signature": False}).get("sub")
    return subject if isinstance(subject, str) else None


@app.entrypoint
async def invoke(payload: dict[str, str], context: RequestContext) -> dict[str, str]:
    subject = subject_of(context)
    if subject is None or not payload.get("prompt"):
        return {"error": "sign in, and send a prompt"}
    agent = Agent(
        model=os.environ["AGENT_MODEL_ID"],
        system_prompt=f"You speak with the signed-in user {subject}.",
        callback_handler=None,
    )
    return {"response": str(await agent.invoke_async(payload["prompt"]))}


if __name__ == "__main__":
    app.run()
