"""Rooms and who is in them."""

from .world import NO_PERSON, NO_ROOM, RUN, has_dates, ids, refused


def rooms_come_and_go(world):
    owner = world.guest("rooms", "Owner of rooms")
    me = owner.people.me().id
    # So many in a row that some are of one millisecond.
    made = [owner.rooms.create(f"Room {number} – Größe {RUN}") for number in range(12)]
    for room in made:
        has_dates(room, "created", "lastActivity")
        assert (room.type, room.isLocked, room.creatorId) == ("group", False, me), room
        assert room.ownerId == world.credentials["organisation"]["id"], room
    assert made[0].title == f"Room 0 – Größe {RUN}"
    assert owner.rooms.get(made[0].id).to_dict() == made[0].to_dict()
    assert set(ids(owner.rooms.list())) == set(ids(made))
    assert ids(owner.rooms.list(type="direct")) == []
    listed = list(owner.rooms.list(type="group", sortBy="created", max=5))
    assert sorted(ids(listed)) == sorted(ids(made)), "over three pages"
    assert [room.created for room in listed] == sorted((room.created for room in made), reverse=True), "newest first"
    assert ids(listed) == ids(reversed(made)), "newest first, within one millisecond, too"
    owner.messages.create(roomId=made[2].id, text="Something happens here.")
    active = list(owner.rooms.list(sortBy="lastactivity", max=5))
    assert active[0].lastActivity == owner.rooms.get(made[2].id).lastActivity >= made[2].lastActivity, "newest first"
    assert [room.lastActivity for room in active] == sorted((room.lastActivity for room in active), reverse=True)
    assert ids(active) == [made[2].id, *(room.id for room in reversed(made) if room.id != made[2].id)], "within one millisecond, too"

    changed = owner.rooms.update(made[0].id, title="Another name")
    assert (changed.id, changed.title) == (made[0].id, "Another name")
    assert owner.rooms.get(made[0].id).title == "Another name"
    assert owner.rooms.update(made[0].id, title="Another name", isLocked=True).isLocked is True
    assert owner.rooms.update(made[0].id, title="Another name", isLocked=False).isLocked is False
    public = owner.rooms.create("Town square", isPublic=True, description="For everybody")
    assert (public.isPublic, public.description) == (True, "For everybody"), public
    refused(400, lambda: owner.rooms.create(""), "Title cannot be empty.")
    refused(400, lambda: owner.rooms.create("Public without a description", isPublic=True))

    refused(404, lambda: owner.rooms.get(NO_ROOM), "Could not find a room with provided ID.")
    refused(404, lambda: world.grace.rooms.get(made[0].id), "Could not find a room with provided ID.")
    refused(404, lambda: world.grace.rooms.update(made[0].id, title="Mine"))
    for room in [*made, public]:
        owner.rooms.delete(room.id)
    assert ids(owner.rooms.list()) == []
    refused(404, lambda: owner.rooms.get(made[0].id), "Could not find a room with provided ID.")


def members_come_and_go(world, guest):
    room = world.app.rooms.create(f"Members {RUN}")
    me = guest.people.me()
    grace = world.app.memberships.create(room.id, personEmail=world.grace_email)
    has_dates(grace, "created")
    assert (grace.roomId, grace.roomType, grace.isModerator) == (room.id, "group", False), grace
    assert (grace.personId, grace.personEmail) == (world.grace_id, world.grace_email), grace
    assert (grace.personDisplayName, grace.personOrgId) == ("Grace Hopper", world.credentials["organisation"]["id"]), grace
    assert (grace.isMonitor, grace.isRoomHidden) in ((False, False), (False, None)), grace

    # A Guest Issuer's guest has a made-up address, which reaches nobody.
    refused(404, lambda: world.app.memberships.create(room.id, personEmail=me.emails[0]))
    invited = world.app.memberships.create(room.id, personId=me.id)
    assert (invited.personId, invited.personDisplayName) == (me.id, me.displayName), invited
    assert room.id in ids(guest.rooms.list())

    double = "User is already a participant in the room."
    refused(409, lambda: world.app.memberships.create(room.id, personId=me.id), double)
    refused(409, lambda: world.app.memberships.create(room.id, personEmail=world.grace_email), double)
    refused(400, lambda: world.app.memberships.create(room.id), "Must specify either personId or personEmail.")
    refused(404, lambda: world.app.memberships.create(room.id, personId=NO_PERSON))
    refused(404, lambda: world.app.memberships.create(room.id, personEmail="no address"))
    refused(404, lambda: world.app.memberships.create(NO_ROOM, personId=me.id))

    members = {member.personId: member for member in world.app.memberships.list(roomId=room.id, max=1)}
    assert set(members) == {world.app_id, world.grace_id, me.id}, members.keys()
    assert members[world.grace_id].to_dict() == world.grace.memberships.get(grace.id).to_dict() == grace.to_dict()
    assert ids(world.app.memberships.list(roomId=room.id, personEmail=world.grace_email)) == [grace.id]
    assert ids(world.app.memberships.list(roomId=room.id, personId=me.id)) == [invited.id]
    assert invited.id in ids(guest.memberships.list(max=1000)), "without a filter: one's own"
    assert {member.personId for member in guest.memberships.list()} == {me.id}
    refused(404, lambda: list(world.linus.memberships.list(roomId=room.id)))
    refused(404, lambda: world.linus.memberships.get(grace.id))

    world.app.memberships.delete(grace.id)
    refused(404, lambda: world.app.memberships.get(grace.id))
    refused(404, lambda: world.grace.rooms.get(room.id))
    guest.memberships.delete(invited.id)
    assert room.id not in ids(guest.rooms.list()), "one may leave"
    world.app.rooms.delete(room.id)


def moderators_have_the_say(world):
    room = world.linus.rooms.create(f"Moderated {RUN}", isLocked=True)
    own = next(iter(world.linus.memberships.list(roomId=room.id)))
    assert (room.isLocked, own.isModerator) == (True, True), "who locks a room moderates it"
    grace = world.linus.memberships.create(room.id, personId=world.grace_id)
    refused(403, lambda: world.grace.memberships.create(room.id, personId=world.maria_id))
    refused(403, lambda: world.grace.memberships.update(grace.id, isModerator=True))
    refused(403, lambda: world.grace.memberships.delete(own.id))
    refused(403, lambda: world.grace.rooms.update(room.id, title="Mine"))
    said = world.grace.messages.create(roomId=room.id, text="May I?")
    answer = world.linus.messages.create(roomId=room.id, text="You may.")
    refused(403, lambda: world.grace.messages.delete(answer.id))
    world.linus.messages.delete(said.id)
    refused(404, lambda: world.grace.messages.get(said.id))

    assert world.linus.rooms.update(room.id, title=room.title, isAnnouncementOnly=True).isAnnouncementOnly is True
    refused(403, lambda: world.grace.messages.create(roomId=room.id, text="And now?"))
    promoted = world.linus.memberships.update(grace.id, isModerator=True)
    assert (promoted.id, promoted.isModerator) == (grace.id, True), promoted
    assert world.grace.messages.create(roomId=room.id, text="Now!").id
    assert world.grace.memberships.create(room.id, personId=world.maria_id).isModerator is False
    # Somebody who does not moderate deletes nothing, but leaves.
    world.maria.rooms.delete(room.id)
    refused(404, lambda: world.maria.rooms.get(room.id))
    assert world.grace.rooms.get(room.id).id == room.id
    world.linus.rooms.delete(room.id)
    refused(404, lambda: world.grace.rooms.get(room.id))
