"""The gateway's own tool that searches its tools. Lexical: a stand-in for the service's embeddings."""

from collections.abc import Mapping, Sequence

from workbench.local_cloud.agentcore.memory.retrieval import relevance

NAME = "x_amz_bedrock_agentcore_search"
LIMIT = 10
"""How many tools a search finds at most."""

DEFINITION: Mapping[str, object] = {
    "name": NAME,
    "description": (
        "Finds the tools of this gateway that fit a task best. Worth a call where the gateway has more tools than fit"
        " into a prompt."
    ),
    "inputSchema": {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What the tools are needed for"}},
        "required": ["query"],
    },
}


def search(query: str, tools: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The tools that have something to do with a query, the best first.

    Args:
        query: What is searched for.
        tools: The tools as they are listed.
    """
    scores = relevance(query, [_text(tool) for tool in tools])
    ranked = sorted(zip(scores, range(len(tools)), strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [tools[index] for score, index in ranked[:LIMIT] if score > 0]


def _text(tool: Mapping[str, object]) -> str:
    schema = tool.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    arguments = properties if isinstance(properties, Mapping) else {}
    words = [str(tool["name"]), *map(str, arguments)]
    return " ".join([_words(word) for word in words] + [str(tool.get("description", ""))])


def _words(name: str) -> str:
    """A name's words: `Orders___listOpenOrders` → `Orders list Open Orders`."""
    spaced = "".join(f" {c}" if c.isupper() else c for c in name)
    return spaced.replace("_", " ").replace("-", " ")
