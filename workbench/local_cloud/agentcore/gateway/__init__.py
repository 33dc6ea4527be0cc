"""AgentCore Gateway: the MCP endpoint of every deployed gateway, and the targets behind it."""
