"""What is measured of the chat front end."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_wafv2 as wafv2

from constructs_lib._place import place_of
from constructs_lib.frontend.chat_frontend import ChatFrontend
from constructs_lib.observability.monitoring.metrics._metric import filled, math, metric

_BALANCER, _SERVICE, _TASKS, _FIREWALL = "AWS/ApplicationELB", "AWS/ECS", "ECS/ContainerInsights", "AWS/WAFV2"


class FrontEndReadings:
    """Metrics of a front end's load balancer, tasks and firewall.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html,
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html and
    https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html

    Args:
        frontend: The front end.
    """

    def __init__(self, frontend: ChatFrontend) -> None:
        self._balancer = {"LoadBalancer": frontend.load_balancer.load_balancer_full_name}
        self._targets = {**self._balancer, "TargetGroup": frontend.target_group.target_group_full_name}
        self._service = {
            "ClusterName": frontend.cluster.cluster_name,
            "ServiceName": frontend.service.service_name,
        }
        visibility = frontend.web_acl.visibility_config
        assert isinstance(visibility, wafv2.CfnWebACL.VisibilityConfigProperty)  # noqa: S101 -- as the front end sets it
        # The metrics carry the name that the web ACL gives them, not its own.
        self._firewall = {"WebACL": visibility.metric_name, "Region": place_of(frontend).region, "Rule": "ALL"}

    def requests(self) -> cloudwatch.Metric:
        """Requests that the load balancer passed on or answered."""
        return metric("RequestCount", self._balancer, namespace=_BALANCER, label="Requests")

    def response_time(self, percentile: int) -> cloudwatch.Metric:
        """Time until a task begins to answer, in seconds."""
        statistic = f"p{percentile}"
        return metric("TargetResponseTime", self._targets, namespace=_BALANCER, statistic=statistic, label=statistic)

    def own_errors(self) -> cloudwatch.Metric:
        """Requests that the load balancer could not pass on."""
        return metric("HTTPCode_ELB_5XX_Count", self._balancer, namespace=_BALANCER, label="By the load balancer")

    def task_errors(self) -> cloudwatch.Metric:
        """Requests that a task failed to answer."""
        return metric("HTTPCode_Target_5XX_Count", self._targets, namespace=_BALANCER, label="By a task")

    def healthy(self) -> cloudwatch.Metric:
        """Tasks that are healthy."""
        return metric("HealthyHostCount", self._targets, namespace=_BALANCER, statistic="Minimum", label="Healthy")

    def unhealthy(self) -> cloudwatch.Metric:
        """Tasks that are not healthy."""
        return metric("UnHealthyHostCount", self._targets, namespace=_BALANCER, statistic="Maximum", label="Unhealthy")

    def use(self, name: str) -> cloudwatch.Metric:
        """How much of its processors (`CPU`) or memory (`Memory`) the service uses, in percent."""
        return metric(f"{name}Utilization", self._service, namespace=_SERVICE, statistic="Average", label=name)

    def running(self) -> cloudwatch.Metric:
        """Tasks that run."""
        return metric("RunningTaskCount", self._service, namespace=_TASKS, statistic="Minimum", label="Running")

    def desired(self) -> cloudwatch.Metric:
        """Tasks that should run."""
        return metric("DesiredTaskCount", self._service, namespace=_TASKS, statistic="Maximum", label="Desired")

    def allowed(self) -> cloudwatch.Metric:
        """Requests that the firewall let through."""
        return metric("AllowedRequests", self._firewall, namespace=_FIREWALL, label="Let through")

    def blocked(self) -> cloudwatch.Metric:
        """Requests that the firewall stopped."""
        return metric("BlockedRequests", self._firewall, namespace=_FIREWALL, label="Stopped")

    def errors(self) -> cloudwatch.MathExpression:
        """Requests that ended in a 5xx status."""
        metrics = {"balancer": self.own_errors(), "tasks": self.task_errors()}
        return math(filled(*metrics), metrics, label="5xx")

    def missing(self) -> cloudwatch.MathExpression:
        """1 where no task is healthy or none runs: a load balancer without targets says nothing of their health."""
        metrics = {"healthy": self.healthy(), "running": self.running()}
        return math("IF(MIN([FILL(healthy, 1), FILL(running, 1)]) < 1, 1, 0)", metrics, label="No healthy task")
