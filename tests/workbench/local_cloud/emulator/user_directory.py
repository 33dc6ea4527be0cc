"""A user directory as templates describe one, deployed onto the emulator under test."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.workbench.local_cloud.emulator.cloud_under_test import ACCOUNT, Cloud

CALLBACK = "https://app.example.com/callback"
PASSWORD = "Correct-Horse-9-Battery"
SCOPE = "tools/read"

# Groups and tenant in both tokens, by version two of the trigger's event; names in `also` are added as they are.
TRIGGER = """
import json, os

def handler(event, context):
    request = event["request"]
    groups = sorted(request["groupConfiguration"]["groupsToOverride"])
    if os.environ.get("FAIL"):
        raise ValueError("no tokens today")
    claims = {"groups": groups, "tenant": request["userAttributes"].get("custom:tenant", "none")}
    claims.update(json.loads(os.environ.get("ALSO", "{}")))
    details = {"idTokenGeneration": {"claimsToAddOrOverride": claims},
               "accessTokenGeneration": {"claimsToAddOrOverride": claims, "scopesToAdd": ["extra/scope"]}}
    if os.environ.get("GROUPS"):
        details["groupOverrideDetails"] = {"groupsToOverride": os.environ["GROUPS"].split(",")}
    event["response"] = os.environ.get("ANSWER") or {"claimsAndScopeOverrideDetails": details}
    return event
"""


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def attribute(name: str, attribute_name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute_name]}


def template(domain: str, **variables: str) -> dict[str, Any]:
    """A pool with all that belongs to one.

    Args:
        domain: Prefix of its domain; unique on the emulator.
        variables: Environment of the trigger.
    """
    resources: dict[str, Any] = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        },
        "Trigger": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": attribute("Role", "Arn"),
                "Code": {"ZipFile": TRIGGER},
                "Environment": {"Variables": variables},
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": attribute("Trigger", "Arn"),
                "Principal": "cognito-idp.amazonaws.com",
                "SourceArn": attribute("Pool", "Arn"),
            },
        },
        "Pool": {
            "Type": "AWS::Cognito::UserPool",
            "Properties": {
                "UserPoolTier": "PLUS",
                "UsernameAttributes": ["email"],
                "UsernameConfiguration": {"CaseSensitive": False},
                "AutoVerifiedAttributes": ["email"],
                "MfaConfiguration": "OPTIONAL",
                "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
                "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"},
                "Policies": {
                    "PasswordPolicy": {
                        "MinimumLength": 14,
                        "RequireLowercase": True,
                        "RequireNumbers": True,
                        "RequireSymbols": True,
                        "RequireUppercase": True,
                        "PasswordHistorySize": 24,
                        "TemporaryPasswordValidityDays": 3,
                    }
                },
                "Schema": [
                    {"Name": "email", "Required": True, "Mutable": True},
                    {"Name": "tenant", "AttributeDataType": "String", "Mutable": True},
                ],
                "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
                "LambdaConfig": {
                    "PreTokenGenerationConfig": {
                        "LambdaArn": attribute("Trigger", "Arn"),
                        "LambdaVersion": "V2_0",
                    }
                },
            },
        },
        "Domain": {
            "Type": "AWS::Cognito::UserPoolDomain",
            "Properties": {"UserPoolId": ref("Pool"), "Domain": domain, "ManagedLoginVersion": 2},
        },
        "Server": {
            "Type": "AWS::Cognito::UserPoolResourceServer",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "Identifier": "tools",
                "Name": "tools",
                "Scopes": [
                    {"ScopeName": "read", "ScopeDescription": "Read"},
                    {"ScopeName": "write", "ScopeDescription": "Write"},
                ],
            },
        },
        "Web": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "GenerateSecret": False,
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid", "email", SCOPE],
                "CallbackURLs": [CALLBACK],
                "LogoutURLs": ["https://app.example.com/"],
                "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "PreventUserExistenceErrors": "ENABLED",
                "SupportedIdentityProviders": ["COGNITO"],
            },
            "DependsOn": ["Server"],
        },
        "Tests": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "GenerateSecret": True,
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid", SCOPE],
                "CallbackURLs": [CALLBACK],
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            },
            "DependsOn": ["Server"],
        },
        "Machine": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "GenerateSecret": True,
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": [SCOPE],
            },
            "DependsOn": ["Server"],
        },
        "Branding": {
            "Type": "AWS::Cognito::ManagedLoginBranding",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "ClientId": ref("Web"),
                "UseCognitoProvidedValues": True,
            },
        },
        "Staff": {
            "Type": "AWS::Cognito::UserPoolGroup",
            "Properties": {"UserPoolId": ref("Pool"), "GroupName": "staff", "Precedence": 10},
        },
        "Provider": {
            "Type": "AWS::Cognito::UserPoolIdentityProvider",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "ProviderName": "Okta",
                "ProviderType": "OIDC",
                "ProviderDetails": {
                    "oidc_issuer": "https://example.okta.com",
                    "authorize_url": "https://example.okta.com/authorize",
                    "authorize_scopes": "openid email",
                    "client_id": "okta-client",
                    "client_secret": "okta-secret",
                },
                "AttributeMapping": {"email": "email"},
                "IdpIdentifiers": ["example.com"],
            },
        },
        "Risk": {
            "Type": "AWS::Cognito::UserPoolRiskConfigurationAttachment",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "ClientId": "ALL",
                "CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}},
            },
        },
        "Logs": {
            "Type": "AWS::Cognito::LogDeliveryConfiguration",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "LogConfigurations": [
                    {
                        "EventSource": "userAuthEvents",
                        "LogLevel": "INFO",
                        "CloudWatchLogsConfiguration": {
                            "LogGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/vendedlogs/cognito/users"
                        },
                    }
                ],
            },
        },
    }
    outputs = {
        name: {"Value": ref(name)} for name in ("Pool", "Web", "Tests", "Machine", "Trigger", "Staff", "Provider")
    }
    secrets = {f"{name}Secret": {"Value": attribute(name, "ClientSecret")} for name in ("Tests", "Machine")}
    outputs.update(secrets)
    outputs["Url"] = {"Value": attribute("Pool", "ProviderURL")}
    return {"Resources": resources, "Outputs": outputs}


@dataclass
class Directory:
    """A deployed user directory."""

    cloud: Cloud
    stack: str
    outputs: dict[str, str]
    trigger: dict[str, str] = field(default_factory=dict)

    @property
    def pool(self) -> str:
        return self.outputs["Pool"]

    def add_user(self, email: str, *groups: str, tenant: str = "") -> str:
        """A user with the password of all; returns the `sub`."""
        cognito = self.cloud.client("cognito-idp")
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        attributes += [{"Name": "custom:tenant", "Value": tenant}] if tenant else []
        made = cognito.admin_create_user(
            UserPoolId=self.pool, Username=email, UserAttributes=attributes, TemporaryPassword=PASSWORD
        )
        cognito.admin_set_user_password(UserPoolId=self.pool, Username=email, Password=PASSWORD, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=self.pool, Username=email, GroupName=group)
        return next(str(a["Value"]) for a in made["User"]["Attributes"] if a["Name"] == "sub")

    def configure_trigger(self, **variables: str) -> None:
        """Change the trigger's environment."""
        self.trigger = variables
        self.cloud.client("lambda").update_function_configuration(
            FunctionName=self.outputs["Trigger"], Environment={"Variables": variables}
        )


def deploy(cloud: Cloud, stack: str, body: dict[str, Any], *, update: bool = False) -> Directory:
    """Create or update a stack and wait for it."""
    formation = cloud.client("cloudformation")
    operation = formation.update_stack if update else formation.create_stack
    operation(StackName=stack, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"])
    waiter = formation.get_waiter("stack_update_complete" if update else "stack_create_complete")
    waiter.wait(StackName=stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    described = formation.describe_stacks(StackName=stack)["Stacks"][0]
    return Directory(cloud, stack, {o["OutputKey"]: o["OutputValue"] for o in described["Outputs"]})


def delete(cloud: Cloud, stack: str) -> None:
    """Delete a stack and wait for it."""
    formation = cloud.client("cloudformation")
    formation.delete_stack(StackName=stack)
    formation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
