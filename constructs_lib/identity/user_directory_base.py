"""What every user directory offers, whether this app made its pool or found it."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.identity._clients import (
    DEFAULT_ACCESS,
    DEFAULT_REFRESH,
    OPENID_SCOPES,
    ResourceServer,
    check_group,
    check_preferred,
    checked_scopes,
    checked_urls,
    checked_validity,
    resource_server,
    user_pool_client,
)
from constructs_lib.identity._federation import ATTRIBUTES, OidcClient
from constructs_lib.identity.identity_providers import IdentityProviderSource
from constructs_lib.identity.jwt_authorizer import DISCOVERY_SUFFIX, JwtAuthorizer
from constructs_lib.identity.login_branding import LoginBranding
from constructs_lib.identity.required_claim import RequiredClaim

DIRECTORY_ITSELF = "COGNITO"


class UserDirectoryBase(Construct):
    """Clients, groups, scopes and identity providers of a user pool. Not made by itself: see `UserDirectory`.

    Attributes:
        user_pool: The L2 user pool.
        issuer_url: Issuer of its tokens, their `iss`.
        discovery_url: Discovery document of that issuer.
        clients: The L2 clients, by id.
        groups: The L2 groups, by name.
        resource_servers: The resource servers, by identifier.
        identity_providers: The identity providers, by name.
    """

    user_pool: cognito.IUserPool

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.clients: dict[str, cognito.UserPoolClient] = {}
        self.groups: dict[str, cognito.UserPoolGroup] = {}
        self.resource_servers: dict[str, ResourceServer] = {}
        self.identity_providers: dict[str, IdentityProviderSource] = {}
        self._provider_resources: list[cognito.CfnUserPoolIdentityProvider] = []
        self._roles: dict[int, str] = {}
        self._takes_all_providers: str | None = None

    @property
    def issuer_url(self) -> str:
        """Issuer of the tokens, their `iss`."""
        raise NotImplementedError

    @property
    def discovery_url(self) -> str:
        """Discovery document of the issuer."""
        return f"{self.issuer_url}{DISCOVERY_SUFFIX}"

    def add_resource_server(self, identifier: str, *, scopes: Mapping[str, str]) -> ResourceServer:
        """Add an API that tokens are for, and what may be asked of it.

        Args:
            identifier: Name of the API, the first part of its scopes: `agents` makes `agents/invoke`.
            scopes: Scopes with their descriptions.

        Raises:
            ValueError: If a name is not one, or the identifier is taken.
        """
        if identifier in self.resource_servers:
            raise ValueError(f"there is a resource server {identifier!r} already; name all its scopes there")
        server = resource_server(self, self.user_pool, identifier, scopes)
        self.resource_servers[identifier] = server
        return server

    def add_group(
        self, name: str, *, precedence: int, description: str | None = None, role: iam.IRole | None = None
    ) -> cognito.UserPoolGroup:
        """Add a group; tokens carry it in `cognito:groups`.

        Args:
            name: Letters, digits and `_ . : / -`, at most 128.
            precedence: Which group's role is the preferred one of a user in several: that of the lowest number.
            description: What the group is for. Default: none.
            role: Role that an identity pool gives the group's users. Default: none.

        Raises:
            ValueError: If the name is taken or not one, or two groups with roles have one precedence, of which Amazon
                Cognito would prefer neither.
        """
        check_group(name, precedence, taken=self.groups)
        if role is not None:
            check_preferred(name, precedence, self._roles.setdefault(precedence, name))
        group = cognito.UserPoolGroup(
            self,
            f"Group-{name}",
            user_pool=self.user_pool,
            group_name=name,
            precedence=precedence,
            description=description,
            role=role,
        )
        self.groups[name] = group
        self._tell_claims()
        return group

    def add_identity_provider(self, source: IdentityProviderSource) -> cognito.CfnUserPoolIdentityProvider:
        """Let the users of an identity provider sign in. Call it before `add_web_client`.

        The provider has to know this directory: its redirect address is `redirect_url` for OpenID Connect and
        `saml_response_url` for SAML, whose audience is `saml_entity_id`.

        Raises:
            ValueError: If its name is taken, or a web client that takes all identity providers is there already.
        """
        if source.name in self.identity_providers:
            raise ValueError(f"there is an identity provider {source.name!r} already; pass name=")
        if self._takes_all_providers is not None:
            raise ValueError(
                f"the web client {self._takes_all_providers!r} was added before the identity provider {source.name!r}"
                " and would not offer it; call add_identity_provider first"
            )
        resource = cognito.CfnUserPoolIdentityProvider(
            self,
            f"IdentityProvider-{source.name}",
            user_pool_id=self.user_pool.user_pool_id,
            provider_name=source.name,
            provider_type="OIDC" if isinstance(source.protocol, OidcClient) else "SAML",
            provider_details=source.protocol.details(),
            attribute_mapping={ATTRIBUTES[ours]: theirs for ours, theirs in sorted(source.attributes.items())},
            idp_identifiers=list(source.email_domains) or None,
        )
        self.identity_providers[source.name] = source
        self._provider_resources.append(resource)
        self._tell_claims()
        return resource

    def add_web_client(
        self,
        id: str,
        *,
        callback_urls: Sequence[str],
        logout_urls: Sequence[str] = (),
        scopes: Sequence[str] = OPENID_SCOPES,
        confidential: bool = False,
        own_users: bool = True,
        password_sign_in: bool = False,
        access_token_validity: Duration = DEFAULT_ACCESS,
        refresh_token_validity: Duration = DEFAULT_REFRESH,
        branding: LoginBranding | None = None,
    ) -> cognito.UserPoolClient:
        """Add an application that sends its users to the login page: authorization code with PKCE.

        Args:
            id: Its id in the tree.
            callback_urls: Exact addresses that the login page may send users to with a code: https, or http on
                localhost.
            logout_urls: The same after they sign out. Default: none.
            scopes: Scopes of resource servers, and `openid`, `email`, `profile`, `phone`.
            confidential: Whether the application runs on a server and keeps a secret. A browser keeps none.
            own_users: Whether users of the directory itself may sign in, besides those of identity providers.
            password_sign_in: Whether a program may sign users in by name and password, without the login page. For
                tests: such a client takes users of the directory only.
            access_token_validity: 5 minutes to 1 day; for identity tokens as well.
            refresh_token_validity: 1 hour to 10 years.
            branding: How the login page looks. Default: Amazon Cognito's own look.

        Raises:
            ValueError: If an address is not exact, a scope is unknown, a validity is out of bounds, or nobody could
                sign in.
        """
        self._check_client(id)
        checked_validity(access_token_validity, refresh_token_validity)
        if not scopes:
            raise ValueError(
                f"the web client {id!r} has no scope, and the login page gives codes for scopes only; pass"
                " scopes=['openid'], or leave scopes out"
            )
        federated = [] if password_sign_in else sorted(self.identity_providers)
        providers = [*([DIRECTORY_ITSELF] if own_users else []), *federated]
        if not providers:
            raise ValueError(
                f"nobody could sign in at the web client {id!r}: own_users is False and there is no identity provider"
                " for it; call add_identity_provider first"
            )
        oauth = cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            callback_urls=checked_urls("callback_urls", callback_urls, least=1),
            logout_urls=checked_urls("logout_urls", logout_urls, least=0) or None,
            scopes=self._scopes(scopes, (*OPENID_SCOPES, "phone")),
        )
        client = user_pool_client(
            self,
            id,
            pool=self.user_pool,
            oauth=oauth,
            secret=confidential,
            password=password_sign_in,
            providers=providers,
            attributes=[ATTRIBUTES[each] for name in federated for each in self.identity_providers[name].attributes],
            access=access_token_validity,
            refresh=refresh_token_validity,
        )
        if federated:
            client.node.add_dependency(*self._provider_resources)
        if not password_sign_in:
            self._takes_all_providers = id
        (branding or LoginBranding()).apply(self, f"{id}Branding", self.user_pool, client)
        return self._keep(id, client, scopes)

    def add_machine_client(
        self, id: str, *, scopes: Sequence[str], access_token_validity: Duration = DEFAULT_ACCESS
    ) -> cognito.UserPoolClient:
        """Add a program that gets tokens for itself, by client credentials.

        Args:
            id: Its id in the tree.
            scopes: Scopes of resource servers, at least one.
            access_token_validity: 5 minutes to 1 day.

        Raises:
            ValueError: If no scope is named, a scope is unknown, or the validity is out of bounds.
        """
        self._check_client(id)
        checked_validity(access_token_validity, DEFAULT_REFRESH)
        if not scopes:
            raise ValueError(
                f"the machine client {id!r} has no scope, and client credentials are granted for scopes only; pass"
                " scopes=[server.scope(…)] of add_resource_server"
            )
        client = user_pool_client(
            self,
            id,
            pool=self.user_pool,
            oauth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True), scopes=self._scopes(scopes, ())
            ),
            secret=True,
            password=False,
            providers=[DIRECTORY_ITSELF],
            attributes=(),
            access=access_token_validity,
            refresh=DEFAULT_REFRESH,
        )
        return self._keep(id, client, scopes)

    def authorizer(
        self,
        *,
        clients: Sequence[cognito.IUserPoolClient] | None = None,
        scopes: Sequence[str] = (),
        required_claims: Sequence[RequiredClaim] = (),
    ) -> JwtAuthorizer:
        """The authorizer of agents and gateways that this directory's users and programs may call.

        Args:
            clients: Clients whose tokens open the door. Default: all that were added so far.
            scopes: Scopes of which a token must have one. Default: none is asked for.
            required_claims: Claims that a token must carry. Default: none.

        Raises:
            ValueError: If there is no client, or a scope is unknown.
        """
        chosen = list(self.clients.values()) if clients is None else list(clients)
        if not chosen:
            raise ValueError(
                f"the directory {self.node.path!r} has no client whose tokens an authorizer could accept; call"
                " add_web_client or add_machine_client first"
            )
        checked_scopes(scopes, self.resource_servers, standard=OPENID_SCOPES, known=self._knows_all_servers)
        # Access tokens of Amazon Cognito carry no `aud`, so the client is what tells them apart.
        return JwtAuthorizer(
            discovery_url=self.discovery_url,
            allowed_clients=[client.user_pool_client_id for client in chosen],
            allowed_scopes=scopes,
            required_claims=required_claims,
        )

    @property
    def _knows_all_servers(self) -> bool:
        raise NotImplementedError

    def _tell_claims(self) -> None:
        """Called when groups or identity providers have changed."""

    def _check_client(self, id: str) -> None:
        if id in self.clients:
            raise ValueError(f"there is a client {id!r} already; choose another id")

    def _scopes(self, scopes: Sequence[str], standard: Sequence[str]) -> list[cognito.OAuthScope]:
        names = checked_scopes(scopes, self.resource_servers, standard=standard, known=self._knows_all_servers)
        return [cognito.OAuthScope.custom(name) for name in names]

    def _keep(self, id: str, client: cognito.UserPoolClient, scopes: Sequence[str]) -> cognito.UserPoolClient:
        servers = {scope.rpartition("/")[0] for scope in scopes} & set(self.resource_servers)
        if servers:
            client.node.add_dependency(*(self.resource_servers[each].resource for each in sorted(servers)))
        self.clients[id] = client
        return client
