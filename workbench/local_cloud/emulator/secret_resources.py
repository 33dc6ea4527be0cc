"""Secrets in templates, as CloudFormation has them: `Ref` is the ARN, and an empty `GenerateSecretString` makes one.

The emulator's own answers are the name, by which no policy would match, and an empty secret.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
"""

from collections.abc import Callable, MutableMapping
from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

TYPE = "AWS::SecretsManager::Secret"
Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]
_DEFAULT = {"PasswordLength": 32}


def install(handlers: MutableMapping[str, dict[str, Any]]) -> None:
    """Replace the handlers in CloudFormation's table."""
    native = handlers[TYPE]
    provisioners._sm_secret_string = _generating(provisioners._sm_secret_string)

    def create(*arguments: object) -> Made:
        return _by_arn(native["create"](*arguments))

    def update(physical_id: str, *arguments: object, **named: object) -> Made:
        return _by_arn(native["update"](_name(physical_id), *arguments, **named))

    def delete(physical_id: str, *arguments: object) -> None:
        native["delete"](_name(physical_id), *arguments)

    handlers[TYPE] = {**native, "create": create, "update": update, "delete": delete}


def _generating(secret_string: Callable[[Properties], str]) -> Callable[[Properties], str]:
    def generated(properties: Properties) -> str:
        if properties.get("GenerateSecretString") == {}:
            return secret_string({**properties, "GenerateSecretString": _DEFAULT})
        return secret_string(properties)

    return generated


def _by_arn(made: Made) -> Made:
    _, attributes = made
    return attributes["Arn"], attributes


def _name(arn: str) -> str:
    name, secret = secretsmanager._resolve(arn)
    return str(name) if secret else arn
