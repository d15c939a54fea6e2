"""A portal with a simulated Webex, started for checks from outside, and what its guests, its staff and other programs do with it.

PORTAL names the program `guest-portal`.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import uuid

import requests

PATIENCE_SECS = 30
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4H0z"/></svg>'

SITES = """
[server]
listen = "127.0.0.1:{port}"
public_url = "{public_url}"
data_dir = "{folder}/portal"
{server}
[log]
level = "warn"

[webex]
sandbox_listen = "127.0.0.1:{simulator_port}"
feed = "{feed}"
[webex.service_app]
[webex.bot]

[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.theme]
logo = "{folder}/logo.svg"
[site.words.en]
start_chat = "Talk to us"

[[site]]
id = "shop"
name = "Acme shop"
staff = ["maria@sandbox.example"]
allowed_origins = ["https://www.example.com"]
destinations = ["maria@sandbox.example"]

[site.identity]
mode = "optional"
algorithm = "HS256"
[[site.identity.key]]
id = "one"
secret_file = "{folder}/identity-secret"

[[connection]]
id = "gov"
cloud = "government"
[connection.bot]

[[site]]
id = "gov"
name = "City services"
connection = "gov"
conversation = "none"
staff = ["hedy@gov.sandbox.example"]
[site.meetings]
topics = ["Permits", "Taxes"]
"""


def environment():
    """No setting of the surroundings reaches the portal. Nor does a limit: whatever is over one is answered 429, which shows
    nothing of what would be answered."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GUEST_PORTAL_")}
    return {**outside, "GUEST_PORTAL_LIMITS_PROFILE": "bench"}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(what, look):
    """Looks again and again until there is something."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_SECS:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE_SECS} s for {what}")


class Guest:
    """A browser that is signed in, as a page's requests have it."""

    def __init__(self, url, site="demo", name="Ada Lovelace"):
        self.url, self.site = url, site
        self.http = requests.Session()
        self.http.headers.update({"X-Gp": site, "Sec-Fetch-Site": "same-origin"})
        answer = self.http.post(f"{url}/api/session", json={"display_name": name}, timeout=PATIENCE_SECS)
        assert answer.status_code == 201, f"{answer.status_code} {answer.text}"
        # The cookies are `Secure`, which this client does not send by plain HTTP, while browsers do on loopback.
        self.cookies = {cookie.name: cookie.value for cookie in self.http.cookies}
        self.http.cookies.clear()
        self.http.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.room_id = self.get("/api/rooms")["items"][0]["id"]

    def ask(self, method, path, **more):
        return self.http.request(method, self.url + path, timeout=PATIENCE_SECS, **more)

    def get(self, path):
        answer = self.ask("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def messages(self):
        return self.get(f"/api/rooms/{self.room_id}/messages")["items"]

    def send(self, text, file=None):
        """Sends a message; answers its id in Webex once it is there."""
        message = {"client_message_id": str(uuid.uuid4()), "text": text}
        if file is None:
            answer = self.ask("POST", f"/api/rooms/{self.room_id}/messages", json=message)
        else:
            parts = [("message", (None, json.dumps(message), "application/json")), ("file", file)]
            answer = self.ask("POST", f"/api/rooms/{self.room_id}/messages", files=parts)
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
        is_it = lambda item: item.get("client_message_id") == message["client_message_id"]  # noqa: E731
        return until("the message in Webex", lambda: next((item["id"] for item in self.messages() if is_it(item)), None))


class Portal:
    """One that runs, in a folder of its own."""

    def __init__(self, folder, port, simulator_port):
        self.folder, self.config = pathlib.Path(folder), pathlib.Path(folder) / "guest-portal.toml"
        self.port, self.simulator_port = port, simulator_port
        self.url, self.simulator = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{simulator_port}"
        self.secret = (self.folder / "identity-secret").read_bytes()
        self.credentials = requests.get(f"{self.simulator}/sandbox/credentials.json", timeout=PATIENCE_SECS).json()

    @classmethod
    @contextlib.contextmanager
    def started(cls, public_url=None, feed="auto", server="", apart=False):
        """`apart` has the simulator in a process of its own, so that the portal's weighs nothing but the portal."""
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as beside:
            port, simulator_port = free_port(), free_port()
            path = pathlib.Path(folder)
            (path / "logo.svg").write_text(LOGO)
            secret = path / "identity-secret"
            secret.touch(0o600)
            secret.write_bytes(base64.b64encode(os.urandom(32)))
            # Behind TLS there is a proxy, which has to be named.
            server = f'trusted_proxies = ["127.0.0.1"]\n{server}' if public_url else server
            values = {"port": port, "simulator_port": simulator_port, "folder": folder, "feed": feed, "server": server}
            (path / "guest-portal.toml").write_text(SITES.format(public_url=public_url or f"http://127.0.0.1:{port}", **values))
            where = ""
            if apart:
                alone = [os.environ["PORTAL"], "sandbox", f"--listen=127.0.0.1:{simulator_port}"]
                simulator = subprocess.Popen(alone, env=environment(), stdout=subprocess.PIPE, text=True)
                beside.callback(simulator.wait)
                beside.callback(simulator.terminate)
                assert "listens" in simulator.stdout.readline(), "the simulator did not start"
                where = f"=http://127.0.0.1:{simulator_port}"
            words = [os.environ["PORTAL"], "serve", f"--sandbox{where}", f"--config={folder}/guest-portal.toml"]
            process = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, text=True)
            try:
                line = process.stdout.readline()
                assert line == "The portal is ready.\n", f"the portal did not start: {line}"
                portal = cls(folder, port, simulator_port)
                is_whole = requests.get(f"{portal.url}/", timeout=PATIENCE_SECS).status_code == 200
                assert is_whole, "this program was built without its page; `./x run` builds both"
                # The simulator makes people wait for links as long as Webex might.
                portal.control("PUT", "instant-connect", {"latency_ms": 0})
                yield portal
                assert process.poll() is None, "the portal has ended by itself"
            finally:
                process.terminate()
                process.wait()

    def control(self, method, path, body):
        requests.request(method, f"{self.simulator}/sandbox/{path}", json=body, timeout=PATIENCE_SECS).raise_for_status()

    def key(self):
        """A program's key for everything."""
        words = ["key", "make", "--site", "demo", "--name", f"check-{uuid.uuid4().hex[:8]}", "--scope", "meetings,visits"]
        words = [os.environ["PORTAL"], *words, "--sandbox", f"--config={self.config}"]
        made = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
        return made.stdout.strip()

    def guest(self, site="demo", name="Ada Lovelace"):
        return Guest(self.url, site, name)

    def identity(self, site="shop"):
        """A token by which the back end of a site says who its visitor is; each is good once."""
        now = int(time.time())
        header = {"alg": "HS256", "typ": "gp-id+jwt", "kid": "one"}
        claims = {"iss": site, "aud": self.url, "sub": "user-7", "name": "Grace Brewster", "iat": now, "exp": now + 120}
        claims["jti"] = uuid.uuid4().hex
        parts = ".".join(url_safe(json.dumps(part).encode()) for part in (header, claims))
        return f"{parts}.{url_safe(hmac.new(base64.b64decode(self.secret), parts.encode(), hashlib.sha256).digest())}"

    def claims(self, email="grace@sandbox.example"):
        """The secret in each link that the bot has sent one of staff, with the message, the newest first."""
        staff = next(person for person in self.credentials["staff"] if person["email"] == email)
        asked = {"personEmail": self.credentials["bot"]["email"], "max": 50}
        headers = {"Authorization": f"Bearer {staff['access_token']}"}
        answer = requests.get(f"{self.simulator}/v1/messages/direct", params=asked, headers=headers, timeout=PATIENCE_SECS)
        texts = [str(item) for item in answer.json().get("items", [])]
        return [(match[1], text) for text in texts if (match := re.search(r"/host/([A-Za-z0-9_-]+)", text))]

    def claim_of(self, guest_name):
        """The one in the message about a guest, once it is there."""
        return until("staff to be asked", lambda: next((claim for claim, text in self.claims() if guest_name in text), None))

    def webhooks(self):
        """Where Webex tells the portal, and the secret it signs with."""
        headers = {"Authorization": f"Bearer {self.credentials['service_app']['access_token']}"}
        answer = requests.get(f"{self.simulator}/v1/webhooks", headers=headers, timeout=PATIENCE_SECS)
        hooks = answer.json().get("items", [])
        return [(hook["targetUrl"].rsplit("/", 1)[1], hook["secret"]) for hook in hooks]


def url_safe(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def a_file():
    """A picture of one point."""
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    return ("point.png", base64.b64decode(png), "image/png")
