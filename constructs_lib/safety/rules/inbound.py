"""Who may call an agent or a gateway."""

from collections.abc import Iterator

from constructs_lib.safety.rules.model import Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Resource
from constructs_lib.safety.rules.values import absent, alternatives, can_be, literal

RULES = RuleSet()
GATEWAY, RUNTIME = f"{AGENTCORE}Gateway", f"{AGENTCORE}Runtime"
JWT_HOLDERS = (GATEWAY, RUNTIME, f"{AGENTCORE}PaymentManager")
_JWT = "AuthorizerConfiguration.CustomJWTAuthorizer"
_DISCOVERY = "/.well-known/openid-configuration"
_RESTRICTIONS = ("AllowedClients", "AllowedAudience", "AllowedScopes", "CustomClaims", "AllowedWorkloadConfiguration")


@RULES.rule(
    "GatewayWithoutAuthorizer",
    Severity.ERROR,
    "A gateway checks who calls it",
    GATEWAY,
    why="With the authorizer type NONE whoever knows the address may call every tool under the gateway's role.",
    remedy="Set AuthorizerType to AWS_IAM, or to CUSTOM_JWT with an AuthorizerConfiguration.",
)
def _no_authorizer(gateway: Resource) -> Iterator[Hit]:
    if can_be(gateway.get("AuthorizerType"), "NONE"):
        yield Hit("Properties.AuthorizerType", "the authorizer type is NONE: everybody may call this gateway")


@RULES.rule(
    "GatewayOnlyAuthenticates",
    Severity.WARNING,
    "Behind a gateway that only authenticates somebody decides",
    GATEWAY,
    why="AUTHENTICATE_ONLY accepts every valid token of the issuer and leaves the decision to a policy engine, an"
    " interceptor or the targets; here neither of the first two decides.",
    remedy="Set AuthorizerType to CUSTOM_JWT, or attach a policy engine that enforces; acknowledge it if every target"
    " checks its callers.",
)
def _authenticates_only(gateway: Resource) -> Iterator[Hit]:
    enforced = can_be(gateway.get("PolicyEngineConfiguration.Mode"), "ENFORCE")
    intercepted = not absent(gateway.get("InterceptorConfigurations"))
    if can_be(gateway.get("AuthorizerType"), "AUTHENTICATE_ONLY") and not enforced and not intercepted:
        yield Hit("Properties.AuthorizerType", "the authorizer type is AUTHENTICATE_ONLY and no policy engine enforces")


@RULES.rule(
    "JwtWithoutRestriction",
    Severity.ERROR,
    "A JWT authorizer says whose tokens it takes",
    *JWT_HOLDERS,
    why="Without a client, audience, scope or claim every token of the issuer is accepted, also one given to another"
    " application.",
    remedy="State AllowedClients (access tokens of Amazon Cognito have no audience) or AllowedAudience.",
)
def _unrestricted(resource: Resource) -> Iterator[Hit]:
    for authorizer in alternatives(resource.get(_JWT)):
        if isinstance(authorizer, dict) and all(absent(authorizer.get(name)) for name in _RESTRICTIONS):
            yield Hit(f"Properties.{_JWT}", "every token of the issuer is accepted")


@RULES.rule(
    "JwtDiscoveryNotHttps",
    Severity.ERROR,
    "The keys of a JWT's issuer come by HTTPS",
    *JWT_HOLDERS,
    why="Who can change an answer that comes by plain HTTP decides whose signatures count.",
    remedy=f"Give the issuer's address with https:// and {_DISCOVERY}.",
)
def _discovery(resource: Resource) -> Iterator[Hit]:
    address = literal(resource.get(f"{_JWT}.DiscoveryUrl"))
    if address and not address.startswith("https://"):
        yield Hit(f"Properties.{_JWT}.DiscoveryUrl", f"the discovery address is {address!r}")


@RULES.rule(
    "JwtDiscoveryAddress",
    Severity.ERROR,
    f"A discovery address ends in {_DISCOVERY}",
    *JWT_HOLDERS,
    why="AgentCore refuses every other address, and the deployment rolls back.",
    remedy=f"Append {_DISCOVERY} to the issuer's address.",
)
def _discovery_path(resource: Resource) -> Iterator[Hit]:
    address = literal(resource.get(f"{_JWT}.DiscoveryUrl"))
    if address and not address.endswith(_DISCOVERY):
        yield Hit(f"Properties.{_JWT}.DiscoveryUrl", f"the discovery address is {address!r}")


@RULES.rule(
    "GatewayTellsInternals",
    Severity.WARNING,
    "A gateway does not tell callers about its insides",
    GATEWAY,
    why="With the exception level DEBUG errors of targets, functions and credentials go to whoever calls.",
    remedy="Leave ExceptionLevel out; read the gateway's logs instead.",
)
def _debug(gateway: Resource) -> Iterator[Hit]:
    if can_be(gateway.get("ExceptionLevel"), "DEBUG"):
        yield Hit("Properties.ExceptionLevel", "the exception level is DEBUG")


@RULES.rule(
    "WafFailsOpen",
    Severity.WARNING,
    "A gateway refuses calls while its web ACL cannot be asked",
    GATEWAY,
    why="With FAIL_OPEN an outage of AWS WAF lets every request through.",
    remedy="Set WafConfiguration.FailureMode to FAIL_CLOSE.",
)
def _waf(gateway: Resource) -> Iterator[Hit]:
    if can_be(gateway.get("WafConfiguration.FailureMode"), "FAIL_OPEN"):
        yield Hit("Properties.WafConfiguration.FailureMode", "the failure mode is FAIL_OPEN")


@RULES.rule(
    "ResourcePolicyPublic",
    Severity.ERROR,
    "A resource policy names its principals",
    f"{AGENTCORE}ResourcePolicy",
    why="With the principal * and no condition every AWS account may call the resource.",
    remedy="Name accounts or roles, or add a condition on aws:SourceVpce, aws:PrincipalOrgID or aws:SourceAccount.",
)
def _public_policy(policy: Resource) -> Iterator[Hit]:
    # The policy is a text: spaces do not matter in JSON.
    said = "".join((literal(policy.get("Policy")) or "").split())
    public = '"Principal":"*"' in said or '"Principal":{"AWS":"*"}' in said or '"Principal":{"AWS":["*"]}' in said
    if public and '"Condition"' not in said and '"Effect":"Allow"' in said:
        yield Hit("Properties.Policy", "the policy allows the principal * without a condition")
