"""The data plane of AgentCore Runtime: one process per session, invoked with a streamed answer."""
