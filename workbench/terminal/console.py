"""The terminal, as every command writes to it."""

from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """A console that prints texts as they are: rich would make an emoji of `:secret:` and `:key:` in an ARN.

    Args:
        stderr: Write to standard error, so that standard output stays for data.
    """
    return Console(stderr=stderr, emoji=False)
