"""What the engineer offers to be asked."""

from pathlib import Path

TASKS = Path(__file__).parent / "tasks.toml"
