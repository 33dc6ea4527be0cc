"""Users of the local cloud's user pools: made where they are missing, and signed in as applications sign them in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from workbench.errors import WorkbenchError
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.sign_in import SignInError, Tokens, code_flow, password_token, sign_in_page

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserPoolClientTypeTypeDef

LOCAL_PASSWORD = "Local-Cloud-Password-1"  # noqa: S105
"""Password of every user made here, filled up with `1` where a pool demands more characters. It guards nothing."""

READY_USERS: Mapping[str, str] = {"engineer@example.com": "engineers", "viewer@example.com": "viewers"}
"""People who can sign in to a front end from its start, with their groups."""

_DISCOVERY = re.compile(r"https://cognito-idp\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<pool>[\w-]+)/\.well-known/.+")
_CONFIG = Config(retries={"total_max_attempts": 1}, proxies={})
_PASSWORD_FLOW = "ALLOW_USER_PASSWORD_AUTH"  # noqa: S105
_PAGE_SIZE = 60
_TENANT = "custom:tenant"  # as `UserDirectory` has it


@dataclass(frozen=True)
class SignInPage:
    """A hosted page of a user pool.

    Args:
        pool: The pool's name.
        client: The app client's name.
        url: The page's address on the local cloud.
    """

    pool: str
    client: str
    url: str


class Users:
    """Users of one account's user pools.

    Args:
        endpoint: Address of the local cloud.
        account: The account.
    """

    def __init__(self, endpoint: str, account: str) -> None:
        self._endpoint = endpoint
        self._account = account

    def sign_in(
        self, authorizer: Mapping[str, object], email: str, groups: Sequence[str] = (), *, tenant: str = ""
    ) -> Tokens:
        """Sign a user in with a client that an authorizer allows; a user that does not exist is made.

        Args:
            authorizer: The `customJWTAuthorizer` of an agent or gateway.
            email: The user's e-mail address.
            groups: Groups to add the user to first. Default: the user's groups stay as they are.
            tenant: The tenant to give the user first. Default: the user's stays as it is.

        Raises:
            WorkbenchError: If the users are not on the local cloud, or the user cannot be signed in.
        """
        discovery = str(authorizer.get("discoveryUrl"))
        place = _DISCOVERY.fullmatch(discovery)
        if place is None:
            raise WorkbenchError(f"users are signed in by {discovery}, which is not on the local cloud")
        pools = self._pools(place["region"])
        allowed = authorizer.get("allowedClients")
        clients = [str(client) for client in allowed] if isinstance(allowed, Sequence) else []
        try:
            password = self._ready(pools, place["pool"], email, groups)
            if tenant:
                _give_tenant(pools, place["pool"], email, tenant)
            return self._tokens(pools, place["pool"], clients, email, password)
        except SignInError as error:
            raise WorkbenchError(
                f"{email} cannot sign in: {error}; a user made by somebody else has another password than the"
                f" workbench gives ({LOCAL_PASSWORD}): choose another address, or set that password"
            ) from error
        except ClientError as error:
            raise WorkbenchError(f"the user pool {place['pool']} refused {email}: {error}") from error

    def make_ready(self, pool: str, people: Mapping[str, str]) -> dict[str, str]:
        """Make people who can sign in, each in a group; those whose group the pool does not have are left out.

        Args:
            pool: Id of the user pool.
            people: Groups by e-mail address.

        Returns:
            Who is ready.
        """
        pools = self._pools(pool.partition("_")[0])
        groups = {group["GroupName"] for group in pools.list_groups(UserPoolId=pool)["Groups"]}
        ready = {email: group for email, group in people.items() if group in groups}
        for email, group in ready.items():
            self._ready(pools, pool, email, [group])
        return ready

    def pages(self, region: str) -> Iterator[SignInPage]:
        """The hosted pages of a region's user pools.

        Args:
            region: The region.

        Yields:
            One for each app client that has a page.
        """
        pools = self._pools(region)
        for pool in pools.list_user_pools(MaxResults=_PAGE_SIZE)["UserPools"]:
            listed = pools.list_user_pool_clients(UserPoolId=pool["Id"], MaxResults=_PAGE_SIZE)["UserPoolClients"]
            for client in (self._client(pools, pool["Id"], entry["ClientId"]) for entry in listed):
                if _has_page(client):
                    url = sign_in_page(
                        self._endpoint,
                        client["ClientId"],
                        redirect_uri=client["CallbackURLs"][0],
                        scopes=client.get("AllowedOAuthScopes", []),
                    )
                    yield SignInPage(pool["Name"], client.get("ClientName") or client["ClientId"], url)

    def _pools(self, region: str) -> "CognitoIdentityProviderClient":
        keys = administrator(self._account)
        session = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=region)
        return session.client("cognito-idp", endpoint_url=self._endpoint, config=_CONFIG)

    def _ready(self, pools: "CognitoIdentityProviderClient", pool: str, email: str, groups: Sequence[str]) -> str:
        """Make the user where it is missing, and return the password it has if it was made here."""
        policy = pools.describe_user_pool(UserPoolId=pool)["UserPool"].get("Policies", {}).get("PasswordPolicy", {})
        password = LOCAL_PASSWORD.ljust(policy.get("MinimumLength", 0), "1")
        try:
            pools.admin_get_user(UserPoolId=pool, Username=email)
        except pools.exceptions.UserNotFoundException:
            pools.admin_create_user(
                UserPoolId=pool,
                Username=email,
                TemporaryPassword=password,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            )
            pools.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        for group in groups:
            try:
                pools.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
            except pools.exceptions.ResourceNotFoundException as error:
                known = ", ".join(g["GroupName"] for g in pools.list_groups(UserPoolId=pool)["Groups"])
                raise WorkbenchError(f"there is no group {group!r}; groups are: {known or 'none'}") from error
        return password

    def _tokens(
        self,
        pools: "CognitoIdentityProviderClient",
        pool: str,
        clients: Sequence[str],
        email: str,
        password: str,
    ) -> Tokens:
        for client in (self._client(pools, pool, client_id) for client_id in clients):
            secret = client.get("ClientSecret")
            if _has_page(client):
                return code_flow(
                    self._endpoint,
                    client["ClientId"],
                    email,
                    password,
                    redirect_uri=client["CallbackURLs"][0],
                    scopes=client.get("AllowedOAuthScopes", []),
                    client_secret=secret,
                )
            if _PASSWORD_FLOW in client.get("ExplicitAuthFlows", []):
                return password_token(self._endpoint, pool, client["ClientId"], email, password, client_secret=secret)
        raise WorkbenchError(
            f"no allowed app client of {pool} signs users in by a hosted page or a password: {', '.join(clients)}"
        )

    def _client(self, pools: "CognitoIdentityProviderClient", pool: str, client: str) -> "UserPoolClientTypeTypeDef":
        return pools.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]


def _give_tenant(pools: "CognitoIdentityProviderClient", pool: str, email: str, tenant: str) -> None:
    known = pools.describe_user_pool(UserPoolId=pool)["UserPool"].get("SchemaAttributes", [])
    if _TENANT not in {attribute.get("Name") for attribute in known}:
        raise WorkbenchError(f"the users of {pool} have no tenants (no attribute {_TENANT}): leave --tenant out")
    pools.admin_update_user_attributes(
        UserPoolId=pool, Username=email, UserAttributes=[{"Name": _TENANT, "Value": tenant}]
    )


def _has_page(client: "UserPoolClientTypeTypeDef") -> bool:
    return "code" in client.get("AllowedOAuthFlows", []) and bool(client.get("CallbackURLs"))
