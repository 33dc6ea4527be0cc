"""The rules about AgentCore over templates and cloud assemblies, from the command line."""
