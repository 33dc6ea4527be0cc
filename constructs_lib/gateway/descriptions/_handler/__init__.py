"""Reading a handler's source: type hints and docstrings, by the syntax tree alone."""
