import pytest

from workbench.errors import WorkbenchError
from workbench.load.spending import refuse_above_cap, usd_per_message

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def test_a_message_costs_its_models_tokens() -> None:
    # 8,000 tokens in at 3.30 and 1,000 out at 16.50 USD per million: the profile's geography costs 10 % more.
    assert usd_per_message(SONNET, None) == pytest.approx(0.0429)
    assert usd_per_message(SONNET, 0.5) == 0.5


def test_fails_on_a_model_without_a_price() -> None:
    with pytest.raises(WorkbenchError, match=r"the price of acme\.x is not known: pass --usd-per-message"):
        usd_per_message("acme.x", None)


def test_fails_above_the_cap_before_anything_is_sent() -> None:
    assert refuse_above_cap(100, 0.01, 1.0) == 100
    with pytest.raises(WorkbenchError, match=r"101 messages may cost up to 1\.01 USD .* above the cap of 1 USD"):
        refuse_above_cap(101, 0.01, 1.0)
