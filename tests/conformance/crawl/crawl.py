"""Crawls a portal as a guest who is signed in, attacks whatever can be asked, and looks at what was found.

    crawl.py
"""

import http.client
import http.server
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))

import requests
from portal import Portal, a_file

# Left out: what fetches lists from the internet (cms, htp, nikto, wapp, wp_enum), what asks others (log4shell and takeover: DNS; ssl
# and https_redirect: TLS is the proxy's), routers of other makers (network_device), and guessing passwords, of which there are none.
MODULES = """backup buster cookieflags crlf csp csrf exec file htaccess http_headers ldap methods permanentxss redirect shellshock
spring4shell sql ssrf timesql upload xss xxe""".split()
MEDIUM = 2

# What is found and is not so, and why.
ALLOWED = [
    {
        "category": "LDAP Injection",
        "module": "ldap",
        "path": "/api/.*",
        "why": "The portal asks no directory. The scanner takes an answer that is neither that to nonsense nor that to a broken filter "
        "for what a filter found. Each refusal is such an answer: it names its own `request_id`.",
    },
]


class Outside(http.server.BaseHTTPRequestHandler):
    """What the portal would reach if it followed an address that it was given. The scanner asks here whether it did."""

    reached = []

    def do_GET(self):
        if self.path.startswith(("/get_ssrf.php", "/get_xxe.php")):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")
            return
        self.reached.append(f"{self.command} {self.path}")
        self.send_error(404)

    do_POST = do_PUT = do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Between(http.server.BaseHTTPRequestHandler):
    """Hands requests on to the portal, as of a guest who is signed in and a program that has a key; with a new id in the place of
    the example's: an id that was used for one message is refused for another, so that only the first attack would arrive."""

    protocol_version = "HTTP/1.1"
    # An answer is one packet: two would wait for each other.
    wbufsize, disable_nagle_algorithm = -1, True
    port, worn_out, headers_of_guest = None, b"", {}

    def do_GET(self):
        if self.command == "DELETE" and self.path == "/api/session":
            # From then on nobody would be signed in.
            self.send_error(405)
            return
        length = int(self.headers.get("Content-Length") or 0)
        fresh = str(uuid.uuid4()).encode()
        body = self.rfile.read(length).replace(self.worn_out, fresh)
        path = self.path.replace(self.worn_out.decode(), fresh.decode())
        portal = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        portal.request(self.command, path, body or None, {**dict(self.headers.items()), **self.headers_of_guest})
        answer = portal.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def __getattr__(self, name):
        # Whatever the method is called.
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def log_message(self, *_):
        pass


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def description_of(portal, values):
    """What there is to attack, as the scanner can read it: the addresses of the portal's description with what is there in their
    places, and the description's examples as bodies. Without what never ends."""
    description = requests.get(f"{portal.url}/openapi.json", timeout=30).json()
    del description["paths"]["/api/events"]
    paths = {}
    for path, item in description["paths"].items():
        address = re.sub("{([a-z_]+)}", lambda place: values.get(place[1], "1"), path)
        paths[address] = {method: simple(part, values) for method, part in item.items() if method != "parameters"}
    return json.dumps({"openapi": "3.0.0", "servers": [{"url": "/"}], "paths": paths, "components": {"schemas": {}}})


def simple(operation, values):
    queries = [part for part in operation.get("parameters", []) if part.get("in") == "query"]
    parameters = [{"name": part["name"], "in": "query", "schema": {"type": "string", "default": values.get(part["name"], "1")}} for part in queries]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return {"parameters": parameters}
    example = {name: values.get(name, value) for name, value in body["example"].items()}
    return {"parameters": parameters, "requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(example)}}}}


def schema_of(value):
    """A schema of which the scanner makes this value."""
    if isinstance(value, dict):
        return {"type": "object", "properties": {name: schema_of(part) for name, part in value.items()}}
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return {"type": kinds[type(value)], "default": value}


def what_there_is(portal, guest):
    name = f"Guest {uuid.uuid4().hex[:12]}"
    waiting = portal.guest(name=name)
    visit = waiting.ask("POST", "/api/visits", json={"room_id": waiting.room_id}).json()
    key = portal.key()
    booking = {"guest_name": f"Guest {uuid.uuid4().hex[:12]}", "starts_at": "2027-01-31T09:00:00Z"}
    answer = requests.post(f"{portal.url}/api/v1/visits", json=booking, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    return key, {
        "room_id": guest.room_id,
        "message_id": guest.send("A point", a_file()),
        "client_message_id": str(uuid.uuid4()),
        "index": "0",
        "visit_id": visit["id"],
        "claim": portal.claim_of(name),
        "invitation": answer.json()["guest_url"].rsplit("/", 1)[1],
        "site_id": "demo",
        "site": "demo",
        "destination": "maria@sandbox.example",
        "token": "1",
        "file": "1",
    }


def scan(portal, folder):
    guest = portal.guest()
    key, values = what_there_is(portal, guest)
    Between.port, Between.worn_out = portal.port, values["client_message_id"].encode()
    Between.headers_of_guest = {"X-Gp": "demo", "Sec-Fetch-Site": "same-origin", "Cookie": guest.http.headers["Cookie"], "Authorization": f"Bearer {key}"}
    url, outside = serve(Between), serve(Outside)
    description = folder / "openapi.json"
    description.write_text(description_of(portal, values))
    pages = ["/s/demo", "/s/gov", "/embed/shop", "/embed?destination=maria@sandbox.example", f"/host/{values['claim']}"]
    pages += [f"/visit/{values['invitation']}", "/openapi.json", "/embed.js?site=shop", "/space-widget.js", "/logo/demo", "/nothing"]
    words = [str(pathlib.Path(sys.executable).parent / "wapiti"), "-u", f"{url}/", "--swagger", str(description)]
    for page in pages:
        words += ["-s", url + page]
    words += ["-m", ",".join(MODULES), "--scope", "folder", "--level", "2", "--endpoint", f"{outside}/", "--no-bugreport"]
    words += ["--max-attack-time", "120", "--tasks", "8", "-t", "10", "-v", "0", "--store-session", str(folder), "--store-config", str(folder)]
    words += ["--drop-set-cookie", "-f", "json", "-o", str(folder / "found.json")]
    with open(folder / "log", "w") as log:
        done = subprocess.run(words, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    assert done.returncode == 0, (folder / "log").read_text()[-4000:]
    assert guest.ask("GET", "/api/session").status_code == 200, "the guest is not signed in any more"
    assert len(guest.messages()) > 5, "what was sent as the guest has not arrived"
    return json.loads((folder / "found.json").read_text())


def judge(found):
    """Prints what was found; answers what is neither of little weight nor allowed."""
    used, bad = set(), []
    for kind in ("vulnerabilities", "anomalies"):
        for category, findings in found[kind].items():
            for finding in findings:
                reasons = [number for number, rule in enumerate(ALLOWED) if allows(rule, category, finding)]
                used.update(reasons)
                is_bad = finding["level"] >= MEDIUM and not reasons
                word = "BAD" if is_bad else "allowed" if reasons else "low"
                print(f"  {word:8} level {finding['level']} {category}: {finding['method']} {finding['path']} {finding['info']}")
                if reasons:
                    print(f"           {ALLOWED[reasons[0]]['why']}")
                if is_bad:
                    bad.append(finding)
                    print("\n".join(f"      {line}" for line in finding["http_request"].splitlines()))
    for rule in (rule for number, rule in enumerate(ALLOWED) if number not in used):
        print(f"  not found this time: {rule['category']} in {rule['path']}")
    return bad


def allows(rule, category, finding):
    return rule["category"] == category and rule["module"] == finding["module"] and re.fullmatch(rule["path"], finding["path"])


def main():
    began = time.monotonic()
    with Portal.started(public_url="https://chat.example.com") as portal, tempfile.TemporaryDirectory() as folder:
        found = scan(portal, pathlib.Path(folder))
    bad = judge(found)
    assert not Outside.reached, f"the portal followed an address that it was given: {Outside.reached}"
    pages = found["infos"]["crawled_pages_nbr"]
    assert pages >= 40, f"only {pages} addresses were found to attack"
    assert not bad, f"{len(bad)} findings of medium weight or more"
    print(f"{pages} addresses, {len(MODULES)} kinds of attack, {time.monotonic() - began:.0f} s: nothing of medium weight or more")


if __name__ == "__main__":
    main()
