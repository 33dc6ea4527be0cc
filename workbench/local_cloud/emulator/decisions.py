"""IAM decisions: made by the emulator's evaluator for every service, and recorded for every session of a role.

The administrator's requests are always allowed and not recorded: deploying is not what least privilege is shown for.
"""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import _account_from_sts_session, get_account_id
from ministack.services import iam

from workbench.local_cloud.emulator.agentcore_actions import Check
from workbench.local_cloud.emulator.change_set_conditions import CREATE, change_set_conditions

Denial = Any
"""None where allowed, else the evaluator's `AuthError` or `EvalResult`; the emulator is not typed."""


class AccessLog:
    """Appends one JSON line per decision to a file.

    Args:
        path: The file; created if missing, never truncated.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def append(self, entry: Mapping[str, object]) -> None:
        """Write one decision and hand it to the operating system at once, so that a reader sees it."""
        line = json.dumps(entry, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()


class Decisions:
    """Puts recording between the emulator's services and its policy evaluator.

    Args:
        log: Where decisions on sessions of a role go.
    """

    def __init__(self, log: AccessLog) -> None:
        self._log = log
        self._evaluate = iam_evaluator.enforce

    def install(self) -> None:
        """Make every service of the emulator decide through this object."""
        iam_evaluator.enforce = self.decide

    def decide(
        self,
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, object] | None = None,
    ) -> Denial:
        """The evaluator's decision: None where allowed, else its error or denial (the evaluator's own interface)."""
        context = {**(service_context or {}), **_missing_conditions(iam_action)}
        denied = self._evaluate(access_key_id, iam_action, service, region, resource_arn, context)
        self._record(access_key_id, iam_action, resource_arn, denied)
        return denied

    def decide_all(self, access_key_id: str, service: str, region: str, checks: list[Check]) -> tuple[Denial, Check]:
        """Hold one request against every check in turn; the first refusal ends it.

        Returns:
            The refusal or None, and the check it was made on.
        """
        denied: Denial = None
        check = checks[0]
        for check in checks:
            denied = self.decide(
                access_key_id, check.action, service, check.region or region, check.resource, dict(check.context)
            )
            if denied is not None:
                break
        return denied, check

    def _record(self, access_key_id: str, action: str, resource: str, denied: object) -> None:
        principal = iam_evaluator.resolve_credential(access_key_id or "", account_of(access_key_id))
        if getattr(principal, "principal_type", "") != "AssumedRole":
            return
        self._log.append(
            {
                "time": time.time(),
                "principal": principal.principal_arn,
                "role_arn": role_arn(principal.principal_arn),
                "service": action.partition(":")[0],
                "action": action,
                "resource": resource,
                "allowed": denied is None,
                "reason": _reason(denied),
            }
        )


def account_of(access_key_id: str) -> str:
    """The account a key belongs to: its session's, its user's, or the one the key names."""
    return str(_account_from_sts_session(access_key_id) or get_account_id())


def role_arn(session_arn: str) -> str:
    """The ARN of the role behind an assumed-role session, with the path the role was created under."""
    account, name = session_arn.split(":")[4], session_arn.split("/")[1]
    role = iam._roles.get_scoped(account, None, name) or {}
    return str(role.get("Arn") or f"arn:aws:iam::{account}:role/{name}")


def _missing_conditions(action: str) -> dict[str, object]:
    request = iam_evaluator._signed_request.get()
    return change_set_conditions(request.body) if action == CREATE and request is not None else {}


def _reason(denied: object) -> str:
    if denied is None:
        return "allowed by an identity-based policy"
    return str(getattr(denied, "reason", "") or getattr(denied, "message", ""))


def caller_arn(access_key_id: str) -> str:
    """ARN of the user, role session or account root behind a key; empty for an unknown key."""
    credential = iam_evaluator.resolve_credential(access_key_id, account_of(access_key_id))
    return str(getattr(credential, "principal_arn", ""))
