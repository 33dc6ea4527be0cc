"""Numbers as formulas show them."""

HOURS = 730.0
"""Hours of a month, as AWS's calculator counts them."""

DAYS = 30.4
"""Days of a month."""

KB_PER_GB = 1_000_000.0
SECONDS_PER_HOUR = 3600.0


def number(value: float) -> str:
    """A number as short as it can be told: 12,000 or 0.0125."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def counted(count: int, noun: str) -> str:
    """A number of things: `1 key`, `2 keys`."""
    return f"{number(count)} {noun if count == 1 else f'{noun}s'}"


def product(*parts: tuple[float, str]) -> str:
    """A product in words: `100 sessions × 10 turns`."""
    return " × ".join(f"{number(value)} {unit}".strip() for value, unit in parts)
