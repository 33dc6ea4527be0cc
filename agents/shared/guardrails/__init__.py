"""A Bedrock guardrail around a conversation: enforced in every model call, or only recording what it would do.

Only `parameters` is imported by every agent; the rest where an agent has a guardrail.
"""
