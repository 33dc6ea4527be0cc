"""Scores an agent's live sessions, continuously."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import Place, place_of
from constructs_lib.evaluation._checks import (
    MAX_EVALUATORS,
    MAX_FILTERS,
    MAX_NAME,
    check_description,
    check_name,
    check_namespace,
    check_sampling,
    checked_minutes,
)
from constructs_lib.evaluation._permissions import SERVICE_PRINCIPAL, acknowledgments, log_statements, source_arns
from constructs_lib.evaluation.builtin_evaluators import BuiltinEvaluator
from constructs_lib.evaluation.own_evaluators import OwnEvaluator
from constructs_lib.evaluation.trace_filter import TraceFilter
from constructs_lib.observability.log_delivery import grant_log_encryption
from constructs_lib.observability.log_masking import DEFAULT_MASKING, LogMasking, policy_of
from constructs_lib.runtime.agent_service import DEFAULT_ENDPOINT, AgentService

DEFAULT_SAMPLING_PERCENTAGE = 10.0
DEFAULT_SESSION_TIMEOUT_MINUTES = 15
DEFAULT_METRICS_NAMESPACE = "Bedrock-AgentCore/Evaluations"

_Properties = agentcore.CfnOnlineEvaluationConfig


class OnlineEvaluation(Construct):
    """Scores a share of an agent's live sessions with evaluators, and writes the scores to logs and metrics.

    It reads the spans that the agent's tracing leaves in CloudWatch, so Transaction Search has to be on in the account
    and Region. The role may read this agent's logs and the spans, write the results, and call the models and functions
    of the evaluators, nothing else; evaluators that AWS provides need no model of yours. AgentCore delivers no logs of
    an evaluation itself: its results are its log.

    The L2 names no log group for the results, so they would lie in one without retention and key; this is L1. Follows
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-online-evaluations.html and
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/results-and-output.html.

    Args:
        agent: The agent whose sessions are scored.
        evaluators: 1 to 10 of `BuiltinEvaluator`, `JudgeEvaluator` and `CodeEvaluator`, each once.
        endpoint: The agent's endpoint whose sessions are scored.
        sampling_percentage: Share of the sessions that is scored, 0.01 to 100.
        filters: Conditions that a trace has to meet, at most 5. Default: none.
        session_timeout: Silence after which a session is complete and is scored, 1 to 1,440 minutes. Default: 15
            minutes.
        enabled: Whether sessions are scored. False keeps everything in place and scores nothing, for environments
            without traffic worth its cost.
        description: At most 200 characters. Default: none.
        evaluation_name: Letters, digits and underscores, at most 48. Default: derived from the construct's path.
        metrics_namespace: Where the scores are published as metrics. Default: `Bedrock-AgentCore/Evaluations`.
        log_retention: How long results are kept.
        log_masking: What nobody without `logs:Unmask` sees in the results, which quote conversations. Default: personal
            data. None: nothing.
        encryption_key: Key that encrypts the results; its policy is extended for CloudWatch Logs. Default: CloudWatch
            Logs' own key.
        removal_policy: What happens to the results when they leave the stack.

    Attributes:
        evaluation: The L1 online evaluation configuration.
        evaluation_name: Its name.
        role: The role that AgentCore evaluates under.
        policy: What that role may do.
        results_log_group: Where the scores go, with the judges' explanations.
        metrics_namespace: Where the scores are published as metrics.

    Raises:
        ValueError: If the agent has no tracing or no such endpoint, an evaluator needs known answers, or an argument is
            out of the service's bounds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        agent: AgentService,
        evaluators: Sequence[BuiltinEvaluator | OwnEvaluator],
        endpoint: str = DEFAULT_ENDPOINT,
        sampling_percentage: float = DEFAULT_SAMPLING_PERCENTAGE,
        filters: Sequence[TraceFilter] = (),
        session_timeout: Duration | None = None,
        enabled: bool = True,
        description: str | None = None,
        evaluation_name: str | None = None,
        metrics_namespace: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        log_masking: LogMasking | None = DEFAULT_MASKING,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        source = _source(agent, endpoint)
        _check_evaluators(evaluators)
        check_sampling(sampling_percentage)
        check_description(description)
        check_name(evaluation_name)
        check_namespace(metrics_namespace)
        if len(filters) > MAX_FILTERS:
            raise ValueError(f"an online evaluation has at most {MAX_FILTERS} filters, got {len(filters)}")
        timeout = session_timeout or Duration.minutes(DEFAULT_SESSION_TIMEOUT_MINUTES)
        minutes = checked_minutes(timeout)
        place = place_of(self)
        self.evaluation_name = evaluation_name or physical_name(self.node.path, max_length=MAX_NAME)
        self.metrics_namespace = metrics_namespace or DEFAULT_METRICS_NAMESPACE
        self.results_log_group = logs.LogGroup(
            self,
            "Results",
            retention=log_retention,
            encryption_key=encryption_key,
            data_protection_policy=policy_of(log_masking),
            removal_policy=removal_policy,
        )
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place)
        own = [each for each in evaluators if not isinstance(each, BuiltinEvaluator)]
        self.role = self._execution_role(place, own)
        self.policy = self._execution_policy(place, source, own)
        self.evaluation = agentcore.CfnOnlineEvaluationConfig(
            self,
            "Evaluation",
            online_evaluation_config_name=self.evaluation_name,
            description=description,
            execution_status="ENABLED" if enabled else "DISABLED",
            evaluation_execution_role_arn=self.role.role_arn,
            evaluators=[_Properties.EvaluatorReferenceProperty(evaluator_id=each.evaluator_id) for each in evaluators],
            data_source_config=_Properties.DataSourceConfigProperty(
                cloud_watch_logs=_Properties.CloudWatchLogsInputConfigProperty(
                    log_group_names=[source.log_group_name], service_names=[f"{agent.runtime_name}.{endpoint}"]
                )
            ),
            rule=_Properties.RuleProperty(
                sampling_config=_Properties.SamplingConfigProperty(sampling_percentage=sampling_percentage),
                filters=[_filter(each) for each in filters] or None,
                session_config=_Properties.SessionConfigProperty(session_timeout_minutes=minutes),
            ),
            output_config=_Properties.OutputConfigProperty(
                cloud_watch_config=_Properties.CloudWatchOutputConfigProperty(
                    log_group_name=self.results_log_group.log_group_name, metrics_namespace=metrics_namespace
                )
            ),
        )
        # The service tries the role when the evaluation is created.
        self.evaluation.node.add_dependency(self.policy)

    @property
    def evaluation_arn(self) -> str:
        """ARN of the online evaluation configuration."""
        return self.evaluation.attr_online_evaluation_config_arn

    @property
    def evaluation_id(self) -> str:
        """Id of the online evaluation configuration."""
        return self.evaluation.attr_online_evaluation_config_id

    def _execution_role(self, place: Place, own: Sequence[OwnEvaluator]) -> iam.Role:
        arns = source_arns(place, name=self.evaluation_name, evaluators=[each.evaluator_name for each in own])
        return iam.Role(
            self,
            "Role",
            description="Execution role of an online evaluation of AgentCore",
            assumed_by=iam.ServicePrincipal(
                SERVICE_PRINCIPAL,
                conditions={
                    "StringEquals": {"aws:SourceAccount": place.account, "aws:ResourceAccount": place.account},
                    "ArnLike": {"aws:SourceArn": arns},
                },
            ),
        )

    def _execution_policy(self, place: Place, source: logs.ILogGroup, own: Sequence[OwnEvaluator]) -> iam.ManagedPolicy:
        results_arn = self.results_log_group.log_group_arn
        statements = [
            *log_statements(place, source_arn=source.log_group_arn, results_arn=results_arn),
            *(statement for each in own for statement in each.execution_statements(self)),
        ]
        policy = iam.ManagedPolicy(
            self,
            "Permissions",
            description="What this online evaluation needs to read sessions and to write their scores",
            roles=[self.role],
            document=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": statements}),
        )
        cdk.Validations.of(policy).acknowledge(*acknowledgments(place))
        return policy


def _source(agent: AgentService, endpoint: str) -> logs.LogGroup:
    if not agent.tracing:
        raise ValueError(
            f"the agent {agent.node.path!r} has tracing=False, so there are no spans to evaluate; leave tracing on"
        )
    if endpoint not in agent.output_log_groups:
        raise ValueError(
            f"the agent {agent.node.path!r} has no endpoint {endpoint!r}; it has"
            f" {', '.join(sorted(agent.output_log_groups))}"
        )
    return agent.output_log_groups[endpoint]


def _check_evaluators(evaluators: Sequence[BuiltinEvaluator | OwnEvaluator]) -> None:
    if not 1 <= len(evaluators) <= MAX_EVALUATORS:
        raise ValueError(f"an online evaluation has 1 to {MAX_EVALUATORS} evaluators, got {len(evaluators)}")
    names = [each.name if isinstance(each, BuiltinEvaluator) else each.node.path for each in evaluators]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"each evaluator is listed once, got {', '.join(twice)} several times; remove the repetition")
    for each in evaluators:
        if not isinstance(each, BuiltinEvaluator) and each.ground_truth:
            named = ", ".join(f"{{{name}}}" for name in each.ground_truth)
            raise ValueError(
                f"the judge {each.node.path!r} needs known answers ({named}), and live traffic has none; leave those"
                " placeholders out, or use the judge on demand"
            )


def _filter(given: TraceFilter) -> agentcore.CfnOnlineEvaluationConfig.FilterProperty:
    value = given.value
    # A bool is a number to Python.
    if isinstance(value, bool):
        wrapped = _Properties.FilterValueProperty(boolean_value=value)
    elif isinstance(value, str):
        wrapped = _Properties.FilterValueProperty(string_value=value)
    else:
        wrapped = _Properties.FilterValueProperty(double_value=value)
    return _Properties.FilterProperty(key=given.key, operator=given.operator, value=wrapped)
