"""The users of agents: who they are, how they sign in, and what their tokens say."""

import re

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import is_token, place_of
from constructs_lib.identity._token_claims import TokenClaims
from constructs_lib.identity._user_pool import deliver_logs, respond_to_risk, user_pool
from constructs_lib.identity.user_directory_base import UserDirectoryBase

DEFAULT_PASSWORD_LENGTH = 12
_MIN_PASSWORD_LENGTH, _MAX_PASSWORD_LENGTH = 8, 99
_MAX_PREFIX = 63
_ACCOUNT_DIGITS = 12
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Amazon Cognito refuses domain prefixes with these words.
_RESERVED = re.compile(r"aws|amazon|cognito")


class UserDirectory(UserDirectoryBase):
    """A hardened Amazon Cognito user pool with its login page: users, groups, clients and identity providers.

    Users sign in by e-mail and are made by administrators or come from identity providers. Threat protection acts on
    compromised passwords and risky sign-ins. Tokens, access tokens among them, carry the user's groups in
    `cognito:groups` and the tenant in `tenant`. The directory survives its stack by default and is protected from
    deletion.

    Follows https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-security-best-practices.html

    Args:
        mfa_required: Whether every user of the directory needs a second factor, a time-based code. Default: users may
            set one up.
        self_sign_up: Whether anybody may make an account. Default: administrators and identity providers do.
        password_length: Least length of a password, 8 to 99.
        domain_prefix: First part of the login page's domain, unique in the Region over all accounts: small letters,
            digits and `-`, at most 63. Default: from the construct's path and the account's number.
        email: From where Amazon Cognito sends messages. Default: its own address, 50 messages a day.
        encryption_key: Key that encrypts the pool and the log of the token claims; its policy is extended. Default:
            AWS-owned keys.
        removal_policy: What happens to the pool and its logs when they leave the stack. With `DESTROY`, the pool is not
            protected from deletion.
        log_retention: How long log events are kept.

    Attributes:
        domain: The L2 domain of the login page.
        claims_function: The function that puts groups and tenant into tokens.
        log_group: Sign-ins with their risk, and failed deliveries of messages.

    Raises:
        ValueError: If an argument is out of Amazon Cognito's bounds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        mfa_required: bool = False,
        self_sign_up: bool = False,
        password_length: int = DEFAULT_PASSWORD_LENGTH,
        domain_prefix: str | None = None,
        email: cognito.UserPoolEmail | None = None,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        super().__init__(scope, id)
        if not _MIN_PASSWORD_LENGTH <= password_length <= _MAX_PASSWORD_LENGTH:
            raise ValueError(
                f"password_length is {_MIN_PASSWORD_LENGTH} to {_MAX_PASSWORD_LENGTH}, got {password_length}"
            )
        self.domain_prefix = _checked_prefix(domain_prefix) or self._default_prefix()
        self._claims = TokenClaims(
            self, "TokenClaims", retention=log_retention, encryption_key=encryption_key, removal_policy=removal_policy
        )
        self.claims_function = self._claims.function
        self._tell_claims()
        pool = user_pool(
            self,
            "Pool",
            claims=self._claims,
            mfa_required=mfa_required,
            self_sign_up=self_sign_up,
            password_length=password_length,
            email=email,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        self.user_pool = pool
        self._issuer, pool_id = pool.user_pool_provider_url, pool.user_pool_id
        respond_to_risk(self, "Risk", pool_id)
        self.log_group = deliver_logs(self, "Logs", pool_id, retention=log_retention, removal_policy=removal_policy)
        self.domain = cognito.UserPoolDomain(
            self,
            "Domain",
            user_pool=pool,
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=self.domain_prefix),
            managed_login_version=cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )

    @staticmethod
    def from_user_pool(
        scope: Construct, id: str, user_pool: cognito.IUserPool, *, region: str | None = None
    ) -> "ImportedUserDirectory":
        """An existing pool: its clients, groups, scopes and identity providers can be added to, nothing else changes.

        Its tokens carry groups, but a tenant only if the pool's own trigger puts one in.

        Args:
            scope: Where to put it.
            id: Its id there.
            user_pool: The pool, from `cognito.UserPool.from_user_pool_id` or `…_arn`.
            region: The pool's Region. Default: this stack's.
        """
        return ImportedUserDirectory(scope, id, user_pool=user_pool, region=region)

    @property
    def issuer_url(self) -> str:
        """Issuer of the tokens, their `iss`."""
        return self._issuer

    @property
    def login_url(self) -> str:
        """Address of the login page, without a path: `/oauth2/authorize` and the like are below it."""
        return f"https://{self.domain_prefix}.auth.{place_of(self).region}.amazoncognito.com"

    @property
    def redirect_url(self) -> str:
        """Redirect address to register with an OpenID Connect provider."""
        return f"{self.login_url}/oauth2/idpresponse"

    @property
    def saml_response_url(self) -> str:
        """Assertion consumer service to register with a SAML provider."""
        return f"{self.login_url}/saml2/idpresponse"

    @property
    def saml_entity_id(self) -> str:
        """Audience to register with a SAML provider."""
        return f"urn:amazon:cognito:sp:{self.user_pool.user_pool_id}"

    @property
    def _knows_all_servers(self) -> bool:
        return True

    def _tell_claims(self) -> None:
        tenants = {name: each.tenant for name, each in self.identity_providers.items() if each.tenant}
        self._claims.know(list(self.groups), tenants)

    def _default_prefix(self) -> str:
        stem = _RESERVED.sub("x", physical_name(self.node.path, max_length=_MAX_PREFIX - _ACCOUNT_DIGITS - 1).lower())
        return f"{stem.replace('_', '-')}-{place_of(self).account}"


class ImportedUserDirectory(UserDirectoryBase):
    """A user pool that exists already. Made by `UserDirectory.from_user_pool`."""

    def __init__(self, scope: Construct, id: str, *, user_pool: cognito.IUserPool, region: str | None = None) -> None:
        super().__init__(scope, id)
        self.user_pool = user_pool
        self._issuer = f"https://cognito-idp.{region or place_of(self).region}.amazonaws.com/{user_pool.user_pool_id}"

    @property
    def issuer_url(self) -> str:
        """Issuer of the tokens, their `iss`."""
        return self._issuer

    @property
    def _knows_all_servers(self) -> bool:
        return False


def _checked_prefix(prefix: str | None) -> str | None:
    if prefix is None or is_token(prefix):
        return prefix
    if not _PREFIX.fullmatch(prefix) or _RESERVED.search(prefix):
        raise ValueError(
            f"a domain prefix has small letters, digits and '-', at most {_MAX_PREFIX}, and none of the words aws,"
            f" amazon and cognito, got {prefix!r}"
        )
    return prefix
