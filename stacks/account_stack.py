"""What an account and Region needs once, whatever runs in it."""

from aws_cdk import Environment, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import AccountObservability, LogMasking


class AccountStack(Stack):
    """CloudWatch Transaction Search, so that agents' traces can be searched. Nothing here is taken back with it."""

    def __init__(self, scope: Construct, id: str, *, account: str, region: str) -> None:
        super().__init__(scope, id, env=Environment(account=account or None, region=region))
        key = kms.Key(self, "Key", description="Encrypts spans and the log of their set-up", enable_key_rotation=True)
        # Spans may hold what was asked and answered, as the agents' own log groups do.
        AccountObservability(self, "Observability", encryption_key=key, spans_masking=LogMasking())
