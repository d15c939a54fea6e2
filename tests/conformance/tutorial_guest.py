"""The tutorial on guests, as its readers do it: sign with PyJWT, exchange the token, read and write.

    tutorial_guest.py SIMULATOR PORTAL

SIMULATOR is the address of a running simulator, PORTAL the program `guest-portal`.
"""

import base64
import json
import subprocess
import sys
import time

import jwt
import requests

HEADER = {"typ": "JWT", "alg": "HS256"}
SUBJECT = "guest-user-001"
NAME = "VIP"


class Webex:
    """Webex's REST API with one token."""

    def __init__(self, base, token):
        self.base = base
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path, **query):
        return self.read(self.session.get(f"{self.base}/{path}", params=query, timeout=30))

    def post(self, path, **body):
        return self.read(self.session.post(f"{self.base}/{path}", json=body, timeout=30))

    @staticmethod
    def read(answer):
        assert answer.status_code == 200, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
        return answer.json()


def sign(issuer, expires_at=None, key=None, **more):
    claims = {"sub": SUBJECT, "name": NAME, "iss": issuer["issuer_id"], "exp": expires_at or int(time.time()) + 3600, **more}
    return jwt.encode(claims, key or base64.b64decode(issuer["secret"]), algorithm="HS256", headers=HEADER)


def log_in(base, token, scheme="Bearer "):
    return requests.post(f"{base}/jwt/login", headers={"Authorization": scheme + token}, timeout=30)


def exchange(base, token):
    answer = log_in(base, token)
    assert answer.status_code == 200, answer.text
    login = answer.json()
    assert set(login) == {"token", "expiresIn"}, login.keys()
    assert isinstance(login["expiresIn"], int) and login["expiresIn"] > 3600
    return Webex(base, login["token"])


def the_token_says_what_webex_documents(issuer):
    token = sign(issuer)
    assert jwt.get_unverified_header(token) == HEADER
    claims = jwt.decode(token, options={"verify_signature": False})
    assert list(claims) == ["sub", "name", "iss", "exp"]


def a_guest_reads_and_writes(base, issuer, grace):
    guest = exchange(base, sign(issuer))
    me = guest.get("people/me")
    assert (me["displayName"], me["type"]) == (NAME, "appuser"), me

    rooms = guest.get("rooms", type="direct")["items"]
    titles = [room["title"] for room in rooms]
    assert titles == [grace["display_name"]], titles
    room = rooms[0]["id"]

    before = guest.get("messages", roomId=room)["items"]
    assert len(before) >= 2, before
    assert before == sorted(before, key=lambda message: message["created"], reverse=True)

    text = f"Is anybody there? {time.time_ns()}"
    sent = guest.post("messages", roomId=room, text=text)
    assert (sent["roomId"], sent["roomType"], sent["personId"], sent["text"]) == (room, "direct", me["id"], text)
    assert guest.get("messages", roomId=room)["items"][0]["id"] == sent["id"]

    staff = Webex(base, grace["access_token"])
    heard = staff.get("messages/direct", personId=me["id"])["items"][0]
    assert (heard["id"], heard["text"]) == (sent["id"], text)
    answered = staff.post("messages", toPersonId=me["id"], text="I am.")
    assert guest.get("messages", roomId=room, max=1)["items"][0]["id"] == answered["id"]
    return me["id"]


def a_bare_token_does_as_well(base, issuer):
    assert log_in(base, sign(issuer), scheme="").status_code == 200


def the_usual_mistakes_are_refused(base, issuer):
    mistakes = {
        "the secret was not decoded": sign(issuer, key=issuer["secret"].encode()),
        "the token has expired": sign(issuer, expires_at=int(time.time()) - 60),
        "the issuer is somebody else": sign(issuer, iss="Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA"),
        "the token was changed": sign(issuer)[:-4] + "AAAA",
    }
    for mistake, token in mistakes.items():
        answer = log_in(base, token)
        assert answer.status_code in (400, 401, 404), f"{mistake}: {answer.status_code}"
        assert answer.json()["message"] and answer.json()["trackingId"], mistake


def the_portal_signs_the_same(simulator, base, issuer, portal, person_id):
    command = [portal, "guest", "jwt", f"--sandbox={simulator}", "--site", "tutorial", "--name", NAME, "--subject", SUBJECT, "--json"]
    token = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)["jwt"]
    assert jwt.get_unverified_header(token) == HEADER
    key = base64.b64decode(issuer["secret"])
    claims = jwt.decode(token, key, algorithms=["HS256"], issuer=issuer["issuer_id"], options={"require": ["sub", "exp", "iss"]})
    assert list(claims) == ["sub", "name", "iss", "exp"], claims
    assert (claims["sub"], claims["name"]) == (SUBJECT, NAME)
    assert isinstance(claims["exp"], int) and time.time() < claims["exp"] < time.time() + 86400
    assert exchange(base, token).get("people/me")["id"] == person_id


def main():
    simulator, portal = sys.argv[1].rstrip("/"), sys.argv[2]
    credentials = requests.get(f"{simulator}/sandbox/credentials.json", timeout=30).json()
    base, issuer = credentials["api_base"], credentials["guest_issuer"]
    grace = credentials["staff"][0]
    the_token_says_what_webex_documents(issuer)
    person_id = a_guest_reads_and_writes(base, issuer, grace)
    a_bare_token_does_as_well(base, issuer)
    the_usual_mistakes_are_refused(base, issuer)
    the_portal_signs_the_same(simulator, base, issuer, portal, person_id)
    print(f"guests: PyJWT {jwt.__version__} and requests {requests.__version__}: good")


if __name__ == "__main__":
    main()
