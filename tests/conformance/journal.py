"""How much of the simulator a client has used, as the simulator has noted it and not as the client believes."""

from collections import defaultdict

import requests

# The words in the paths that clients use here; whatever else stands between slashes is an id.
WORDS = set(
    "v1 access_token actions attachment contents count direct guests jwt login me memberships messages people rooms token webhooks".split()
)


class Journal:
    """The requests to the REST API since this was made."""

    def __init__(self, simulator):
        self.url = f"{simulator}/sandbox/journal"
        self.before = {entry["tracking_id"] for entry in self._all()}

    def _all(self):
        answer = requests.get(self.url, timeout=30)
        assert answer.status_code == 200, f"{self.url}: {answer.status_code}"
        return answer.json()

    def calls(self, method=None, path="/v1/"):
        """Those of this method whose path begins so, oldest first."""
        calls = [entry for entry in self._all() if entry["tracking_id"] not in self.before]
        return [entry for entry in calls if method in (None, entry["method"]) and entry["path"].startswith(path)]

    def operations(self):
        """Method and path with `{id}` for ids, and which statuses came, for each."""
        statuses = defaultdict(list)
        for entry in self.calls():
            segments = entry["path"].strip("/").split("/")
            template = "".join("/" + (segment if segment in WORDS else "{id}") for segment in segments)
            statuses[entry["method"], template].append(entry.get("status"))
        return statuses

    def report(self, client, is_listed):
        """Prints what was used. What was refused each time counts as a call, but not as an operation."""
        operations = self.operations()
        if is_listed:
            for (method, path), statuses in sorted(operations.items(), key=lambda item: item[0][::-1]):
                seen = ", ".join(f"{status}: {statuses.count(status)}" for status in sorted(set(statuses)))
                print(f"  {method:6} {path:40} {seen}")
        succeeded = [statuses for statuses in operations.values() if 200 in statuses or 204 in statuses]
        calls = sum(len(statuses) for statuses in operations.values())
        print(f"{client}: {len(succeeded)} operations, {calls} calls: good")
