"""How an agent's directory becomes one reproducible zip for linux/arm64. Private to `AgentCode`."""
