"""A role as a principal that decides itself where granted statements go."""

from aws_cdk import aws_iam as iam


class RolePrincipal:
    """What stands in for a role wherever permissions are granted; a subclass says where the statements go.

    Args:
        role: The role.
    """

    def __init__(self, role: iam.Role) -> None:
        self._role = role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """This principal."""
        return self  # type: ignore[return-value]  # the subclass has the missing method

    @property
    def assume_role_action(self) -> str:
        """As for the role."""
        return self._role.assume_role_action

    @property
    def policy_fragment(self) -> iam.PrincipalPolicyFragment:
        """As for the role: resource policies name the role."""
        return self._role.policy_fragment

    @property
    def principal_account(self) -> str | None:
        """As for the role."""
        return self._role.principal_account
