"""Code that runs inside AgentCore Runtime."""
