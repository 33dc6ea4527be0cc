"""What a load test of a deployed agent may cost."""

from workbench.cost.prices import read_prices
from workbench.errors import WorkbenchError

INPUT_TOKENS, OUTPUT_TOKENS = 8000, 1000
"""Tokens that one message is assumed to take at most: prompts of tools and memory, and a long answer."""


def usd_per_message(model_id: str, given: float | None) -> float:
    """What one message costs at most, of the model's tokens: by far the largest part.

    Args:
        model_id: The agent's model.
        given: What the user says it costs; None to work it out.

    Raises:
        WorkbenchError: If the model's price is not known.
    """
    if given is not None:
        return given
    prices = read_prices()
    tokens = {"input": INPUT_TOKENS, "output": OUTPUT_TOKENS}
    costs = [prices.model_price(model_id, kind).cost(count, free_tier=False) for kind, count in tokens.items()]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        raise WorkbenchError(f"the price of {model_id or 'the model'} is not known: pass --usd-per-message")
    return sum(known)


def refuse_above_cap(messages: int, per_message: float, cap: float) -> int:
    """How many messages the cap allows.

    Args:
        messages: What the test wants to send.
        per_message: What one costs at most, in USD.
        cap: The cap, in USD.

    Raises:
        WorkbenchError: If the test could cost more than the cap.
    """
    if messages * per_message > cap:
        raise WorkbenchError(
            f"{messages} messages may cost up to {messages * per_message:.2f} USD ({per_message:.4f} USD each), above"
            f" the cap of {cap:g} USD: raise --max-usd, or lower --users or --requests"
        )
    return messages
