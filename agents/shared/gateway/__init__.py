"""The tools of an AgentCore gateway: as the user or as the agent, found, offered, called, and never in an answer's way.

Everything here is imported only where an agent has a gateway: the MCP packages take longer to import than a server
takes to start.
"""
