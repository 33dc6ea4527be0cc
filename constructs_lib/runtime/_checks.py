"""Checks of an agent's arguments against the service's bounds, before anything is made."""

import re
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_bedrockagentcore as agentcore

from constructs_lib._place import is_token
from constructs_lib.runtime.model_access import ModelAccess

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,255}")
_VERSION = re.compile(r"[1-9]\d{0,4}")
_MAX_HEADERS = 20
_MIN_SECONDS, _MAX_SECONDS = 60, 28_800
_DEFAULT_IDLE_SECONDS = 900


def checked_models(model: ModelAccess | Sequence[ModelAccess]) -> tuple[ModelAccess, ...]:
    """The models, at least one."""
    models = (model,) if isinstance(model, ModelAccess) else tuple(model)
    if not models:
        raise ValueError("an agent needs a model, got none; pass model=ModelAccess.inference_profile(…)")
    return models


def checked_runtime_name(name: str | None) -> str | None:
    """The name, if it is one."""
    if name is not None and not _NAME.fullmatch(name):
        raise ValueError(
            f"a runtime's name has letters, digits and underscores, at most 48, starting with a letter, got {name!r}"
        )
    return name


def checked_headers(headers: Sequence[str]) -> agentcore.RequestHeaderConfiguration | None:
    """The headers that reach the agent, as the L2 takes them."""
    names = list(dict.fromkeys(headers))
    wrong = [name for name in names if not _HEADER.fullmatch(name)]
    if wrong:
        raise ValueError(f"a header's name has letters, digits, '-' and '_', got {wrong[0]!r} in allowed_headers")
    if len(names) > _MAX_HEADERS:
        raise ValueError(f"at most {_MAX_HEADERS} headers reach an agent, got {len(names)}; allow fewer")
    return agentcore.RequestHeaderConfiguration(allowlisted_headers=names) if names else None


def checked_lifecycle(idle: Duration | None, lifetime: Duration | None) -> agentcore.LifecycleConfiguration | None:
    """When sessions end, as the L2 takes it, which accepts an idle time-out above the lifetime."""
    idle_seconds = _seconds("idle_timeout", idle)
    lifetime_seconds = _seconds("max_lifetime", lifetime)
    if idle_seconds and idle_seconds > (lifetime_seconds or _MAX_SECONDS):
        raise ValueError(
            f"a session cannot be idle for longer than it lives: idle_timeout is {idle_seconds} s,"
            f" max_lifetime {lifetime_seconds} s; shorten the first"
        )
    if idle is None and lifetime is None:
        return None
    if lifetime_seconds and lifetime_seconds < _DEFAULT_IDLE_SECONDS and idle is None:
        raise ValueError(
            f"max_lifetime is {lifetime_seconds} s, below the service's idle time-out of {_DEFAULT_IDLE_SECONDS} s;"
            " pass idle_timeout= as well"
        )
    return agentcore.LifecycleConfiguration(idle_runtime_session_timeout=idle, max_lifetime=lifetime)


def check_endpoint(name: str, version: str | None, *, taken: Sequence[str]) -> None:
    """Refuse an endpoint that the service would."""
    if name in taken:
        raise ValueError(f"there is an endpoint {name!r} already; choose another name")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"an endpoint's name has letters, digits and underscores, at most 48, starting with a letter, got {name!r}"
        )
    if version is not None and not (is_token(version) or _VERSION.fullmatch(version)):
        raise ValueError(
            f"the endpoint {name!r} is pinned to a version from '1' to '99999', got {version!r};"
            " leave it out to follow this template's version"
        )


def _seconds(argument: str, duration: Duration | None) -> int | None:
    if duration is None:
        return None
    seconds = int(duration.to_seconds())
    if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
        raise ValueError(f"{argument} is {_MIN_SECONDS} to {_MAX_SECONDS} seconds, got {seconds} s")
    return seconds
