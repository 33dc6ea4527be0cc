"""What is measured of a code sandbox or a web browser."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.metrics._metric import filled, math, metric, share
from constructs_lib.sandbox.code_sandbox import CodeSandbox
from constructs_lib.sandbox.web_browser import WebBrowser

_HOUR = 60


class SandboxReadings:
    """Metrics of a sandbox.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-tool-metrics.html

    Args:
        sandbox: The code sandbox or the web browser.
    """

    def __init__(self, sandbox: CodeSandbox | WebBrowser) -> None:
        self._operations: tuple[str, ...]
        if isinstance(sandbox, CodeSandbox):
            self._arn, self._kind = sandbox.code_interpreter_arn, "CodeInterpreter"
            self._operations = ("StartCodeInterpreterSession", "InvokeCodeInterpreter")
        else:
            self._arn, self._kind = sandbox.browser_arn, "Browser"
            self._operations = ("StartBrowserSession",)

    def calls(self) -> list[cloudwatch.Metric]:
        """Calls, by operation."""
        return self._each("Invocations")

    def latency(self) -> list[cloudwatch.Metric]:
        """Time in milliseconds, of which 5 % take longer, by operation."""
        return self._each("Latency", statistic="p95")

    def session_time(self) -> cloudwatch.Metric:
        """How long a session lives, in milliseconds."""
        return self._of("Duration", f"{self._kind}Session", statistic="Average", label="Time of a session")

    def throttles(self) -> cloudwatch.MathExpression:
        """Calls that the service refused for their number."""
        metrics = {f"refused{number}": each for number, each in enumerate(self._each("Throttles"))}
        return math(filled(*metrics), metrics, label="Throttled")

    def error_rate(self, threshold: limits.ToolErrors) -> cloudwatch.MathExpression:
        """Calls that failed by the service's fault, in percent."""
        failed = {f"failed{number}": each for number, each in enumerate(self._each("SystemErrors"))}
        calls = {f"calls{number}": each for number, each in enumerate(self.calls())}
        return math(share(filled(*failed), filled(*calls), threshold.samples), {**failed, **calls}, label="Failed")

    def cpu_hours(self) -> cloudwatch.Metric:
        """vCPU hours that are billed."""
        dimensions = {"Service": f"AgentCore.{self._kind}", "Resource": self._arn}
        return metric("CPUUsed-vCPUHours", dimensions, label="vCPU hours", period=_HOUR)

    def _each(self, name: str, *, statistic: str = "Sum") -> list[cloudwatch.Metric]:
        return [self._of(name, each, statistic=statistic, label=each) for each in self._operations]

    def _of(self, name: str, operation: str, *, statistic: str, label: str) -> cloudwatch.Metric:
        return metric(name, {"Operation": operation, "Resource": self._arn}, statistic=statistic, label=label)
