"""Where a local cloud keeps its telemetry."""

from pathlib import Path


class TelemetryFiles:
    """The files of a local cloud's telemetry.

    Args:
        directory: The local cloud's work directory.
    """

    def __init__(self, directory: Path) -> None:
        self.metrics = directory / "metrics.sqlite"
        self.spans = directory / "spans.sqlite"

    def clear(self) -> None:
        """Forget what an earlier local cloud left; comes before one starts."""
        for path in (self.metrics, self.spans):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
