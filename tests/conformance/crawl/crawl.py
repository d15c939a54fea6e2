"""Crawls a portal as a guest who is signed in, attacks whatever can be asked, and looks at what was found.

    crawl.py
"""

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
        "path": "/api/rooms/[^/]+/messages(/[^/]+)?|/api/session|/api/v1/(meetings|visits)|/api/notes",
        "why": "The portal speaks to no directory. The scanner takes answers that differ for the work of its filters; they differ because "
        "they repeat the text that was sent, and because an id that was used for one text is refused for another.",
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


def description_of(portal, values):
    """What there is to attack, as the scanner can read it: the addresses of the portal's description with what is there in their
    places, and the description's examples as bodies. Without what never ends, and what would end the guest's session."""
    description = requests.get(f"{portal.url}/openapi.json", timeout=30).json()
    del description["paths"]["/api/session"]["delete"]
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


def scan(portal, folder, outside):
    guest = portal.guest()
    key, values = what_there_is(portal, guest)
    description = folder / "openapi.json"
    description.write_text(description_of(portal, values))
    pages = ["/s/demo", "/s/gov", "/embed/shop", "/embed?destination=maria@sandbox.example", f"/host/{values['claim']}"]
    pages += [f"/visit/{values['invitation']}", "/openapi.json", "/embed.js?site=shop", "/space-widget.js", "/logo/demo", "/nothing"]
    words = [str(pathlib.Path(sys.executable).parent / "wapiti"), "-u", f"{portal.url}/", "--swagger", str(description)]
    for page in pages:
        words += ["-s", portal.url + page]
    words += ["-m", ",".join(MODULES), "--scope", "folder", "--level", "2", "--endpoint", f"{outside}/", "--no-bugreport"]
    words += ["--max-attack-time", "120", "--tasks", "8", "-t", "10", "-v", "0", "--store-session", str(folder), "--store-config", str(folder)]
    for name, value in {"X-Gp": "demo", "Sec-Fetch-Site": "same-origin", "Authorization": f"Bearer {key}"}.items():
        words += ["-H", f"{name}: {value}"]
    words += ["-H", f"Cookie: {guest.http.headers['Cookie']}", "--drop-set-cookie", "-f", "json", "-o", str(folder / "found.json")]
    with open(folder / "log", "w") as log:
        done = subprocess.run(words, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    assert done.returncode == 0, (folder / "log").read_text()[-4000:]
    assert guest.ask("GET", "/api/session").status_code == 200, "the guest was signed in all the while"
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
    outside = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=outside.serve_forever, daemon=True).start()
    with Portal.started(public_url="https://chat.example.com") as portal, tempfile.TemporaryDirectory() as folder:
        found = scan(portal, pathlib.Path(folder), f"http://127.0.0.1:{outside.server_port}")
    bad = judge(found)
    assert not Outside.reached, f"the portal followed an address that it was given: {Outside.reached}"
    pages = found["infos"]["crawled_pages_nbr"]
    assert pages >= 40, f"only {pages} addresses were found to attack"
    assert not bad, f"{len(bad)} findings of medium weight or more"
    print(f"{pages} addresses, {len(MODULES)} kinds of attack, {time.monotonic() - began:.0f} s: nothing of medium weight or more")


if __name__ == "__main__":
    main()
