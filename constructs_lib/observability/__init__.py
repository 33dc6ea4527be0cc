"""Where the logs and traces of AgentCore resources go."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.observability.log_delivery import LogDelivery as LogDelivery

__all__ = ["LogDelivery"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "LogDelivery": "constructs_lib.observability.log_delivery",
    },
)
