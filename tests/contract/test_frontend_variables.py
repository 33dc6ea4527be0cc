"""What ChatFrontend tells its container is what the application reads, and the image is as its task wants it."""

import json
import re
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from constructs_lib.frontend._task import HEALTH_PATH, PORT
from constructs_lib.frontend.chat_image import APP_DIRECTORY
from tests.constructs_lib.frontend.support import DOMAIN, LOCAL, front_end, surroundings
from tests.constructs_lib.support import only, stack, template
from tests.modules import load

SECRET = "x" * 64
USER = "10001"


@cache
def settings() -> ModuleType:
    """The application's settings: its directory is an asset, no package of the library."""
    return load(APP_DIRECTORY / "chat_app" / "settings.py", "chat_app_settings_under_test")


def container(address: str) -> dict[str, Any]:
    around = surroundings(address=address)
    of = stack("Chat", app=around.app)
    front_end(of, around, **({} if address == DOMAIN.address else {"plain_http_address": address}))
    (definition,) = only(template(of), "AWS::ECS::TaskDefinition")["Properties"]["ContainerDefinitions"]
    return dict(definition)


def deployed(value: Any) -> str:
    """A value as CloudFormation would hand it to the container."""
    if isinstance(value, Mapping):
        ((kind, inner),) = value.items()
        if kind == "Fn::Join":
            return str(inner[0]).join(deployed(part) for part in inner[1])
        if kind == "Ref":
            known = {"AWS::AccountId": "111122223333", "AWS::Partition": "aws", "AWS::Region": "us-east-1"}
            return known.get(inner, str(inner))
        name = inner if isinstance(inner, str) else str(inner)
        if "Issuer" in name or "ProviderURL" in name:
            return "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool"
        return "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/assistant" if "Arn" in name else "generated"
    return str(value)


@pytest.fixture(scope="module", params=[DOMAIN.address, LOCAL])
def told(request: pytest.FixtureRequest) -> dict[str, str]:
    one = container(request.param)
    variables = {each["Name"]: deployed(each["Value"]) for each in one["Environment"]}
    return variables | {each["Name"]: SECRET for each in one["Secrets"]}


def test_it_is_told_what_it_reads_and_nothing_else(told: Mapping[str, str]) -> None:
    chat = settings().ChatSettings
    assert set(told) - chat.OPTIONAL == chat.VARIABLES


def test_what_it_is_told_passes_its_checks(told: Mapping[str, str]) -> None:
    read = settings().ChatSettings.from_environment(told)
    assert [each.label for each in read.agents] == ["Assistant"]
    assert all(each.runtime_arn.startswith("arn:") for each in read.agents)
    assert read.scopes.split() == ["openid", "email", "profile"]
    assert json.loads(told["CHAT_AGENTS"])[0]["description"] == read.agents[0].description


def test_a_missing_variable_is_missed(told: Mapping[str, str]) -> None:
    """The checks above can fail."""
    for name in settings().ChatSettings.VARIABLES:
        with pytest.raises(settings().SettingsError, match=name):
            settings().ChatSettings.from_environment({key: value for key, value in told.items() if key != name})


class TestImage:
    @pytest.fixture(scope="class")
    @classmethod
    def dockerfile(cls) -> str:
        return (APP_DIRECTORY / "Dockerfile").read_text()

    def test_base_is_pinned(self, dockerfile: str) -> None:
        bases = re.findall(r"^FROM\s+(?:--\S+\s+)*(\S+)", dockerfile, re.MULTILINE)
        stages = set(re.findall(r"\bAS\s+(\S+)", dockerfile, re.IGNORECASE))
        assert bases
        assert all("@sha256:" in base for base in bases if base not in stages)

    def test_user_is_the_one_of_the_task(self, dockerfile: str) -> None:
        assert re.findall(r"^USER\s+(\d+)", dockerfile, re.MULTILINE)[-1] == USER

    def test_the_user_may_write_below_tmp(self, dockerfile: str) -> None:
        """Fargate mounts a volume with the owner and mode of the directory that the image declares as one."""
        instructions = dockerfile.splitlines()
        declared = [index for index, line in enumerate(instructions) if re.match(r'^VOLUME\s+\[?"?/tmp"?\]?\s*$', line)]
        opened = [
            index for index, line in enumerate(instructions) if re.search(r"chmod 1777 /tmp|chown \S+ /tmp", line)
        ]
        assert declared
        assert opened
        assert opened[0] < declared[0]

    def test_the_library_carries_it(self) -> None:
        """A user who installed the library by pip synthesizes with it: everything the Dockerfile copies is there."""
        copied = re.findall(
            r"^COPY\s+(?!--from)(?:--\S+\s+)*(.+)\s+\S+$", (APP_DIRECTORY / "Dockerfile").read_text(), re.M
        )
        assert copied
        for sources in copied:
            for source in sources.split():
                assert source == "." or list(APP_DIRECTORY.glob(source.rstrip("/"))), source

    def test_listens_where_the_task_does(self) -> None:
        code = "\n".join(path.read_text() for path in APP_DIRECTORY.rglob("*") if path.suffix in {".py", ".toml"})
        assert str(PORT) in code + (APP_DIRECTORY / "Dockerfile").read_text()
        assert HEALTH_PATH == "/_stcore/health"
