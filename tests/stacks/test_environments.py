import pytest

from stacks.environments import DEV, ENVIRONMENTS, PROD, STAGING, select


def test_selects_one_environment_or_all() -> None:
    assert select("dev") == (DEV,)
    assert select("all") == tuple(ENVIRONMENTS.values())


def test_fails_on_an_unknown_environment() -> None:
    with pytest.raises(ValueError, match=r"no environment is called 'qa'; pass one of local, dev, staging, prod, all"):
        select("qa")


def test_state_is_protected_where_it_is_somebody_elses() -> None:
    assert STAGING.termination_protection
    assert PROD.termination_protection
