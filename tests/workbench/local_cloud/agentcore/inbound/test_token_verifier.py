import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.workbench.local_cloud.agentcore.issuer import CLIENT, Issuer, encoded, new_key, public_pem, serving
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.inbound.keys import Issuers
from workbench.local_cloud.agentcore.service import ServiceError

POOL = "us-east-1_AbCdEfGhI"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture(scope="module")
def other_key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture
def issuer(key: rsa.RSAPrivateKey) -> Iterator[Issuer]:
    with serving(Issuer({"first": key})) as running:
        yield running


@pytest.fixture
def verifier(issuer: Issuer) -> Iterator[TokenVerifier]:
    made = TokenVerifier(issuer.url, issuers=Issuers(issuer.url, refresh_seconds=0))
    yield made
    made.close()


def authorizer(issuer: Issuer, **changes: object) -> dict[str, object]:
    return {"discoveryUrl": issuer.discovery_url, "allowedClients": [CLIENT], **changes}


def claim_rule(name: str, operator: str, value: object, *, array: bool = True) -> dict[str, object]:
    member = "matchValueStringList" if isinstance(value, list) else "matchValueString"
    return {
        "inboundTokenClaimName": name,
        "inboundTokenClaimValueType": "STRING_ARRAY" if array else "STRING",
        "authorizingClaimMatchValue": {"claimMatchValue": {member: value}, "claimMatchOperator": operator},
    }


def refused(
    verifier: TokenVerifier, issuer: Issuer, token: str, rules: Mapping[str, object] | None = None
) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        verifier.verify(f"Bearer {token}", rules or authorizer(issuer))
    assert (error.value.code, error.value.status) == ("UnauthorizedException", 401)
    assert error.value.headers["WWW-Authenticate"].startswith('Bearer error="')
    return error.value


class TestAccepts:
    def test_a_token_as_the_authorizer_demands_it(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        token = issuer.token()
        rules = authorizer(
            issuer,
            allowedScopes=["tools/write", "tools/read"],
            customClaims=[
                claim_rule("cognito:groups", "CONTAINS", "admins"),
                claim_rule("cognito:groups", "CONTAINS_ANY", ["others", "staff"]),
                claim_rule("tenant", "EQUALS", "blue", array=False),
            ],
        )
        verified = verifier.verify(f"Bearer {token}", rules)
        assert (verified.subject, verified.raw, verified.claims["client_id"]) == ("user-1", token, CLIENT)

    @pytest.mark.parametrize("audience", ["api", ["other", "api"]])
    def test_one_audience_of_several(self, issuer: Issuer, verifier: TokenVerifier, audience: object) -> None:
        rules = authorizer(issuer, allowedAudience=["api", "api-2"])
        assert verifier.verify(f"Bearer {issuer.token(aud=audience)}", rules).claims["aud"] == audience

    def test_scopes_in_scp(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        token = issuer.token(scope=None, scp=["read", "write"])
        assert verifier.verify(f"bearer {token}", authorizer(issuer, allowedScopes=["write"])).raw == token

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512"])
    def test_the_rsa_family(self, issuer: Issuer, verifier: TokenVerifier, algorithm: str) -> None:
        assert verifier.verify(f"Bearer {issuer.token(algorithm=algorithm)}", authorizer(issuer)).subject == "user-1"

    def test_a_key_that_was_added_later(
        self, issuer: Issuer, verifier: TokenVerifier, other_key: rsa.RSAPrivateKey
    ) -> None:
        verifier.verify(f"Bearer {issuer.token()}", authorizer(issuer))
        issuer.keys = {"second": other_key}
        assert verifier.verify(f"Bearer {issuer.token(kid='second')}", authorizer(issuer)).subject == "user-1"

    def test_tokens_of_a_user_pool_by_the_emulator(self, key: rsa.RSAPrivateKey) -> None:
        host = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
        pool = Issuer({"first": key}, name=host, path=f"/{POOL}/.well-known/openid-configuration")
        with serving(pool) as emulator:
            rules = {"discoveryUrl": f"{host}/.well-known/openid-configuration", "allowedClients": [CLIENT]}
            assert TokenVerifier(emulator.url).verify(f"Bearer {emulator.token()}", rules).claims["iss"] == host

    def test_the_keys_are_read_once(self, issuer: Issuer) -> None:
        verifier = TokenVerifier(issuer.url)
        for _ in range(3):
            verifier.verify(f"Bearer {issuer.token()}", authorizer(issuer))
        assert len(issuer.requested) == 2


class TestRefusesBySignature:
    def test_forged(self, issuer: Issuer, verifier: TokenVerifier, other_key: rsa.RSAPrivateKey) -> None:
        forged = jwt.encode(issuer.claims(), other_key, "RS256", headers={"kid": "first"})
        assert refused(verifier, issuer, forged).message.endswith("signature is not valid")

    def test_changed_claims(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        header, _, signature = issuer.token().split(".")
        changed = f"{header}.{encoded(issuer.claims(sub='admin'))}.{signature}"
        assert refused(verifier, issuer, changed).message.endswith("signature is not valid")

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
    def test_no_signature(self, issuer: Issuer, verifier: TokenVerifier, algorithm: str) -> None:
        header = encoded({"alg": algorithm, "typ": "JWT", "kid": "first"})
        body = encoded(issuer.claims())
        for token in (f"{header}.{body}.", f"{header}.{body}.{issuer.token().split('.')[2]}"):
            assert "algorithm" in refused(verifier, issuer, token).message

    def test_the_public_key_as_shared_secret(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        text = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': 'first'})}.{encoded(issuer.claims())}"
        mac = hmac.new(public_pem(issuer.keys["first"]), text.encode(), hashlib.sha256).digest()
        token = f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert "algorithm" in refused(verifier, issuer, token).message

    def test_a_shared_secret_among_the_published_keys(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        secret = "known-to-everybody" * 3
        published = base64.urlsafe_b64encode(secret.encode()).decode()
        issuer.advertised = [{"kty": "oct", "kid": "shared", "k": published, "alg": "HS256"}]
        token = jwt.encode(issuer.claims(), secret, "HS256", headers={"kid": "shared"})
        assert "algorithm" in refused(verifier, issuer, token).message

    def test_an_unknown_key(self, issuer: Issuer, verifier: TokenVerifier, other_key: rsa.RSAPrivateKey) -> None:
        token = jwt.encode(issuer.claims(), other_key, "RS256", headers={"kid": "third"})
        assert "unknown key" in refused(verifier, issuer, token).message

    def test_no_key_id(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        token = jwt.encode(issuer.claims(), issuer.keys["first"], "RS256")
        assert "unknown key" in refused(verifier, issuer, token).message

    @pytest.mark.parametrize("prefix", ["../../", "file://", "/", "%2e%2e/"])
    def test_a_key_id_that_is_a_path(
        self,
        issuer: Issuer,
        verifier: TokenVerifier,
        other_key: rsa.RSAPrivateKey,
        tmp_path: Path,
        prefix: str,
    ) -> None:
        (tmp_path / "key.pem").write_bytes(public_pem(other_key))
        kid = f"{prefix}{tmp_path}/key.pem"
        token = jwt.encode(issuer.claims(), other_key, "RS256", headers={"kid": kid})
        assert "unknown key" in refused(verifier, issuer, token).message
        assert all(path in (issuer.path, "/jwks") for path in issuer.requested)

    @pytest.mark.parametrize("kid", [["first"], {"first": 1}, 1, None])
    def test_a_key_id_that_is_no_text(self, issuer: Issuer, verifier: TokenVerifier, kid: object) -> None:
        _, body, signature = issuer.token().split(".")
        token = f"{encoded({'alg': 'RS256', 'kid': kid})}.{body}.{signature}"
        assert "OAuth authorization failed" in refused(verifier, issuer, token).message

    def test_a_key_brought_along(self, issuer: Issuer, verifier: TokenVerifier, other_key: rsa.RSAPrivateKey) -> None:
        with serving(Issuer({"evil": other_key})) as evil:
            own = {
                "kid": "evil",
                "jku": f"{evil.url}/jwks",
                "jwk": jwt.algorithms.RSAAlgorithm.to_jwk(other_key.public_key(), as_dict=True),
            }
            token = jwt.encode(issuer.claims(), other_key, "RS256", headers=own)
            assert "unknown key" in refused(verifier, issuer, token).message
            assert evil.requested == []

    def test_a_key_not_meant_for_signatures(
        self, issuer: Issuer, verifier: TokenVerifier, other_key: rsa.RSAPrivateKey
    ) -> None:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(other_key.public_key(), as_dict=True)
        issuer.advertised = [{**jwk, "kid": "sealing", "use": "enc"}]
        token = jwt.encode(issuer.claims(), other_key, "RS256", headers={"kid": "sealing"})
        assert "unknown key" in refused(verifier, issuer, token).message

    @pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
    def test_a_short_key(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)
        issuer.advertised = [{**jwk, "kid": "weak", "use": "sig"}]
        token = jwt.encode(issuer.claims(), weak, "RS256", headers={"kid": "weak"})
        assert "unknown key" in refused(verifier, issuer, token).message

    def test_another_algorithm_than_the_key_is_for(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        key = issuer.keys.pop("first")
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        issuer.advertised = [{**jwk, "kid": "first", "use": "sig", "alg": "RS512"}]
        token = jwt.encode(issuer.claims(), key, "RS256", headers={"kid": "first"})
        assert "algorithm" in refused(verifier, issuer, token).message

    @pytest.mark.parametrize("token", ["x", "a.b", "a.b.c", "....", "not a token", "é.é.é"])
    def test_what_is_no_token(self, issuer: Issuer, verifier: TokenVerifier, token: str) -> None:
        assert refused(verifier, issuer, token).message == "OAuth authorization failed: Failed to parse token"


class TestRefusesByClaims:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"exp": int(time.time()) - 1}, "Token has expired"),
            ({"exp": None}, "Claim 'exp' value mismatch"),
            # Far ahead: the value is made when tests are collected, minutes before.
            ({"nbf": int(time.time()) + 86_400}, "not valid yet"),
            ({"iss": "https://elsewhere.example.com"}, "Claim 'iss' value mismatch"),
            ({"iss": None}, "Claim 'iss' value mismatch"),
            ({"client_id": "client-2"}, "Claim 'client_id' value mismatch"),
            ({"client_id": None}, "Claim 'client_id' value mismatch"),
            ({"client_id": None, "aud": CLIENT, "token_use": "id"}, "Claim 'client_id' value mismatch"),
        ],
    )
    def test_claims(self, issuer: Issuer, verifier: TokenVerifier, changes: Mapping[str, object], message: str) -> None:
        assert message in refused(verifier, issuer, issuer.signed(changes)).message

    @pytest.mark.parametrize("iss", [lambda url: url + "/", lambda url: url.upper(), lambda url: [url]])
    def test_almost_the_issuer(self, issuer: Issuer, verifier: TokenVerifier, iss: Callable[[str], object]) -> None:
        # The library refuses a list by itself, and would read no further.
        claims = issuer.claims(iss=iss(issuer.url))
        text = f"{encoded({'alg': 'RS256', 'kid': 'first'})}.{encoded(claims)}"
        signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(
            text.encode(), issuer.keys["first"]
        )
        token = f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        assert "OAuth authorization failed" in refused(verifier, issuer, token).message

    @pytest.mark.parametrize(
        "changes", [{"scope": "openid"}, {"scope": None}, {"scope": "xtools/read"}, {"scope": "TOOLS/READ"}]
    )
    def test_missing_scope(self, issuer: Issuer, verifier: TokenVerifier, changes: Mapping[str, object]) -> None:
        error = refused(
            verifier, issuer, issuer.signed(changes), authorizer(issuer, allowedScopes=["tools/read", "tools/write"])
        )
        assert "Claim 'scope'" in error.message
        assert error.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="tools/read tools/write"'

    @pytest.mark.parametrize("changes", [{}, {"aud": "other"}, {"aud": ["other"]}, {"aud": ""}])
    def test_audience(self, issuer: Issuer, verifier: TokenVerifier, changes: Mapping[str, object]) -> None:
        error = refused(verifier, issuer, issuer.signed(changes), authorizer(issuer, allowedAudience=["api"]))
        assert "Claim 'aud'" in error.message

    @pytest.mark.parametrize(
        ("rule", "changes"),
        [
            (claim_rule("cognito:groups", "CONTAINS", "owners"), {}),
            (claim_rule("cognito:groups", "CONTAINS", "admins"), {"cognito:groups": None}),
            # A text that contains the wanted one is no list that contains it.
            (claim_rule("cognito:groups", "CONTAINS", "admins"), {"cognito:groups": "admins"}),
            (claim_rule("cognito:groups", "CONTAINS", "admins"), {"cognito:groups": "not-admins"}),
            (claim_rule("cognito:groups", "CONTAINS_ANY", ["owners", "guests"]), {}),
            (claim_rule("tenant", "EQUALS", "green", array=False), {}),
            (claim_rule("tenant", "EQUALS", "blue", array=False), {"tenant": None}),
            (claim_rule("tenant", "EQUALS", "blue", array=False), {"tenant": ["blue"]}),
            # No such combination in the service's reference: nothing passes it.
            (claim_rule("tenant", "CONTAINS", "blue", array=False), {}),
        ],
    )
    def test_custom_claim(
        self, issuer: Issuer, verifier: TokenVerifier, rule: Mapping[str, object], changes: Mapping[str, object]
    ) -> None:
        error = refused(verifier, issuer, issuer.signed(changes), authorizer(issuer, customClaims=[rule]))
        assert f"Claim '{rule['inboundTokenClaimName']}'" in error.message

    def test_every_custom_claim_counts(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        rules = [claim_rule("tenant", "EQUALS", "blue", array=False), claim_rule("cognito:groups", "CONTAINS", "no")]
        assert refused(verifier, issuer, issuer.token(), authorizer(issuer, customClaims=rules))

    def test_the_answer_repeats_nothing_of_the_token(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        error = refused(verifier, issuer, issuer.token(client_id="someone-elses"))
        assert "someone-elses" not in json.dumps([error.message, error.headers])


class TestRefusesByHeader:
    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "token"])
    def test_no_token(self, issuer: Issuer, verifier: TokenVerifier, header: str | None) -> None:
        metadata = "http://127.0.0.1/oauth-protected-resource"
        with pytest.raises(ServiceError) as error:
            verifier.verify(header, authorizer(issuer), resource_metadata=metadata)
        assert (error.value.status, error.value.message) == (401, "Missing Authentication Token")
        assert error.value.headers["WWW-Authenticate"] == f'Bearer resource_metadata="{metadata}"'

    def test_the_advertised_scope_is_the_mapped_one(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        rules = authorizer(issuer, allowedScopes=["read"], advertisedScopeMapping={"read": "api://tools/read"})
        error = refused(verifier, issuer, issuer.token(), rules)
        assert 'scope="api://tools/read"' in error.headers["WWW-Authenticate"]


class TestIssuer:
    def test_a_failing_issuer_lets_nobody_in(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        rules = authorizer(issuer, discoveryUrl=f"{issuer.url}/nothing/.well-known/openid-configuration")
        with pytest.raises(ServiceError, match="/nothing/") as error:
            verifier.verify(f"Bearer {issuer.token()}", rules)
        assert error.value.status == 500

    def test_an_issuer_without_a_name(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        token = issuer.token(iss="")
        issuer.name = " "
        assert "Claim 'iss'" in refused(verifier, issuer, token).message

    @pytest.mark.parametrize(
        ("url", "path"),
        [
            (f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}/x", f"/{POOL}/x"),
            ("https://acme-users.auth.us-east-1.amazoncognito.com/oauth2/token", "/oauth2/token"),
        ],
    )
    def test_addresses_of_cognito_are_the_emulators(self, url: str, path: str) -> None:
        assert Issuers("http://127.0.0.1:4566").local_url(url) == f"http://127.0.0.1:4566{path}"

    @pytest.mark.parametrize(
        "url",
        [
            "https://login.example.com/oauth2/token",
            "https://cognito-idp.us-east-1.amazonaws.com.evil.example/x",
            "https://evil.example/cognito-idp.us-east-1.amazonaws.com",
            "https://auth.us-east-1.amazoncognito.com.evil.example/oauth2/token",
        ],
    )
    def test_other_addresses_stay(self, url: str) -> None:
        assert Issuers("http://127.0.0.1:4566").local_url(url) == url

    def test_unknown_keys_do_not_cause_a_request_each(self, issuer: Issuer, other_key: rsa.RSAPrivateKey) -> None:
        verifier = TokenVerifier(issuer.url)
        for number in range(5):
            token = jwt.encode(issuer.claims(), other_key, "RS256", headers={"kid": f"key-{number}"})
            refused(verifier, issuer, token)
        assert len(issuer.requested) == 2

    def test_what_is_not_simulated_is_not_passed_over(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        rules = authorizer(issuer, allowedWorkloadConfiguration={"workloadIdentities": ["other"]})
        with pytest.raises(ServiceError, match="allowedWorkloadConfiguration") as error:
            verifier.verify(f"Bearer {issuer.token()}", rules)
        assert error.value.status == 501
