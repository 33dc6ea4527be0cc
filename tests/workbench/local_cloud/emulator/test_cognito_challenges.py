"""Challenges of a sign-in at the emulator's user pools: nobody answers one that was not theirs."""

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud
from workbench.local_cloud import sign_in
from workbench.local_cloud.sign_in import SignInError

CALLBACK = "https://app.example.com/callback"
PASSWORD, NEW = "Correct-Horse-9", "Another-Horse-9"


@dataclass
class Pool:
    """A pool with one client for everything."""

    cloud: Cloud
    admin: Any
    users: Any
    id: str
    client: str

    def add(self, name: str, *, permanent: bool = True) -> None:
        self.admin.admin_create_user(UserPoolId=self.id, Username=name, TemporaryPassword=PASSWORD)
        if permanent:
            self.admin.admin_set_user_password(UserPoolId=self.id, Username=name, Password=PASSWORD, Permanent=True)

    def begin(self, name: str, password: str = PASSWORD) -> dict[str, Any]:
        return dict(
            self.users.initiate_auth(
                AuthFlow="USER_PASSWORD_AUTH",
                ClientId=self.client,
                AuthParameters={"USERNAME": name, "PASSWORD": password},
            )
        )

    def answer(self, challenge: str, session: str, **responses: str) -> dict[str, Any]:
        return dict(
            self.users.respond_to_auth_challenge(
                ClientId=self.client, ChallengeName=challenge, Session=session, ChallengeResponses=responses
            )
        )

    def enrol(self, name: str) -> str:
        """Set up a second factor in the course of a sign-in; returns the key."""
        begun = self.begin(name)
        associated = self.users.associate_software_token(Session=begun["Session"])
        secret = str(associated["SecretCode"])
        verified = self.users.verify_software_token(Session=associated["Session"], UserCode=code(secret))
        done = self.answer("MFA_SETUP", verified["Session"], USERNAME=name)
        assert done["AuthenticationResult"]["AccessToken"]
        return secret


def code(secret: str) -> str:
    """The code of an authenticator app (RFC 6238)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def made(cloud: Cloud, mfa: str) -> Pool:
    admin = cloud.client("cognito-idp")
    pool = admin.create_user_pool(PoolName="challenges", MfaConfiguration=mfa)["UserPool"]["Id"]
    client = admin.create_user_pool_client(
        UserPoolId=pool,
        ClientName="c",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        AllowedOAuthFlows=["code"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
    )["UserPoolClient"]["ClientId"]
    return Pool(cloud, admin, sign_in.user_pools(cloud.endpoint, pool), pool, client)


@pytest.fixture(scope="module")
def pool(cloud: Cloud) -> Pool:
    found = made(cloud, "OFF")
    found.add("ann")
    found.add("bob", permanent=False)
    return found


@pytest.fixture(scope="module")
def strict(cloud: Cloud) -> Pool:
    """A pool that requires a second factor."""
    return made(cloud, "ON")


class TestBinding:
    @pytest.mark.parametrize("challenge", ["NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA", "MFA_SETUP"])
    @pytest.mark.parametrize("session", ["x" * 40, None])
    def test_no_tokens_without_a_sign_in(self, pool: Pool, challenge: str, session: str | None) -> None:
        more = {"Session": session} if session else {}
        with pytest.raises(ClientError, match="NotAuthorizedException"):
            pool.users.respond_to_auth_challenge(
                ClientId=pool.client,
                ChallengeName=challenge,
                ChallengeResponses={
                    "USERNAME": "ann",
                    "NEW_PASSWORD": NEW,
                    "SOFTWARE_TOKEN_MFA_CODE": "000000",
                },
                **more,
            )
        assert pool.begin("ann")["AuthenticationResult"]

    def test_no_tokens_of_another_user(self, pool: Pool) -> None:
        begun = pool.begin("bob")
        assert begun["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        with pytest.raises(ClientError, match="Invalid session for the user"):
            pool.answer("NEW_PASSWORD_REQUIRED", begun["Session"], USERNAME="ann", NEW_PASSWORD=NEW)
        with pytest.raises(ClientError, match="Invalid session for the user"):
            pool.answer("MFA_SETUP", begun["Session"], USERNAME="bob")

    def test_a_new_password_follows_the_policy_and_the_session_is_good_once(self, pool: Pool) -> None:
        pool.add("cid", permanent=False)
        session = pool.begin("cid")["Session"]
        with pytest.raises(ClientError, match="InvalidPasswordException"):
            pool.answer("NEW_PASSWORD_REQUIRED", session, USERNAME="cid", NEW_PASSWORD="short")
        assert pool.answer("NEW_PASSWORD_REQUIRED", session, USERNAME="cid", NEW_PASSWORD=NEW)["AuthenticationResult"]
        with pytest.raises(ClientError, match="Invalid session for the user"):
            pool.answer("NEW_PASSWORD_REQUIRED", session, USERNAME="cid", NEW_PASSWORD=PASSWORD)
        assert pool.begin("cid", NEW)["AuthenticationResult"]


class TestSecondFactor:
    def test_is_set_up_where_the_pool_requires_it(self, strict: Pool) -> None:
        strict.add("ann")
        assert strict.begin("ann")["ChallengeName"] == "MFA_SETUP"
        secret = strict.enrol("ann")
        begun = strict.begin("ann")
        assert begun["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        with pytest.raises(ClientError, match="CodeMismatchException"):
            strict.answer("SOFTWARE_TOKEN_MFA", begun["Session"], USERNAME="ann", SOFTWARE_TOKEN_MFA_CODE=wrong(secret))
        done = strict.answer(
            "SOFTWARE_TOKEN_MFA", begun["Session"], USERNAME="ann", SOFTWARE_TOKEN_MFA_CODE=code(secret)
        )
        assert done["AuthenticationResult"]["AccessToken"]

    def test_is_not_skipped_by_saying_it_was_set_up(self, strict: Pool) -> None:
        strict.add("eve")
        begun = strict.begin("eve")
        with pytest.raises(ClientError, match="Invalid session for the user"):
            strict.answer("MFA_SETUP", begun["Session"], USERNAME="eve")
        associated = strict.users.associate_software_token(Session=begun["Session"])
        with pytest.raises(ClientError, match="Invalid session for the user"):
            strict.answer("MFA_SETUP", associated["Session"], USERNAME="eve")
        with pytest.raises(ClientError, match="Code mismatch"):
            strict.users.verify_software_token(Session=associated["Session"], UserCode=wrong(associated["SecretCode"]))

    def test_follows_a_new_password(self, strict: Pool) -> None:
        strict.add("fay", permanent=False)
        begun = strict.begin("fay")
        after = strict.answer("NEW_PASSWORD_REQUIRED", begun["Session"], USERNAME="fay", NEW_PASSWORD=NEW)
        assert (after["ChallengeName"], "AuthenticationResult" in after) == ("MFA_SETUP", False)

    def test_is_asked_for_on_the_hosted_page(self, strict: Pool) -> None:
        strict.add("guy")
        secret = strict.enrol("guy")
        with pytest.raises(SignInError, match="asks for more: code"):
            sign_in.code_flow(strict.cloud.endpoint, strict.client, "guy", PASSWORD, redirect_uri=CALLBACK)
        assert redeemed(strict, "guy", lambda _: code(secret))
        with pytest.raises(SignInError, match="Incorrect code"):
            redeemed(strict, "guy", lambda _: wrong(secret))

    def test_is_set_up_on_the_hosted_page(self, strict: Pool) -> None:
        strict.add("hal")
        assert redeemed(strict, "hal", lambda page: code(re.findall("<code>(.+)</code>", page)[0]))
        assert strict.begin("hal")["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def wrong(secret: str) -> str:
    return f"{(int(code(secret)) + 500_000) % 10**6:06d}"


def redeemed(pool: Pool, name: str, answer: Any) -> str:
    """The code the hosted page gives a user who answers the second page."""
    page = sign_in.sign_in_page(pool.cloud.endpoint, pool.client, redirect_uri=CALLBACK)
    with httpx.Client(trust_env=False) as browser:
        form = sign_in._Form()
        form.feed(browser.get(page).text)
        first = browser.post(
            f"{pool.cloud.endpoint}/login", data={**form.fields, "username": name, "password": PASSWORD}
        )
        return sign_in._submit(browser, first, {"code": answer(first.text)})
