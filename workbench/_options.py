"""The options and arguments that several commands share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from workbench.errors import WorkbenchError

AssemblyOption = Annotated[
    Path | None,
    typer.Option("--assembly", help="A synthesized assembly (cdk.out). Default: synthesize the app in this directory."),
]
EnvironmentOption = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        help="Deploy the stage of this name, in any case; the app also gets it as the context value `environment`."
        " An assembly without stages is deployed as a whole.",
    ),
]
ContextOption = Annotated[
    list[str] | None, typer.Option("--context", "-c", help="KEY=VALUE for the app's context; repeatable.")
]
SecretOption = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        help="NAME=VALUE of a secret that the app expects and does not make: put into the local Secrets Manager before"
        " the deployment; repeatable.",
    ),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        help="What answers as the model: `scripted` (a deterministic stand-in), the address of an OpenAI-style endpoint"
        " such as http://127.0.0.1:11434/v1, or `bedrock` (Amazon Bedrock under your own credentials, at your cost).",
    ),
]
ModelNameOption = Annotated[str, typer.Option("--model-name", help="The model's name at that endpoint.")]
AgentArgument = Annotated[str, typer.Argument(help="Name of the agent: its runtime's name or its directory's.")]
ActorOption = Annotated[
    str, typer.Option("--actor", help="Who talks; counts where the runtime and the agent accept the actor's header.")
]
UserOption = Annotated[
    str,
    typer.Option(
        "--user",
        help="Talk as this signed-in user (e-mail address), where the agent demands users' tokens. A user that does not"
        " exist is made.",
    ),
]
SignedInOption = Annotated[
    str, typer.Option("--user", help="The user's e-mail address. A user that does not exist is made.")
]
GroupOption = Annotated[list[str] | None, typer.Option("--group", help="Add the user to this group first; repeatable.")]
TenantOption = Annotated[
    str, typer.Option("--tenant", help="Give the user this tenant first, as an administrator of a UserDirectory does.")
]
SessionOption = Annotated[
    str, typer.Option("--session", help="Go on with this session, at least 33 characters. Default: a new one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def context_values(pairs: Sequence[str]) -> dict[str, str]:
    """The values of `--context`.

    Raises:
        WorkbenchError: If one is no KEY=VALUE.
    """
    return _named_values("--context", "KEY=VALUE", pairs)


def secret_values(pairs: Sequence[str]) -> dict[str, str]:
    """The values of `--secret`.

    Raises:
        WorkbenchError: If one is no NAME=VALUE.
    """
    return _named_values("--secret", "NAME=VALUE", pairs)


def _named_values(option: str, form: str, pairs: Sequence[str]) -> dict[str, str]:
    parsed = [pair.partition("=") for pair in pairs]
    for name, equals, _ in parsed:
        if not name or not equals:
            raise WorkbenchError(f"{option} takes {form}, got {name!r}")
    return {name: value for name, _, value in parsed}
