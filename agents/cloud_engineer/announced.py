"""The tools that change the account, as every user's model knows them; the gateway lets engineers use them."""

from agents.shared.gateway.announced import AnnouncedTool

PROPOSE = "changes___propose_change"
EXECUTE = "approvals___execute_change"

_STACK_NAME = {"type": "string", "description": "The stack's name; it starts with 'engineer-'."}

CHANGE_TOOLS = (
    AnnouncedTool(
        PROPOSE,
        "Propose a change of the account: makes a CloudFormation change set, which changes nothing, and returns what it"
        " would change and a confirmation id. For engineers only.",
        {
            "type": "object",
            "properties": {
                "stack_name": _STACK_NAME,
                "template": {
                    "type": "string",
                    "description": "CloudFormation template in YAML or JSON, at most 51,200 bytes and 100 changed"
                    " resources. It consists of these types only: AWS::CloudWatch::Alarm, AWS::DynamoDB::Table,"
                    " AWS::S3::Bucket, AWS::SNS::Topic and AWS::SQS::Queue.",
                },
            },
            "required": ["stack_name", "template"],
        },
    ),
    AnnouncedTool(
        EXECUTE,
        "Carry out a proposed change, after the user has replied 'confirm' and the confirmation id."
        " For engineers only.",
        {
            "type": "object",
            "properties": {
                "stack_name": _STACK_NAME,
                "confirmation_id": {"type": "string", "description": "The id that propose_change returned."},
            },
            "required": ["stack_name", "confirmation_id"],
        },
    ),
)
