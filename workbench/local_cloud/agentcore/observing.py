"""What the server's parts share to be watched, and to be made to fail."""

from dataclasses import dataclass, field

from workbench.local_cloud.agentcore.service import ServiceError
from workbench.local_cloud.faults import FaultSwitches
from workbench.telemetry.services.outcome import Emit, nowhere


@dataclass(frozen=True)
class Observing:
    """Where measured values go, and which faults are on.

    Args:
        emit: Takes measured values. Default: none are kept.
        faults: The faults that drills switch on.
    """

    emit: Emit = nowhere
    faults: FaultSwitches = field(default_factory=FaultSwitches)

    def meet_fault(self, target: str, operation: str) -> None:
        """Fail, if a fault is on for this request.

        Args:
            target: What is asked, see `FAULTS`.
            operation: For what.

        Raises:
            ServiceError: The fault.
        """
        fault = self.faults.met(target, operation)
        if fault is not None:
            raise ServiceError(fault.code, fault.message, fault.status)
