"""The role under which a gateway calls its targets, and the policies that say what it may."""

import json
from collections.abc import Callable, Mapping, Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib._findings import spelled
from constructs_lib._place import Place
from constructs_lib._role_principal import RolePrincipal
from constructs_lib.gateway._permissions import INVOKE_API_ACTION, SERVICE_PRINCIPAL

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MAX_POLICY_CHARACTERS, _MAX_POLICIES = 6_144, 10
_DOCUMENT_CHARACTERS = 50
# ARNs that are known at deployment only.
_REFERENCE_CHARACTERS, _PSEUDO_PARAMETER_CHARACTERS = 150, 16

_PATH_PARAMETERS = (
    "A path parameter of the REST API can be anything, so '*' stands in its place. Method, stage and the rest of the"
    " path are exact."
)


@jsii.implements(iam.IPrincipal)
class Collector(RolePrincipal):
    """The service role as a grantee whose permissions are collected: who adds a target says where they go.

    Attributes:
        statements: What was granted.
    """

    def __init__(self, role: iam.Role) -> None:
        super().__init__(role)
        self.statements: list[dict[str, object]] = []

    @jsii.member(jsii_name="addToPrincipalPolicy")
    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Collect a statement."""
        self.statements.append(statement.to_json())
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=self._role)


class ServiceRole:
    """A role that AgentCore assumes for one gateway of this account, with managed policies.

    What the gateway waits for and what its targets wait for are apart: an agent may be a target of a gateway whose
    tools it uses.

    Attributes:
        role: The role.
        policies: What the targets wait for, in order.
    """

    def __init__(self, scope: Construct, *, place: Place, gateway_name: str) -> None:
        self._scope = scope
        self.role = iam.Role(
            scope,
            "Role",
            description="Service role of a gateway of AgentCore",
            assumed_by=iam.ServicePrincipal(
                SERVICE_PRINCIPAL,
                conditions={
                    "StringEquals": {"aws:SourceAccount": place.account},
                    "ArnLike": {"aws:SourceArn": place.arn("bedrock-agentcore", f"gateway/{gateway_name}-*")},
                },
            ),
        )
        self.policies: list[iam.ManagedPolicy] = []
        self._baseline: iam.ManagedPolicy | None = None
        self._granted: dict[str, iam.ManagedPolicy] = {}
        self._room = 0

    def allow_gateway(
        self, statements: Sequence[Mapping[str, object]], *, made: Callable[[iam.ManagedPolicy], None]
    ) -> None:
        """Allow what the gateway itself needs. `made` is called when that has become a policy of its own."""
        if not statements:
            return
        if self._baseline is None:
            self._baseline = self._policy("Baseline", "What this gateway needs to exist")
            made(self._baseline)
        self._baseline.add_statements(*(iam.PolicyStatement.from_json(statement) for statement in statements))

    def allow_target(self, statements: Sequence[Mapping[str, object]]) -> list[iam.ManagedPolicy]:
        """Allow what a target needs.

        Returns:
            The policies that say so, for the target to wait for.

        Raises:
            ValueError: If that is more than the policies of a role can say.
        """
        used: dict[int, iam.ManagedPolicy] = {}
        for statement in statements:
            text = json.dumps(statement, sort_keys=True)
            if text not in self._granted:
                self._granted[text] = self._allow(statement)
            policy = self._granted[text]
            used[id(policy)] = policy
        return list(used.values())

    def _allow(self, statement: Mapping[str, object]) -> iam.ManagedPolicy:
        resolved = cdk.Stack.of(self._scope).resolve(statement)
        size = _characters(resolved)
        if size > self._room:
            self._room = _MAX_POLICY_CHARACTERS - _DOCUMENT_CHARACTERS
            # One policy of the ten is the gateway's own.
            if len(self.policies) + 1 >= _MAX_POLICIES:
                raise ValueError(
                    f"the role of the gateway {self._scope.node.path!r} has {_MAX_POLICIES} managed policies, and IAM"
                    " attaches no more; move some of the gateway's sources to a second gateway"
                )
            number = len(self.policies) + 1
            self.policies.append(self._policy(f"Targets{number}", "What this gateway needs to reach its targets"))
        self._room -= size
        policy = self.policies[-1]
        policy.add_statements(iam.PolicyStatement.from_json(statement))
        if resolved["Action"] == INVOKE_API_ACTION:
            _acknowledge_wildcards(policy, resolved["Resource"])
        return policy

    def _policy(self, id: str, description: str) -> iam.ManagedPolicy:
        return iam.ManagedPolicy(self._scope, id, description=description, roles=[self.role])


def _acknowledge_wildcards(policy: iam.ManagedPolicy, resources: Sequence[object]) -> None:
    for arn in map(spelled, resources):
        if "*" in arn:
            cdk.Validations.of(policy).acknowledge(
                cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{arn}]", reason=_PATH_PARAMETERS)
            )


def _characters(value: object) -> int:
    """About how long a resolved statement is in the policy, references replaced."""
    if isinstance(value, Mapping):
        if "Fn::Join" in value:
            return sum(_characters(part) for part in value["Fn::Join"][1])
        if "Ref" in value and str(value["Ref"]).startswith("AWS::"):
            return _PSEUDO_PARAMETER_CHARACTERS
        if any(key == "Ref" or key.startswith("Fn::") for key in value):
            return _REFERENCE_CHARACTERS
        return 2 + sum(len(str(key)) + 4 + _characters(each) for key, each in value.items())
    if isinstance(value, list):
        return 2 + sum(_characters(each) + 1 for each in value)
    return len(str(value)) + 2
