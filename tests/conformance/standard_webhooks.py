"""The portal's outgoing webhooks, verified with the official library of Standard Webhooks.

    standard_webhooks.py SIMULATOR PORTAL

SIMULATOR is the address of a running simulator, PORTAL the program `guest-portal`.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PATIENCE_SECS = 60
SITES = """
[server]
listen = "127.0.0.1:0"
data_dir = "{folder}/data"

[[site]]
id = "hooks"
name = "Webhooks"
staff = ["grace@sandbox.example"]

[[site.webhook]]
url = "{url}"
secret_file = "{folder}/secret"
previous_secret_file = "{folder}/before"
include_text = true
"""


class Receiver(ThreadingHTTPServer):
    """Keeps what comes, headers and bytes."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taking)
        self.deliveries = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_for(self, kind):
        until = time.monotonic() + PATIENCE_SECS
        while time.monotonic() < until:
            for headers, body in list(self.deliveries):
                if json.loads(body)["type"] == kind:
                    return headers, body
            time.sleep(0.02)
        raise AssertionError(f"{kind} never came; there is {[json.loads(body)['type'] for _, body in self.deliveries]}")


class Taking(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.deliveries.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Guest:
    """What a guest's page does."""

    def __init__(self, address):
        self.address = address
        self.session = requests.Session()
        self.session.headers.update({"x-gp": "hooks", "sec-fetch-site": "same-origin", "origin": address})
        self.cookies = {}

    def ask(self, method, path, **more):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.session.request(method, self.address + path, timeout=30, headers={"cookie": cookies} if cookies else {}, **more)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        # Such cookies are not sent over plain http by a library that is no browser.
        self.cookies.update({cookie.name: cookie.value for cookie in answer.cookies})
        return answer.json()


def new_secret(portal, path):
    made = subprocess.run([portal, "webhook", "secret"], check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    path.write_text(made)
    path.chmod(0o600)
    return made


def refused(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


def what_is_wrong_is_refused(secret, headers, body):
    assert refused(secret, body.replace(b"{", b"{ ", 1), headers), "a body that was changed"
    other = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    assert refused(other, body, headers), "another secret"
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        assert refused(secret, body, {key: value for key, value in headers.items() if key.lower() != name}), f"no {name}"
    old = str(int(time.time()) - 301)
    by_name = {key.lower(): value for key, value in headers.items()}
    assert refused(secret, body, {**by_name, "webhook-timestamp": old}), "an old time that was not signed"
    # Signed rightly, long ago.
    signed = Webhook(secret).sign(by_name["webhook-id"], datetime.fromtimestamp(int(old), tz=timezone.utc), body.decode())
    assert refused(secret, body, {**by_name, "webhook-timestamp": old, "webhook-signature": signed}), "an old time"


def start(portal, simulator, config):
    command = [portal, "serve", "--config", str(config), f"--sandbox={simulator}"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in running.stdout:
        if "/s/hooks" in line:
            return running, line.split()[-1].removesuffix("/s/hooks")
    raise AssertionError("the portal did not start")


def main():
    simulator, portal = sys.argv[1].rstrip("/"), sys.argv[2]
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        secret, before = new_secret(portal, folder / "secret"), new_secret(portal, folder / "before")
        config = folder / "portal.toml"
        config.write_text(SITES.format(folder=folder, url=f"http://127.0.0.1:{receiver.server_port}/hook"))
        tried = subprocess.run([portal, "webhook", "test", "--config", str(config), f"--sandbox={simulator}"], timeout=60, capture_output=True, text=True)
        assert tried.returncode == 0 and "204" in tried.stdout, tried
        running, address = start(portal, simulator, config)
        try:
            guest = Guest(address)
            guest.ask("POST", "/api/session", json={"display_name": "Ada Lovelace"})
            room = guest.ask("GET", "/api/rooms")["items"][0]["id"]
            message = {"client_message_id": "01936b1e-7a5c-7c3e-9a41-0123456789ab", "text": "Grüße, 世界 & \"you\""}
            guest.ask("POST", f"/api/rooms/{room}/messages", json=message)
            visit = guest.ask("POST", "/api/visits", json={"room_id": room})
            for kind in ("ping", "message.from_guest", "visit.requested", "visit.ringing"):
                headers, body = receiver.wait_for(kind)
                for known in (secret, before):
                    event = Webhook(known).verify(body, headers)
                    assert event["type"] == kind and event["data"]["site_id"] == "hooks", event
                what_is_wrong_is_refused(secret, headers, body)
            assert event["data"]["visit_id"] == visit["id"]
            _, body = receiver.wait_for("message.from_guest")
            assert json.loads(body)["data"]["text"] == message["text"]
        finally:
            running.terminate()
            running.wait(30)
    print(f"webhooks: standardwebhooks: {len(receiver.deliveries)} events: good")


if __name__ == "__main__":
    main()
