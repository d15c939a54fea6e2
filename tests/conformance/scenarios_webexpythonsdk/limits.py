"""The limit on requests, which this SDK waits out."""

import time
import warnings

import requests
import webexpythonsdk

from .world import RUN, refused


def a_limit_is_waited_out(world, journal):
    room = world.linus.rooms.create(f"Too many requests {RUN}")
    # Only requests for this room meet it.
    path = f"/v1/rooms/{room.id}"
    limit = {"method": "GET", "path_prefix": path, "effect": {"kind": "answer", "status": 429, "retry_after_secs": 2}}

    def next_request_is_too_many():
        assert requests.post(f"{world.simulator}/sandbox/faults", json=limit, timeout=30).ok

    next_request_is_too_many()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", webexpythonsdk.RateLimitWarning)
        asked_at = time.monotonic()
        assert world.linus.rooms.get(room.id).id == room.id
        assert 2 <= time.monotonic() - asked_at < 10, "as long as Webex said"
    assert [warning.category for warning in told] == [webexpythonsdk.RateLimitWarning], told
    assert [call["status"] for call in journal.calls("GET", path)] == [429, 200]

    next_request_is_too_many()
    impatient = world.api(world.linus.access_token, wait_on_rate_limit=False)
    assert refused(429, lambda: impatient.rooms.get(room.id)).retry_after == 2
    world.linus.rooms.delete(room.id)
