"""Pre token generation trigger: groups and tenant of the user, in identity and access tokens alike.

Runs in AWS Lambda, for every token. It trusts what a user cannot write: `identities`, which Amazon Cognito itself
keeps, the groups of the directory, and two attributes that only administrators and identity providers may write.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
"""

import json
import os
from typing import TypedDict

TENANT, GROUPS = "custom:tenant", "custom:groups"


class Directory(TypedDict):
    """What the stack says of the directory."""

    groups: list[str]
    tenants: dict[str, str]


def handler(event: dict[str, dict[str, object]], _context: object) -> dict[str, dict[str, object]]:
    """Answer Amazon Cognito with the claims to add."""
    directory: Directory = json.loads(os.environ["DIRECTORY"])
    request = event["request"]
    attributes = _texts(request.get("userAttributes"))
    configured = request.get("groupConfiguration")
    groups = configured.get("groupsToOverride") if isinstance(configured, dict) else None
    providers = providers_of(attributes)
    tenant = tenant_of(providers, attributes, directory["tenants"])
    # An administrator puts a user into the groups themselves.
    provided = attributes.get(GROUPS, "") if providers else ""
    # An empty claim would be a tenant like any other; no claim is none.
    claims = {"claimsToAddOrOverride": {"tenant": tenant}} if tenant else {"claimsToSuppress": ["tenant"]}
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "idTokenGeneration": claims,
        "accessTokenGeneration": claims,
        "groupOverrideDetails": {"groupsToOverride": groups_of(groups, provided, directory["groups"])},
    }
    return event


def providers_of(attributes: dict[str, str]) -> list[str]:
    """The identity providers that the user signed in with."""
    return [str(each["providerName"]) for each in json.loads(attributes.get("identities") or "[]")]


def tenant_of(providers: list[str], attributes: dict[str, str], tenants: dict[str, str]) -> str | None:
    """The tenant of the user's identity provider, or else the one an administrator gave the user.

    None for a user whose identity providers belong to different tenants.
    """
    found = {tenants[each] for each in providers if each in tenants}
    if found:
        return found.pop() if len(found) == 1 else None
    return attributes.get(TENANT) or None


def groups_of(own: object, provided: str, known: list[str]) -> list[str]:
    """The groups the user is in, and those of the identity provider that the directory has as well."""
    mine = [str(each) for each in own] if isinstance(own, list) else []
    # Amazon Cognito writes a list of an identity provider as "[one, two]".
    theirs = [each.strip().strip('"') for each in provided.strip().removeprefix("[").removesuffix("]").split(",")]
    return list(dict.fromkeys([*mine, *(each for each in theirs if each in known)]))


def _texts(value: object) -> dict[str, str]:
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, dict) else {}
