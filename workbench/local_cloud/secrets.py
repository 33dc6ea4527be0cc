"""Secrets that an app expects in its account and does not make: made on the local cloud before the deployment."""

from collections.abc import Mapping

from workbench.assembly import CloudAssembly
from workbench.local_cloud._clients import Clients


def store_secrets(assembly: CloudAssembly, stacks: tuple[str, ...], endpoint: str, secrets: Mapping[str, str]) -> None:
    """Make secrets wherever stacks will be deployed.

    Args:
        assembly: What will be deployed.
        stacks: Names of stacks or stages.
        endpoint: Address of the local cloud.
        secrets: Value of each secret, by name.
    """
    places = {(clients.account, clients.region): clients for clients in _clients(assembly, stacks, endpoint)}
    for clients in places.values():
        for name, value in secrets.items():
            clients.secrets.create_secret(Name=name, SecretString=value)


def _clients(assembly: CloudAssembly, stacks: tuple[str, ...], endpoint: str) -> list[Clients]:
    return [Clients.of(endpoint, stack.environment) for stack in assembly.select(stacks)]
