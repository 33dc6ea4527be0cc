"""An agent that may ask its colleague. Both agents run this code; they differ by the variable `ROLE`."""

import json
import os

import boto3
from bedrock_agentcore.runtime import BedrockAgentCoreApp, RequestContext
from strands import Agent, tool

app = BedrockAgentCoreApp()


def ask(question: str, session_id: str) -> str:
    """Invoke the colleague's runtime, in a session of its own that belongs to ours."""
    parameter = os.environ["COLLEAGUE_ARN_PARAMETER"]
    answer = boto3.client("bedrock-agentcore").invoke_agent_runtime(
        agentRuntimeArn=boto3.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"],
        runtimeSessionId=f"{session_id[:200]}-colleague",
        payload=json.dumps({"prompt": question, "from_colleague": True}).encode(),
    )
    return str(json.load(answer["response"]).get("response"))


@app.entrypoint
async def invoke(payload: dict[str, object], context: RequestContext) -> dict[str, str]:
    prompt, session_id = payload.get("prompt"), context.session_id
    if not isinstance(prompt, str) or not session_id:
        return {"error": "send a prompt, in a session of at least 33 characters"}

    @tool
    def ask_colleague(question: str) -> str:
        """Ask the colleague a question.

        Args:
            question: The whole question; the colleague does not know the conversation.
        """
        return ask(question, session_id)

    agent = Agent(
        model=os.environ["AGENT_MODEL_ID"],
        system_prompt=os.environ["ROLE"],
        # Who is asked answers from what it knows, so that two colleagues do not ask each other for ever.
        tools=[] if payload.get("from_colleague") else [ask_colleague],
        callback_handler=None,
    )
    return {"response": str(await agent.invoke_async(prompt))}


if __name__ == "__main__":
    app.run()
