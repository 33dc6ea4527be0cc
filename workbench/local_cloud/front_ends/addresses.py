"""Stand-ins for what has an address of its own on AWS: a user pool, its sign-in pages, and the front end's domain.

Addresses are found in what a container is told, by their form and not by the names of its variables, so that any web
application works. The tokens' issuer stays AWS's: only where to ask changes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config

from workbench.local_cloud.credentials import administrator

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserPoolClientTypeTypeDef

_CONFIG = Config(retries={"total_max_attempts": 1}, proxies={})
_PAGE_SIZE = 60
_POOL = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/(?=[\w-]+/\.well-known/)")
_LOGIN_PAGES = re.compile(r"https://[a-z0-9-]+\.auth\.[a-z0-9-]+\.amazoncognito\.com(?=/|$)")
_ADDRESSES = ("CallbackURLs", "LogoutURLs", "DefaultRedirectURI")


@dataclass(frozen=True)
class WebClient:
    """The client of a user pool with which a front end signs people in.

    Args:
        pool: The user pool.
        client: The client.
        origins: Where browsers come from and go back to, such as `http://localhost:8501`.
    """

    pool: str
    client: str
    origins: tuple[str, ...]


def user_pools(endpoint: str, account: str, region: str) -> "CognitoIdentityProviderClient":
    """An administrator's client of user pools.

    Args:
        endpoint: Address of the local cloud.
        account: The account.
        region: The region.
    """
    keys = administrator(account)
    session = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=region)
    return session.client("cognito-idp", endpoint_url=endpoint, config=_CONFIG)


def web_client(variables: Mapping[str, str], pools: "CognitoIdentityProviderClient") -> WebClient | None:
    """The client that a container is told of; None if it signs nobody in.

    Args:
        variables: What the container is told.
        pools: Asked for every client.
    """
    told = set(variables.values())
    for pool in pools.list_user_pools(MaxResults=_PAGE_SIZE)["UserPools"]:
        clients = pools.list_user_pool_clients(UserPoolId=pool["Id"], MaxResults=_PAGE_SIZE)["UserPoolClients"]
        for listed in clients:
            if listed["ClientId"] in told:
                found = _describe(pools, pool["Id"], listed["ClientId"])
                urls = [*found.get("CallbackURLs", []), *found.get("LogoutURLs", [])]
                return WebClient(pool["Id"], listed["ClientId"], tuple(dict.fromkeys(_origin(url) for url in urls)))
    return None


def move_client(client: WebClient, address: str, pools: "CognitoIdentityProviderClient") -> None:
    """Let a client's people come back to another address.

    Args:
        client: The client.
        address: The address, in place of every one of its origins.
        pools: Told so.
    """
    found = _describe(pools, client.pool, client.client)
    shape = pools.meta.service_model.operation_model("UpdateUserPoolClient").input_shape
    taken = shape.members if shape else {}
    # What is left out is reset, and empty texts are refused.
    kept = {name: value for name, value in found.items() if name in taken and value != ""}
    moved = {name: _each_moved(kept[name], client.origins, address) for name in _ADDRESSES if name in kept}
    pools.update_user_pool_client(**{**kept, **moved})  # type: ignore[arg-type]


def local_addresses(
    variables: Mapping[str, str], *, endpoint: str, origins: Sequence[str], address: str
) -> dict[str, str]:
    """What a container is told, with local addresses.

    Args:
        variables: What it is told on AWS.
        endpoint: Address of the local cloud, which has the user pools' documents and sign-in pages.
        origins: Addresses of the front end.
        address: Its address here.
    """
    return {name: _local(value, endpoint, origins, address) for name, value in variables.items()}


def _local(value: str, endpoint: str, origins: Sequence[str], address: str) -> str:
    value = _LOGIN_PAGES.sub(endpoint, _POOL.sub(f"{endpoint}/", value))
    for origin in origins:
        value = _moved(value, (origin,), address).replace(quote(origin, safe=""), quote(address, safe=""))
    return value


def _each_moved(value: object, origins: Sequence[str], address: str) -> object:
    if isinstance(value, str):
        return _moved(value, origins, address)
    # Two addresses may become one.
    return (
        list(dict.fromkeys(_moved(str(url), origins, address) for url in value)) if isinstance(value, list) else value
    )


def _moved(url: str, origins: Sequence[str], address: str) -> str:
    origin = next((each for each in origins if url == each or url.startswith(f"{each}/")), None)
    return url if origin is None else address + url.removeprefix(origin)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _describe(pools: "CognitoIdentityProviderClient", pool: str, client: str) -> "UserPoolClientTypeTypeDef":
    return pools.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
