"""Asks the portal everything its description allows, and much that it does not, until it was asked often enough.

    campaign.py REQUESTS [SEED]
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))

import requests
from portal import Portal

# In one round each operation is asked about so often with made-up values; coverage and chains of requests come besides.
EXAMPLES = 40


def one_round(portal, source, seed, counts_path, report):
    environment = {
        **os.environ,
        "API_PORTAL": json.dumps([str(portal.folder), portal.port, portal.simulator_port]),
        "API_COUNTS": str(counts_path),
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(here),
    }
    words = [str(pathlib.Path(sys.executable).parent / "st"), "--config-file", str(here / "schemathesis.toml"), "run"]
    words += [source, "--url", portal.url, "--checks", "all", "--mode", "all", "--max-examples", str(EXAMPLES)]
    words += ["--phases", "examples,coverage,fuzzing,stateful", "--seed", str(seed), "--generation-database", "none", "--no-color"]
    with open(report, "w") as out:
        return subprocess.run(words, env=environment, cwd=counts_path.parent, stdout=out, stderr=subprocess.STDOUT).returncode


def main(wanted, seed):
    began, counts, events, rounds = time.monotonic(), collections.Counter(), collections.Counter(), 0
    with Portal.started(feed="webhook") as portal, tempfile.TemporaryDirectory() as folder:
        source = os.environ.get("DESCRIPTION") or f"{portal.url}/openapi.json"
        description = json.loads(pathlib.Path(source).read_text()) if os.path.exists(source) else requests.get(source, timeout=30).json()
        # Reading the description is asking for it; schemathesis leaves that one out.
        counts["showOpenapi", 200] += 1
        while counts.total() < wanted:
            counts_path, report = pathlib.Path(folder) / f"counts-{rounds}", pathlib.Path(folder) / f"report-{rounds}"
            code = one_round(portal, source, seed + rounds, counts_path, report)
            told = json.loads(counts_path.read_text()) if counts_path.exists() else {"counts": [], "events": {}, "wrong_events": []}
            for operation, status, count in told["counts"]:
                counts[operation, status] += count
            events.update(told["events"])
            if code or told["wrong_events"]:
                print(report.read_text())
                tell(description, counts, events)
                print("\n".join(told["wrong_events"]))
                sys.exit(f"api: the portal does not answer as described; seed {seed + rounds}")
            rounds += 1
    never = tell(description, counts, events)
    assert not never, f"never answered as wanted: {', '.join(never)}"
    print(f"{counts.total()} requests in {rounds} rounds, {time.monotonic() - began:.0f} s: good")


def tell(description, counts, events):
    """How each operation was answered: one that nobody was let in to has proved little."""
    operations = [part["operationId"] for item in description["paths"].values() for part in item.values() if "responses" in part]
    for operation in operations:
        statuses = sorted((status, count) for (name, status), count in counts.items() if name == operation)
        print(f"  {operation:24} " + "  ".join(f"{status}: {count}" for status, count in statuses))
    never = [name for name in operations if not any(name == asked and status < 300 for asked, status in counts)]
    print("events: " + ", ".join(f"{count} {name}" for name, count in sorted(events.items())))
    return never


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
