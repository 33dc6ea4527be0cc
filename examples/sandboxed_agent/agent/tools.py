"""What the agent does elsewhere. A failure is an answer too: the model reads it and says so, or tries again."""

import os
from functools import cache

from bedrock_agentcore.tools.browser_client import browser_session
from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter
from botocore.exceptions import BotoCoreError, ClientError
from pages import text_of  # type: ignore[import-not-found]  # the file beside this one
from strands import tool
from websockets.exceptions import WebSocketException

REGION = os.environ["AWS_REGION"]
LIMIT = 20_000
"""Characters of an answer that reach the model."""


@cache
def interpreter() -> CodeInterpreter:
    """One session for the whole conversation, so that variables and files stay. It ends 15 minutes after its start."""
    client = CodeInterpreter(REGION)
    client.start(identifier=os.environ["AGENT_CODE_INTERPRETER_ID"], session_timeout_seconds=900)
    return client


@tool
def run_python(code: str) -> str:
    """Run Python code and return what it prints. Variables and files stay for the next run. There is no internet.

    Args:
        code: The code; print what you want to know.
    """
    try:
        results = [event["result"] for event in interpreter().execute_code(code)["stream"] if "result" in event]
    except (BotoCoreError, ClientError) as error:
        interpreter.cache_clear()  # the next run starts a new session
        return f"the code could not be run, and what was in the session is gone: {error}"
    return "\n".join(block.get("text", "") for result in results for block in result["content"])[:LIMIT]


@tool
def read_page(url: str) -> str:
    """Open a web page and return its text.

    Args:
        url: The page's address.
    """
    try:
        with browser_session(REGION, identifier=os.environ["AGENT_BROWSER_ID"]) as client:
            return str(text_of(url, *client.generate_ws_headers()))[:LIMIT]
    except (BotoCoreError, ClientError, OSError, WebSocketException) as error:
        return f"the page could not be read: {error}"
