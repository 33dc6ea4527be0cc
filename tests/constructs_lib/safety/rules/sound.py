"""A template with which no rule finds fault, whatever is demanded: the good template of every rule."""

from typing import Any

ARN = "arn:${AWS::Partition}"
HASH = "0123456789abcdef0123456789abcdef"
DISCOVERY = "https://id.example.com/.well-known/openid-configuration"


def attribute(logical_id: str, name: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def allow(action: str | list[str], resource: object, condition: object = None) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def resource(type: str, **properties: object) -> dict[str, Any]:
    return {"Type": type, "Properties": properties}


def agentcore(kind: str, **properties: object) -> dict[str, Any]:
    return resource(f"AWS::BedrockAgentCore::{kind}", **properties)


def retained(of: dict[str, Any]) -> dict[str, Any]:
    return {**of, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def trust(source: str) -> dict[str, object]:
    condition = {
        "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
        "ArnLike": {"aws:SourceArn": sub(f"{ARN}:bedrock-agentcore:us-east-1:${{AWS::AccountId}}:{source}-*")},
    }
    principal = {"Service": "bedrock-agentcore.amazonaws.com"}
    return {
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition}]
    }


def role(source: str) -> dict[str, Any]:
    boundary = sub(f"{ARN}:iam::${{AWS::AccountId}}:policy/agents")
    return resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust(source), PermissionsBoundary=boundary)


def policy(of: str, *statements: object) -> dict[str, Any]:
    return resource("AWS::IAM::ManagedPolicy", Roles=[ref(of)], PolicyDocument={"Statement": list(statements)})


def sound() -> dict[str, Any]:
    return {
        "Parameters": {"Shown": {"Type": "String"}, "Hidden": {"Type": "String", "NoEcho": True}},
        "Resources": {
            **_shared(),
            **_agent(),
            **_memory(),
            **_gateway(),
            **_sandbox(),
            **_guardrail(),
            **_evaluation(),
        },
    }


def _shared() -> dict[str, Any]:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}
    return {
        "Key": retained(resource("AWS::KMS::Key", EnableKeyRotation=True, KeyPolicy={"Statement": []})),
        "SubnetA": resource("AWS::EC2::Subnet", MapPublicIpOnLaunch=False),
        "SubnetB": resource("AWS::EC2::Subnet", MapPublicIpOnLaunch=False),
        "Group": resource("AWS::EC2::SecurityGroup", SecurityGroupEgress=[rule]),
    }


def _delivered(id: str, arn: object, log_type: str = "APPLICATION_LOGS") -> dict[str, Any]:
    group = resource(
        "AWS::Logs::LogGroup",
        LogGroupName=f"/aws/vendedlogs/bedrock-agentcore/{id}",
        RetentionInDays=30,
        KmsKeyId=attribute("Key"),
    )
    logs, traces = f"{id}Logs", f"{id}Traces"
    return {
        f"{id}Group": group,
        f"{logs}Source": resource("AWS::Logs::DeliverySource", Name=logs, LogType=log_type, ResourceArn=arn),
        f"{logs}Place": resource("AWS::Logs::DeliveryDestination", DestinationResourceArn=attribute(f"{id}Group")),
        logs: resource(
            "AWS::Logs::Delivery",
            DeliverySourceName=ref(f"{logs}Source"),
            DeliveryDestinationArn=attribute(f"{logs}Place"),
        ),
        f"{traces}Source": resource("AWS::Logs::DeliverySource", Name=traces, LogType="TRACES", ResourceArn=arn),
        f"{traces}Place": resource("AWS::Logs::DeliveryDestination", DeliveryDestinationType="XRAY"),
        traces: resource(
            "AWS::Logs::Delivery",
            DeliverySourceName=ref(f"{traces}Source"),
            DeliveryDestinationArn=attribute(f"{traces}Place"),
        ),
    }


def _agent() -> dict[str, Any]:
    guarded = {"StringEquals": {"bedrock:GuardrailIdentifier": attribute("Guardrail", "GuardrailArn")}}
    account = "us-east-1:${AWS::AccountId}"
    network = {"SecurityGroups": [attribute("Group", "GroupId")], "Subnets": [ref("SubnetA"), ref("SubnetB")]}
    code = {"S3": {"Bucket": "code-bucket", "Prefix": f"{HASH}.zip"}}
    runtime = agentcore(
        "Runtime",
        AgentRuntimeName="agent",
        AgentRuntimeArtifact={"CodeConfiguration": {"Code": code, "EntryPoint": ["main.py"], "Runtime": "PYTHON_3_13"}},
        AuthorizerConfiguration={"CustomJWTAuthorizer": {"DiscoveryUrl": DISCOVERY, "AllowedClients": ["web"]}},
        NetworkConfiguration={"NetworkMode": "VPC", "NetworkModeConfig": network},
        LifecycleConfiguration={"IdleRuntimeSessionTimeout": 300, "MaxLifetime": 3600},
        EnvironmentVariables={
            "AGENT_GUARDRAIL_ID": attribute("Guardrail", "GuardrailId"),
            "AGENT_GUARDRAIL_VERSION": attribute("GuardrailVersion", "Version"),
            "AGENT_GUARDRAIL_MODE": "ENFORCE",
            "AGENT_API_KEY": attribute("Secret"),
            "AGENT_TOKEN": "",
        },
        RoleArn=attribute("AgentRole"),
    )
    return {
        "Secret": retained(resource("AWS::SecretsManager::Secret", GenerateSecretString={})),
        "AgentRole": role("runtime/agent"),
        "AgentPolicy": policy(
            "AgentRole",
            allow("s3:GetObject", f"arn:aws:s3:::code-bucket/{HASH}.zip"),
            allow("logs:PutLogEvents", sub(f"{ARN}:logs:{account}:log-group:/aws/bedrock-agentcore/runtimes/agent-*")),
            allow(["xray:PutTraceSegments"], "*"),
            allow("bedrock:InvokeModel", sub(f"{ARN}:bedrock:{account}:inference-profile/us.nova"), guarded),
            allow("bedrock:InvokeModel", [sub(f"{ARN}:bedrock:us-east-1::foundation-model/nova")], guarded),
            allow("bedrock:ApplyGuardrail", attribute("Guardrail", "GuardrailArn")),
            allow("bedrock-agentcore:CreateEvent", attribute("Memory", "MemoryArn")),
            allow(
                "bedrock-agentcore:RetrieveMemoryRecords",
                attribute("Memory", "MemoryArn"),
                {"StringLike": {"bedrock-agentcore:namespacePath": "/users/*/"}},
            ),
            allow("secretsmanager:GetSecretValue", ref("Secret")),
            allow("kms:Decrypt", attribute("Key")),
        ),
        "Runtime": runtime,
        "Endpoint": agentcore(
            "RuntimeEndpoint",
            AgentRuntimeId=attribute("Runtime", "AgentRuntimeId"),
            Name="live",
            AgentRuntimeVersion="3",
        ),
        "Output": resource(
            "AWS::Logs::LogGroup",
            LogGroupName=sub("/aws/bedrock-agentcore/runtimes/${Runtime.AgentRuntimeId}-DEFAULT"),
            RetentionInDays=30,
            KmsKeyId=attribute("Key"),
        ),
        "Caller": resource(
            "AWS::IAM::Role",
            AssumeRolePolicyDocument={
                "Statement": [
                    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
                ]
            },
        ),
        "CallerPolicy": policy(
            "Caller", allow("bedrock-agentcore:InvokeAgentRuntime", attribute("Runtime", "AgentRuntimeArn"))
        ),
        **_delivered("Runtime", attribute("Runtime", "AgentRuntimeArn")),
    }


def _memory() -> dict[str, Any]:
    facts = {"SemanticMemoryStrategy": {"Name": "facts", "Namespaces": ["/users/{actorId}/facts/"]}}
    likes = {"UserPreferenceMemoryStrategy": {"Name": "likes", "Namespaces": ["/users/{actorId}/likes/"]}}
    memory = agentcore(
        "Memory",
        Name="memory",
        EventExpiryDuration=30,
        EncryptionKeyArn=attribute("Key"),
        MemoryStrategies=[facts, likes],
    )
    return {"Memory": retained(memory), **_delivered("Memory", attribute("Memory", "MemoryArn"))}


def _gateway() -> dict[str, Any]:
    tool = {"Name": "find", "Description": "Finds an order", "InputSchema": {"Type": "object"}}
    target = agentcore(
        "GatewayTarget",
        Name="orders",
        GatewayIdentifier=attribute("Gateway", "GatewayIdentifier"),
        CredentialProviderConfigurations=[{"CredentialProviderType": "GATEWAY_IAM_ROLE"}],
        TargetConfiguration={
            "Mcp": {"Lambda": {"LambdaArn": attribute("Function"), "ToolSchema": {"InlinePayload": [tool]}}}
        },
    )
    key = {"ApiKeyCredentialProvider": {"CredentialLocation": "HEADER", "ProviderArn": attribute("ApiKey")}}
    api = agentcore(
        "GatewayTarget",
        Name="weather",
        GatewayIdentifier=attribute("Gateway", "GatewayIdentifier"),
        CredentialProviderConfigurations=[{"CredentialProviderType": "API_KEY", "CredentialProvider": key}],
        TargetConfiguration={
            "Mcp": {"OpenApiSchema": {"InlinePayload": '{"servers": [{"url": "https://weather.example.com"}]}'}}
        },
    )
    server = agentcore(
        "GatewayTarget",
        Name="server",
        GatewayIdentifier=attribute("Gateway", "GatewayIdentifier"),
        CredentialProviderConfigurations=[{"CredentialProviderType": "GATEWAY_IAM_ROLE"}],
        TargetConfiguration={"Mcp": {"McpServer": {"Endpoint": "https://mcp.example.com/mcp"}}},
    )
    cedar = 'permit(principal, action == AgentCore::Action::"orders___find", resource) when { context.input.id > 0 };'
    external = {"SecretId": "arn:aws:secretsmanager:us-east-1:111122223333:secret:weather", "JsonKey": "key"}
    github = {"ClientId": "id", "ClientSecretSource": "EXTERNAL", "ClientSecretConfig": external}
    return {
        "GatewayRole": role("gateway/gateway"),
        "GatewayPolicy": policy("GatewayRole", allow("lambda:InvokeFunction", attribute("Function"))),
        "Function": resource("AWS::Lambda::Function", Handler="index.handler"),
        "Gateway": agentcore(
            "Gateway",
            Name="gateway",
            AuthorizerType="CUSTOM_JWT",
            AuthorizerConfiguration={
                "CustomJWTAuthorizer": {
                    "DiscoveryUrl": {
                        "Fn::Join": ["", [attribute("Pool", "ProviderURL"), "/.well-known/openid-configuration"]]
                    },
                    "AllowedClients": [ref("Client")],
                }
            },
            KmsKeyArn=attribute("Key"),
            PolicyEngineConfiguration={"Arn": attribute("Engine", "PolicyEngineArn"), "Mode": "ENFORCE"},
            RoleArn=attribute("GatewayRole"),
        ),
        "Orders": {**target, "DependsOn": ["GatewayPolicy"]},
        "Weather": api,
        "Server": server,
        "Engine": agentcore("PolicyEngine", Name="engine", EncryptionKeyArn=attribute("Key")),
        "Find": {
            **agentcore(
                "Policy",
                Name="find",
                PolicyEngineId=attribute("Engine", "PolicyEngineId"),
                Definition={"Cedar": {"Statement": cedar}},
                ValidationMode="FAIL_ON_ANY_FINDINGS",
            ),
            "DependsOn": "Orders",
        },
        "Pool": retained(resource("AWS::Cognito::UserPool", UserPoolName="users")),
        "Client": resource("AWS::Cognito::UserPoolClient", UserPoolId=ref("Pool")),
        "Domain": resource(
            "AWS::Cognito::UserPoolDomain", UserPoolId=ref("Pool"), Domain=sub("users-${AWS::AccountId}")
        ),
        "ApiKey": agentcore(
            "ApiKeyCredentialProvider", Name="weather", ApiKeySecretSource="EXTERNAL", ApiKeySecretConfig=external
        ),
        "GitHub": agentcore(
            "OAuth2CredentialProvider",
            Name="github",
            CredentialProviderVendor="GithubOauth2",
            Oauth2ProviderConfigInput={"GithubOauth2ProviderConfig": github},
        ),
        "Workload": agentcore(
            "WorkloadIdentity", Name="workload", AllowedResourceOauth2ReturnUrls=["https://app.example.com/back"]
        ),
        **_delivered("Workload", attribute("Workload", "WorkloadIdentityArn")),
        "Callers": agentcore(
            "ResourcePolicy",
            ResourceArn=attribute("Gateway", "GatewayArn"),
            Policy='{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "bedrock-agentcore:InvokeGateway",'
            ' "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}}]}',
        ),
        **_delivered("Gateway", attribute("Gateway", "GatewayArn")),
    }


def _sandbox() -> dict[str, Any]:
    closed = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    network = {"SecurityGroups": [attribute("Group", "GroupId")], "Subnets": [ref("SubnetA"), ref("SubnetB")]}
    return {
        "Recordings": resource(
            "AWS::S3::Bucket",
            PublicAccessBlockConfiguration=closed,
            LifecycleConfiguration={"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]},
        ),
        "BrowserRole": role("browser-custom/browser"),
        "Browser": agentcore(
            "BrowserCustom",
            Name="browser_1f2e3d4c",
            NetworkConfiguration={"NetworkMode": "VPC", "VpcConfig": network},
            ExecutionRoleArn=attribute("BrowserRole"),
            RecordingConfig={"Enabled": True, "S3Location": {"Bucket": ref("Recordings"), "Prefix": "browser/"}},
        ),
        "Interpreter": agentcore(
            "CodeInterpreterCustom", Name="python_1f2e3d4c", NetworkConfiguration={"NetworkMode": "SANDBOX"}
        ),
        **_delivered("Browser", attribute("Browser", "BrowserArn"), "USAGE_LOGS"),
        **_delivered("Interpreter", attribute("Interpreter", "CodeInterpreterArn")),
    }


def _guardrail() -> dict[str, Any]:
    filters = [
        {"Type": "HATE", "InputStrength": "HIGH", "OutputStrength": "HIGH"},
        {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"},
    ]
    guardrail = resource(
        "AWS::Bedrock::Guardrail",
        Name="guardrail",
        KmsKeyArn=attribute("Key"),
        ContentPolicyConfig={"FiltersConfig": filters},
    )
    version = resource("AWS::Bedrock::GuardrailVersion", GuardrailIdentifier=attribute("Guardrail", "GuardrailId"))
    return {"Guardrail": guardrail, "GuardrailVersion": version}


def _evaluation() -> dict[str, Any]:
    judge = {"LlmAsAJudge": {"Instructions": "Is {assistant_turn} a polite answer to {context}?"}}
    return {
        "Evaluator": agentcore(
            "Evaluator", EvaluatorName="politeness", EvaluatorConfig=judge, Level="TRACE", KmsKeyArn=attribute("Key")
        ),
        "EvaluationRole": role("online-evaluation-config/politeness"),
        "Evaluation": agentcore(
            "OnlineEvaluationConfig",
            OnlineEvaluationConfigName="politeness",
            EvaluationExecutionRoleArn=attribute("EvaluationRole"),
            DataSourceConfig={"CloudWatchLogs": {"LogGroupNames": [ref("Output")]}},
            Rule={"SamplingConfig": {"SamplingPercentage": 10}},
            ExecutionStatus="ENABLED",
        ),
    }
