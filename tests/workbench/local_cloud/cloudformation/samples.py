"""One realistic set of properties for every AgentCore resource type, as templates resolve them."""

from collections.abc import Mapping

ACCOUNT, REGION = "000000000000", "us-west-2"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/agents/1"
PREFIX = "AWS::BedrockAgentCore::"

RUNTIME: dict[str, object] = {
    "AgentRuntimeName": "assistant",
    "AgentRuntimeArtifact": {
        "CodeConfiguration": {
            "Code": {"S3": {"Bucket": "assets-000000000000-us-west-2", "Prefix": "agent.zip"}},
            "Runtime": "PYTHON_3_13",
            "EntryPoint": ["opentelemetry-instrument", "main.py"],
        }
    },
    "RoleArn": ROLE,
    "NetworkConfiguration": {
        "NetworkMode": "VPC",
        "NetworkModeConfig": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroups": ["sg-0123456789abcdef0"]},
    },
    "LifecycleConfiguration": {"IdleRuntimeSessionTimeout": "300", "MaxLifetime": "3600"},
    "ProtocolConfiguration": "HTTP",
    "RequestHeaderConfiguration": {"RequestHeaderAllowlist": ["Authorization"]},
    "AuthorizerConfiguration": {
        "CustomJWTAuthorizer": {
            "DiscoveryUrl": "https://issuer.example/.well-known/openid-configuration",
            "AllowedClients": ["client"],
        }
    },
    "EnvironmentVariables": {"AGENT_MEMORY_TOP_K": 3, "AGENT_ACTOR_HEADER_ALLOWED": True},
    "Tags": {"team": "agents"},
}
_OVERRIDE = {"AppendToPrompt": "Only facts about tea.", "ModelId": "us.amazon.nova-lite-v1:0"}
MEMORY: dict[str, object] = {
    "Name": "notes",
    "EventExpiryDuration": "30",
    "MemoryExecutionRoleArn": ROLE,
    "MemoryStrategies": [
        {"SemanticMemoryStrategy": {"Name": "facts", "Namespaces": ["/users/{actorId}/facts/"]}},
        {"UserPreferenceMemoryStrategy": {"Name": "preferences", "NamespaceTemplates": ["/users/{actorId}/likes/"]}},
        {"SummaryMemoryStrategy": {"Name": "summary"}},
        {
            "EpisodicMemoryStrategy": {
                "Name": "episodes",
                "Namespaces": ["/users/{actorId}/{sessionId}/"],
                "ReflectionConfiguration": {"Namespaces": ["/users/{actorId}/"]},
            }
        },
        {
            "CustomMemoryStrategy": {
                "Name": "tea",
                "Namespaces": ["/users/{actorId}/tea/"],
                "Configuration": {"SemanticOverride": {"Extraction": _OVERRIDE, "Consolidation": _OVERRIDE}},
            }
        },
        {
            "CustomMemoryStrategy": {
                "Name": "own",
                "Configuration": {
                    "SelfManagedConfiguration": {
                        "HistoricalContextWindowSize": "4",
                        "TriggerConditions": [{"MessageBasedTrigger": {"MessageCount": "6"}}],
                        "InvocationConfiguration": {
                            "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:extract",
                            "PayloadDeliveryBucketName": "payloads",
                        },
                    }
                },
            }
        },
    ],
}
_JUDGE = {
    "LlmAsAJudge": {
        "Instructions": "Judge {context}",
        "ModelConfig": {"BedrockEvaluatorModelConfig": {"ModelId": "us.amazon.nova-lite-v1:0"}},
        "RatingScale": {"Numerical": [{"Definition": "bad", "Label": "no", "Value": "0"}]},
    }
}
_TOOL = {
    "Name": "order",
    "Description": "Order tea.",
    "InputSchema": {"Type": "object", "Properties": {"kind": {"Type": "string"}}, "Required": ["kind"]},
}
_LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:order"
_VPC = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroups": ["sg-0123456789abcdef0"]}

# `{Type.Attribute}` is filled with an attribute of the sample of that type, which is created first.
SAMPLES: Mapping[str, Mapping[str, object]] = {
    "Runtime": RUNTIME,
    "RuntimeEndpoint": {"AgentRuntimeId": "{Runtime.AgentRuntimeId}", "Name": "prod", "AgentRuntimeVersion": 1},
    "Memory": MEMORY,
    "PolicyEngine": {"Name": "engine", "Tags": [{"Key": "team", "Value": "agents"}]},
    "Policy": {
        "PolicyEngineId": "{PolicyEngine.PolicyEngineId}",
        "Name": "allow_order",
        "Definition": {"Cedar": {"Statement": "permit(principal, action, resource);"}},
        "ValidationMode": "IGNORE_ALL_FINDINGS",
    },
    "Gateway": {
        "Name": "tools",
        "RoleArn": ROLE,
        "ProtocolType": "MCP",
        "AuthorizerType": "CUSTOM_JWT",
        "AuthorizerConfiguration": {
            "CustomJWTAuthorizer": {
                "DiscoveryUrl": "https://issuer.example/.well-known/openid-configuration",
                "AllowedClients": ["client"],
            }
        },
        "PolicyEngineConfiguration": {"Arn": "{PolicyEngine.PolicyEngineArn}", "Mode": "ENFORCE"},
    },
    "GatewayTarget": {
        "GatewayIdentifier": "{Gateway.GatewayIdentifier}",
        "Name": "orders",
        "TargetConfiguration": {"Mcp": {"Lambda": {"LambdaArn": _LAMBDA, "ToolSchema": {"InlinePayload": [_TOOL]}}}},
        "CredentialProviderConfigurations": [{"CredentialProviderType": "GATEWAY_IAM_ROLE"}],
    },
    "GatewayRateLimit": {
        "GatewayIdentifier": "{Gateway.GatewayIdentifier}",
        "RateLimitId": "per-tool",
        "DimensionKeys": ["toolName"],
        "Entries": [{"Dimensions": {"toolName": "order"}}],
    },
    "GatewayRule": {
        "GatewayIdentifier": "{Gateway.GatewayIdentifier}",
        "Priority": "10",
        "Actions": [{"RouteToTarget": {"StaticRoute": {"TargetName": "orders"}}}],
    },
    "ApiKeyCredentialProvider": {"Name": "weather-key", "ApiKey": "not-a-secret"},
    "OAuth2CredentialProvider": {
        "Name": "calendar",
        "CredentialProviderVendor": "GoogleOauth2",
        "Oauth2ProviderConfigInput": {"GoogleOauth2ProviderConfig": {"ClientId": "id", "ClientSecret": "not-a-secret"}},
    },
    "WorkloadIdentity": {"Name": "batch-job", "AllowedResourceOauth2ReturnUrls": ["https://app.example/back"]},
    "BrowserCustom": {
        "Name": "browser",
        "NetworkConfiguration": {"NetworkMode": "PUBLIC"},
        "RecordingConfig": {"Enabled": "true", "S3Location": {"Bucket": "recordings", "Prefix": "b/"}},
    },
    "BrowserProfile": {"Name": "profile"},
    "CodeInterpreterCustom": {"Name": "sandbox", "NetworkConfiguration": {"NetworkMode": "SANDBOX"}},
    "Evaluator": {"EvaluatorName": "politeness", "Level": "TRACE", "EvaluatorConfig": _JUDGE},
    "OnlineEvaluationConfig": {
        "OnlineEvaluationConfigName": "nightly",
        "EvaluationExecutionRoleArn": ROLE,
        "DataSourceConfig": {"CloudWatchLogs": {"LogGroupNames": ["/aws/x"], "ServiceNames": ["assistant.DEFAULT"]}},
        "Rule": {"SamplingConfig": {"SamplingPercentage": "12.5"}},
        "Evaluators": [{"EvaluatorId": "Builtin.Helpfulness"}],
        "ExecutionStatus": "DISABLED",
    },
    "ResourcePolicy": {"ResourceArn": "{Runtime.AgentRuntimeArn}", "Policy": '{"Version": "2012-10-17"}'},
    "ConfigurationBundle": {
        "BundleName": "settings",
        "Components": {"{Runtime.AgentRuntimeArn}": {"Configuration": {"tone": "kind"}}},
        "CommitMessage": "First",
    },
    "Dataset": {"DatasetName": "questions", "SchemaType": "AGENTCORE_EVALUATION_PREDEFINED_V1"},
    "CapacityProvider": {
        "Name": "machines",
        "PermissionsConfiguration": {"CapacityProviderOperatorRoleArn": ROLE},
        "ComputeConfiguration": {
            "Ec2Configuration": {
                "LaunchTemplateSource": {
                    "LaunchParameters": {
                        "InstanceRequirements": {"AllowedInstanceTypes": ["m7g.large"]},
                        "OperatingSystem": "LINUX_ARM64",
                    }
                },
                "VpcConfiguration": _VPC,
            }
        },
    },
    "Harness": {
        "HarnessName": "helper",
        "ExecutionRoleArn": ROLE,
        "Model": {"BedrockModelConfig": {"ModelId": "us.amazon.nova-lite-v1:0"}},
    },
    "HarnessEndpoint": {"HarnessId": "{Harness.HarnessId}", "EndpointName": "prod"},
    "PaymentManager": {"Name": "payments", "AuthorizerType": "AWS_IAM", "RoleArn": ROLE},
    "PaymentConnector": {
        "PaymentManagerId": "{PaymentManager.PaymentManagerId}",
        "ConnectorName": "wallet",
        "ConnectorType": "CoinbaseCDP",
        "CredentialProviderConfigurations": [],
    },
    "PaymentCredentialProvider": {
        "Name": "coins",
        "CredentialProviderVendor": "CoinbaseCDP",
        "ProviderConfigurationInput": {
            "CoinbaseCdpConfiguration": {"ApiKeyId": "id", "ApiKeySecret": "secret", "WalletSecret": "secret"}
        },
    },
    "ConsentPortal": {
        "Name": "portal",
        "ExecutionRoleArn": ROLE,
        "IdpConfig": {
            "CredentialProviderArn": "{OAuth2CredentialProvider.CredentialProviderArn}",
            "Scopes": ["openid"],
        },
        "Sources": [{"Identifier": "{Gateway.GatewayIdentifier}", "Type": "agentcore-gateway"}],
    },
}


def filled(value: object, made: Mapping[str, Mapping[str, object]]) -> object:
    """A sample with `{Type.Attribute}` replaced by the attributes of what was made before."""
    if isinstance(value, Mapping):
        return {str(filled(key, made)): filled(item, made) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, made) for item in value]
    if isinstance(value, str) and value.startswith("{") and "." in value and value.endswith("}") and " " not in value:
        type_, _, attribute = value[1:-1].partition(".")
        return made[type_][attribute]
    return value


def request(
    operation: str, type_: str, properties: object, logical_id: str = "Resource", **more: object
) -> dict[str, object]:
    """A request of the engine for a type, by its last name or in full."""
    return {
        "operation": operation,
        "type": type_ if "::" in type_ else PREFIX + type_,
        "logicalId": logical_id,
        "stackId": STACK,
        "properties": properties,
        "account": ACCOUNT,
        "region": REGION,
        **more,
    }
