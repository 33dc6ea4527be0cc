"""Where permissions that an agent is granted after its creation go."""

import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib._role_principal import RolePrincipal


@jsii.implements(iam.IPrincipal)
class GrantedPermissions(RolePrincipal):
    """The agent's role, with a managed policy for what it is granted.

    The runtime must not depend on these grants: two agents that may call each other would wait for each other. They
    therefore go neither into the role's own policies nor into the baseline policy that the runtime waits for. The
    policy is made with the first grant, because IAM takes no empty one.
    """

    def __init__(
        self,
        scope: Construct,
        role: iam.Role,
        *,
        description: str = "What this agent was granted on other resources",
    ) -> None:
        self._scope = scope
        super().__init__(role)
        self._description = description
        self._policy: iam.ManagedPolicy | None = None

    @jsii.member(jsii_name="addToPrincipalPolicy")
    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Add a statement to the policy of grants."""
        if self._policy is None:
            self._policy = iam.ManagedPolicy(
                self._scope,
                "Grants",
                description=self._description,
                roles=[self._role],
                statements=[statement],
            )
        else:
            self._policy.add_statements(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=self._policy)
