"""An agent whose answers appear while it writes them: the events that the chat front end shows."""

import os
from collections.abc import AsyncIterator

from bedrock_agentcore.runtime import BedrockAgentCoreApp
from strands import Agent

app = BedrockAgentCoreApp()


@app.entrypoint
async def invoke(payload: dict[str, str]) -> AsyncIterator[dict[str, object]]:
    prompt = payload.get("prompt")
    if not prompt:
        yield {"error": {"code": "prompt_missing", "message": "There is no prompt.", "remedy": "Send one."}}
        return
    agent = Agent(model=os.environ["AGENT_MODEL_ID"], callback_handler=None)
    answer = ""
    async for event in agent.stream_async(prompt):
        if text := event.get("data"):
            answer += text
            yield {"type": "text", "text": text}
    yield {"type": "end", "response": answer, "notices": []}


if __name__ == "__main__":
    app.run()
