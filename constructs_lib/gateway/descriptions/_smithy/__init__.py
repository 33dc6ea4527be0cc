"""Cutting operations out of a Smithy model: what AgentCore Gateway reads, and refusals of what it does not."""
