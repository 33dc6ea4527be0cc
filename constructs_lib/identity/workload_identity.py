"""An identity in AgentCore for what runs elsewhere."""

import re
from collections.abc import Sequence

from aws_cdk import Fn, RemovalPolicy, Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import is_token, place_of
from constructs_lib.identity._credential_access import directory_arn
from constructs_lib.observability.log_delivery import LogDelivery
from constructs_lib.observability.log_masking import DEFAULT_MASKING, LogMasking

TOKEN_ACTION = "bedrock-agentcore:GetWorkloadAccessToken"  # noqa: S105 -- an action's name
TOKEN_FOR_JWT_ACTION = "bedrock-agentcore:GetWorkloadAccessTokenForJWT"  # noqa: S105
TOKEN_FOR_USER_ID_ACTION = "bedrock-agentcore:GetWorkloadAccessTokenForUserId"  # noqa: S105
_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_MAX_NAME = 64
_RETURN_URL = re.compile(r"https://[^/?#\s*]+[^#\s*]*|http://(?:localhost|127\.0\.0\.1)(?::\d+)?(?:/[^#\s*]*)?")


class WorkloadIdentity(Construct):
    """A workload identity for a caller outside AgentCore Runtime and Gateway, which have identities of their own.

    With it, a container or a function gets workload access tokens, and with those what credentials grant it:
    `credential.grant_use(role, workload_identity=identity)`.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/understanding-agent-identities.html

    Args:
        return_urls: Exact addresses that users may come back to after they agreed: https, or http on localhost.
            Default: none, so the caller acts for itself only.
        name: Letters, digits and `_ . -`, 3 to 255, unique in the account and Region. Default: from the path.
        tracing: Whether traces are delivered.
        log_retention: How long log events are kept.
        log_masking: What nobody without `logs:Unmask` sees in the logs. Default: personal data. None: nothing.
        encryption_key: Key that encrypts the log group; its policy is extended for CloudWatch Logs. Default:
            CloudWatch Logs' own key.
        removal_policy: What happens to the log group when it leaves the stack.

    Attributes:
        identity: The L2 workload identity.
        name: Its name, for GetWorkloadAccessToken.
        workload_identity_arn: Its ARN.
        log_group: Its application logs: who got which token, and why others did not.

    Raises:
        ValueError: If the name or an address is none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        return_urls: Sequence[str] = (),
        name: str | None = None,
        tracing: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        log_masking: LogMasking | None = DEFAULT_MASKING,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        if name is not None and not _NAME.fullmatch(name):
            raise ValueError(f"a workload identity's name has letters, digits and _ . -, 3 to 255, got {name!r}")
        for url in return_urls:
            check_return_url("return_urls", url)
        self.name = name or physical_name(self.node.path, max_length=_MAX_NAME)
        self.identity = agentcore.WorkloadIdentity(
            self,
            "Identity",
            workload_identity_name=self.name,
            allowed_resource_oauth2_return_urls=list(return_urls) or None,
        )
        self._arn = self.identity.workload_identity_arn
        # Its name comes again in a stack of the same name, whose predecessor may have left its log group.
        generation = Fn.select(2, Fn.split("/", Stack.of(self).stack_id))
        self.log_group = LogDelivery(
            self,
            "Logs",
            source_arn=self._arn,
            source_name=self.name,
            log_group_suffix=f"workload-identity/{self.name}-{generation}",
            retention=log_retention,
            traces=tracing,
            masking=log_masking,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        ).log_group

    @property
    def workload_identity_arn(self) -> str:
        """Its ARN."""
        return self._arn

    def grant_token(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to get tokens that speak for this identity, and for no user."""
        return self._grant(grantee, TOKEN_ACTION)

    def grant_token_for_jwt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to get tokens that speak for a user whose token of an identity provider it holds."""
        return self._grant(grantee, TOKEN_FOR_JWT_ACTION)

    def grant_token_for_user_id(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to get tokens that speak for any user whom it names.

        Only for a caller that has authenticated that user itself: AgentCore believes it.
        """
        return self._grant(grantee, TOKEN_FOR_USER_ID_ACTION)

    def _grant(self, grantee: iam.IGrantable, action: str) -> iam.Grant:
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[action],
            resource_arns=[directory_arn(place_of(self)), self._arn],
        )


def check_return_url(what: str, url: str) -> None:
    """Refuse an address that a user who agreed could be led away from."""
    if not is_token(url) and not _RETURN_URL.fullmatch(url):
        raise ValueError(
            f"{what} are exact https addresses, or http on localhost, without '*' and '#', got"
            f" {url!r}: whoever reads one can bind a user's consent to another session"
        )
