"""CloudFormation types that the emulator lacks: AgentCore's on the control plane, others as a declared record."""

from workbench.local_cloud.cloudformation.provider import ResourceProvider
from workbench.local_cloud.cloudformation.request import ProvisioningError

__all__ = ["ProvisioningError", "ResourceProvider"]
