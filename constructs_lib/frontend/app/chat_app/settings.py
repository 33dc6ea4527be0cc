"""What the container is told, read once and checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of the machine itself."""
_MIN_COOKIE_SECRET = 32


class SettingsError(Exception):
    """The container is told too little, or something wrong; the message names every variable."""


@dataclass(frozen=True)
class Agent:
    """An agent people can choose.

    Args:
        label: What it is called.
        runtime_arn: Its runtime.
        description: What it is good for; may be empty.
    """

    label: str
    runtime_arn: str
    description: str = ""


@dataclass(frozen=True)
class ChatSettings:
    """The settings of the front end.

    Args:
        agents: What people can choose from; at least one.
        metadata_url: OpenID discovery document of the user pool.
        client_id: The front end's client there.
        client_secret: That client's secret.
        redirect_uri: Where the login page sends people with a code; ends in `/oauth2callback`.
        sign_out_url: Where a browser ends its session at the login page, and comes back from.
        cookie_secret: Signs the cookies that keep people signed in; the same in every task.
        region: Region of the agents.
        scopes: Scopes to ask for at sign-in; `openid` is one of them.
        endpoint: Address of AgentCore's data plane.
    """

    agents: tuple[Agent, ...]
    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    sign_out_url: str
    cookie_secret: str = field(repr=False)
    region: str
    scopes: str
    endpoint: str

    VARIABLES: ClassVar[frozenset[str]] = frozenset(
        {
            "CHAT_AGENTS",
            "CHAT_USER_POOL_METADATA_URL",
            "CHAT_CLIENT_ID",
            "CHAT_CLIENT_SECRET",
            "CHAT_REDIRECT_URI",
            "CHAT_SIGN_OUT_URL",
            "CHAT_COOKIE_SECRET",
            "CHAT_SCOPES",
            "AWS_REGION",
        }
    )
    """Needed."""
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"AWS_ENDPOINT_URL"})
    """`AWS_ENDPOINT_URL`: a local cloud. Default: AWS."""

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the front end over TLS."""
        return urlsplit(self.redirect_uri).scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the page, as browsers name it."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "ChatSettings":
        """Read the settings.

        Args:
            environ: The process's environment.

        Raises:
            SettingsError: Naming every variable that is missing or wrong.
        """
        missing = sorted(name for name in cls.VARIABLES if not environ.get(name, "").strip())
        if missing:
            raise SettingsError(f"not set: {', '.join(missing)}")
        problems = [problem for check in _CHECKS for problem in check(environ)]
        if problems:
            raise SettingsError("; ".join(problems))
        region = environ["AWS_REGION"]
        return cls(
            agents=_agents(environ["CHAT_AGENTS"]),
            metadata_url=environ["CHAT_USER_POOL_METADATA_URL"],
            client_id=environ["CHAT_CLIENT_ID"],
            client_secret=environ["CHAT_CLIENT_SECRET"],
            redirect_uri=environ["CHAT_REDIRECT_URI"],
            sign_out_url=environ["CHAT_SIGN_OUT_URL"],
            cookie_secret=environ["CHAT_COOKIE_SECRET"],
            region=region,
            scopes=environ["CHAT_SCOPES"],
            endpoint=(environ.get("AWS_ENDPOINT_URL") or f"https://bedrock-agentcore.{region}.amazonaws.com").rstrip(
                "/"
            ),
        )


def _agents(text: str) -> tuple[Agent, ...]:
    listed = json.loads(text)
    return tuple(
        Agent(str(each["label"]), str(each["runtime_arn"]), str(each.get("description", ""))) for each in listed
    )


def _agent_problems(environ: Mapping[str, str]) -> list[str]:
    try:
        agents = _agents(environ["CHAT_AGENTS"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return [f"CHAT_AGENTS is a JSON list of objects with label and runtime_arn: {type(error).__name__}: {error}"]
    if not agents:
        return ["CHAT_AGENTS lists no agent"]
    arns = [agent.runtime_arn for agent in agents]
    wrong = [arn for arn in arns if not arn.startswith("arn:")]
    problems = [f"CHAT_AGENTS has a runtime_arn that is no ARN, got {wrong[0]!r}"] if wrong else []
    return [*problems, *(["CHAT_AGENTS lists a runtime twice"] if len(set(arns)) < len(arns) else [])]


def _address_problems(environ: Mapping[str, str]) -> list[str]:
    given = {
        name: environ.get(name, "")
        for name in ("CHAT_USER_POOL_METADATA_URL", "CHAT_REDIRECT_URI", "CHAT_SIGN_OUT_URL", "AWS_ENDPOINT_URL")
    }
    problems = [
        f"{name} is an https address, or http on this machine, got {url!r}"
        for name, url in given.items()
        if url and not _is_safe(url)
    ]
    if not given["CHAT_REDIRECT_URI"].endswith("/oauth2callback"):
        problems.append(f"CHAT_REDIRECT_URI ends in /oauth2callback, got {given['CHAT_REDIRECT_URI']!r}")
    return problems


def _secret_problems(environ: Mapping[str, str]) -> list[str]:
    short = len(environ["CHAT_COOKIE_SECRET"]) < _MIN_COOKIE_SECRET
    problems = [f"CHAT_COOKIE_SECRET has at least {_MIN_COOKIE_SECRET} characters"] if short else []
    if "openid" not in environ["CHAT_SCOPES"].split():
        problems.append(f"CHAT_SCOPES has the scope openid, got {environ['CHAT_SCOPES']!r}")
    return problems


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


_CHECKS = (_agent_problems, _address_problems, _secret_problems)
