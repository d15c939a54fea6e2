"""What schemathesis does besides: it is signed in, most of what it asks is about things that are there, the portal may say nothing
that is not described, and what was asked is counted."""

import atexit
import collections
import json
import os
import pathlib
import re
import sys
import threading
import uuid

here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent)]
sys.dont_write_bytecode = True

import jsonschema_rs
import requests
import schemathesis
from portal import Portal
from schemathesis.openapi.checks import IgnoredAuth
from world import World, chance

world = World(Portal(*json.loads(os.environ["API_PORTAL"])))
# What guests and programs send: whether more may be in it, the description says itself.
REQUESTS = {
    "NewSession", "NewIdentity", "NewMessage", "NewMessageWithFile", "EditMessage", "Typing", "ReadUpTo", "NewVisit", "NewNote",
    "NewMeeting", "Encryption", "NewBooking", "WebexDelivery",
}  # fmt: skip
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SITE = re.compile("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
# How often something that is there takes the place of something made up.
REAL = 0.75
counts = collections.Counter()
events = collections.Counter()
wrong_events = []


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """A newer portal may say more, so the description is open. This one says nothing that is not described."""
    for name, schema in raw_schema["components"]["schemas"].items():
        if name not in REQUESTS:
            close(schema)
    threading.Thread(target=listen, args=(raw_schema["components"],), daemon=True).start()


def close(schema):
    for part in schema.get("oneOf", []):
        close(part)
    if schema.get("type") == "object":
        schema["additionalProperties"] = False


def listen(components):
    """Follows a guest's stream all the while. OpenAPI 3.1 cannot say what its events are; they have a schema all the same."""
    schema = {"$ref": "#/components/schemas/PortalEvent", "components": components}
    validator = jsonschema_rs.Draft202012Validator(schema)
    while True:
        with world.ada.http.get(f"{world.url}/api/events", stream=True, timeout=60) as answer:
            for line in answer.iter_lines():
                if not line.startswith(b"data: "):
                    continue
                event = json.loads(line[6:])
                events[event.get("type")] += 1
                wrong_events.extend(f"{error.message} in {event}" for error in validator.iter_errors(event))


def is_for_programs(path):
    return path.startswith("/api/v1/")


def is_for_guests(path):
    return path.startswith("/api/") and not is_for_programs(path) and not path.startswith("/api/files/dl/")


@schemathesis.auth(refresh_interval=None).apply_to(lambda context: is_for_guests(context.operation.path))
class GuestAuth:
    def get(self, case, context):
        return world.ada.cookies

    def set(self, case, data, context):
        case.cookies = {**(case.cookies or {}), **data}


@schemathesis.auth(refresh_interval=None).apply_to(lambda context: is_for_programs(context.operation.path))
class ProgramAuth:
    def get(self, case, context):
        return world.key

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


def is_meant_to_be_valid(case, location):
    components = {where.name: info.mode for where, info in case.meta.components.items()} if case.meta else {}
    return location not in components or components[location].is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    operation, headers = case.operation.definition.raw["operationId"], case.headers
    if is_for_guests(case.operation.path) and (case.cookies or {}) != world.ada.cookies:
        # It is tried whether the portal takes somebody who is not signed in; nobody else is, either.
        case.cookies = {name: value for name, value in (case.cookies or {}).items() if name in world.ada.cookies}
        return
    if isinstance(headers.get("X-Gp"), str) and SITE.fullmatch(headers["X-Gp"]):
        # Any word is well formed; these are the sites there are.
        headers["X-Gp"] = "demo"
    if is_for_guests(case.operation.path) and "Sec-Fetch-Site" not in headers and chance.random() < 0.9:
        headers["Sec-Fetch-Site"] = "same-origin"
    if case.meta is None or (case.meta.phase.name.value == "stateful" and operation not in ("createVisit", "createNote")):
        # What follows from what was answered is there already.
        values = None
    else:
        values = world.values(operation) if is_meant_to_be_valid(case, "PATH") and chance.random() < REAL else None
    if values:
        parameters, more = values
        case.path_parameters = {**case.path_parameters, **parameters}
        use(case, more)
    # Ids that were used for something else are refused, and made-up ones soon repeat themselves.
    for part in (case.query, case.body):
        if isinstance(part, dict) and UUID.fullmatch(str(part.get("client_message_id"))) and chance.random() < REAL:
            part["client_message_id"] = str(uuid.uuid4())
    body = case.body if isinstance(case.body, dict) else {}
    if operation == "deleteSession":
        use(case, world.guest_headers(world.portal.guest(name="Somebody")))
    elif operation == "createVisit" and isinstance(body.get("room_id"), str) and chance.random() < REAL:
        guest = chance.choice(world.others)
        case.body = {**body, "room_id": guest.room_id}
        use(case, world.guest_headers(guest))
    elif operation == "createNote" and isinstance(body.get("room_id"), str) and chance.random() < REAL:
        topic = {"topic": "Permits"} if isinstance(body.get("topic"), str) else {}
        room, more = world.of_note()
        case.body = {**body, **room, **topic}
        use(case, more)
    elif "starts_at" in body and is_meant_to_be_valid(case, "BODY") and chance.random() < REAL:
        # Most times that are made up are over.
        case.body = {**body, "starts_at": world.soon()}
    elif operation == "presentIdentity" and isinstance(body.get("token"), str) and chance.random() < REAL:
        case.body = {**body, "token": world.portal.identity()}
        use(case, {"X-Gp": "shop", "Cookie": ""})
    elif operation == "listMessages" and is_meant_to_be_valid(case, "QUERY") and chance.random() < REAL:
        case.query = {name: world.of_own_message()[0]["message_id"] for name in case.query or {}}
    elif operation == "showEmbedDestination" and chance.random() < REAL:
        case.query = {"destination": "maria@sandbox.example"}
    elif operation == "takeDelivery" and is_meant_to_be_valid(case, "HEADER") and "X-Spark-Signature" in headers:
        kwargs["auth"] = Signed(case.path_parameters.get("token"))


class Signed(requests.auth.AuthBase):
    """Signs the bytes as they will be sent."""

    def __init__(self, token):
        self.token = token

    def __call__(self, request):
        body = request.body or b""
        if signature := world.sign(self.token, body.encode() if isinstance(body, str) else body):
            request.headers["X-Spark-Signature"] = signature
        return request


def use(case, headers):
    """Another guest asks."""
    for name, value in headers.items():
        if name == "Cookie":
            case.cookies = dict(pair.split("=", 1) for pair in value.split("; ") if pair)
        elif name in case.headers:
            case.headers[name] = value


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a guest is needed is tried by taking the cookies away, under the names they have on the site `demo`. On another site
    nothing is taken away by that; there `World` has tried it."""
    return not (isinstance(failure, IgnoredAuth) and case.headers.get("X-Gp") != "demo")


@schemathesis.hook
def after_call(context, case, response):
    counts[case.operation.definition.raw["operationId"], response.status_code] += 1


@atexit.register
def sum_up():
    rows = [[operation, status, count] for (operation, status), count in counts.items()]
    told = {"counts": rows, "events": events, "wrong_events": wrong_events[:20]}
    pathlib.Path(os.environ["API_COUNTS"]).write_text(json.dumps(told))
