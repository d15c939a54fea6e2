"""The tutorial on Instant Connect's links, as its readers do it; and what is in them, opened with jwcrypto.

    tutorial_links.py SIMULATOR PORTAL

SIMULATOR is the address of a running simulator, PORTAL the program `guest-portal`.
"""

import itertools
import json
import pathlib
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import jwcrypto.jwa
import requests
from jwcrypto import jwe, jwk, jws
from jwcrypto.common import base64url_encode

AUDIENCE = "a4d886b0-979f-4e2c-a958-3e8c14605e51"
SUBJECT = "Test meeting."
KEY_ALGORITHMS = ["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"]
CONTENT_ALGORITHMS = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"]
SIGNATURE_ALGORITHMS = ["HS256", "HS384", "HS512"]

# The library refuses more than 16384; Webex uses up to 32767.
jwcrypto.jwa.default_max_pbkdf2_iterations = 32767


class Cloud:
    """One cloud's broker, with its bot's token."""

    def __init__(self, broker, token, organisation):
        self.broker = broker
        self.token = token
        self.organisation = organisation

    def ask(self, body, version="v2"):
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.post(f"{self.broker}/api/{version}/joseencrypt", headers=headers, json=body, timeout=60)

    def mint(self, version="v2", claims=None, **more):
        answer = self.ask({"aud": AUDIENCE, "jwt": {"sub": SUBJECT, **(claims or {})}, **more}, version)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()


class Secrets:
    """What only the broker has."""

    def __init__(self, password, secret):
        self.password = jwk.JWK(kty="oct", k=base64url_encode(password))
        self.secret = jwk.JWK(kty="oct", k=base64url_encode(secret))

    def open(self, cipher):
        """Decrypts, verifies, and answers the outer header, the inner one and the claims."""
        outer = jwe.JWE(algs=KEY_ALGORITHMS + CONTENT_ALGORITHMS)
        outer.deserialize(cipher, key=self.password)
        inner = jws.JWS()
        inner.allowed_algs = SIGNATURE_ALGORITHMS
        inner.deserialize(outer.payload.decode(), key=self.secret)
        header = json.loads(outer.objects["protected"])
        return header, json.loads(inner.objects["protected"]), json.loads(inner.payload)


def the_published_vector_opens(vector):
    secrets = Secrets(vector["jwe_password"], vector["jws_secret"])
    header, inner, claims = secrets.open(vector["jwe"])
    assert list(header.items()) == list(vector["outer_header"].items()), header
    assert (inner, claims) == (vector["inner_header"], vector["claims"])


def the_script_prints_two_links_that_open(cloud):
    until = int(time.time()) + 7200
    data = cloud.mint(claims={"exp": until}, provideShortUrls=True, verticalType="gen", loginUrlForHost=False)
    assert set(data) == {"host", "guest", "baseUrl"} and data["baseUrl"].endswith("/"), data.keys()
    for role in ("host", "guest"):
        assert len(data[role]) == 1 and set(data[role][0]) == {"cipher", "short"}
        page = requests.get(data["baseUrl"] + data[role][0]["short"], timeout=30)
        assert page.status_code == 200 and 'data-vertical="gen"' in page.text and 'data-login="skipped"' in page.text
        for path, login in (("talk", "skipped"), ("login", "offered" if role == "host" else "skipped")):
            query = {"int": "jose", "v": 1, "data": data[role][0]["cipher"]}
            page = requests.get(f"{cloud.broker}/gen/v1/{path}", params=query, timeout=30)
            assert page.status_code == 200 and f'data-login="{login}"' in page.text


def a_cipher_says_what_it_should(cloud, secrets):
    asked_at = int(time.time())
    data = cloud.mint(claims={"nbf": asked_at - 60, "exp": asked_at + 7200})
    assert set(data) == {"host", "guest"} and set(data["host"][0]) == {"cipher"}
    for role in ("host", "guest"):
        cipher = data[role][0]["cipher"]
        assert cipher.startswith("eyJwMnMiOi") and cipher.count(".") == 4
        header, inner, claims = secrets.open(cipher)
        assert list(header) == ["p2s", "p2c", "aud", "iss", "cty", "enc", "alg"]
        assert (header["alg"], header["enc"], inner["alg"]) == ("PBES2-HS512+A256KW", "A256GCM", "HS512")
        assert 1000 <= header["p2c"] <= 32767
        assert (claims["sub"], claims["aud"], claims["iss"]) == (SUBJECT, AUDIENCE, cloud.organisation)
        assert header["iss"] == claims["iss"] and header["aud"] == claims["aud"]
        assert (claims["nbf"], claims["exp"], claims["isHost"]) == (asked_at - 60, asked_at + 7200, role == "host")


def every_combination_of_algorithms_opens(cloud, secrets):
    for alg, enc, sig in itertools.product(KEY_ALGORITHMS, CONTENT_ALGORITHMS, SIGNATURE_ALGORITHMS):
        data = cloud.mint(numHost=0, numGuest=1, jweAlg=alg, enc=enc, jwsAlg=sig, saltLength=8, iterations=1000)
        header, inner, claims = secrets.open(data["guest"][0]["cipher"])
        assert (header["alg"], header["enc"], header["p2c"], inner["alg"]) == (alg, enc, 1000, sig)
        assert (claims["sub"], claims["aud"], claims["iss"]) == (SUBJECT, AUDIENCE, cloud.organisation)
        assert claims["isHost"] is False


def capital_letters_leave_fifteen_minutes(cloud, secrets):
    asked_at = int(time.time())
    data = cloud.mint(claims={"Nbf": asked_at * 1000, "Exp": (asked_at + 86400) * 1000})
    _, _, claims = secrets.open(data["guest"][0]["cipher"])
    assert asked_at + 895 <= claims["exp"] <= asked_at + 960 and "nbf" not in claims, claims


def what_is_wrong_is_refused(cloud, other):
    too_many = {"aud": AUDIENCE, "jwt": {"sub": SUBJECT}, "numHost": 20, "numGuest": 6}
    for body in ({}, {"aud": "somebody", "jwt": {"sub": SUBJECT}}, {"aud": AUDIENCE, "jwt": {}}, too_many):
        assert cloud.ask(body).status_code == 400, body
    good = {"aud": AUDIENCE, "jwt": {"sub": SUBJECT}}
    assert Cloud(cloud.broker, other.token, "").ask(good).status_code == 401, "a token of the other cloud"
    cipher = cloud.mint()["guest"][0]["cipher"]
    changed = cipher[:-8] + ("A" * 8 if cipher[-8:] != "A" * 8 else "B" * 8)
    page = requests.get(f"{cloud.broker}/gen/v1/talk", params={"int": "jose", "data": changed}, timeout=30)
    assert page.status_code == 400


def the_first_version_answers_ciphers_only(cloud, secrets):
    data = cloud.mint("v1", numGuest=2)
    assert len(data["host"]) == 1 and len(data["guest"]) == 2 and "baseUrl" not in data
    assert secrets.open(data["host"][0])[2]["isHost"] is True


def the_portal_prints_such_links(simulator, portal, secrets, forms):
    command = [portal, "meeting", "links", f"--sandbox={simulator}", "--subject", SUBJECT, "--guests", "2", "--json", *forms]
    links = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    assert (len(links["hosts"]), len(links["guests"])) == (1, 2), links.keys()
    for role in ("hosts", "guests"):
        for link in links[role]:
            assert requests.get(link, timeout=30).status_code == 200
            if "--long" in forms:
                _, _, claims = secrets.open(parse_qs(urlsplit(link).query)["data"][0])
                assert (claims["sub"], claims["isHost"]) == (SUBJECT, role == "hosts")
                assert claims["exp"] - claims["iat"] > 900


def main():
    simulator, portal = sys.argv[1].rstrip("/"), sys.argv[2]
    credentials = requests.get(f"{simulator}/sandbox/credentials.json", timeout=30).json()
    broker, gov = credentials["broker"], credentials["government"]
    secrets = Secrets(broker["jwe_password"], broker["jws_secret"])
    commercial = Cloud(broker["base"], credentials["bot"]["access_token"], credentials["organisation"]["uuid"])
    government = Cloud(gov["broker_base"], gov["bot"]["access_token"], gov["organisation"]["uuid"])
    the_published_vector_opens(json.loads(pathlib.Path(__file__).with_name("vector.json").read_text()))
    for cloud, other in ((commercial, government), (government, commercial)):
        the_script_prints_two_links_that_open(cloud)
        a_cipher_says_what_it_should(cloud, secrets)
        what_is_wrong_is_refused(cloud, other)
    every_combination_of_algorithms_opens(commercial, secrets)
    capital_letters_leave_fifteen_minutes(commercial, secrets)
    the_first_version_answers_ciphers_only(commercial, secrets)
    the_portal_prints_such_links(simulator, portal, secrets, [])
    the_portal_prints_such_links(simulator, portal, secrets, ["--long"])
    print("links: requests and jwcrypto: good")


if __name__ == "__main__":
    main()
