"""The variables that agents' processes start with, those of their telemetry included.

Runtime sets the variables of the AWS distribution for OpenTelemetry. Here they lead to this server's own receiver:
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html
"""

import os
from collections.abc import Mapping

from workbench.local_cloud.agentcore.runtimes.definition import RuntimeDefinition
from workbench.local_cloud.agentcore.runtimes.output import log_group
from workbench.telemetry.receiver import TOKEN_HEADER

PROVIDER = "local_cloud"
"""The entry point in agents' environments that adds the process's token to each export, see `_otlp_session.py`."""

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"
_NO_COLLECTOR = {
    "OTEL_TRACES_EXPORTER": "none",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_AWS_APPLICATION_SIGNALS_ENABLED": "false",
}


def runtime_environment(runtime: RuntimeDefinition, *, emulator_url: str, receiver_url: str = "") -> dict[str, str]:
    """The variables that all sessions of a runtime share.

    The template's variables first; ours win where both name one, because they are what the service itself would set.

    Args:
        runtime: The runtime.
        emulator_url: Where every AWS call goes.
        receiver_url: Where telemetry goes. Default: the exporters are off.
    """
    inherited = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    region = runtime.scope.region
    return {
        **inherited,
        **runtime.variables,
        **(_telemetry(runtime, receiver_url) if receiver_url else _NO_COLLECTOR),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": emulator_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        "LOCAL_CLOUD_PARENT": str(os.getpid()),
        "LOCAL_CLOUD_AGENT_PORT": str(runtime.contract.port),
    }


def exporter_variables(token: str) -> Mapping[str, str]:
    """The variables by which one process proves to the receiver which it is.

    Args:
        token: Its token.
    """
    return {"LOCAL_CLOUD_TELEMETRY_TOKEN": token, "OTEL_EXPORTER_OTLP_HEADERS": f"{TOKEN_HEADER}={token}"}


def _telemetry(runtime: RuntimeDefinition, receiver_url: str) -> dict[str, str]:
    return {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver_url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        # Without it, exports of forked processes would carry what the first one was told.
        "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER": PROVIDER,
        # A receiver that is away costs a thread of the agent's so many seconds, and an invocation nothing.
        "OTEL_EXPORTER_OTLP_TIMEOUT": "2",
        # In milliseconds, so that what happened is seen soon; the defaults are 5 s and a minute.
        "OTEL_BSP_SCHEDULE_DELAY": "500",
        "OTEL_BLRP_SCHEDULE_DELAY": "500",
        # Idle agents export, too: every 2 s, two hundred of them took a whole core.
        "OTEL_METRIC_EXPORT_INTERVAL": "10000",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
        "OTEL_AWS_APPLICATION_SIGNALS_ENABLED": "false",
        _ATTRIBUTES: _resource_attributes(runtime),
    }


def _resource_attributes(runtime: RuntimeDefinition) -> str:
    own = {
        "service.name": f"{runtime.runtime_id.rpartition('-')[0]}.{runtime.endpoint}",
        "cloud.platform": "aws_bedrock_agentcore",
        "cloud.resource_id": runtime.arn,
        "aws.log.group.names": log_group(runtime),
    }
    # The template's come later, and win.
    return ",".join(filter(None, [*(f"{name}={one}" for name, one in own.items()), runtime.variables.get(_ATTRIBUTES)]))
