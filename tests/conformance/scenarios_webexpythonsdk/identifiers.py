"""Ids: what is inside, and the forms in which they are good."""

import base64
import re

from .world import RUN, refused


def uri(found):
    """What an id is the base64 of: `ciscospark://cluster/TYPE/…`."""
    assert "=" not in found, f"Webex gives ids without padding: {found}"
    return base64.b64decode(found + "=" * (-len(found) % 4)).decode()


def ids_are_good_in_every_form(world):
    """Clients send them padded, too, or only the UUID that is inside."""
    room = world.grace.rooms.create(f"Ids {RUN}")
    message = world.grace.messages.create(roomId=room.id, text="Which id?")
    for found, get in (
        (world.grace_id, world.linus.people.get),
        (room.id, world.grace.rooms.get),
        (message.id, world.grace.messages.get),
    ):
        assert re.fullmatch(r"ciscospark://[^/]+/(PEOPLE|ROOM|MESSAGE)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", uri(found)), uri(found)
        for form in (found, found + "=" * (-len(found) % 4), uri(found).rsplit("/", 1)[1]):
            assert get(form).id == found, form
    assert uri(world.grace_id).startswith("ciscospark://us/PEOPLE/"), "wherever the room is"
    [member] = world.grace.memberships.list(roomId=room.id)
    person_uuid, room_uuid = (uri(found).rsplit("/", 1)[1] for found in (world.grace_id, room.id))
    assert uri(member.id).endswith(f"/MEMBERSHIP/{person_uuid}:{room_uuid}"), uri(member.id)
    refused(404, lambda: world.grace.rooms.get(message.id))
    refused(404, lambda: world.grace.messages.get("no id at all"))
    world.grace.rooms.delete(room.id)
