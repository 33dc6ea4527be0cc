"""Progress of what takes time: a spinner on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from workbench.local_cloud.deployment import AssetPublished, Event, ResourceChanged, StackFinished, StackStarted


class Progress:
    """Says what is going on, and how long it took.

    Args:
        console: Where to. Standard error, so that standard output stays for data.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show a step while it runs, and its time when it is done.

        Args:
            text: What is done, as in `Synthesizing the app`.
        """
        started = time.monotonic()
        with self._console.status(escape(text)) as self._status:
            if not self._console.is_terminal:
                self._console.print(f"{escape(text)} …")
            try:
                yield
            finally:
                self._status = None
        self.line(f"{text} [dim]{time.monotonic() - started:.1f} s[/dim]", mark="[green]✓[/green]")

    def line(self, markup: str, *, mark: str = " ") -> None:
        """Print a line that stays.

        Args:
            markup: The line, in rich's markup.
            mark: What stands before it.
        """
        self._console.print(f"{mark} {markup}", highlight=False)

    def note(self, text: str) -> None:
        """Say what a step is doing now.

        Args:
            text: Plain text.
        """
        if self._status is not None and self._console.is_terminal:
            self._status.update(escape(text))
        else:
            self._console.print(f"  {escape(text)}", highlight=False)

    def deployment(self, event: Event) -> None:
        """Show an event of a deployment; finished stacks and failures stay.

        Args:
            event: The event.
        """
        match event:
            case AssetPublished():
                self.note(f"{event.stack}: published {event.asset} ({event.bytes / 1e6:.1f} MB)")
            case StackStarted():
                self.note(f"{event.stack}: {event.operation} of {event.resources} resources")
            case ResourceChanged():
                self._resource(event)
            case StackFinished():
                self.line(
                    f"{escape(event.stack)} {event.outcome} [dim]{event.seconds:.1f} s[/dim]", mark="[green]✓[/green]"
                )

    def _resource(self, event: ResourceChanged) -> None:
        if "FAILED" in event.status:
            self.line(f"[red]{event.status}[/red] {escape(f'{event.logical_id} ({event.type}): {event.reason}')}")
        elif self._console.is_terminal:
            self.note(f"{event.stack}: {event.logical_id} {event.status}")
