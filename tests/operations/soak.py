"""Guests come, write, send files, meet and go, for MINUTES; what the portal holds must be the same at the end as at the beginning."""

import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
import dashboard  # noqa: E402
from portal import Portal, a_file, free_port  # noqa: E402

MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 30
FOLDER = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "target/soak")
GUESTS = 50
# Guests who come again and again are the same; others come once. Both are what a day has.
STAYS_SECS = (20, 60)
WRITES_EVERY_SECS = (2, 8)
SAMPLE_EVERY_SECS = 5
# Memory at the end may be so much of what it was after the first fifth, when everything had happened once.
MOST_GROWTH = 1.05


class Life(threading.Thread):
    """Guests one after the other, in one place at a desk."""

    def __init__(self, portal, number, ends_at, counts):
        super().__init__(daemon=True)
        self.portal, self.number, self.ends_at, self.counts = portal, number, ends_at, counts

    def run(self):
        chance = random.Random(self.number)
        while time.monotonic() < self.ends_at:
            try:
                self.one(chance)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told at the end
                self.counts["failed"] += 1
                self.counts.setdefault("why", repr(error)[:300])
                time.sleep(1)

    def one(self, chance):
        guest = self.portal.guest(name=f"Guest {self.number}")
        self.counts["guests"] += 1
        leaves_at = min(time.monotonic() + chance.uniform(*STAYS_SECS), self.ends_at)
        stream = guest.http.get(f"{guest.url}/api/events", stream=True, timeout=60)
        assert stream.status_code == 200, stream.status_code
        reader = threading.Thread(target=self.read, args=(stream, leaves_at), daemon=True)
        reader.start()
        has_visit = False
        while time.monotonic() < leaves_at:
            what = chance.random()
            if what < 0.05:
                self.say(guest, a_file())
            elif what < 0.1 and not has_visit:
                visit = guest.ask("POST", "/api/visits", json={"room_id": guest.room_id}).json()
                has_visit = "id" in visit
                self.counts["visits"] += has_visit
            elif what < 0.15:
                guest.messages()
            else:
                self.say(guest)
            time.sleep(chance.uniform(*WRITES_EVERY_SECS))
        if has_visit:
            guest.ask("DELETE", f"/api/visits/{visit['id']}")
        if chance.random() < 0.5:
            guest.ask("DELETE", "/api/session")
        stream.close()
        guest.http.close()

    def say(self, guest, file=None):
        path, message = f"/api/rooms/{guest.room_id}/messages", {"client_message_id": str(uuid.uuid4()), "text": "One more thing."}
        if file is None:
            answer = guest.ask("POST", path, json=message)
        else:
            import json

            answer = guest.ask("POST", path, files=[("message", (None, json.dumps(message), "application/json")), ("file", file)])
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
        self.counts["messages"] += 1

    def read(self, stream, leaves_at):
        try:
            for _ in stream.iter_content(4096):
                if time.monotonic() > leaves_at:
                    return
        except Exception:  # noqa: BLE001, S110 - it was closed from here
            pass


def measured(operations):
    text = requests.get(f"{operations}/metrics", timeout=10).text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    names = {"memory": "process_resident_memory_bytes", "tasks": "guest_portal_runtime_tasks", "descriptors": "process_open_fds"}
    return {word: float(values[name]) for word, name in names.items()}


def looked_on(operations, folder):
    """Prometheus, asking every five seconds."""
    port = free_port()
    target = operations.removeprefix("http://")
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: 5s}}\nscrape_configs: [{{job_name: portal, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    words = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
    return subprocess.Popen([*words, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL), f"http://127.0.0.1:{port}"


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    operations_port = free_port()
    operations = f"http://127.0.0.1:{operations_port}"
    with tempfile.TemporaryDirectory() as folder, Portal.started(server=f'operations_listen = "127.0.0.1:{operations_port}"', apart=True) as portal:
        prometheus, url = looked_on(operations, pathlib.Path(folder))
        try:
            time.sleep(5)
            print(f"idle: {measured(operations)}")
            linted = subprocess.run(["promtool", "check", "metrics"], input=requests.get(f"{operations}/metrics", timeout=10).content, capture_output=True)
            began, counts, samples = time.time(), {"guests": 0, "messages": 0, "visits": 0, "failed": 0}, []
            ends_at = time.monotonic() + MINUTES * 60
            lives = [Life(portal, number, ends_at, counts) for number in range(GUESTS)]
            for life in lives:
                life.start()
            while time.monotonic() < ends_at:
                time.sleep(SAMPLE_EVERY_SECS)
                samples.append(measured(operations))
            for life in lives:
                life.join(90)
            after = subprocess.run(["promtool", "check", "metrics"], input=requests.get(f"{operations}/metrics", timeout=10).content, capture_output=True)
            dashboard.draw(url, began, time.time(), FOLDER / "dashboard.png")
            print(counts)
            is_well = counts["failed"] == 0 and linted.returncode == after.returncode == 0
            print(f"promtool: {'nothing to say' if not (after.stdout or after.stderr) else (after.stdout + after.stderr).decode()}")
            fifth = len(samples) // 5
            for word in ("memory", "tasks", "descriptors"):
                values = [sample[word] for sample in samples]
                parts = [statistics.mean(values[at * fifth : (at + 1) * fifth]) for at in range(5)]
                growth = parts[4] / parts[1]
                is_flat = growth <= MOST_GROWTH
                is_well &= is_flat
                unit, of = ("MB", 1e6) if word == "memory" else ("", 1)
                shown = "  ".join(f"{part / of:8.1f}" for part in parts)
                print(f"{word:12} {shown} {unit:2}  the last fifth is {growth:.3f} of the second: {'flat' if is_flat else 'NOT FLAT'}")
            time.sleep(60)
            print(f"a minute after everybody has gone: {measured(operations)}")
        finally:
            prometheus.terminate()
            prometheus.wait()
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
