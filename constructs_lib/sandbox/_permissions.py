"""IAM actions around AgentCore's code interpreters and browsers."""

SERVICE_PRINCIPAL = "bedrock-agentcore.amazonaws.com"

# What CodeInterpreter of bedrock-agentcore 1.25 calls to start a session, to run code and move files in it, and to
# end it. It calls GetCodeInterpreterSession and ListCodeInterpreterSessions only where a program asks for them.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-resource-session-management.html
CODE_ACTIONS = (
    "bedrock-agentcore:InvokeCodeInterpreter",
    "bedrock-agentcore:StartCodeInterpreterSession",
    "bedrock-agentcore:StopCodeInterpreterSession",
)

# What BrowserClient of bedrock-agentcore 1.25 calls to start a session, to drive it over the Chrome DevTools Protocol,
# and to end it. The stream is opened with signed headers; without its action the WebSocket is refused with 403.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-resource-session-management.html
BROWSE_ACTIONS = (
    "bedrock-agentcore:ConnectBrowserAutomationStream",
    "bedrock-agentcore:StartBrowserSession",
    "bedrock-agentcore:StopBrowserSession",
)
# To look at a session, and to take it over from the agent and give it back.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-dcv-integration.html
WATCH_ACTIONS = ("bedrock-agentcore:ConnectBrowserLiveViewStream", "bedrock-agentcore:GetBrowserSession")
TAKE_OVER_ACTIONS = ("bedrock-agentcore:UpdateBrowserStream",)

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-resource-session-management.html
RECORD_ACTIONS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
# A multipart upload also decrypts.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
RECORD_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
