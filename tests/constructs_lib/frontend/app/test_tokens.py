"""Access tokens: renewed in time, by whoever saw the sign-in, and revoked at sign-out."""

import pytest

from constructs_lib.frontend.app.chat_app.runtime_client import http_client
from constructs_lib.frontend.app.chat_app.tokens import Tokens, claims
from tests.constructs_lib.frontend.app.fake_cloud import FakeCloud


def tokens(cloud: FakeCloud) -> Tokens:
    return Tokens(http_client(), f"{cloud.url}/pool/metadata", "web", "secret")


def test_a_fresh_token_is_used_as_it_is(cloud: FakeCloud) -> None:
    held = cloud.token()
    made = tokens(cloud)
    made.remember(held, "refresh-1")
    assert made.current(held) == held
    assert cloud.forms == []


def test_a_token_is_renewed_before_it_expires_and_once(cloud: FakeCloud) -> None:
    held = cloud.token(seconds=60)
    made = tokens(cloud)
    made.remember(held, "refresh-1")
    renewed = made.current(held)
    assert renewed != held
    assert made.current(held) == renewed
    assert cloud.forms == [{"grant_type": "refresh_token", "client_id": "web", "refresh_token": "refresh-1"}]


@pytest.mark.parametrize(("seconds", "good"), [(3600, True), (60, True), (5, False), (-10, False)])
def test_without_the_sign_in_a_token_is_good_until_it_expires(cloud: FakeCloud, seconds: int, *, good: bool) -> None:
    held = cloud.token(seconds=seconds)
    assert tokens(cloud).current(held) == (held if good else None)


def test_a_refused_renewal_is_an_expired_sign_in(cloud: FakeCloud) -> None:
    cloud.refresh_allowed = False
    held = cloud.token(seconds=-1)
    made = tokens(cloud)
    made.remember(held, "refresh-1")
    assert made.current(held) is None


def test_a_refused_renewal_leaves_what_is_still_good(cloud: FakeCloud) -> None:
    cloud.refresh_allowed = False
    held = cloud.token(seconds=90)
    made = tokens(cloud)
    made.remember(held, "refresh-1")
    assert made.current(held) == held


def test_signing_out_revokes(cloud: FakeCloud) -> None:
    held = cloud.token(seconds=-1)
    made = tokens(cloud)
    made.remember(held, "refresh-1")
    made.forget(held)
    assert cloud.forms == [{"token": "refresh-1"}]
    assert made.current(held) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.W10.c"])
def test_what_is_no_token_says_nothing(token: str) -> None:
    assert claims(token) == {}
