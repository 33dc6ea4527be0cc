"""The data plane of AgentCore Memory: events, sessions, actors, long-term records, extraction and retrieval."""
