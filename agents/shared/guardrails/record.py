"""Interventions in the log and as metrics.

A metric is a line of standard output in CloudWatch's embedded metric format, which needs no permission and no call:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
import sys
import time

from agents.shared.guardrails.assessments import POLICIES, Intervention
from agents.shared.session import Session
from agents.shared.settings import GuardrailMode, Settings
from agents.shared.telemetry import LogEvent

logger = logging.getLogger(__name__)

NAMESPACE = "AgentGuardrails"
METRICS = ("Interventions", "Blocked", "Masked", *POLICIES.values())
"""`Interventions` is one each, `Blocked` or `Masked` too; the policies count what they found."""

DIMENSIONS = (("GuardrailId", "Mode"), ("GuardrailId", "Mode", "Source"))

_EVENTS = {GuardrailMode.ENFORCE: LogEvent.GUARDRAIL_INTERVENED, GuardrailMode.SHADOW: "guardrail would intervene"}


class InterventionRecord:
    """Records the interventions of a session's guardrail.

    Args:
        settings: Names the guardrail and its mode.
        session: Whose conversation it is.
    """

    def __init__(self, settings: Settings, session: Session) -> None:
        self._settings = settings
        self._session = session

    def add(self, intervention: Intervention) -> None:
        """Write one log line and one line of metrics. Neither holds a word of the conversation.

        Args:
            intervention: What the guardrail did.
        """
        found = sorted({f"{finding.policy}:{finding.name}:{finding.action}" for finding in intervention.findings})
        logger.warning(
            "session_id=<%s>, guardrail_id=<%s>, version=<%s>, mode=<%s>, source=<%s>, findings=<%s> | %s",
            self._session.id,
            self._settings.guardrail_id,
            self._settings.guardrail_version,
            self._settings.guardrail_mode,
            intervention.source,
            ", ".join(found),
            _EVENTS[self._settings.guardrail_mode],
        )
        # A line of its own, in one write: log events end where lines do.
        sys.stdout.write(json.dumps(self._metrics(intervention)) + "\n")
        sys.stdout.flush()

    def _metrics(self, intervention: Intervention) -> dict[str, object]:
        policies = [finding.policy for finding in intervention.findings]
        units = [{"Name": name, "Unit": "Count"} for name in METRICS]
        return {
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": DIMENSIONS, "Metrics": units}],
            },
            "GuardrailId": (self._settings.guardrail_id or "").rpartition("/")[2],
            "GuardrailVersion": self._settings.guardrail_version,
            "Mode": self._settings.guardrail_mode,
            "Source": intervention.source,
            "SessionId": self._session.id,
            "Interventions": 1,
            "Blocked": int(intervention.blocked),
            "Masked": int(not intervention.blocked),
            **{name: policies.count(name) for name in POLICIES.values()},
        }
