"""The data plane of AgentCore Identity: workload access tokens, and the credentials agents call others with."""
