"""The same links opened with joserfc, a library that shares no code with jwcrypto, and checks headers more strictly.

    links_joserfc.py SIMULATOR

SIMULATOR is the address of a running simulator.
"""

import itertools
import json
import pathlib
import sys
import time

import joserfc
import requests
from joserfc import jwe, jwt
from joserfc.errors import DecodeError, ExpiredTokenError, InvalidClaimError, UnsupportedHeaderError
from joserfc.jwk import OctKey
from joserfc.registry import HeaderParameter

from tutorial_links import AUDIENCE, CONTENT_ALGORITHMS, KEY_ALGORITHMS, SIGNATURE_ALGORITHMS, SUBJECT, Cloud

# What the broker puts into its outer header beyond RFC 7516. The library refuses members it has not been told of.
MORE_IN_THE_HEADER = {
    "iss": HeaderParameter("Issuer", "str", required=True),
    "aud": HeaderParameter("Audience", "str", required=True),
}


class Secrets:
    """What only the broker has."""

    def __init__(self, password, secret):
        self.password = OctKey.import_key(password)
        self.secret = OctKey.import_key(secret)

    def open(self, cipher, alg, enc, sig):
        """Decrypts and verifies with these algorithms and no others; answers the outer header, the inner one and the claims."""
        # Passwords are among what the library does not recommend: they have to be allowed by name.
        registry = jwe.JWERegistry(header_registry=MORE_IN_THE_HEADER, algorithms=[alg, enc])
        outer = jwe.decrypt_compact(cipher, self.password, registry=registry)
        inner = jwt.decode(outer.plaintext, self.secret, algorithms=[sig])
        return outer.protected, inner.header, inner.claims


def expected(issuer, now=None):
    """What the claims have to say; the library looks at `exp`, `nbf` and `iat` by itself."""
    return jwt.JWTClaimsRegistry(
        now=now,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True, "value": SUBJECT},
        exp={"essential": True},
    )


def refused_with(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error.__name__} was expected")


def the_published_vector_opens(vector):
    secrets = Secrets(vector["jwe_password"], vector["jws_secret"])
    algorithms = vector["outer_header"]["alg"], vector["outer_header"]["enc"], vector["inner_header"]["alg"]
    header, inner, claims = secrets.open(vector["jwe"], *algorithms)
    assert list(header.items()) == list(vector["outer_header"].items()), header
    assert (inner, claims) == (vector["inner_header"], vector["claims"])
    refused_with(DecodeError, lambda: Secrets("another-password-as-long", vector["jws_secret"]).open(vector["jwe"], *algorithms))
    issuer = vector["claims"]["iss"]
    jwt.JWTClaimsRegistry(now=1700000100, iss={"value": issuer}).validate(claims)
    refused_with(ExpiredTokenError, lambda: jwt.JWTClaimsRegistry(iss={"value": issuer}).validate(claims))
    refused_with(InvalidClaimError, lambda: jwt.JWTClaimsRegistry(now=1700000100, iss={"value": AUDIENCE}).validate(claims))
    plain = jwe.JWERegistry(algorithms=list(algorithms[:2]))
    refused_with(UnsupportedHeaderError, lambda: jwe.decrypt_compact(vector["jwe"], secrets.password, registry=plain))


def a_link_opens(cloud, secrets, alg, enc, sig, **more):
    asked_at = int(time.time())
    until = asked_at + 7200
    data = cloud.mint(claims={"exp": until}, jweAlg=alg, enc=enc, jwsAlg=sig, **more)
    for role in ("host", "guest"):
        assert len(data[role]) == 1, data
        cipher = data[role][0]["cipher"]
        header, inner, claims = secrets.open(cipher, alg, enc, sig)
        # The order is Webex's own: its links begin alike.
        assert list(header) == ["p2s", "p2c", "aud", "iss", "cty", "enc", "alg"], header
        assert (header["alg"], header["enc"], header["cty"]) == (alg, enc, "JWT"), header
        assert (header["aud"], header["iss"]) == (AUDIENCE, cloud.organisation), header
        if "iterations" in more:
            assert header["p2c"] == more["iterations"], header
        assert inner == {"typ": "JWT", "alg": sig}, inner
        expected(cloud.organisation).validate(claims)
        assert (claims["exp"], claims["isHost"]) == (until, role == "host"), claims
        assert asked_at - 60 <= claims["iat"] <= time.time() + 60, claims


def every_combination_of_algorithms_opens(cloud, secrets):
    combinations = list(itertools.product(KEY_ALGORITHMS, CONTENT_ALGORITHMS, SIGNATURE_ALGORITHMS))
    assert len(combinations) == 54
    for alg, enc, sig in combinations:
        a_link_opens(cloud, secrets, alg, enc, sig, saltLength=8, iterations=1000)
    return len(combinations)


def main():
    simulator = sys.argv[1].rstrip("/")
    credentials = requests.get(f"{simulator}/sandbox/credentials.json", timeout=30).json()
    broker, gov = credentials["broker"], credentials["government"]
    secrets = Secrets(broker["jwe_password"], broker["jws_secret"])
    commercial = Cloud(broker["base"], credentials["bot"]["access_token"], credentials["organisation"]["uuid"])
    government = Cloud(gov["broker_base"], gov["bot"]["access_token"], gov["organisation"]["uuid"])
    the_published_vector_opens(json.loads(pathlib.Path(__file__).with_name("vector.json").read_text()))
    strongest = KEY_ALGORITHMS[-1], CONTENT_ALGORITHMS[-1], SIGNATURE_ALGORITHMS[-1]
    a_link_opens(commercial, secrets, *strongest, saltLength=128, iterations=32767)
    a_link_opens(government, secrets, *strongest)
    count = every_combination_of_algorithms_opens(commercial, secrets)
    print(f"links: joserfc {joserfc.__version__}: {count} combinations of algorithms: good")


if __name__ == "__main__":
    main()
