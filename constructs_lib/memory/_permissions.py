"""IAM actions of AgentCore Memory."""

# What AgentCoreMemorySessionManager of bedrock-agentcore 1.25 calls: it keeps a conversation as events and reads it
# back (create, list, get), replaces a redacted or truncated message (delete), and searches long-term memories. It
# calls neither ListSessions, ListActors nor GetMemory.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/strands-sdk-memory.html
EVENT_ACTIONS = (
    "bedrock-agentcore:CreateEvent",
    "bedrock-agentcore:DeleteEvent",
    "bedrock-agentcore:GetEvent",
    "bedrock-agentcore:ListEvents",
)
RETRIEVE_ACTIONS = ("bedrock-agentcore:RetrieveMemoryRecords",)

# Listing an actor's conversations, and what was extracted about them, and deleting it all; events go by DeleteEvent.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-agentcore.html
SESSION_ACTIONS = ("bedrock-agentcore:ListSessions",)
LIST_RECORDS_ACTIONS = ("bedrock-agentcore:ListMemoryRecords",)
DELETE_RECORDS_ACTIONS = ("bedrock-agentcore:DeleteMemoryRecord",)

# A deletion names the record's namespace, for this key.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_DeleteMemoryRecord.html
NAMESPACE_KEY = "bedrock-agentcore:namespace"

# The session manager searches by prefix (namespacePath); the service checks that key, not
# `bedrock-agentcore:namespace`, for such a call.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/specify-long-term-memory-organization.html
NAMESPACE_PATH_KEY = "bedrock-agentcore:namespacePath"

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/storage-encryption.html
KEY_ACTIONS = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-self-managed-strategies.html
PUBLISH_ACTIONS = ("sns:GetTopicAttributes", "sns:Publish")
