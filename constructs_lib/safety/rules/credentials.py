"""Credentials that AgentCore keeps, and where they may be sent."""

import re
from collections.abc import Iterator, Mapping

from constructs_lib.safety.rules.model import Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Resource, plain_mapping
from constructs_lib.safety.rules.values import intrinsic, listed, literal, text

RULES = RuleSet()
API_KEY, OAUTH = f"{AGENTCORE}ApiKeyCredentialProvider", f"{AGENTCORE}OAuth2CredentialProvider"
PAYMENT = f"{AGENTCORE}PaymentCredentialProvider"
IDENTITY = f"{AGENTCORE}WorkloadIdentity"
_SECRETS = {"ApiKey", "ClientSecret", "ApiKeySecret", "WalletSecret", "AppSecret", "AuthorizationPrivateKey"}
_ADDRESSES = {"DiscoveryUrl", "AuthorizationEndpoint", "TokenEndpoint", "Issuer"}
_LOCAL = re.compile(r"^http://(localhost|127\.0\.0\.1|\[::1\])([:/]|$)")


@RULES.rule(
    "CredentialInTemplate",
    Severity.ERROR,
    "A template holds no credential",
    API_KEY,
    OAUTH,
    PAYMENT,
    why="Templates are in the repository, in S3 and in CloudFormation's history for everybody who may read a stack.",
    remedy="Keep the credential in AWS Secrets Manager and name it in ApiKeySecretConfig or ClientSecretConfig"
    " (source EXTERNAL).",
)
def _in_template(provider: Resource) -> Iterator[Hit]:
    for path, name, value in _fields(provider.properties):
        if name in _SECRETS and literal(value) and "{{resolve:" not in text(value):
            yield Hit(path, f"{name} stands in the template", name)


@RULES.rule(
    "CredentialParameterShown",
    Severity.ERROR,
    "A parameter that takes a credential is not shown",
    API_KEY,
    OAUTH,
    PAYMENT,
    why="Without NoEcho the value is shown to everybody who may describe the stack.",
    remedy="Set NoEcho on the parameter; better, keep the credential in AWS Secrets Manager.",
)
def _parameter(provider: Resource) -> Iterator[Hit]:
    for path, name, value in _fields(provider.properties):
        function = intrinsic(value)
        if name in _SECRETS and function and function[0] == "Ref":
            parameter = plain_mapping(provider.template.parameters.get(str(function[1])))
            if parameter and str(parameter.get("NoEcho", False)).lower() != "true":
                yield Hit(path, f"the parameter {function[1]} is shown", str(function[1]))


@RULES.rule(
    "CredentialCopied",
    Severity.WARNING,
    "A credential stays in the one secret it is in",
    API_KEY,
    OAUTH,
    PAYMENT,
    why="A dynamic reference copies the secret's value at deployment: after its rotation the copy is wrong until the"
    " template changes.",
    remedy="Name the secret in ApiKeySecretConfig or ClientSecretConfig with the source EXTERNAL.",
)
def _copied(provider: Resource) -> Iterator[Hit]:
    for path, name, value in _fields(provider.properties):
        if name in _SECRETS and "{{resolve:" in text(value):
            yield Hit(path, f"{name} is a copy of a secret", name)


@RULES.rule(
    "ProviderNotHttps",
    Severity.ERROR,
    "An OAuth provider is reached by HTTPS",
    OAUTH,
    why="Client secrets and tokens go over the network in the clear.",
    remedy="Give the provider's addresses with https://.",
)
def _provider_https(provider: Resource) -> Iterator[Hit]:
    for path, name, value in _fields(provider.properties):
        address = literal(value) if name in _ADDRESSES else None
        if address and address.startswith("http://"):
            yield Hit(path, f"{name} is {address!r}", name)


@RULES.rule(
    "ReturnAddressOpen",
    Severity.ERROR,
    "Users come back from a consent to known addresses by HTTPS",
    IDENTITY,
    why="Whoever gets the user at another address, or listens on plain HTTP, can bind the user's tokens to a session of"
    " their own.",
    remedy="List whole https:// addresses; http:// only for this machine during development.",
)
def _return(identity: Resource) -> Iterator[Hit]:
    for value in listed(identity.get("AllowedResourceOauth2ReturnUrls")):
        address = literal(value)
        if address and ("*" in address or (address.startswith("http://") and not _LOCAL.match(address))):
            yield Hit("Properties.AllowedResourceOauth2ReturnUrls", f"users may return to {address!r}", address)


def _fields(value: object, path: str = "Properties") -> Iterator[tuple[str, str, object]]:
    """Path, name and value of every property, nested ones too."""
    if isinstance(value, Mapping) and not intrinsic(value):
        for name, inside in value.items():
            yield f"{path}.{name}", str(name), inside
            yield from _fields(inside, f"{path}.{name}")
