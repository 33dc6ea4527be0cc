"""AgentCore as a local HTTP service: control plane, memory, and runtimes as processes."""
