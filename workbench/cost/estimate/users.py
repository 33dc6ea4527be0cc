"""Amazon Cognito users, AWS KMS keys and AWS Secrets Manager secrets."""

from collections.abc import Iterator

from workbench.cost.formulas import counted, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources
from workbench.cost.usage import Usage

_POOL, _PROVIDER = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolIdentityProvider"
_KEY, _SECRET = "AWS::KMS::Key", "AWS::SecretsManager::Secret"
TYPES = frozenset({_POOL, _PROVIDER, _KEY, _SECRET})
FAMILY, KEYS = "Users", "Keys and secrets"


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Users of every pool, keys, secrets, and requests to both."""
    pools = resources.of(_POOL)
    for pool in pools:
        yield from _pool(pool, 1 / len(pools), bool(resources.of(_PROVIDER)), usage, prices)
    yield from _keys(resources, usage, prices)


def _pool(pool: Found, share: float, federated: bool, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    name, tier = pool.name("UserPoolName"), pool.text("UserPoolTier", "ESSENTIALS").lower()
    users = usage.usage.users * share
    # In the Plus tier users of other identity providers cost what its own cost.
    elsewhere = users * usage.identity.federated_share if federated and tier != "plus" else 0.0
    own = users - elsewhere
    yield CostLine(FAMILY, f"users of {name}, {tier}", own, prices.price(f"users-{tier}"), f"{number(own)} users")
    if elsewhere:
        price = prices.price("users-federated")
        yield CostLine(FAMILY, f"federated users of {name}", elsewhere, price, f"{number(elsewhere)} users")
    if machines := usage.identity.machine_tokens * share:
        formula = f"{number(machines)} token requests"
        yield CostLine(FAMILY, f"machines' tokens of {name}", machines, prices.price("machine-tokens"), formula)


def _keys(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    plan = usage.operations
    if keys := len(resources.of(_KEY)):
        yield CostLine(KEYS, "keys", keys, prices.price("keys"), f"{counted(keys, 'key')}, no earlier versions")
        requests = usage.turns * plan.key_requests_per_turn
        formula = product((usage.turns, "turns"), (plan.key_requests_per_turn, "requests"))
        yield CostLine(KEYS, "requests to keys", requests, prices.price("key-requests"), formula)
    if secrets := len(resources.of(_SECRET)):
        yield CostLine(KEYS, "secrets", secrets, prices.price("secrets"), counted(secrets, "secret"))
        requests = usage.sessions * plan.secret_requests_per_session
        formula = product((usage.sessions, "sessions"), (plan.secret_requests_per_session, "requests"))
        yield CostLine(KEYS, "requests to secrets", requests, prices.price("secret-requests"), formula)
