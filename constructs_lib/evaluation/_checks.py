"""Names and limits of AgentCore Evaluations, checked before anything is made.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-online-evaluations.html
"""

import re

from aws_cdk import Duration

MAX_NAME = 48
MAX_EVALUATORS, MAX_FILTERS = 10, 5

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
_NAMESPACE = re.compile(r"[a-zA-Z0-9._#/:-]{1,255}")
_MAX_DESCRIPTION = 200
_MIN_SAMPLING, _MAX_SAMPLING = 0.01, 100.0
_MAX_SESSION_MINUTES = 1440
_MAX_FUNCTION_SECONDS = 300


def check_description(description: str | None) -> None:
    """Refuse a description that is empty or too long."""
    if description is not None and not 1 <= len(description) <= _MAX_DESCRIPTION:
        raise ValueError(f"a description has 1 to {_MAX_DESCRIPTION} characters, got {len(description)}")


def check_name(name: str | None) -> None:
    """Refuse what cannot be an online evaluation's name."""
    if name is not None and not _NAME.fullmatch(name):
        raise ValueError(
            f"an online evaluation's name has letters, digits and '_', at most {MAX_NAME}, starting with a letter, got"
            f" {name!r}"
        )


def check_namespace(namespace: str | None) -> None:
    """Refuse what cannot be a namespace of metrics."""
    if namespace is None:
        return
    if not _NAMESPACE.fullmatch(namespace) or namespace.startswith("AWS/"):
        raise ValueError(
            "a metrics namespace has letters, digits and any of ._#/:- , at most 255, and does not begin with AWS/,"
            f" got {namespace!r}"
        )


def check_sampling(percentage: float) -> None:
    """Refuse a share of sessions that the service refuses. NaN is one."""
    if not _MIN_SAMPLING <= percentage <= _MAX_SAMPLING:
        raise ValueError(
            f"sampling_percentage is {_MIN_SAMPLING} to {_MAX_SAMPLING:g}, got {percentage}; to evaluate nothing, pass"
            " enabled=False"
        )


def check_temperature(temperature: float) -> None:
    """Refuse what is no temperature of a model. NaN is none."""
    if not 0 <= temperature <= 1:
        raise ValueError(f"a judge's temperature is 0 to 1, got {temperature}")


def checked_minutes(timeout: Duration) -> int:
    """The session time-out in minutes."""
    seconds = timeout.to_seconds()
    if seconds % 60 or not 1 <= seconds // 60 <= _MAX_SESSION_MINUTES:
        raise ValueError(
            f"session_timeout is 1 to {_MAX_SESSION_MINUTES} whole minutes, got {seconds:g} seconds; it is the silence"
            " after which a session counts as complete"
        )
    return int(seconds // 60)


def checked_timeout(timeout: Duration | None) -> int | None:
    """A function's time-out in seconds."""
    if timeout is None:
        return None
    seconds = timeout.to_seconds()
    if not 1 <= seconds <= _MAX_FUNCTION_SECONDS:
        raise ValueError(f"an evaluator's function has 1 to {_MAX_FUNCTION_SECONDS} seconds, got {seconds:g}")
    return int(seconds)
