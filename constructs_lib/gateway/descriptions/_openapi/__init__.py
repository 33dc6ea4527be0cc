"""Cutting operations out of an OpenAPI description: what AgentCore Gateway reads, and refusals of what it does not."""
