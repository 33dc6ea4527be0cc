"""High-level AWS CDK constructs for Amazon Bedrock AgentCore."""
