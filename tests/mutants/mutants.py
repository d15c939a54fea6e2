"""What the tests miss: mistakes put into the portal, one at a time, and whether a test fails then.

All mutants are built at once, each asleep (rewrite.py, switch.rs). Each test runs once alone and notes which mutants its code
reaches. Then each mutant is awakened for the tests that reach it, the quick ones first, until one fails.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

import rewrite

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
WORK = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "mutants"
TREE = WORK / "tree"
# Tests in a browser take too long to be asked of every mutant, and those of the simulator reach none.
SUITES = {"guest_portal": "lib", "server": "lib", "command_line": "test", "it": "test"}
# The page's own crate is for browsers.
PACKAGES = ("--workspace", "--exclude", "guest-portal-frontend")
# A test that takes so much longer than it did hangs: it is caught, as cargo-mutants has it.
PATIENCE, LEAST_SECONDS = 5, 20
BATCH_SECONDS = 5
# Histories made by chance find a mistake within few, and nothing is proven here by there being none.
SHORTER = {"PROPTEST_CASES": "64", "SIMULATION_SEEDS": "1+60", "VISIT_SEEDS": "0+60"}


def say(text):
    print(text, flush=True)


def copy_tree():
    """A copy of the project in which sources may be changed; what is as it was keeps its time, so that little is built anew."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True).stdout
    names = [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        if not re.match(r"server/src/.*\.rs$", name):
            target = TREE / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or target.read_bytes() != (ROOT / name).read_bytes():
                shutil.copy2(ROOT / name, target)
    shutil.copytree(ROOT / "dist", TREE / "dist", dirs_exist_ok=True)
    return [name for name in names if re.match(r"server/src/.*\.rs$", name)]


def listed_mutants(modules):
    filters = [f"server/src/{module}/**" for module in modules]
    command = ["cargo", "mutants", "--list", "--json", "-p", "guest-portal", "--no-config"]
    for one in filters:
        command += ["-f", one]
    mutants = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    for number, mutant in enumerate(mutants, 1):
        mutant["id"] = number
    return mutants


def write_sources(sources, mutants):
    """Writes the sources with all mutants in them. Returns those for which there was no place."""
    by_file = collections.defaultdict(list)
    for mutant in mutants:
        by_file[mutant["file"]].append(mutant)
    unplaced, texts, constants = [], dict(sources), []
    for name in texts:
        if by_file[name]:
            source = rewrite.Source(texts[name], by_file[name])
            unplaced += source.unplaced
            constants += source.constants()
            texts[name] = source.text()
    aliases = [re.findall(rf"\b{constant} as (\w+)", text) for constant in constants for text in texts.values()]
    constants += [alias for found in aliases for alias in found]
    for name, text in texts.items():
        if any(constant in text for constant in constants):
            text = rewrite.as_functions(text, constants)
        if name == "server/src/lib.rs":
            text += "\n#[allow(missing_docs, unreachable_pub)]\npub mod mutant;\n"
        write(TREE / name, text)
    write(TREE / "server/src/mutant.rs", (HERE / "switch.rs").read_text())
    return unplaced


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def cargo(*arguments):
    env = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "target"), CARGO_INCREMENTAL="0")
    return subprocess.run(["cargo", *arguments], cwd=TREE, env=env, capture_output=True, text=True)


def build():
    """Builds everything. Returns the test programs, or else the errors with their places."""
    checked = cargo("check", *PACKAGES, "--lib", "--message-format=json")
    errors = [m["message"] for m in map(json.loads, checked.stdout.splitlines()) if m["reason"] == "compiler-message" and m["message"]["level"] == "error"]
    if errors:
        return None, errors
    bins = cargo("build", *PACKAGES, "--bins")
    if bins.returncode:
        sys.exit(bins.stderr)
    built = cargo("test", *PACKAGES, "--no-run", "--message-format=json")
    messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    errors = [m["message"] for m in messages if m["reason"] == "compiler-message" and m["message"]["level"] == "error"]
    if built.returncode:
        return None, errors
    programs = {}
    for message in messages:
        if message["reason"] == "compiler-artifact" and message["profile"]["test"] and message.get("executable"):
            name, folder = message["target"]["name"], pathlib.Path(message["manifest_path"]).parent
            if name in SUITES and SUITES[name] in message["target"]["kind"] and folder.name in ("server", "tests"):
                programs[name] = (message["executable"], folder)
    return programs, []


def blamed(errors):
    """The mutants that do not compile: those whose number stands in a line of an error."""
    awake = re.compile(r"crate::mutant::is\((\d+)\)")
    numbers = set()
    for error in errors:
        for span in error["spans"]:
            if not span["is_primary"]:
                continue
            lines = (TREE / span["file_name"]).read_text().split("\n")
            text = "\n".join(lines[span["line_start"] - 1:span["line_end"]])
            before = [m for m in awake.finditer(text) if m.start() < span["column_start"]]
            if before:
                numbers.add(int(before[-1].group(1)))
            elif error["code"] and error["code"]["code"] == "E0004":
                # Without a guard of its own, none of these arms can be left out.
                lines = (TREE / span["file_name"]).read_text().split("\n")[span["line_start"] - 1:]
                indent = len(lines[0]) - len(lines[0].lstrip())
                end = next(n for n, line in enumerate(lines) if n and re.match(rf" {{{indent}}}}}", line))
                numbers.update(int(number) for number in re.findall(r"if !crate::mutant::is\((\d+)\) =>", "\n".join(lines[:end])))
            elif error["code"] and error["code"]["code"] == "E0308":
                # What a function returns early is of another type than what it returns.
                lines = (TREE / span["file_name"]).read_text().split("\n")[:span["line_start"]]
                early = next((line for line in reversed(lines) if "{ return " in line and awake.search(line)), "")
                numbers.update(int(number) for number in awake.findall(early))
    return numbers


def run(program, folder, tests, seconds, **env):
    """Runs these tests of a program until one fails; whether all of them passed, or `None` if they did not end."""
    command = [program, "--exact", "--test-threads=4", *tests]
    env = dict(os.environ, CARGO_MANIFEST_DIR=str(folder), CARGO_TARGET_DIR=str(WORK / "target"), **SHORTER, **env)
    process = subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True
    )
    late = []

    def end():
        late.append(True)
        kill(process)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        has_failed = any(line.endswith("... FAILED\n") for line in process.stdout)
        if late:
            return None
        return not has_failed and process.wait() == 0
    finally:
        timer.cancel()
        kill(process)
        process.wait()


def kill(process):
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        pass


def measured(programs, workers):
    """Of each test how long it takes, and which mutants it reaches."""
    tests = []
    for name, (program, folder) in programs.items():
        listed = subprocess.run([program, "--list", "--format=terse"], cwd=folder, capture_output=True, text=True, check=True).stdout
        tests += [(name, line.removesuffix(": test")) for line in listed.splitlines() if line.endswith(": test")]
    # The same programs need not be asked again.
    made_of = {name: pathlib.Path(program).stat().st_mtime for name, (program, _) in programs.items()}
    kept = WORK / "measured.json"
    if kept.exists() and (known := json.loads(kept.read_text()))["programs"] == made_of:
        return [(name, test, min(seconds, 12), set(reached)) for name, test, seconds, reached in known["tests"]]
    reached = WORK / "reached"
    shutil.rmtree(reached, ignore_errors=True)
    reached.mkdir(parents=True)

    def alone(numbered):
        number, (name, test) = numbered
        note = reached / str(number)
        note.touch()
        began = time.monotonic()
        passed = run(*programs[name], [test], 600, MUTANTS_REACHED=str(note))
        return name, test, time.monotonic() - began, {int(line) for line in note.read_text().split()}, passed

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(alone, enumerate(tests)))
    failed = [test for _, test, _, _, passed in results if not passed]
    for test in failed:
        say(f"fails though every mutant is asleep, and is left out: {test}")
    passing = [result[:4] for result in results if result[4]]
    kept.write_text(json.dumps({"programs": made_of, "tests": [(name, test, took, sorted(ids)) for name, test, took, ids in passing]}))
    return passing


def batches(tests, neighbours):
    """Tests of one program each, in heaps that take about as long as one another: first those that are about little but this room."""

    def remoteness(test):
        name, _, seconds, reached = test
        return SUITES[name] != "lib", seconds > 2 * BATCH_SECONDS, -len(reached & neighbours) / len(reached), seconds

    heap, heap_seconds = [], 0
    for name, test, seconds, _ in sorted(tests, key=remoteness):
        if heap and (heap[0][0] != name or heap_seconds + seconds > BATCH_SECONDS):
            yield heap, heap_seconds
            heap, heap_seconds = [], 0
        heap.append((name, test))
        heap_seconds += seconds
    if heap:
        yield heap, heap_seconds


def module_of(mutant):
    return mutant["file"].removeprefix("server/src/").split("/")[0]


def judged(mutant, programs, tests, neighbours, most_seconds):
    reaching = [test for test in tests if mutant["id"] in test[3]]
    spent = 0
    for heap, seconds in batches(reaching, neighbours):
        if spent + seconds > most_seconds:
            return "missed", f"by the nearest of {len(reaching)} tests"
        spent += seconds
        name = heap[0][0]
        passed = run(*programs[name], [test for _, test in heap], LEAST_SECONDS + PATIENCE * seconds, MUTANT=str(mutant["id"]))
        if passed is None:
            return "caught", f"did not end: {name}"
        if not passed:
            return "caught", f"{name}: {len(heap)} tests, {heap[0][1]} first"
    return "missed", f"reached by {len(reaching)} tests"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=["outbox", "session", "content", "webhooks"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=45, help="what so much of the nearest tests does not notice is not noticed")
    parser.add_argument("--as-built", action="store_true", help="judge those that were built before; the modules must not have changed")
    arguments = parser.parse_args()

    WORK.mkdir(parents=True, exist_ok=True)
    names = [str(path.relative_to(ROOT)) for path in ROOT.glob("server/src/**/*.rs")] if arguments.as_built else copy_tree()
    sources = {name: (ROOT / name).read_text() for name in names}
    mutants = listed_mutants(arguments.modules)
    say(f"{len(mutants)} mutants in {', '.join(arguments.modules)}")
    unviable = set()
    while not arguments.as_built:
        unplaced = write_sources(sources, [m for m in mutants if m["id"] not in unviable])
        for mutant in unplaced:
            say(f"no place for {mutant['name']}")
        unviable |= {m["id"] for m in unplaced}
        programs, errors = build()
        if programs:
            break
        guilty = blamed(errors) - unviable
        if not guilty:
            for error in errors:
                say(error["rendered"])
            sys.exit("the copy does not compile, and no mutant is to blame")
        unviable |= guilty
        say(f"{len(unviable)} do not compile")
    if arguments.as_built:
        awake = {int(number) for path in TREE.glob("server/src/**/*.rs") for number in re.findall(r"mutant::is\((\d+)\)", path.read_text())}
        unviable = {mutant["id"] for mutant in mutants} - awake
        programs, _ = build()
    say("which tests reach which mutant")
    tests = measured(programs, arguments.workers)
    say(f"{len(tests)} tests, {sum(t[2] for t in tests):.0f} s")

    # What a test has caught is not asked again while the file, less its own tests, is as it was.
    known_path = WORK / "caught.json"
    known = json.loads(known_path.read_text()) if known_path.exists() else {}

    def verdict(mutant):
        code = sources[mutant["file"]].split("#[cfg(test)]")[0].rstrip()
        key = f"{hashlib.sha256(code.encode()).hexdigest()[:16]} {mutant['name']}"
        if key in known:
            return mutant, "caught"
        began = time.monotonic()
        word, why = judged(mutant, programs, tests, neighbours[module_of(mutant)], arguments.seconds)
        say(f"{word:7} {time.monotonic() - began:5.1f} s  {mutant['name']}  ({why})")
        if word == "caught":
            known[key] = why
            known_path.write_text(json.dumps(dict(known), indent=1))
        return mutant, word

    neighbours = collections.defaultdict(set)
    for mutant in mutants:
        neighbours[module_of(mutant)].add(mutant["id"])
    viable = [m for m in mutants if m["id"] not in unviable]
    with concurrent.futures.ThreadPoolExecutor(arguments.workers) as pool:
        verdicts = list(pool.map(verdict, viable))
    say("\nmodule      mutants  unviable  caught  missed  share caught")
    for module in arguments.modules:
        of = [(m, v) for m, v in verdicts if module_of(m) == module]
        out = sum(1 for m in mutants if m["id"] in unviable and module_of(m) == module)
        caught = sum(1 for _, v in of if v == "caught")
        say(f"{module:10} {len(of) + out:8} {out:9} {caught:7} {len(of) - caught:7} {100 * caught / max(1, len(of)):9.1f} %")


if __name__ == "__main__":
    main()
