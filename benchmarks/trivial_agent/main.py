"""The least that answers on AgentCore Runtime: what the start of a real agent is compared with."""

from bedrock_agentcore.runtime import BedrockAgentCoreApp

app = BedrockAgentCoreApp()


@app.entrypoint
def invoke(payload: dict[str, str]) -> dict[str, str]:
    return {"response": payload["prompt"]}


if __name__ == "__main__":
    app.run()
