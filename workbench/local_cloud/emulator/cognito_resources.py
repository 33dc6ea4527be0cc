"""Resource types of Amazon Cognito that the emulator's CloudFormation lacks or treats too lightly."""

import json
from collections.abc import Callable, MutableMapping
from typing import Any

from ministack.services import cognito
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
_Handlers = dict[str, Any]

_USER_POOL = "AWS::Cognito::UserPool"
_IDENTITY_PROVIDER = "AWS::Cognito::UserPoolIdentityProvider"
_UPDATABLE = ("ProviderDetails", "AttributeMapping", "IdpIdentifiers")


def install(handlers: MutableMapping[str, _Handlers]) -> None:
    """Add to CloudFormation's table of handlers."""
    pool = handlers[_USER_POOL]
    provisioners._cognito_user_pool_attributes = _with_address(provisioners._cognito_user_pool_attributes)
    handlers[_USER_POOL] = {**pool, "delete": _refusing_protected(pool["delete"])}
    handlers[_IDENTITY_PROVIDER] = {
        "create": _create_provider,
        "update": _update_provider,
        "delete": _delete_provider,
    }


def _with_address(attributes: Callable[[str], dict[str, str]]) -> Callable[[str], dict[str, str]]:
    def extended(pool_id: str) -> dict[str, str]:
        found = attributes(pool_id)
        return {**found, "ProviderURL": f"https://{found['ProviderName']}"}

    return extended


def _refusing_protected(delete: Callable[[str, Properties], None]) -> Callable[[str, Properties], None]:
    def checked(physical_id: str, properties: Properties) -> None:
        pool = cognito._user_pools.get(physical_id) or {}
        if pool.get("DeletionProtection") == "ACTIVE":
            raise ValueError(
                f"The user pool {physical_id} cannot be deleted because deletion protection is activated. Deletion"
                " protection must be inactivated first."
            )
        delete(physical_id, properties)

    return checked


def _create_provider(_: str, properties: Properties, __: str) -> tuple[str, dict[str, str]]:
    _call(cognito._create_identity_provider, properties)
    return str(properties["ProviderName"]), {}


def _update_provider(physical_id: str, old: Properties, new: Properties, stack: str) -> tuple[str, dict[str, str]]:
    # Name, type and pool make a new provider, whose predecessor CloudFormation deletes by its name.
    if any(old.get(name) != new.get(name) for name in ("UserPoolId", "ProviderName", "ProviderType")):
        if physical_id == new.get("ProviderName"):
            _delete_provider(physical_id, old)
        return _create_provider("", new, stack)
    changed = {name: new.get(name) or ([] if name == "IdpIdentifiers" else {}) for name in _UPDATABLE}
    _call(cognito._update_identity_provider, {**new, **changed})
    return physical_id, {}


def _delete_provider(physical_id: str, properties: Properties) -> None:
    pool = cognito._user_pools.get(properties.get("UserPoolId")) or {}
    if physical_id in pool.get("_identity_providers", {}):
        _call(cognito._delete_identity_provider, {**properties, "ProviderName": physical_id})


def _call(operation: Callable[[Properties], Any], request: Properties) -> None:
    status, _, body = operation(request)
    if status >= 400:
        error = json.loads(body)
        raise ValueError(f"{error.get('__type', 'error')}: {error.get('message', body)}")
