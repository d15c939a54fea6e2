"""Messages and their files."""

from datetime import datetime

import requests
from wxc_sdk.common import RoomType
from wxc_sdk.messages import Message

from .world import NO_ROOM, RUN, all_typed, ids, refused, typed


def a_talk(world, guest, journal):
    room = guest.rooms.create(f"Talk {RUN}")
    me = guest.people.me().person_id
    said = [typed(guest.messages.create(room_id=room.id, text=f"Nachricht № {number} ✓"), Message) for number in range(8)]
    for message in said:
        assert isinstance(message.created, datetime) and message.updated is None, message
        assert (message.room_id, RoomType(message.room_type), message.person_id) == (room.id, RoomType.group, me), message
    newest_first = ids(reversed(said))
    assert ids(all_typed(guest.messages.list(room.id, max=2), Message)) == newest_first
    pages = [page["query"] for page in journal.calls("GET", "/v1/messages") if room.id in page.get("query", "")]
    assert len(pages) >= 4 and all("beforeMessage=" in query for query in pages[1:]), pages
    assert ids(guest.messages.list(room.id, before_message=said[3].id, max=2)) == newest_first[5:], "exclusive, over two pages"
    earlier = [message.id for message in reversed(said) if message.created < said[5].created]
    assert ids(guest.messages.list(room.id, before=said[5].created)) == earlier, "exclusive"

    message = typed(guest.messages.details(said[0].id), Message)
    message.text = "Edited"
    edited = typed(guest.messages.edit(message), Message)
    assert (edited.id, edited.text, edited.created) == (message.id, "Edited", message.created), edited
    assert isinstance(edited.updated, datetime) and edited.updated >= edited.created, edited
    assert guest.messages.details(message.id) == edited

    rich = typed(guest.messages.create(room_id=room.id, markdown="**bold**, <@all>", parent_id=message.id), Message)
    assert "<strong>bold</strong>" in rich.html and rich.markdown and rich.text.startswith("bold"), rich
    assert (rich.parent_id, rich.mentioned_groups) == (message.id, ["all"]), rich
    assert ids(guest.messages.list(room.id, parent_id=message.id)) == [rich.id]
    # What was fetched may be sent back, but for what was derived.
    rich.markdown, rich.text, rich.html = "*slanted*", None, None
    edited = typed(guest.messages.edit(rich), Message)
    assert "<em>slanted</em>" in edited.html and (edited.text, edited.parent_id) == ("slanted", message.id), edited
    guest.membership.create(room.id, person_id=world.grace_id)
    mention = typed(guest.messages.create(room_id=room.id, markdown=f"<@personId:{world.grace_id}|Grace>?"), Message)
    assert mention.mentioned_people == [world.grace_id], mention
    assert ids(world.grace.messages.list(room.id, mentioned_people=["me"]))[0] == mention.id

    refused(403, lambda: world.grace.messages.edit(typed(world.grace.messages.details(message.id), Message)))
    refused(403, lambda: world.grace.messages.delete(message.id))
    guest.messages.delete(message.id)
    refused(404, lambda: guest.messages.details(message.id))
    refused(404, lambda: guest.messages.delete(message.id))
    refused(400, lambda: guest.messages.create(room_id=room.id, text="x" * 7440))
    refused(400, lambda: guest.messages.create(text="to nobody"))
    refused(400, lambda: guest.messages.create(room_id=room.id))
    refused(404, lambda: guest.messages.create(room_id=NO_ROOM, text="?"))
    refused(404, lambda: list(guest.messages.list(NO_ROOM)))
    refused(404, lambda: list(world.linus.messages.list(room.id)))
    other = world.app.guests.create(f"other-{RUN}", "Other")
    refused(403, lambda: guest.messages.create(to_person_id=other.id, text="We two alone?"))
    guest.rooms.delete(room.id)


def files_arrive_as_they_were(world, guest, folder, listener):
    room = guest.rooms.create(f"Files {RUN}")
    content = bytes(range(256)) * 300
    path = folder / "Größe – Übersicht №5.pdf"
    path.write_bytes(content)
    for source in (str(path), listener.serve("Plan.pdf", content, "application/pdf")):
        message = typed(guest.messages.create(room_id=room.id, text="Here it is", files=[source]), Message)
        [url] = message.files
        got = requests.get(url, headers={"Authorization": f"Bearer {guest.access_token}"}, timeout=30)
        assert (got.status_code, got.content) == (200, content), f"{source}: {got.status_code}, {len(got.content)} bytes"
        assert got.headers["Content-Type"].split(";")[0] == "application/pdf", got.headers
        assert guest.messages.details(message.id).files == [url]
        refused(400, lambda: guest.messages.edit(message))
    guest.rooms.delete(room.id)
