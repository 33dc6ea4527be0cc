"""The client's side of Secure Remote Password as Amazon Cognito has it (`USER_SRP_AUTH`), for tests.

The protocol is RFC 5054's with the 3072-bit group of RFC 3526 and an HKDF: https://www.rfc-editor.org/rfc/rfc5054
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D"
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
_GENERATOR = 2


def _bytes(number: int) -> bytes:
    """A number with a leading zero byte where its highest bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


def sign_in(client: Any, client_id: str, pool_id: str, username: str, password: str) -> Mapping[str, Any]:
    """The answer of the challenge, by a client of the user pools API."""
    secret = secrets.randbelow(_PRIME)
    public = pow(_GENERATOR, secret, _PRIME)
    started = client.initiate_auth(
        AuthFlow="USER_SRP_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": username, "SRP_A": f"{public:x}"},
    )
    given = started["ChallengeParameters"]
    theirs, salt = int(given["SRP_B"], 16), int(given["SALT"], 16)
    user = given["USER_ID_FOR_SRP"]
    pool = pool_id.split("_")[1]
    identity = hashlib.sha256(f"{pool}{user}:{password}".encode()).digest()
    exponent = _number(_bytes(salt), identity)
    multiplier = _number(_bytes(_PRIME), _bytes(_GENERATOR))
    scramble = _number(_bytes(public), _bytes(theirs))
    shared = pow(theirs - multiplier * pow(_GENERATOR, exponent, _PRIME), secret + scramble * exponent, _PRIME)
    extracted = hmac.new(_bytes(scramble), _bytes(shared), hashlib.sha256).digest()
    key = hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
    moment = time.gmtime()
    stamp = f"{time.strftime('%a %b', moment)} {moment.tm_mday} {time.strftime('%H:%M:%S UTC %Y', moment)}"
    block = base64.b64decode(given["SECRET_BLOCK"])
    proof = hmac.new(key, pool.encode() + user.encode() + block + stamp.encode(), hashlib.sha256).digest()
    answer: Mapping[str, Any] = client.respond_to_auth_challenge(
        ClientId=client_id,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses={
            "USERNAME": user,
            "TIMESTAMP": stamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": given["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(proof).decode(),
        },
    )
    return answer
