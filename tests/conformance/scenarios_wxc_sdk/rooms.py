"""Rooms and who is in them."""

from datetime import datetime

from wxc_sdk.common import RoomType
from wxc_sdk.memberships import Membership
from wxc_sdk.messages import Message
from wxc_sdk.rooms import Room

from .world import NO_PERSON, NO_ROOM, RUN, all_typed, ids, refused, typed


def rooms_come_and_go(world):
    owner = world.api(world.app.guests.create(f"rooms-{RUN}", "Owner of rooms").access_token)
    made = [typed(owner.rooms.create(f"Room {number} – Größe {RUN}"), Room) for number in range(5)]
    for room in made:
        assert isinstance(room.created, datetime) and isinstance(room.last_activity, datetime), room
        assert (RoomType(room.type), room.is_locked, room.owner_id) == (RoomType.group, False, world.organisation), room
    assert typed(owner.rooms.details(made[0].id), Room) == made[0]
    listed = all_typed(owner.rooms.list(type_=RoomType.group, sort_by="created", max=2), Room)
    assert sorted(ids(listed)) == sorted(ids(made)), "over three pages"
    assert [room.created for room in listed] == sorted((room.created for room in made), reverse=True), "newest first"
    assert ids(listed) == ids(reversed(made)), "newest first, within one millisecond, too"
    assert list(owner.rooms.list(type_=RoomType.direct)) == []
    room = made[0]
    room.title = "Another name"
    changed = typed(owner.rooms.update(room), Room)
    assert (changed.id, changed.title) == (room.id, "Another name"), changed
    changed.is_locked = True
    assert typed(owner.rooms.update(changed), Room).is_locked is True
    public = typed(owner.rooms.create("Town square", is_public=True, description="For everybody"), Room)
    assert (public.is_public, public.description) == (True, "For everybody"), public
    assert isinstance(public.made_public, datetime), public
    refused(400, lambda: owner.rooms.create(""))
    refused(404, lambda: world.grace.rooms.details(room.id))
    refused(404, lambda: owner.rooms.details(NO_ROOM))
    for made_room in [*made, public]:
        owner.rooms.delete(made_room.id)
    assert list(owner.rooms.list()) == []
    refused(404, lambda: owner.rooms.details(room.id))


def members_come_and_go(world, guest):
    room = world.app.rooms.create(f"Members {RUN}", is_locked=True)
    me = guest.people.me()
    # In its own organisation a Service App's guest has an address that works.
    invited = typed(world.app.membership.create(room.id, person_email=me.emails[0]), Membership)
    assert isinstance(invited.created, datetime), invited
    assert (invited.person_id, invited.person_display_name, invited.person_org_id) == (me.person_id, me.display_name, world.organisation)
    assert (invited.room_id, RoomType(invited.room_type), invited.is_moderator) == (room.id, RoomType.group, False), invited
    grace = typed(world.app.membership.create(room.id, person_id=world.grace_id, is_moderator=True), Membership)
    assert grace.is_moderator is True, grace
    refused(409, lambda: world.app.membership.create(room.id, person_id=me.person_id))
    refused(403, lambda: guest.membership.create(room.id, person_id=world.linus_id))
    refused(400, lambda: world.app.membership.create(room.id))
    refused(404, lambda: world.app.membership.create(room.id, person_id=NO_PERSON))

    members = all_typed(world.app.membership.list(room_id=room.id, max=1), Membership)
    assert {member.person_id for member in members} == {world.app_id, me.person_id, world.grace_id}
    assert ids(world.app.membership.list(room_id=room.id, person_id=me.person_id)) == [invited.id]
    assert invited.id in ids(all_typed(guest.membership.list(max=1000), Membership))
    assert typed(guest.membership.details(grace.id), Membership) == grace

    invited.is_moderator = True
    assert typed(world.app.membership.update(invited), Membership).is_moderator is True
    assert guest.membership.create(room.id, person_id=world.linus_id).person_id == world.linus_id
    world.app.membership.delete(grace.id)
    refused(404, lambda: guest.membership.details(grace.id))
    guest.membership.delete(invited.id)
    refused(404, lambda: guest.rooms.details(room.id))
    world.app.rooms.delete(room.id)


def a_hidden_room_comes_back_with_a_message(world, guest):
    me = guest.people.me()
    room_id = guest.messages.create(to_person_id=world.maria_id, text="Hello").room_id
    [own] = all_typed(world.maria.membership.list(room_id=room_id, person_id=world.maria_id), Membership)
    assert (RoomType(own.room_type), own.is_room_hidden) == (RoomType.direct, False), own
    own.is_room_hidden = True
    assert typed(world.maria.membership.update(own), Membership).is_room_hidden is True
    guest.messages.create(to_person_id=world.maria_id, text="Hello?")
    assert world.maria.membership.details(own.id).is_room_hidden is False
    answer = typed(world.maria.messages.create(to_person_id=me.person_id, text="Hello!"), Message)
    assert (answer.room_id, RoomType(answer.room_type), answer.to_person_id) == (room_id, RoomType.direct, me.person_id), answer
    direct = all_typed(guest.messages.list_direct(person_email=world.maria_email), Message)
    assert [message.text for message in direct] == ["Hello!", "Hello?", "Hello"], "newest first"
    assert ids(world.maria.messages.list_direct(person_id=me.person_id)) == ids(direct)
