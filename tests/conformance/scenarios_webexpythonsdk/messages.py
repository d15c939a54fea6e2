"""Messages: said, read page by page, edited, taken back, answered."""

from .world import NO_MESSAGE, NO_PERSON, NO_ROOM, RUN, has_dates, ids, refused

TOO_LONG = (
    "Unable to post message to room: Message length limited to 7439 characters before encryption "
    "and 10000 characters after encryption."
)
NO_DESTINATION = (
    "Message destination could not be determined. "
    "Provide only one destination in the roomId, toPersonEmail, or toPersonId field"
)


def two_people_talk(world, guest):
    me = guest.people.me()
    first = guest.messages.create(toPersonEmail=world.maria_email, text="Good morning – schön, daß es geht ✓")
    has_dates(first, "created")
    assert (first.roomType, first.toPersonEmail, first.text) == ("direct", world.maria_email, "Good morning – schön, daß es geht ✓")
    assert (first.personId, first.personEmail) == (me.id, me.emails[0]), first
    second = guest.messages.create(toPersonId=world.maria_id, text="Is anybody there?")
    assert (second.roomId, second.toPersonId) == (first.roomId, world.maria_id), second
    third = world.maria.messages.create(toPersonId=me.id, text="I am.")
    assert third.roomId == first.roomId, "both directions are one room"

    assert ids(guest.messages.list_direct(personEmail=world.maria_email)) == ids([third, second, first])
    assert ids(world.maria.messages.list_direct(personId=me.id)) == ids([third, second, first])
    heard = world.maria.messages.get(first.id)
    assert (heard.text, heard.toPersonEmail, heard.toPersonId) == (first.text, None, None), heard
    room = guest.rooms.get(first.roomId)
    assert (room.type, room.title) == ("direct", "Maria Sanchez"), room
    assert world.maria.rooms.get(first.roomId).title == me.displayName, "each sees the other's name"
    refused(400, lambda: guest.rooms.delete(room.id))
    refused(404, lambda: list(guest.messages.list_direct(personId=world.linus_id)))
    refused(400, lambda: list(guest.messages.list_direct()))
    refused(404, lambda: world.linus.messages.get(first.id))
    other = world.guest("charles", "Charles Babbage").people.me().id
    refused(403, lambda: guest.messages.create(toPersonId=other, text="We two alone?"))


def a_long_talk_is_read_page_by_page(world, guest, journal):
    room = guest.rooms.create(f"Pages {RUN}")
    said = [guest.messages.create(roomId=room.id, text=f"Message {number}") for number in range(8)]
    newest_first = ids(reversed(said))
    read = list(guest.messages.list(room.id, max=2))
    pages = [page["query"] for page in journal.calls("GET", "/v1/messages") if room.id in page.get("query", "")]
    assert ids(read) == newest_first, "newest first, nothing twice, nothing missing"
    assert [message.created for message in read] == sorted((message.created for message in said), reverse=True)
    assert len(pages) >= 4 and all("beforeMessage=" in query for query in pages[1:]), pages
    # Slices: the SDK asks for no more pages than it needs.
    assert ids(guest.messages.list(room.id, max=3)[:5]) == newest_first[:5]
    assert ids(guest.messages.list(room.id)) == newest_first
    assert ids(guest.messages.list(room.id, beforeMessage=said[3].id)) == newest_first[5:], "exclusive"
    since = said[4].to_dict()["created"]
    earlier = ids(message for message in reversed(said) if message.to_dict()["created"] < since)
    assert ids(guest.messages.list(room.id, before=since)) == earlier, "exclusive"
    # The cursor's message may be gone by the time of the next page.
    pages = iter(guest.messages.list(room.id, max=3))
    seen = [next(pages) for _ in range(3)]
    guest.messages.delete(seen[-1].id)
    assert ids(seen) + ids(pages) == newest_first
    guest.rooms.delete(room.id)


def messages_are_edited_and_taken_back(world, guest):
    room = world.grace.rooms.create(f"Edits {RUN}")
    world.grace.memberships.create(room.id, personId=guest.people.me().id)
    message = guest.messages.create(roomId=room.id, text="Frist")
    assert "updated" not in message.to_dict(), message
    for number in range(1, 11):
        edited = guest.messages.update(message.id, room.id, text=f"First, edited {number} times")
        assert (edited.id, edited.text) == (message.id, f"First, edited {number} times"), edited
    has_dates(edited, "created", "updated")
    assert edited.updated >= edited.created == message.created
    refused(400, lambda: guest.messages.update(message.id, room.id, text="once too often"))
    heard = world.grace.messages.get(message.id)
    assert (heard.text, heard.updated) == (edited.text, edited.updated), heard

    rich = guest.messages.create(roomId=room.id, text="plain")
    edited = guest.messages.edit(rich.id, room.id, markdown="**bold**")
    assert "<strong>bold</strong>" in edited.html and edited.text == "bold", edited
    refused(400, lambda: guest.messages.update(rich.id, text="without the room"))
    refused(403, lambda: world.grace.messages.update(rich.id, room.id, text="not mine"))
    refused(403, lambda: world.grace.messages.delete(rich.id))
    refused(404, lambda: guest.messages.update(NO_MESSAGE, room.id, text="whose?"))
    guest.messages.delete(rich.id)
    refused(404, lambda: guest.messages.get(rich.id))
    refused(404, lambda: guest.messages.delete(rich.id))
    assert ids(world.grace.messages.list(room.id)) == [message.id]
    world.grace.rooms.delete(room.id)


def threads_are_one_level_deep(world, guest):
    room = guest.rooms.create(f"Threads {RUN}")
    first, other = (guest.messages.create(roomId=room.id, text=text) for text in ("First", "Other"))
    replies = [guest.messages.create(roomId=room.id, parentId=first.id, text=f"Reply {number}") for number in range(3)]
    assert all(reply.parentId == first.id for reply in replies)
    assert "parentId" not in first.to_dict()
    assert ids(guest.messages.list(room.id, parentId=first.id, max=2)) == ids(reversed(replies))
    assert ids(guest.messages.list(room.id, parentId=other.id)) == []
    assert ids(guest.messages.list(room.id)) == ids([*reversed(replies), other, first]), "replies are in the plain list"
    elsewhere = guest.rooms.create(f"Elsewhere {RUN}")
    refused(400, lambda: guest.messages.create(roomId=elsewhere.id, parentId=first.id, text="in another room"))
    for made in (room, elsewhere):
        guest.rooms.delete(made.id)


def what_cannot_be_posted_is_refused(world, guest):
    room = guest.rooms.create(f"Limits {RUN}")
    assert len(guest.messages.create(roomId=room.id, text="x" * 7439).text) == 7439
    refused(400, lambda: guest.messages.create(roomId=room.id, text="x" * 7440), TOO_LONG)
    refused(400, lambda: guest.messages.create(roomId=room.id, markdown="x" * 7440), TOO_LONG)
    # Bytes are counted, not letters.
    assert guest.messages.create(roomId=room.id, text="é" * 3719).text == "é" * 3719
    refused(400, lambda: guest.messages.create(roomId=room.id, text="é" * 3720), TOO_LONG)
    refused(400, lambda: guest.messages.create(text="to nobody"), NO_DESTINATION)
    refused(400, lambda: guest.messages.create(roomId=room.id, toPersonId=world.grace_id, text="to both"), NO_DESTINATION)
    refused(400, lambda: guest.messages.create(roomId=room.id), "Both text and file cannot be empty.")
    refused(404, lambda: guest.messages.create(roomId=NO_ROOM, text="?"), "Could not find a room with provided ID.")
    refused(404, lambda: guest.messages.create(toPersonId=NO_PERSON, text="?"))
    refused(404, lambda: list(guest.messages.list(NO_ROOM)), "Could not find a room with provided ID.")
    refused(404, lambda: guest.messages.get(NO_MESSAGE))
    refused(400, lambda: list(guest.messages.list(room.id, mentionedPeople=world.linus_id)))
    guest.rooms.delete(room.id)
