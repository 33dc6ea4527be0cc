"""Credentials the local cloud's emulator accepts without having issued them.

The key `test` is the root user of account 000000000000, and a key that is an account's twelve digits is the root user
of that account; the secret is `test` for both. They are allowed everything, and their signatures are not verified: the
emulator serves loopback only. Every other key is one the emulator issued (an IAM user's, a role session's), is verified
by Signature Version 4, and is held to its policies.
"""

from dataclasses import dataclass

from workbench.errors import WorkbenchError

DEFAULT_ACCOUNT = "000000000000"
"""Account of a stack that names none."""

DEFAULT_REGION = "us-east-1"
"""Region of a stack that names none."""

ADMINISTRATOR_ACCESS_KEY_ID = "test"
"""Access key of the default account's root user."""

ADMINISTRATOR_SECRET_ACCESS_KEY = "test"  # noqa: S105
"""Secret of every account's root user."""

_ACCOUNT_DIGITS = 12


@dataclass(frozen=True)
class Credentials:
    """An access key and its secret, under the names boto3 gives its parameters."""

    aws_access_key_id: str
    aws_secret_access_key: str


def administrator(account: str = DEFAULT_ACCOUNT) -> Credentials:
    """Credentials that may do everything in an account of the local cloud.

    Args:
        account: Twelve digits.

    Raises:
        WorkbenchError: If the account is no twelve digits.
    """
    if not (account.isdecimal() and len(account) == _ACCOUNT_DIGITS):
        raise WorkbenchError(f"an AWS account has twelve digits, got {account!r}")
    key = ADMINISTRATOR_ACCESS_KEY_ID if account == DEFAULT_ACCOUNT else account
    return Credentials(key, ADMINISTRATOR_SECRET_ACCESS_KEY)
