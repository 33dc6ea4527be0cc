"""Pygal, the library that draws charts as SVG, imported without what it does to Python's import system.

It puts a finder for its maps onto `sys.meta_path` that has only the method Python 3.12 removed; whoever asks all
finders for a module's spec, as pytest does, would fail on it. Nothing here draws maps.
"""

import sys

import pygal
from pygal.style import Style

__all__ = ["Style", "pygal"]

sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
