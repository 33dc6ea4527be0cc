"""Passes chat completions on to an OpenAI-style endpoint under the model's name there.

Agents ask for a Bedrock model id, which an endpoint such as Ollama does not know. Run as
`python -m workbench.local_cloud.model_relay --port PORT --url URL --name NAME`; serves loopback only. The key of an
endpoint that needs one is read from OPENAI_API_KEY.
"""

import argparse
import json
import os

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from workbench.local_cloud.agentcore.parent import KEEP_ALIVE_SECONDS
from workbench.local_cloud.ports import HOST

_TIMEOUT = httpx.Timeout(600.0, connect=5.0)


def build_app(url: str, name: str, client: httpx.AsyncClient) -> Starlette:
    """The relay as an application.

    Args:
        url: Base address of the endpoint, with or without `/v1`.
        name: The model's name there.
        client: Sends the requests.

    Returns:
        An application that serves `POST /v1/chat/completions`.
    """
    target = url.rstrip("/").removesuffix("/v1") + "/v1/chat/completions"
    key = os.environ.get("OPENAI_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def complete(request: Request) -> Response:
        chat = json.loads(await request.body())
        sent = client.build_request("POST", target, json={**chat, "model": name}, headers=headers)
        try:
            answer = await client.send(sent, stream=True)
        except httpx.HTTPError as error:
            return JSONResponse({"error": {"message": f"{target} did not answer: {error!r}"}}, 502)
        media_type = answer.headers.get("content-type", "application/json")
        return StreamingResponse(answer.aiter_bytes(), answer.status_code, media_type=media_type)

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--name", required=True)
    options = parser.parse_args()
    app = build_app(options.url, options.name, httpx.AsyncClient(timeout=_TIMEOUT))
    uvicorn.run(app, host=HOST, port=options.port, log_level="warning", timeout_keep_alive=KEEP_ALIVE_SECONDS)


if __name__ == "__main__":
    main()
