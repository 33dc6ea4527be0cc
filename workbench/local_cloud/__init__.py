"""A local cloud: an AWS emulator and an AgentCore server that deploy templates and run what they describe."""
