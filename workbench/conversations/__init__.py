"""Conversations with deployed agents: held through `InvokeAgentRuntime`, and checked against what is expected."""
