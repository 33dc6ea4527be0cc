"""What a gateway's targets reach: Lambda functions, HTTP APIs, AWS services, MCP servers, agents."""
