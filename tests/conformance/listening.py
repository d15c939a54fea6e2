"""A web server of the test's own, on a free port of this machine: it hears webhooks, and has files to fetch."""

import hashlib
import hmac
import http.server
import json
import queue
import threading
import time
from urllib.parse import unquote, urlsplit

# A delivery comes at once or never; this is for a machine that is busy with something else.
PATIENCE_SECS = 20


class Delivery:
    """What one call of a webhook brought."""

    def __init__(self, headers, raw):
        self.headers = headers
        self.raw = raw
        self.body = json.loads(raw)

    @property
    def data(self):
        return self.body["data"]

    @property
    def room(self):
        return self.data["id"] if self.body["resource"] == "rooms" else self.data.get("roomId")

    def check(self, secret):
        """What has to hold for every delivery, whatever it tells."""
        content_type = self.headers["Content-Type"].replace(" ", "").lower()
        assert content_type == "application/json;charset=utf-8", self.headers["Content-Type"]
        # node-bot-framework signs what JSON.stringify makes of the parsed body. Only a body that is written that way
        # passes there: compact, in the same order, and with letters as they are.
        again = json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()
        assert again == self.raw, f"written differently: {self.raw!r}"
        signature = self.headers["X-Spark-Signature"]
        if secret is None:
            assert signature is None, "signed without a secret"
        else:
            assert signature == hmac.new(secret.encode(), self.raw, hashlib.sha1).hexdigest(), signature
            assert secret not in self.raw.decode(), "the secret came along"


class Inbox:
    """What comes to one webhook's address. Nobody promises an order, so it is asked for by what it tells."""

    def __init__(self, url):
        self.url = url
        self.arrived = queue.Queue()
        self.kept = []

    def take(self, resource, event, object_id):
        """The delivery about this object; waits for it and keeps what comes in between."""
        until = time.monotonic() + PATIENCE_SECS
        while True:
            for delivery in self.kept:
                body = delivery.body
                if (body["resource"], body["event"], body["data"]["id"]) == (resource, event, object_id):
                    self.kept.remove(delivery)
                    return delivery
            try:
                self.kept.append(self.arrived.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                others = [(delivery.body["resource"], delivery.body["event"]) for delivery in self.kept]
                raise AssertionError(f"no {resource}/{event} came to {self.url}, but {others}") from None

    def left(self, *rooms):
        """What has come and was not taken, as pairs of resource and event; of these rooms, if any are named."""
        while not self.arrived.empty():
            self.kept.append(self.arrived.get())
        about = [delivery.body for delivery in self.kept if not rooms or delivery.room in rooms]
        return [(body["resource"], body["event"]) for body in about]


class Server(http.server.ThreadingHTTPServer):
    # Whom there is no room for tries again only after a second, and one message may be told to many addresses at once.
    request_queue_size = 128


class Listener:
    """Used in `with`; an address has to be made by `inbox` or `serve` before anybody asks for it."""

    def __init__(self):
        self.inboxes = {}
        self.files = {}
        self.server = Server(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def inbox(self, name):
        assert f"/{name}" not in self.inboxes, f"{name} is there already"
        inbox = self.inboxes[f"/{name}"] = Inbox(f"{self.base}/{name}")
        return inbox

    def serve(self, name, content, content_type):
        self.files[f"/{name}"] = (content, content_type)
        return f"{self.base}/{name}"

    def _handler(self):
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                inbox = listener.inboxes.get(urlsplit(self.path).path)
                if inbox:
                    inbox.arrived.put(Delivery(self.headers, raw))
                self.answer(200 if inbox else 404)

            def do_GET(self):
                found = listener.files.get(unquote(urlsplit(self.path).path))
                self.answer(200, *found) if found else self.answer(404)

            do_HEAD = do_GET

            def answer(self, status, content=b"", content_type="text/plain"):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler
