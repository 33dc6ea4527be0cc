"""For each rule what turns the sound template into a bad one: `Resource.path` and what stands there instead."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from tests.constructs_lib.safety.rules.sound import (
    DISCOVERY,
    agentcore,
    allow,
    attribute,
    ref,
    resource,
    sound,
    sub,
)

MISSING = object()
_JWT = "Gateway.Properties.AuthorizerConfiguration.CustomJWTAuthorizer"
_CODE = "Runtime.Properties.AgentRuntimeArtifact.CodeConfiguration"
_VARIABLES = "Runtime.Properties.EnvironmentVariables"
_STRATEGIES = "Memory.Properties.MemoryStrategies"
_ENGINE = "Gateway.Properties.PolicyEngineConfiguration"
_FILTERS = "Guardrail.Properties.ContentPolicyConfig.FiltersConfig"
_LOGS = "Evaluation.Properties.DataSourceConfig.CloudWatchLogs"
_EVERY_MODEL = sub("arn:${AWS::Partition}:bedrock:*::foundation-model/*")
_GUARDED = {"StringEquals": {"bedrock:GuardrailIdentifier": attribute("Guardrail", "GuardrailArn")}}
_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/agent"
_EVERYBODY = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
_PUBLIC = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
_API_KEY = "Weather.Properties.CredentialProviderConfigurations.0.CredentialProvider.ApiKeyCredentialProvider"
_GITHUB = "GitHub.Properties.Oauth2ProviderConfigInput.GithubOauth2ProviderConfig"
_NETWORK = "Runtime.Properties.NetworkConfiguration"
_OPEN = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def _granted(*args: Any) -> Mapping[str, object]:
    return {"AgentPolicy.Properties.PolicyDocument.Statement.+": allow(*args)}


CASES: Mapping[str, Mapping[str, object]] = {
    # Inbound authorization
    "GatewayWithoutAuthorizer": {"Gateway.Properties.AuthorizerType": "NONE"},
    "GatewayOnlyAuthenticates": {
        "Gateway.Properties.AuthorizerType": "AUTHENTICATE_ONLY",
        # An engine that logs is a finding of its own: here there is a condition that leaves the mode open.
        f"{_ENGINE}.Mode": ref("Shown"),
    },
    "JwtWithoutRestriction": {f"{_JWT}.AllowedClients": MISSING},
    "JwtDiscoveryNotHttps": {f"{_JWT}.DiscoveryUrl": DISCOVERY.replace("https", "http"), "Domain": MISSING},
    "JwtDiscoveryAddress": {f"{_JWT}.DiscoveryUrl": "https://id.example.com"},
    "GatewayTellsInternals": {"Gateway.Properties.ExceptionLevel": "DEBUG"},
    "WafFailsOpen": {"Gateway.Properties.WafConfiguration": {"FailureMode": "FAIL_OPEN"}},
    "ResourcePolicyPublic": {
        "Public": agentcore("ResourcePolicy", ResourceArn=attribute("Gateway", "GatewayArn"), Policy=_PUBLIC)
    },
    # Roles and trust
    "TrustWithoutSource": {"AgentRole.Properties.AssumeRolePolicyDocument.Statement.0.Condition": MISSING},
    "TrustCoversOthers": {
        "AgentRole.Properties.AssumeRolePolicyDocument.Statement.0.Condition.ArnLike": {
            "aws:SourceArn": sub("arn:aws:bedrock-agentcore:us-east-1:${AWS::AccountId}:runtime/agent*")
        }
    },
    "TrustEverybody": {"AgentRole.Properties.AssumeRolePolicyDocument.Statement.+": _EVERYBODY},
    "RoleHasWidePolicy": {"AgentRole.Properties.ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
    "RoleActionWildcard": _granted("s3:*", "arn:aws:s3:::data/report.csv"),
    "RoleAdministers": _granted("bedrock-agentcore:UpdateGateway", attribute("Gateway", "GatewayArn")),
    "RolePassesAnyRole": _granted("iam:PassRole", sub("arn:aws:iam::${AWS::AccountId}:role/*")),
    "ActsForAnyUser": _granted("bedrock-agentcore:GetWorkloadAccessTokenForUserId", attribute("Workload")),
    "InvokesForAnyUser": {
        "CallerPolicy.Properties.PolicyDocument.Statement.0.Action": [
            "bedrock-agentcore:InvokeAgentRuntime",
            "bedrock-agentcore:InvokeAgentRuntimeForUser",
        ]
    },
    "ReadsEverySecret": _granted(
        "secretsmanager:GetSecretValue",
        sub("arn:aws:secretsmanager:us-east-1:${AWS::AccountId}:secret:bedrock-agentcore-identity!*"),
    ),
    "DecryptsWithEveryKey": _granted("kms:Decrypt", "*"),
    "PermissionsBoundaryMissing": {"GatewayRole.Properties.PermissionsBoundary": MISSING},
    # Runtimes
    "RuntimeIdleBeyondLifetime": {
        "Runtime.Properties.LifecycleConfiguration": {"IdleRuntimeSessionTimeout": 3601, "MaxLifetime": "3600"}
    },
    "RuntimeCodeUnversioned": {f"{_CODE}.Code.S3.Prefix": "agent.zip"},
    "RuntimeImageTagMoves": {
        "Runtime.Properties.AgentRuntimeArtifact": {"ContainerConfiguration": {"ContainerUri": f"{_IMAGE}:latest"}}
    },
    "RuntimePythonEnded": {f"{_CODE}.Runtime": "PYTHON_3_10"},
    "RuntimeSecretInEnvironment": {f"{_VARIABLES}.AGENT_API_KEY": "s3cr3t"},
    "EndpointFollowsNewest": {"Endpoint.Properties.AgentRuntimeVersion": MISSING},
    "RuntimeReadsWholeBucket": _granted(["s3:GetObject*", "s3:List*"], "arn:aws:s3:::code-bucket/*"),
    "WritesEveryRuntimesLogs": _granted(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        sub("arn:aws:logs:us-east-1:${AWS::AccountId}:log-group:/aws/bedrock-agentcore/runtimes/*:log-stream:*"),
    ),
    "RuntimeSharesRole": {},
    # Memory
    "MemoryFateUnstated": {"Memory.UpdateReplacePolicy": MISSING},
    "MemoryNotRetained": {"Memory.DeletionPolicy": "Delete"},
    "MemoryNamespaceShared": {f"{_STRATEGIES}.0.SemanticMemoryStrategy.Namespaces": ["/facts/"]},
    "MemoryNamespaceUnknown": {f"{_STRATEGIES}.0.SemanticMemoryStrategy.Namespaces": ["/{actorId}/{tenantId}/"]},
    "MemoryNamespaceOpenEnd": {f"{_STRATEGIES}.0.SemanticMemoryStrategy.Namespaces": ["/users/{actorId}"]},
    "MemoryStrategyTwice": {f"{_STRATEGIES}.0.SemanticMemoryStrategy.Name": "likes"},
    "MemoryOverrideWithoutRole": {
        f"{_STRATEGIES}.+": {
            "CustomMemoryStrategy": {
                "Name": "own",
                "Configuration": {
                    "SemanticOverride": {"Extraction": {"ModelId": "nova", "AppendToPrompt": "Briefly."}}
                },
            }
        }
    },
    "MemoryReadOfEveryActor": _granted("bedrock-agentcore:ListMemoryRecords", attribute("Memory", "MemoryArn")),
    "MemoryAccessToAll": _granted(
        "bedrock-agentcore:ListEvents", sub("arn:aws:bedrock-agentcore:us-east-1:${AWS::AccountId}:memory/*")
    ),
    # Gateway targets
    "TargetWithoutCredentials": {"Weather.Properties.CredentialProviderConfigurations": MISSING},
    "McpServerWithoutCredentials": {"Server.Properties.CredentialProviderConfigurations": MISSING},
    "TargetNotHttps": {
        "Weather.Properties.TargetConfiguration.Mcp.OpenApiSchema.InlinePayload": (
            '{"servers": [{"url": "http://weather.example.com"}]}'
        )
    },
    "TargetPassesTokenOn": {
        "Server.Properties.CredentialProviderConfigurations.0.CredentialProviderType": "JWT_PASSTHROUGH"
    },
    "ApiKeyInAddress": {f"{_API_KEY}.CredentialLocation": "QUERY_PARAMETER"},
    "TargetWithoutTools": {"Orders.Properties.TargetConfiguration.Mcp.Lambda.ToolSchema.InlinePayload": []},
    "ToolTwice": {
        "Orders.Properties.TargetConfiguration.Mcp.Lambda.ToolSchema.InlinePayload.+": {
            "Name": "find",
            "Description": "Finds another order",
            "InputSchema": {"Type": "object"},
        }
    },
    "TargetNameTwice": {"Server.Properties.Name": "weather"},
    "TargetBeforePermission": {"Orders.DependsOn": MISSING},
    "GatewayNameUpperCase": {"Gateway.Properties.Name": "Gateway"},
    # Tool policies
    "GatewayWithoutPolicies": {_ENGINE: MISSING, "Engine": MISSING, "Find": MISSING},
    "GatewayPoliciesOnlyLog": {f"{_ENGINE}.Mode": "LOG_ONLY"},
    "PolicyOnlyLogs": {"Find.Properties.EnforcementMode": "LOG_ONLY"},
    "PolicyUnchecked": {"Find.Properties.ValidationMode": "IGNORE_ALL_FINDINGS"},
    "PolicyPermitsEverything": {
        "Find.Properties.Definition.Cedar.Statement": sub(
            'permit(principal, action, resource == AgentCore::Gateway::"${Gateway.GatewayArn}");'
        )
    },
    "PolicyBeforeTarget": {"Find.DependsOn": MISSING},
    "PolicyEngineUnused": {"Other": agentcore("PolicyEngine", Name="other", EncryptionKeyArn=attribute("Key"))},
    # Credentials
    "CredentialInTemplate": {f"{_GITHUB}.ClientSecret": "s3cr3t"},
    "CredentialParameterShown": {"ApiKey.Properties.ApiKey": ref("Shown")},
    "CredentialCopied": {f"{_GITHUB}.ClientSecret": sub("{{resolve:secretsmanager:${Secret}:SecretString:key}}")},
    "ProviderNotHttps": {
        "GitHub.Properties.Oauth2ProviderConfigInput": {
            "CustomOauth2ProviderConfig": {
                "ClientId": "id",
                "OauthDiscovery": {"DiscoveryUrl": "http://id.example.com"},
            }
        }
    },
    "ReturnAddressOpen": {"Workload.Properties.AllowedResourceOauth2ReturnUrls.+": "http://app.example.com/back"},
    # Sandbox tools
    "InterpreterOpenNetwork": {"Interpreter.Properties.NetworkConfiguration.NetworkMode": "PUBLIC"},
    "BrowserUnrecorded": {"Browser.Properties.RecordingConfig": {"Enabled": False}},
    "RecordingNowhere": {"Browser.Properties.ExecutionRoleArn": MISSING},
    "RecordingsExposed": {"Recordings.Properties.PublicAccessBlockConfiguration.BlockPublicPolicy": False},
    "RecordingsKeptForever": {"Recordings.Properties.LifecycleConfiguration": MISSING},
    "SandboxNameFixed": {"Interpreter.Properties.Name": "python"},
    # Network
    "PublicNetworkInProduction": {_NETWORK: {"NetworkMode": "PUBLIC"}},
    "SecurityGroupOpenOut": {"Group.Properties.SecurityGroupEgress.+": _OPEN},
    "SecurityGroupOpenIn": {
        "In": resource("AWS::EC2::SecurityGroupIngress", GroupId=attribute("Group", "GroupId"), CidrIpv6="::/0")
    },
    "SingleSubnet": {f"{_NETWORK}.NetworkModeConfig.Subnets": [ref("SubnetA")]},
    "PublicSubnet": {
        "SubnetC": resource("AWS::EC2::Subnet", MapPublicIpOnLaunch=True),
        f"{_NETWORK}.NetworkModeConfig.Subnets.+": ref("SubnetC"),
    },
    # Logs and encryption
    "RuntimeLogsNotDelivered": {"RuntimeLogs": MISSING, "RuntimeLogsSource": MISSING},
    "MemoryLogsNotDelivered": {"MemoryLogs": MISSING, "MemoryLogsSource": MISSING},
    "GatewayLogsNotDelivered": {"GatewayLogs": MISSING, "GatewayLogsSource": MISSING},
    "SandboxLogsNotDelivered": {"BrowserLogs": MISSING, "BrowserLogsSource": MISSING},
    "IdentityLogsNotDelivered": {"WorkloadLogs": MISSING, "WorkloadLogsSource": MISSING},
    "DeliveryNotSupported": {
        "Usage": resource(
            "AWS::Logs::DeliverySource",
            Name="usage",
            LogType="USAGE_LOGS",
            ResourceArn=attribute("Gateway", "GatewayArn"),
        ),
        "UsageDelivery": resource(
            "AWS::Logs::Delivery",
            DeliverySourceName=ref("Usage"),
            DeliveryDestinationArn=attribute("GatewayLogsPlace"),
        ),
    },
    "TracesNotDelivered": {"MemoryTraces": MISSING, "MemoryTracesSource": MISSING},
    "DeliveryNotConnected": {"GatewayLogs": MISSING},
    "LogGroupKeptForever": {"RuntimeGroup.Properties.RetentionInDays": MISSING},
    "LogGroupWithoutKey": {"Output.Properties.KmsKeyId": MISSING},
    "RuntimeOutputKeptForever": {"Output": MISSING, f"{_LOGS}.LogGroupNames": ["/own/agent"]},
    "MemoryWithoutKey": {"Memory.Properties.EncryptionKeyArn": MISSING},
    "PolicyEngineWithoutKey": {"Engine.Properties.EncryptionKeyArn": {"Ref": "AWS::NoValue"}},
    "GatewayWithoutKey": {"Gateway.Properties.KmsKeyArn": MISSING},
    "EvaluationDataWithoutKey": {"Evaluator.Properties.KmsKeyArn": MISSING},
    "KeyNotRotated": {"Key.Properties.EnableKeyRotation": MISSING},
    # Names and limits
    "NameInvalid": {"Memory.Properties.Name": "my-memory"},
    "NameTwice": {
        "Interpreter2": agentcore("Dataset", DatasetName="one", KmsKeyArn=attribute("Key")),
        "Interpreter3": agentcore("Dataset", DatasetName="one", KmsKeyArn=attribute("Key")),
    },
    "LimitExceeded": {"Memory.Properties.EventExpiryDuration": 366},
    "XRayPolicyInStack": {"XRay": resource("AWS::XRay::ResourcePolicy", PolicyName="spans")},
    "LoginDomainCollides": {"Domain.Properties.Domain": "users"},
    # Models and guardrails
    "ModelAccessToAll": _granted("bedrock:InvokeModel", _EVERY_MODEL, _GUARDED),
    "ProfileWithoutModels": {"AgentPolicy.Properties.PolicyDocument.Statement.4": MISSING},
    "ModelWithoutGuardrail": {"AgentPolicy.Properties.PolicyDocument.Statement.4.Condition": MISSING},
    "GuardrailNotPermitted": {"AgentPolicy.Properties.PolicyDocument.Statement.5": MISSING},
    "GuardrailDraft": {f"{_VARIABLES}.AGENT_GUARDRAIL_VERSION": "DRAFT"},
    "GuardrailOnlyRecords": {f"{_VARIABLES}.AGENT_GUARDRAIL_MODE": "SHADOW"},
    "GuardrailUnpublished": {"GuardrailVersion": MISSING, f"{_VARIABLES}.AGENT_GUARDRAIL_VERSION": "1"},
    "GuardrailUnused": {},
    "GuardrailIgnoresAttacks": {f"{_FILTERS}.1": MISSING},
    "GuardrailFilterOff": {f"{_FILTERS}.0": {"Type": "HATE", "InputStrength": "NONE", "OutputStrength": "NONE"}},
    "GuardrailWithoutKey": {"Guardrail.Properties.KmsKeyArn": MISSING},
    # Evaluation
    "EvaluatorSeesNothing": {"Evaluator.Properties.EvaluatorConfig.LlmAsAJudge.Instructions": "Is it polite?"},
    "EvaluationOff": {"Evaluation.Properties.ExecutionStatus": "DISABLED"},
    "EvaluationOfEveryAgent": {f"{_LOGS}.LogGroupNamePrefixes": ["/aws/bedrock-agentcore/runtimes/"]},
    "EvaluationOfEverySession": {"Evaluation.Properties.Rule.SamplingConfig.SamplingPercentage": 100},
}


def bad(rule: str) -> dict[str, Any]:
    """The bad template of a rule."""
    template = sound()
    changes = dict(CASES[rule])
    resources = template["Resources"]
    if rule == "RuntimeSharesRole":
        changes = {"Evaluation.Properties.EvaluationExecutionRoleArn": attribute("EvaluationRole")}
        _second_runtime(resources)
    if rule == "GuardrailUnused":
        second = copy.deepcopy(resources["Guardrail"])
        second["Properties"]["Name"] = "second"
        version = resource("AWS::Bedrock::GuardrailVersion", GuardrailIdentifier=attribute("Second", "GuardrailId"))
        changes = {"Second": second, "SecondVersion": version}
    for path, value in changes.items():
        change(resources, path, value)
    return template


def _second_runtime(resources: dict[str, Any]) -> None:
    """The runtime, its logs and traces once more, with the role of the first."""
    copied = [each for each in resources if each == "Output" or each.startswith("Runtime")]
    text = json.dumps({f"Second{each}": resources[each] for each in copied})
    for each in copied:
        text = text.replace(f'["{each}", ', f'["Second{each}", ').replace(f'"Ref": "{each}"', f'"Ref": "Second{each}"')
    text = text.replace("${Runtime.", "${SecondRuntime.").replace('Name": "agent"', 'Name": "second"')
    resources.update(json.loads(text))


def change(within: Any, path: str, value: object) -> None:
    """Put a value at a dotted path, `+` for one more entry of a list; MISSING takes away what is there."""
    *way, last = path.split(".")
    for key in way:
        within = within[int(key)] if isinstance(within, list) else within[key]
    if last == "+":
        within.append(value)
    elif value is MISSING:
        del within[int(last) if isinstance(within, list) else last]
    else:
        within[int(last) if isinstance(within, list) else last] = value
