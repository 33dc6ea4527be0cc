import json
from types import ModuleType
from typing import Any

import pytest

from constructs_lib.identity._token_claims import ENVIRONMENT, HANDLER
from tests.modules import load

DIRECTORY = {"groups": ["admins", "operators"], "tenants": {"Okta": "acme", "EntraID": "globex"}}


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv(ENVIRONMENT, json.dumps(DIRECTORY))
    return load(HANDLER / "index.py", "token_claims_index")


def answered(index: ModuleType, *, groups: list[str] | None = None, **attributes: str) -> dict[str, Any]:
    event = {
        "version": "2",
        "triggerSource": "TokenGeneration_HostedAuth",
        "request": {
            "userAttributes": {"sub": "1", **{key.replace("custom_", "custom:"): v for key, v in attributes.items()}},
            "groupConfiguration": {"groupsToOverride": groups or [], "iamRolesToOverride": []},
            "scopes": ["openid"],
        },
        "response": {},
    }
    found: dict[str, Any] = index.handler(event, None)["response"]["claimsAndScopeOverrideDetails"]
    return found


def identities(*names: str) -> str:
    return json.dumps([{"providerName": name, "userId": "1", "providerType": "OIDC"} for name in names])


def claims(of: dict[str, Any]) -> tuple[Any, list[str]]:
    assert of["idTokenGeneration"] == of["accessTokenGeneration"]
    tenant = of["accessTokenGeneration"].get("claimsToAddOrOverride", {}).get("tenant")
    return tenant, of["groupOverrideDetails"]["groupsToOverride"]


def test_a_user_of_the_directory_keeps_groups_and_the_tenant_an_administrator_gave(index: ModuleType) -> None:
    assert claims(answered(index, groups=["admins"], custom_tenant="acme")) == ("acme", ["admins"])


def test_the_identity_provider_decides_on_the_tenant(index: ModuleType) -> None:
    found = answered(index, identities=identities("Okta"), custom_tenant="globex")
    assert claims(found)[0] == "acme"


def test_a_user_of_two_tenants_has_none(index: ModuleType) -> None:
    found = answered(index, identities=identities("Okta", "EntraID"), custom_tenant="acme")
    assert claims(found)[0] is None
    assert found["accessTokenGeneration"] == {"claimsToSuppress": ["tenant"]}


def test_a_user_without_a_tenant_has_no_claim(index: ModuleType) -> None:
    assert answered(index)["accessTokenGeneration"] == {"claimsToSuppress": ["tenant"]}


def test_the_identity_providers_groups_count_if_the_directory_has_them(index: ModuleType) -> None:
    found = answered(
        index, groups=["admins"], identities=identities("Okta"), custom_groups="[operators, everyone, admins]"
    )
    assert claims(found)[1] == ["admins", "operators"]


def test_one_group_comes_without_brackets(index: ModuleType) -> None:
    assert claims(answered(index, identities=identities("Okta"), custom_groups="operators"))[1] == ["operators"]


def test_a_user_of_the_directory_gets_no_group_by_attribute(index: ModuleType) -> None:
    assert claims(answered(index, custom_groups="[admins]"))[1] == []


def test_answers_an_event_without_groups(index: ModuleType) -> None:
    event = {"request": {"userAttributes": {"sub": "1"}}, "response": {}}
    assert claims(index.handler(event, None)["response"]["claimsAndScopeOverrideDetails"]) == (None, [])
