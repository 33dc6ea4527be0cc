"""An agent that is a tool: an MCP server on AgentCore Runtime, which asks a model and keeps nothing."""

import os

import boto3
from mcp.server import MCPServer

PROMPT = "You explain a shop's figures to its staff, in three sentences at most."

server = MCPServer("analyst")


@server.tool()
def explain(figures: str, question: str) -> str:
    """Explain figures of the shop in plain words.

    Args:
        figures: The figures, as text or JSON.
        question: What to explain about them.
    """
    answer = boto3.client("bedrock-runtime").converse(
        modelId=os.environ["AGENT_MODEL_ID"],
        system=[{"text": PROMPT}],
        messages=[{"role": "user", "content": [{"text": f"{question}\n\n{figures}"}]}],
    )
    return "".join(block.get("text", "") for block in answer["output"]["message"]["content"])


if __name__ == "__main__":
    # Where Runtime expects an MCP server. It ends sessions as it likes, so the server keeps none.
    server.run("streamable-http", host="0.0.0.0", port=8000, stateless_http=True)  # noqa: S104 -- in a machine of its own
