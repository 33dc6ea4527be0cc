"""Metrics are kept a moment after the request they are of."""

import time
from collections.abc import Mapping

from workbench.telemetry.store import MetricStore


def values(
    store: MetricStore, namespace: str, name: str, dimensions: Mapping[str, str], *, number: int, seconds: float = 10.0
) -> list[float]:
    """The values of a metric, once there are so many of them."""
    deadline = time.monotonic() + seconds
    while True:
        found = [value for _, value in store.values(namespace, name, dimensions, start=0.0, end=time.time() + 60)]
        if len(found) >= number or time.monotonic() > deadline:
            return found
        time.sleep(0.05)
