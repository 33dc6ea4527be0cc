"""The prompts in tests/data/guardrails."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[3] / "data" / "guardrails"


@dataclass(frozen=True)
class Prompt:
    """A prompt and what the stand-in makes of it.

    Args:
        text: What is asked.
        expected: `block`, `mask` or `pass`.
        by: Topics and types that say so.
        gap: Why an adversarial prompt passes.
    """

    text: str
    expected: str
    by: tuple[str, ...] = ()
    gap: str = ""


def adversarial() -> list[Prompt]:
    """What should not get through."""
    found = tomllib.loads((DATA / "adversarial.toml").read_text(encoding="utf-8"))["prompts"]
    return [Prompt(one["text"], one["expected"], tuple(one.get("by", ())), one.get("gap", "")) for one in found]


def harmless() -> list[Prompt]:
    """What should."""
    found = tomllib.loads((DATA / "harmless.toml").read_text(encoding="utf-8"))
    masked = [Prompt(one["text"], "mask", tuple(one["by"])) for one in found["masked"]]
    return [*(Prompt(text, "pass") for text in found["passed"]), *masked]
