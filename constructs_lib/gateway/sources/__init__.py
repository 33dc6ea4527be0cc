"""The kinds of tool sources; `ToolSource` makes them."""
