"""Canaries: words that one user plants, and that must never reach another."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

_DIGITS = 12


@dataclass(frozen=True)
class Canaries:
    """The canaries of one run.

    Args:
        run: Name of the run; a canary of another run is not one of these.
    """

    run: str

    @staticmethod
    def fresh() -> "Canaries":
        """Canaries of a new run."""
        return Canaries(secrets.token_hex(4))

    def plant(self, owner: int) -> str:
        """A new canary.

        Args:
            owner: Number of the user who says it.
        """
        return f"canary{self.run}{owner:05d}x{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"

    def owners(self, text: str) -> frozenset[int]:
        """Numbers of the users whose canaries a text holds.

        Args:
            text: An answer, or what a memory keeps.
        """
        return frozenset(int(number) for number in re.findall(rf"canary{self.run}(\d{{5}})x\d{{{_DIGITS}}}", text))

    def foreign(self, texts: Iterable[str], owner: int) -> frozenset[int]:
        """Numbers of the other users whose canaries the texts hold.

        Args:
            texts: What one user gets to see.
            owner: That user's number.
        """
        return frozenset(other for text in texts for other in self.owners(text)) - {owner}
