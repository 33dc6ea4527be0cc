"""Types that nothing runs locally and that are harmless to record: declared here one by one, each with the reason."""

import datetime
import hashlib
import re
from collections.abc import Mapping

from workbench.local_cloud.agentcore.control_identifiers import random_text
from workbench.local_cloud.agentcore.service import Scope
from workbench.local_cloud.cloudformation.attributes import physical_id
from workbench.local_cloud.cloudformation.kinds import Truth
from workbench.local_cloud.cloudformation.outcome import Outcome
from workbench.local_cloud.cloudformation.request import Request
from workbench.local_cloud.cloudformation.schema import Node, ResourceSchema, resource_schema, sequence

RECORD_ONLY = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "nothing scales on one machine",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "nothing scales on one machine",
    "AWS::Bedrock::ApplicationInferenceProfile": "the local model has no profiles",
    "AWS::Budgets::Budget": "nothing costs anything locally",
    "AWS::CE::AnomalyMonitor": "nothing costs anything locally",
    "AWS::CE::AnomalySubscription": "nothing costs anything locally",
    "AWS::CloudWatch::AnomalyDetector": "no model is trained; `agentcore-workbench alarms` has a stand-in for its band",
    "AWS::CloudWatch::CompositeAlarm": "`agentcore-workbench alarms` evaluates it when it is asked",
    "AWS::CloudWatch::InsightRule": "no log is analysed locally",
    "AWS::Cognito::LogDeliveryConfiguration": "the user pool works without its log delivery",
    "AWS::Cognito::ManagedLoginBranding": "the user pool works without its branding",
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": "no risk is scored locally",
    "AWS::Cognito::UserPoolUICustomizationAttachment": "the user pool works without its branding",
    "AWS::Cognito::UserPoolUser": "create local users through the user pool's API",
    "AWS::Cognito::UserPoolUserToGroupAttachment": "create local users through the user pool's API",
    "AWS::EC2::DHCPOptions": "no packet is routed locally",
    "AWS::EC2::EIP": "no packet is routed locally",
    "AWS::EC2::EIPAssociation": "no packet is routed locally",
    "AWS::EC2::EgressOnlyInternetGateway": "no packet is routed locally",
    "AWS::EC2::FlowLog": "no packet is routed locally",
    "AWS::EC2::NatGateway": "no packet is routed locally",
    "AWS::EC2::NetworkAcl": "no packet is routed locally",
    "AWS::EC2::NetworkAclEntry": "no packet is routed locally",
    "AWS::EC2::SecurityGroupEgress": "no packet is routed locally",
    "AWS::EC2::SecurityGroupIngress": "no packet is routed locally",
    "AWS::EC2::SubnetNetworkAclAssociation": "no packet is routed locally",
    "AWS::EC2::VPCCidrBlock": "no packet is routed locally",
    "AWS::EC2::VPCDHCPOptionsAssociation": "no packet is routed locally",
    "AWS::Logs::AccountPolicy": "log groups are real, account-wide policies are not applied",
    "AWS::Logs::Delivery": "no AgentCore service writes vended logs locally",
    "AWS::Logs::DeliveryDestination": "no AgentCore service writes vended logs locally",
    "AWS::Logs::DeliverySource": "no AgentCore service writes vended logs locally",
    "AWS::Logs::LogAnomalyDetector": "no log is analysed locally",
    "AWS::Logs::QueryDefinition": "a saved query of the console",
    "AWS::ResourceGroups::Group": "a view of the console",
    "AWS::WAFv2::IPSet": "no web request is filtered locally",
    "AWS::WAFv2::LoggingConfiguration": "no web request is filtered locally",
    "AWS::WAFv2::RegexPatternSet": "no web request is filtered locally",
    "AWS::WAFv2::RuleGroup": "no web request is filtered locally",
    "AWS::WAFv2::WebACLAssociation": "no web request is filtered locally",
    "AWS::XRay::Group": "no trace is collected locally",
    "AWS::XRay::ResourcePolicy": "no trace is collected locally",
    "AWS::XRay::SamplingRule": "no trace is collected locally",
    "AWS::XRay::TransactionSearchConfig": "no trace is collected locally",
}
"""Resource types that are recorded only, with the reason."""

# Identifiers whose service gives them a prefix that other resources' properties check.
_PREFIXES = {
    "AWS::EC2::DHCPOptions": "dopt-",
    "AWS::EC2::EIP": "eipalloc-",
    "AWS::EC2::EIPAssociation": "eipassoc-",
    "AWS::EC2::EgressOnlyInternetGateway": "eigw-",
    "AWS::EC2::FlowLog": "fl-",
    "AWS::EC2::NatGateway": "nat-",
    "AWS::EC2::NetworkAcl": "acl-",
    "AWS::EC2::SecurityGroupEgress": "sgr-",
    "AWS::EC2::SecurityGroupIngress": "sgr-",
    "AWS::EC2::SubnetNetworkAclAssociation": "aclassoc-",
    "AWS::EC2::VPCCidrBlock": "vpc-cidr-assoc-",
}
# Ref of these older types is not the registry's identifier.
_REFS = {"AWS::EC2::EIP": "PublicIp"}
_DOCUMENTATION_NETWORK = "203.0.113."  # RFC 5737: addresses that are nobody's
_COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
_HEX = "0123456789abcdef"
_SETTLED = ("READY", "ACTIVE", "AVAILABLE", "ENABLED")


class RecordOnlyResources:
    """Records resources of the declared types, with attributes made up by schema."""

    def __init__(self) -> None:
        self._identities: dict[tuple[Scope, str, str], str] = {}

    def create(self, request: Request, properties: Mapping[str, object]) -> Outcome:
        """Record a resource under a new identity."""
        identity = _identity(request)
        outcome = _outcome(request, resource_schema(request.type_name), properties, identity)
        self._identities[_place(request, outcome.physical_id)] = identity
        return outcome

    def update(self, request: Request, properties: Mapping[str, object], _old: Mapping[str, object]) -> Outcome:
        """Record the change under the identity the resource has."""
        identity = self._identities.get(_place(request, request.physical_id)) or _identity(request)
        recorded = _outcome(request, resource_schema(request.type_name), properties, identity)
        return Outcome(request.physical_id, recorded.attributes, recorded.truth)

    def delete(self, request: Request) -> None:
        """Forget a resource."""
        self._identities.pop(_place(request, request.physical_id), None)


def _identity(request: Request) -> str:
    return _PREFIXES.get(request.type_name, "") + random_text(17, _HEX)


def _place(request: Request, physical: str) -> tuple[Scope, str, str]:
    return request.scope, request.type_name, physical


def _outcome(request: Request, schema: ResourceSchema, properties: Mapping[str, object], identity: str) -> Outcome:
    tops = [path[0] for path in schema.read_only if len(path) == 1]
    names = dict.fromkeys([*tops, *schema.primary_identifier])
    values: dict[str, object] = {}
    for name in names:
        given = properties.get(name)
        values[name] = _made_up(request, name, schema, identity) if given is None else given
    for path in schema.read_only:
        if len(path) > 1 and "*" not in path:
            values[".".join(path)] = f"local-{identity}"
    ref = values[_REFS[schema.type_name]] if schema.type_name in _REFS else physical_id(schema, values)
    if request.type_name == _COMPOSITE_ALARM:
        # Dashboards and other alarms name it by its ARN.
        place = f"{request.scope.region}:{request.scope.account}"
        values["Arn"] = f"arn:aws:cloudwatch:{place}:alarm:{values['AlarmName']}"
    return Outcome(str(ref), values, Truth("record only", RECORD_ONLY[request.type_name]))


def _made_up(request: Request, name: str, schema: ResourceSchema, identity: str) -> object:
    """A value of the attribute's form that names nothing."""
    node = schema.node(schema.properties().get(name, {}))
    kind = str(node.get("type", "string"))
    if kind != "string":
        return {"array": [], "object": {}, "boolean": False}.get(kind, 1)
    if name.endswith("Reason"):
        return ""
    if node.get("enum"):
        states = [str(state) for state in sequence(node["enum"])]
        return next((state for state in _SETTLED if state in states), states[0])
    return _made_up_text(request, name, node, identity)


def _made_up_text(request: Request, name: str, node: Node, identity: str) -> str:
    if name.lower().endswith("arn"):
        service, word = _arn_words(request.type_name)
        return f"arn:aws:{service}:{request.scope.region}:{request.scope.account}:{word}/{identity}"
    if name == "AccountId":
        return request.scope.account
    if node.get("format") == "date-time" or name.endswith(("At", "Time")):
        return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if name.endswith("Ip"):
        return _DOCUMENTATION_NETWORK + str(int(hashlib.sha256(identity.encode()).hexdigest(), 16) % 254 + 1)
    if name.endswith("Version"):
        return "1"
    if name.endswith("Name"):
        return f"{request.stack_name}-{request.logical_id}-{identity[-8:]}"
    return identity if name.endswith("Id") else f"local-{identity}"


def _arn_words(type_name: str) -> tuple[str, str]:
    _, service, resource = type_name.split("::")
    return service.lower(), re.sub(r"(?<=[a-z])(?=[A-Z])", "-", resource).lower()


def is_recorded(type_name: str) -> bool:
    """Whether a type is declared as record only."""
    return type_name in RECORD_ONLY
