"""The tools of the cloud engineer: one gateway, opened by its users' tokens, and who of them may do what."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import CfnOutput, Duration, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import (
    CallerIdentity,
    Claim,
    JwtAuthorizer,
    OutboundAuth,
    SmithyDescription,
    ToolFunction,
    ToolGateway,
    ToolPermission,
    ToolPolicy,
    ToolRule,
    Tools,
    ToolSource,
    tools_from_handler,
)
from constructs_lib.gateway.tool_permissions import permission_policy
from constructs_lib.gateway.tool_policy import COGNITO_GROUPS
from stacks import cloud_engineer_permissions as permissions
from stacks.environments import Environment
from stacks.identity_stack import ENGINEERS, VIEWERS

KNOWLEDGE_URL = "https://knowledge-mcp.global.api.aws"
"""AWS's own MCP server for its documentation, open to everyone: https://github.com/awslabs/mcp."""

_AGENT = Path(__file__).parent.parent / "agents" / "cloud_engineer"
_FUNCTIONS = _AGENT / "gateway_tools"
_DESCRIPTIONS = _FUNCTIONS / "descriptions"
_OPEN_SERVER = (
    "AWS runs this server for everybody and takes no credentials: it answers from public documentation and reaches no"
    " account."
)
_LISTS = (
    "It lists tables, which knows no resources, or reads costs without naming a billing view, the one resource that"
    " action knows and does not require; both only read."
)
_TABLES = "The user asks about any table of the account; the action reads its configuration, not its items."


class CloudEngineerToolsStack(Stack):
    """What the engineer's users may look at, and what its engineers may change; reading and writing are separate roles.

    Args:
        authorizer: Tokens that open the gateway; their groups decide.
        documentation: Whether the tools of AWS's documentation server are among the tools. A deployment without a way
            to the internet cannot list them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        authorizer: JwtAuthorizer,
        encryption_key: kms.IKey,
        documentation: bool = True,
    ) -> None:
        super().__init__(scope, id)
        self._environment, self._key = environment, encryption_key
        reading = self._reading()
        writing = self._writing()
        knowledge = [ToolSource.mcp_server(KNOWLEDGE_URL, name="knowledge", outbound=OutboundAuth.none())]
        self.gateway = ToolGateway(
            self,
            "Tools",
            sources=[*reading, *writing, *(knowledge if documentation else [])],
            authorizer=authorizer,
            # --8<-- [start:policy]
            policy=ToolPolicy(
                [
                    # Not by name: the documentation server lists its tools itself.
                    ToolRule.permit("Look", tools=Tools.every(), groups=[VIEWERS, ENGINEERS]),
                    ToolRule.forbid(
                        "ChangesByOthers", tools=_names(writing), where=~Claim(COGNITO_GROUPS).contains(ENGINEERS)
                    ),
                ]
            ),
            # --8<-- [end:policy]
            interceptors=[
                CallerIdentity(
                    self,
                    "Caller",
                    encryption_key=encryption_key,
                    log_retention=environment.log_retention,
                    removal_policy=environment.removal_policy,
                ).interceptor
            ],
            description="What the cloud engineer reads and changes in this account",
            encryption_key=encryption_key,
            log_retention=environment.log_retention,
            removal_policy=environment.removal_policy,
        )
        if documentation:
            cdk.Validations.of(self.gateway.targets["knowledge"]).acknowledge(
                cdk.Acknowledgment(id="AgentCoreChecks::McpServerWithoutCredentials", reason=_OPEN_SERVER)
            )
        for policy in self.gateway.target_policies:
            cdk.Validations.of(policy).acknowledge(
                *(
                    cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{arn}]", reason=reason)
                    for arn, reason in self._wildcards().items()
                )
            )
        CfnOutput(self, "GatewayUrl", value=self.gateway.url, description="MCP endpoint of the engineer's tools")

    def _reading(self) -> list[ToolSource]:
        tables = SmithyDescription.from_file(_DESCRIPTIONS / "dynamodb.smithy.json")
        costs = SmithyDescription.from_file(_DESCRIPTIONS / "cost-explorer.smithy.json").pick("GetCostAndUsage")
        inventory = self._function("Inventory", "inventory", permissions.reading(self))
        prices = self._function("Prices", "prices", permissions.pricing())
        return [
            inventory.source(
                name="inventory",
                tools=tools_from_handler(
                    _FUNCTIONS / "inventory.py",
                    "list_instances",
                    "list_networks",
                    "list_security_groups",
                    "list_buckets",
                    "describe_bucket",
                    "list_databases",
                    "list_functions",
                    "list_alarms",
                    "read_metric",
                    "list_stacks",
                    "describe_stack",
                ),
            ),
            prices.source(
                name="prices",
                tools=tools_from_handler(_FUNCTIONS / "prices.py", "get_prices", "list_price_attributes"),
            ),
            # dynamodb:ListTables has no resource type, so no ARN would allow it; it returns names only.
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
            ToolSource.smithy(tables.pick("ListTables"), name="tables", resources=["*"]),
            ToolSource.smithy(tables.pick("DescribeTable"), name="dynamodb", resources=[self._table_arn("*")]),
            # ce:GetCostAndUsage has one resource type, the billing view, and does not require it. Requests for the
            # account's own costs name no view, and AWS does not say that an ARN of the primary view would allow them.
            # A view of another account is read only where that account shares it with this one.
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorerservice.html
            ToolSource.smithy(costs, name="costs", resources=["*"]),
        ]

    def _writing(self) -> list[ToolSource]:
        self.change_role = iam.Role(
            self,
            "ChangeRole",
            description="What CloudFormation may do when it carries out a confirmed change",
            assumed_by=iam.ServicePrincipal(
                "cloudformation.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
            ),
        )
        permission_policy(
            self,
            "ChangePolicy",
            role=self.change_role,
            permissions=permissions.changing(self),
            description="What a confirmed change may consist of",
        )
        changes = self._function(
            "Changes",
            "changes",
            permissions.proposing(self, change_role_arn=self.change_role.role_arn),
            environment={
                "CHANGE_ROLE_ARN": self.change_role.role_arn,
                "CHANGED_TYPES": ",".join(permissions.CHANGED_TYPES),
            },
            timeout=Duration.minutes(1),
        )
        approvals = self._function("Approvals", "approvals", permissions.executing(self))
        return [
            changes.source(
                name="changes",
                tools=tools_from_handler(_FUNCTIONS / "changes.py", "propose_change"),
                request_headers=[CallerIdentity.HEADER],
            ),
            approvals.source(
                name="approvals",
                tools=tools_from_handler(_FUNCTIONS / "approvals.py", "execute_change"),
                request_headers=[CallerIdentity.HEADER],
            ),
        ]

    def _function(
        self,
        id: str,
        module: str,
        allowed: Sequence[ToolPermission],
        *,
        environment: Mapping[str, str] | None = None,
        timeout: Duration = Duration.seconds(30),  # noqa: B008 -- immutable
    ) -> ToolFunction:
        return ToolFunction(
            self,
            id,
            # The functions are one package, so that they share what they have in common.
            code=_AGENT,
            exclude=["*", "!gateway_tools", "!gateway_tools/*.py"],
            handler=f"gateway_tools.{module}.handler",
            permissions=allowed,
            environment=environment,
            timeout=timeout,
            description=f"Tools of the cloud engineer: {module}",
            log_retention=self._environment.log_retention,
            encryption_key=self._key,
            removal_policy=self._environment.removal_policy,
        )

    def _table_arn(self, table: str) -> str:
        return f"arn:{self.partition}:dynamodb:{self.region}:{self.account}:table/{table}"

    def _wildcards(self) -> Mapping[str, str]:
        partition = "<AWS::Partition>" if Token.is_unresolved(self.partition) else self.partition
        account = "<AWS::AccountId>" if Token.is_unresolved(self.account) else self.account
        table = f"arn:{partition}:dynamodb:{self.region}:{account}:table/*"
        return {"*": _LISTS, table: _TABLES}


def _names(sources: Sequence[ToolSource]) -> list[str]:
    return [f"{source.name}___{tool.name}" for source in sources for tool in source.tools]
