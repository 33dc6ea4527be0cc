from pathlib import Path
from types import ModuleType
from typing import Any

import jwt
import pytest
from aws_cdk import aws_kms as kms

from constructs_lib import CallerIdentity, Interceptor
from constructs_lib.gateway.caller_identity import HANDLER
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import app_in, stack
from tests.modules import load

KEY = "k" * 32


@pytest.fixture(scope="module")
def index() -> ModuleType:
    return load(HANDLER / "index.py", "caller_identity_index")


def request(**headers: str) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    return {"interceptorInputVersion": "1.0", "mcp": {"gatewayRequest": {"headers": headers, "body": body}}}


def bearer(**claims: object) -> str:
    return f"Bearer {jwt.encode(claims, KEY, algorithm='HS256')}"


def test_the_header_is_the_subject_of_the_token_whatever_the_caller_wrote(index: ModuleType) -> None:
    event = request(Authorization=bearer(sub="alice"), **{"X-Caller-Subject": "mallory"})
    changed = index.handler(event, None)["mcp"]["transformedGatewayRequest"]
    assert changed == {"headers": {CallerIdentity.HEADER: "alice"}, "body": event["mcp"]["gatewayRequest"]["body"]}


@pytest.mark.parametrize("authorization", ["", "AWS4-HMAC-SHA256 Credential=x", bearer(), bearer(sub="a\r\nb")])
def test_a_request_without_a_usable_subject_is_not_passed_on(index: ModuleType, authorization: str) -> None:
    with pytest.raises(ValueError, match=r"bearer token|no 'sub'"):
        index.handler(request(authorization=authorization), None)


def test_a_request_with_two_tokens_is_not_passed_on(index: ModuleType) -> None:
    both = request(Authorization=bearer(sub="alice"), authorization=bearer(sub="mallory"))
    with pytest.raises(ValueError, match="bearer token"):
        index.handler(both, None)


def test_its_interceptor_sees_the_headers_of_requests() -> None:
    identity = CallerIdentity(stack(), "Caller")
    assert identity.interceptor == Interceptor.request(identity.function, headers=True)


def test_it_has_no_findings(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    of = stack(app=app)
    CallerIdentity(of, "Caller", encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
    assert not findings(app, tmp_path)
