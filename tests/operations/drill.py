"""The restore drill and the erasure drill: what is lost when everything is lost, how long the way back takes, what is left of a guest."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
from portal import Guest, a_file, environment, free_port, until  # noqa: E402

GUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SITE = '[[site]]\nid = "demo"\nname = "Acme support"\nstaff = ["grace@sandbox.example"]\n[site.meetings]\nring_secs = 82800\nlink_minutes = 1440\n'


class Machine:
    """A simulated Webex that stays, and a portal that does not."""

    def __init__(self, folder, beside):
        self.folder = pathlib.Path(folder)
        self.port, self.operations, simulator = free_port(), free_port(), free_port()
        self.url, self.simulator = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{simulator}"
        self.config, self.data = self.folder / "guest-portal.toml", self.folder / "data"
        server = f'[server]\nlisten = "127.0.0.1:{self.port}"\noperations_listen = "127.0.0.1:{self.operations}"\ndata_dir = "{self.data}"\n'
        self.config.write_text(f'{server}[log]\nlevel = "warn"\n{SITE}')
        webex = subprocess.Popen([os.environ["PORTAL"], "sandbox", f"--listen=127.0.0.1:{simulator}"], stdout=subprocess.PIPE, text=True)
        beside.callback(webex.wait)
        beside.callback(webex.kill)
        assert "listens" in webex.stdout.readline()
        self.process = None
        beside.callback(lambda: self.process.kill())

    def words(self, *words):
        return [os.environ["PORTAL"], *words, f"--sandbox={self.simulator}", f"--config={self.config}"]

    def start(self):
        """Answers how long it takes until guests are well served."""
        began = time.monotonic()
        self.process = subprocess.Popen(self.words("serve"), env=environment(), stdout=subprocess.DEVNULL)
        while True:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"http://127.0.0.1:{self.operations}/readyz", timeout=5).status_code == 200:
                    return time.monotonic() - began
            assert self.process.poll() is None, "the portal does not start"
            time.sleep(0.005)

    def power_cut(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def run(self, *words):
        """One of the commands; answers how long it takes, and what it prints."""
        began = time.monotonic()
        done = subprocess.run(self.words(*words), env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return time.monotonic() - began, done.stdout

    def told(self, method, path, body=None):
        requests.request(method, f"{self.simulator}/sandbox/{path}", json=body, timeout=30).raise_for_status()


def seen_by(guest):
    """What a guest's page would show, less when it was asked for."""
    room = guest.get("/api/rooms")["items"][0]
    page = guest.get(f"/api/rooms/{room['id']}/messages")
    session = guest.get("/api/session")
    visits = sorted((visit["id"], visit["state"]) for visit in page.get("visits", []))
    items = [(item["id"], item.get("client_message_id"), item["content"]) for item in page["items"]]
    return {"session": session["guest"] if "guest" in session else session, "room": room["id"], "visits": visits, "items": items}


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def rows(folder):
    """How many rows each table has."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/guest-portal.db?mode=ro", uri=True)) as store:
        names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: store.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def main():
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as beside:
        machine = Machine(folder, beside)
        machine.start()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:

            def comes(number):
                guest = Guest(machine.url, name=f"Guest {number:04}")
                guest.send(f"The first thing of guest {number}")
                if number % 20 == 0:
                    guest.send("with a file", a_file())
                if number % 50 == 0:
                    guest.ask("POST", "/api/visits", json={"room_id": guest.room_id})
                return guest

            guests = list(pool.map(comes, range(GUESTS)))
            time.sleep(3)
            # Some of what is said has not reached Webex when the backup is made.
            machine.told("POST", "faults", {"method": "POST", "path_prefix": "/v1/messages", "count": 1000000, "effect": {"kind": "answer", "status": 429, "retry_after_secs": 1}})
            waiting = guests[:: max(1, GUESTS // 100)]
            for guest in waiting:
                message = {"client_message_id": str(uuid.uuid4()), "text": f"Not yet sent when it happened, by {guest.room_id}"}
                assert guest.ask("POST", f"/api/rooms/{guest.room_id}/messages", json=message).status_code == 202
            before = list(pool.map(seen_by, guests))

            took_backup, _ = machine.run("backup", str(machine.folder / "backup"))
            held = rows(machine.folder / "backup")
            size = size_of(machine.folder / "backup")
            machine.power_cut()
            shutil.rmtree(machine.data)
            machine.told("DELETE", "faults")

            took_restore, _ = machine.run("restore", str(machine.folder / "backup"))
            there = rows(machine.data)
            # That it was put back is written down.
            differing = {name for name in held if there[name] != held[name]} - {"audit", "sqlite_sequence"}
            assert not differing, f"{differing}: {there} is not {held}"
            took_start = machine.start()
            after = list(pool.map(seen_by, guests))
            missing = 0
            late = {guest.room_id for guest in waiting}
            for was, now in zip(before, after, strict=True):
                kept = {key: value for key, value in now.items() if key != "items"} == {key: value for key, value in was.items() if key != "items"}
                missing += not (kept and now["items"][: len(was["items"])] == was["items"])
            delivered = 0
            for guest in waiting:
                text = f"Not yet sent when it happened, by {guest.room_id}"
                is_there = lambda: [item for item in guest.messages() if text in json.dumps(item)]  # noqa: B023, E731
                until("what waited", is_there)
                delivered += len(is_there()) == 1
            print(f"{GUESTS} guests, {sum(held.values())} rows, backup of {size / 1e6:.1f} MB made beside the portal in {took_backup:.2f} s")
            print(f"restore {took_restore:.2f} s + start to well served {took_start:.2f} s = {took_restore + took_start:.2f} s; guests who miss anything: {missing}")
            print(f"{len(waiting)} messages waited when it happened; there once afterwards: {delivered}")

        chosen = guests[40 if GUESTS > 40 else 0]
        name = f"Guest {40 if GUESTS > 40 else 0:04}"
        listed = machine.run("guest", "list", name)[1]
        guest_id = next(word for word in listed.split() if len(word) > 15)
        exported = machine.run("guest", "export", guest_id)[1]
        took_erasure, _ = machine.run("guest", "erase", guest_id)
        machine.process.terminate()
        machine.process.wait()
        everything = b"".join(path.read_bytes() for path in machine.data.rglob("*") if path.is_file())
        # The audit log keeps which guest was erased, by an id that says nothing of them.
        secret = [name, f"The first thing of guest {int(name.split()[1])}", chosen.room_id, *chosen.cookies.values()]
        left = [word for word in secret if word.encode() in everything]
        token = requests.get(f"{machine.simulator}/sandbox/credentials.json", timeout=30).json()["staff"][0]["access_token"]
        spaces = requests.get(f"{machine.simulator}/v1/rooms?max=1000", headers={"Authorization": f"Bearer {token}"}, timeout=30).json()["items"]
        spaces = [space["title"] for space in spaces if space["title"].startswith(name)]
        with contextlib.closing(sqlite3.connect(machine.data / "guest-portal.db")) as store:
            audit = store.execute("SELECT * FROM audit ORDER BY rowid DESC LIMIT 1").fetchone()
        print(f"erasure of {name}: export of {len(exported)} bytes, erased in {took_erasure:.2f} s; of {len(secret)} things left in the data: {left or 'none'}; spaces left in Webex: {spaces or 'none'}")
        print(f"the audit log has: {audit}")
        sys.exit(not (missing == 0 and delivered == len(waiting) and not left and not spaces))


if __name__ == "__main__":
    main()
