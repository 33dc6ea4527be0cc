"""Passes model calls on to Amazon Bedrock, signed with the user's own credentials.

The emulator has decided by then that the agent's role may make the call. Everything else is untouched: what the agent
sends and what Bedrock streams back. Run as `python -m workbench.local_cloud.bedrock_relay --port PORT`; serves loopback
only. Credentials and endpoint are those of boto3's default session.
"""

import argparse
from functools import cache

import boto3
import httpx
import uvicorn
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from workbench.errors import WorkbenchError
from workbench.local_cloud.agentcore.parent import KEEP_ALIVE_SECONDS
from workbench.local_cloud.ports import HOST

REGION_HEADER = "x-local-region"
"""Header by which the emulator names the region a call was signed for."""

_SIGNING_NAME = "bedrock"
_PASSED_ON = ("content-type", "accept")
_PASSED_BACK = ("content-type", "x-amzn-requestid", "x-amzn-errortype", "x-amzn-bedrock-content-type")
_TIMEOUT = httpx.Timeout(600.0, connect=10.0)


def build_app(session: boto3.Session, client: httpx.AsyncClient) -> Starlette:
    """The relay as an application.

    Args:
        session: Whose credentials sign the calls.
        client: Sends them.

    Returns:
        An application that serves `POST /model/…`.

    Raises:
        WorkbenchError: If the session has no credentials.
    """
    credentials = session.get_credentials()
    if credentials is None:
        raise WorkbenchError("there are no AWS credentials for Amazon Bedrock: configure them")

    @cache
    def endpoint(region: str) -> str:
        return str(session.client("bedrock-runtime", region_name=region).meta.endpoint_url).rstrip("/")

    async def call(request: Request) -> Response:
        region = request.headers[REGION_HEADER]
        # The path as it was sent: a model id's %3A is part of what is signed.
        url = endpoint(region) + request.scope["raw_path"].decode("latin-1")
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        signed = AWSRequest("POST", url, headers=headers, data=await request.body())
        SigV4Auth(credentials, _SIGNING_NAME, region).add_auth(signed)
        sent = dict(signed.headers.items())
        outgoing = client.build_request("POST", url, headers=sent, content=signed.data, timeout=_TIMEOUT)
        try:
            answer = await client.send(outgoing, stream=True)
        except httpx.HTTPError as error:
            message = f"{outgoing.url.host} did not answer: {error!r}"
            return JSONResponse({"message": message}, 503, {"x-amzn-errortype": "ServiceUnavailableException"})
        headers = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
        return StreamingResponse(answer.aiter_bytes(), answer.status_code, headers)

    return Starlette(routes=[Route("/model/{call:path}", call, methods=["POST"])])


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    app = build_app(boto3.Session(), httpx.AsyncClient())
    uvicorn.run(app, host=HOST, port=options.port, log_level="warning", timeout_keep_alive=KEEP_ALIVE_SECONDS)


if __name__ == "__main__":
    main()
