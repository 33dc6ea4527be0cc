"""Whether a policy may be created: it has to be Cedar, and to fit the tools of the gateway that it names.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-validation-overview.html
"""

import re
from collections.abc import Callable, Coroutine, Sequence

from constructs_lib.gateway.cedar import ToolPolicies, validation_errors
from workbench.local_cloud.agentcore.gateway.catalogue import Catalogue, Entry
from workbench.local_cloud.agentcore.gateway.definitions import Records, gateway_definition
from workbench.local_cloud.agentcore.service import ServiceError

_GATEWAY = re.compile(r'resource\s*==\s*AgentCore::Gateway::"(?P<arn>[^"]*)"')
Read = Callable[[Coroutine[object, object, list[Entry]]], list[Entry]]


class PolicyChecks:
    """Checks policies against deployed gateways.

    Args:
        records: The control plane's gateways.
        catalogue: Their tools.
        read: Runs a coroutine on the server's event loop, and waits for it in this thread.
    """

    def __init__(self, records: Records, catalogue: Catalogue, read: Read) -> None:
        self._records = records
        self._catalogue = catalogue
        self._read = read

    def findings(self, statement: str) -> Sequence[str]:
        """What is wrong with a policy; nothing where it may be created."""
        try:
            ToolPolicies({"the policy": statement}, tools=(), gateway_arn="")
        except ValueError as error:
            return [str(error)]
        named = _GATEWAY.search(statement)
        if named is None:
            # It holds for every gateway of the engine, so it can name no tool.
            return validation_errors(statement, tools=())
        return self._findings(statement, named["arn"])

    def _findings(self, statement: str, gateway_arn: str) -> Sequence[str]:
        try:
            gateway = gateway_definition(self._records, gateway_arn.rsplit("/", 1)[-1])
        except ServiceError as error:
            return [error.message]
        if gateway.arn != gateway_arn:
            return [f"Gateway {gateway_arn} not found"]
        entries = self._read(self._catalogue.entries(gateway))
        signatures = [signature for entry in entries for signature in entry.signatures]
        return validation_errors(statement, tools=signatures)
