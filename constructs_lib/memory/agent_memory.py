"""What an agent remembers: conversations for a while, facts and preferences for good."""

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import place_of
from constructs_lib.memory._namespaces import record_path, search_pattern
from constructs_lib.memory._permissions import (
    DELETE_RECORDS_ACTIONS,
    EVENT_ACTIONS,
    KEY_ACTIONS,
    LIST_RECORDS_ACTIONS,
    NAMESPACE_KEY,
    NAMESPACE_PATH_KEY,
    PUBLISH_ACTIONS,
    RETRIEVE_ACTIONS,
    SESSION_ACTIONS,
)
from constructs_lib.memory.strategies import MemoryStrategy
from constructs_lib.observability.log_delivery import LogDelivery
from constructs_lib.observability.log_masking import DEFAULT_MASKING, LogMasking

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

DEFAULT_EXPIRY_DAYS = 90
_MIN_EXPIRY_DAYS, _MAX_EXPIRY_DAYS = 3, 365
_L2_MIN_EXPIRY_DAYS = 7
_MAX_NAME = 48
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")

_Permission = tuple[Sequence[str], Mapping[str, Mapping[str, object]] | None]


class AgentMemory(Construct):
    """AgentCore Memory with its strategies, its logs, and the exact grant for a conversing agent.

    It survives its stack by default. Its name contains a hash of what cannot be changed in place, so a change of the
    key replaces the memory (and loses its content) instead of failing on a taken name.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory.html

    Args:
        strategies: How long-term memories are extracted. Default: conversations only.
        expiry: How long the events of a conversation are kept, 3 to 365 days. Default: 90 days.
        description: Shown in the console. Default: none.
        memory_name: Letters, digits and underscores, at most 48. Default: derived from the construct's path.
        encryption_key: Key that encrypts the memory and its logs. Default: AWS-owned keys.
        removal_policy: What happens to the memory and its log group when they leave the stack.
        log_retention: How long log events are kept.
        log_masking: What nobody without `logs:Unmask` sees in the logs. Default: personal data. None: nothing.

    Attributes:
        memory: The L2 memory.
        memory_id: Its id, for `BEDROCK_AGENTCORE_MEMORY_ID`.
        role: Role under which the service runs custom and self-managed strategies.
        log_group: The memory's application logs: extraction and consolidation, and their failures.
        retrieval_namespaces: Namespaces an agent searches at every turn, with their placeholders.
        record_paths: Paths below which each actor's long-term memories are, up to the actor's part, such as
            `/users/{actorId}/`. What is in no such path is not an actor's own, and not deleted with an actor's data.

    Raises:
        ValueError: If the expiry or the name is out of bounds, or two strategies share a name or a namespace.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        strategies: Sequence[MemoryStrategy] = (),
        expiry: Duration | None = None,
        description: str | None = None,
        memory_name: str | None = None,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        log_masking: LogMasking | None = DEFAULT_MASKING,
    ) -> None:
        super().__init__(scope, id)
        days = _checked_days(expiry)
        _check_unique("name", [strategy.name for strategy in strategies])
        _check_unique("namespace", [strategy.namespace for strategy in strategies if strategy.namespace])
        self._namespaces = tuple(
            namespace
            for strategy in strategies
            for namespace in (strategy.namespace, strategy.reflections_namespace)
            if namespace
        )
        self.retrieval_namespaces = tuple(
            strategy.namespace for strategy in strategies if strategy.retrieved and strategy.namespace
        )
        paths = (record_path(namespace) for namespace in self._namespaces)
        self.record_paths = tuple(dict.fromkeys(path for path in paths if path))
        name = self._name(memory_name, encryption_key)
        self.role = self._service_role(name)
        policy = self._role_policy(strategies, encryption_key)
        self.memory = agentcore.Memory(
            self,
            "Memory",
            memory_name=name,
            description=description,
            expiration_duration=Duration.days(max(days, _L2_MIN_EXPIRY_DAYS)),
            kms_key=encryption_key,
            memory_strategies=[strategy.rendered for strategy in strategies],
            # The L2 would add wildcards to an inline policy.
            execution_role=self.role.without_policy_updates(),
        )
        resource = self.memory.node.find_child("Memory")
        assert isinstance(resource, agentcore.CfnMemory)  # noqa: S101 -- the L2's only child of that name
        resource.apply_removal_policy(removal_policy)
        if days < _L2_MIN_EXPIRY_DAYS:
            resource.add_property_override("EventExpiryDuration", days)
        if policy is not None:
            resource.node.add_dependency(policy)
        self.memory_id, self._arn = self.memory.memory_id, self.memory.memory_arn
        self.log_group = LogDelivery(
            self,
            "Logs",
            source_arn=self._arn,
            source_name=name,
            log_group_suffix=f"memory/{self.memory_id}",
            retention=log_retention,
            masking=log_masking,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        ).log_group

    def grant_conversation(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow what the session manager of Strands calls, on this memory and in its strategies' namespaces only.

        That is to keep and read the events of conversations, and to search long-term memories. The service does not
        know who the actor is: which actor an agent speaks for is decided in the agent.
        """
        return self._grant(grantee, self._conversation())

    def grant_user_data(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow what people need to see what is kept of them, and to have it deleted, besides `grant_conversation`.

        That is to list an actor's sessions, and to list and delete long-term memories below an actor's part of a
        namespace. Whose they are is decided in the agent.
        """
        return self._grant(grantee, self._user_data())

    def conversation_statements(self) -> list[dict[str, object]]:
        """What `grant_conversation` grants, as IAM policy statements in JSON."""
        return self._statements(self._conversation())

    def user_data_statements(self) -> list[dict[str, object]]:
        """What `grant_user_data` grants, as IAM policy statements in JSON."""
        return self._statements(self._user_data())

    def metric_invocations(self, operation: str) -> "cloudwatch.Metric":
        """Calls of a data plane operation such as `CreateEvent` or `RetrieveMemoryRecords`."""
        return self.memory.metric_invocations_for_api_operation(operation)

    def metric_latency(self, operation: str) -> "cloudwatch.Metric":
        """Mean time in milliseconds of a data plane operation."""
        return self.memory.metric_latency_for_api_operation(operation)

    def metric_errors(self, operation: str) -> "cloudwatch.Metric":
        """Failed calls of a data plane operation."""
        return self.memory.metric_errors_for_api_operation(operation)

    def metric_records_created(self) -> "cloudwatch.Metric":
        """Long-term memory records that strategies extracted."""
        return self.memory.metric_memory_record_creation_count()

    def _grant(self, grantee: iam.IGrantable, permissions: Sequence[_Permission]) -> iam.Grant:
        grants = [
            iam.Grant.add_to_principal(
                grantee=grantee, actions=list(actions), resource_arns=[self._arn], conditions=conditions
            )
            for actions, conditions in permissions
        ]
        return reduce(lambda one, other: one.combine(other), grants)

    def _statements(self, permissions: Sequence[_Permission]) -> list[dict[str, object]]:
        return [
            {
                "Effect": "Allow",
                "Action": list(actions),
                "Resource": self._arn,
                **({"Condition": conditions} if conditions else {}),
            }
            for actions, conditions in permissions
        ]

    def _user_data(self) -> list[_Permission]:
        paths = sorted({search_pattern(path) for path in self.record_paths})
        records: list[_Permission] = [
            (LIST_RECORDS_ACTIONS, {"StringLike": {NAMESPACE_PATH_KEY: paths}}),
            (DELETE_RECORDS_ACTIONS, {"StringLike": {NAMESPACE_KEY: [f"{path}*" for path in paths]}}),
        ]
        return [(SESSION_ACTIONS, None), *(records if paths else ())]

    def _conversation(self) -> list[_Permission]:
        patterns = sorted({search_pattern(namespace) for namespace in self._namespaces})
        search: list[_Permission] = (
            [(RETRIEVE_ACTIONS, {"StringLike": {NAMESPACE_PATH_KEY: patterns}})] if patterns else []
        )
        return [(EVENT_ACTIONS, None), *search]

    def _name(self, memory_name: str | None, encryption_key: kms.IKey | None) -> str:
        if memory_name is not None and not _NAME.fullmatch(memory_name):
            raise ValueError(
                "a memory's name has letters, digits and underscores, at most 48, starting with a letter,"
                f" got {memory_name!r}"
            )
        if memory_name is not None:
            return memory_name
        key = encryption_key.node.path if encryption_key else "AWS owned"
        return physical_name(self.node.path, max_length=_MAX_NAME, salt=key)

    def _service_role(self, name: str) -> iam.Role:
        place = place_of(self)
        return iam.Role(
            self,
            "ServiceRole",
            description="Lets AgentCore Memory run this memory's strategies",
            assumed_by=iam.ServicePrincipal(
                "bedrock-agentcore.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": place.account},
                    "ArnLike": {"aws:SourceArn": place.arn("bedrock-agentcore", f"memory/{name}-*")},
                },
            ),
        )

    def _role_policy(
        self, strategies: Sequence[MemoryStrategy], encryption_key: kms.IKey | None
    ) -> iam.ManagedPolicy | None:
        statements = [statement for strategy in strategies for statement in strategy.role_statements(self)]
        if encryption_key is not None:
            statements.append(_allow(KEY_ACTIONS, encryption_key.key_arn))
        deliveries = [strategy.delivery for strategy in strategies if strategy.delivery]
        for delivery in deliveries:
            statements.append(_allow(PUBLISH_ACTIONS, delivery.topic.topic_arn))
            statements.append(_allow(["s3:GetBucketLocation"], delivery.bucket.bucket_arn))
            statements.append(_allow(["s3:PutObject"], delivery.bucket.arn_for_objects("*")))
        if not statements:
            return None
        return iam.ManagedPolicy(
            self,
            "ServicePolicy",
            description="What the strategies of this memory need",
            document=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": statements}),
            roles=[self.role],
        )


def _allow(actions: Sequence[str], resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _checked_days(expiry: Duration | None) -> int:
    if expiry is None:
        return DEFAULT_EXPIRY_DAYS
    days = float(expiry.to_days(integral=False))
    if not days.is_integer() or not _MIN_EXPIRY_DAYS <= days <= _MAX_EXPIRY_DAYS:
        raise ValueError(
            f"a memory keeps events for {_MIN_EXPIRY_DAYS} to {_MAX_EXPIRY_DAYS} whole days, got {days:g} days"
        )
    return int(days)


def _check_unique(what: str, values: Sequence[str]) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"two strategies of a memory have the same {what} {repeated[0]!r}; give each its own {what}=")
