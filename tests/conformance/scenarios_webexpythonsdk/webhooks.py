"""Webhooks: kept, filtered, told, given up and taken up again."""

import time

import requests

from .subscription import Subscription
from .world import NO_ROOM, RUN, has_dates, ids, refused


def webhooks_are_kept(world, listener):
    api, target = world.maria, listener.base + "/never"
    made = api.webhooks.create("Größe ✓", target, "messages", "created", filter=f"roomId={NO_ROOM}", secret="s3cret")
    has_dates(made, "created")
    assert (made.name, made.targetUrl) == ("Größe ✓", target), made
    assert (made.resource, made.event, made.filter) == ("messages", "created", f"roomId={NO_ROOM}"), made
    assert (made.secret, made.status, made.ownedBy) == ("s3cret", "active", "creator"), made
    assert (made.orgId, made.createdBy) == (world.credentials["organisation"]["id"], world.maria_id), made
    assert api.webhooks.get(made.id).to_dict() == made.to_dict()
    more = [api.webhooks.create(f"Number {number}", target, "rooms", "updated") for number in range(4)]
    assert not {"filter", "secret"} & set(more[0].to_dict()), more[0]
    assert set(ids(api.webhooks.list(max=2))) >= set(ids([made, *more])), "over several pages"
    refused(404, lambda: world.linus.webhooks.get(made.id))
    assert made.id not in ids(world.linus.webhooks.list())

    changed = api.webhooks.update(
        made.id, "New name", target + "?new", secret="another", status="active", resource="rooms", event="deleted", filter="roomType=direct"
    )
    assert (changed.id, changed.name, changed.targetUrl, changed.secret) == (made.id, "New name", target + "?new", "another"), changed
    assert (changed.resource, changed.event, changed.filter) == (made.resource, made.event, made.filter), "these stay"
    assert api.webhooks.get(made.id).name == "New name"
    refused(400, lambda: api.webhooks.create("", target, "messages", "created"))
    refused(400, lambda: api.webhooks.create("Without a target", "", "messages", "created"))
    refused(400, lambda: api.webhooks.create("No such event", target, "attachmentActions", "deleted"))
    refused(400, lambda: api.webhooks.create("No such resource", target, "weather", "created"))
    refused(400, lambda: api.webhooks.update(made.id, name="Without a target"))
    for webhook in [made, *more]:
        api.webhooks.delete(webhook.id)
    refused(404, lambda: api.webhooks.get(made.id))
    refused(404, lambda: api.webhooks.delete(made.id))


def message_data(message):
    """What a webhook tells of a message: never its words."""
    told = ("id", "roomId", "roomType", "personId", "personEmail", "created", "parentId", "files", "mentionedPeople", "mentionedGroups")
    return {name: value for name, value in message.to_dict().items() if name in told}


def webhooks_tell_of_messages(world, guest, listener, folder):
    room, other = (world.app.rooms.create(f"{name} {RUN}") for name in ("Heard", "Not heard"))
    me = guest.people.me()
    for made in (room, other):
        world.app.memberships.create(made.id, personId=me.id)
    here = f"roomId={room.id}"
    every = Subscription(world.app, listener, "messages", "messages", "all")
    created = Subscription(world.app, listener, "messages-here", "messages", "created", filter=here)
    by_guest = Subscription(world.app, listener, "files-of-guest", "messages", "created", filter=f"{here}&personId={me.id}&hasFiles=true")
    unsigned = Subscription(world.app, listener, "unsigned", "messages", "created", filter=here, secret=None)

    first = guest.messages.create(roomId=room.id, text="Heard? Gehört?")
    for subscription in (every, created, unsigned):
        data = subscription.hears("messages", "created", first.id, me.id)
        assert data == message_data(first), data
        assert not {"text", "markdown", "html"} & set(data), data
    assert world.app.messages.get(data["id"]).text == "Heard? Gehört?", "what was said has to be fetched"

    own = world.app.messages.create(roomId=room.id, markdown=f"<@personId:{me.id}> Yes.", parentId=first.id)
    for subscription in (every, created, unsigned):
        data = subscription.hears("messages", "created", own.id, world.app_id)
        assert (data["mentionedPeople"], data["parentId"]) == ([me.id], first.id), "one's own messages come, too"
    path = folder / "heard.txt"
    path.write_text("heard")
    with_file = guest.messages.create(roomId=room.id, files=[str(path)])
    for subscription in (every, created, unsigned, by_guest):
        assert subscription.hears("messages", "created", with_file.id, me.id)["files"] == with_file.files

    elsewhere = guest.messages.create(roomId=other.id, text="In the other room")
    assert every.hears("messages", "created", elsewhere.id, me.id)["roomId"] == other.id
    edited = guest.messages.update(first.id, room.id, text="Heard now?")
    assert set(every.hears("messages", "updated", edited.id, me.id)) >= set(message_data(first))
    guest.messages.delete(first.id)
    assert set(every.hears("messages", "deleted", first.id, me.id)) >= {"id", "roomId", "roomType", "personId", "personEmail", "created"}
    refused(404, lambda: world.app.messages.get(first.id))

    # A new secret holds from the next delivery on.
    world.app.webhooks.update(created.webhook.id, created.webhook.name, created.webhook.targetUrl, secret="renewed")
    created.secret = "renewed"
    last = guest.messages.create(roomId=room.id, text="The last")
    for subscription in (every, created, unsigned):
        subscription.hears("messages", "created", last.id, me.id)
    for subscription in (every, created, unsigned, by_guest):
        assert subscription.inbox.left(room.id, other.id) == [], f"{subscription.webhook.name}: told twice, or of something else"
        world.app.webhooks.delete(subscription.webhook.id)
    for made in (room, other):
        world.app.rooms.delete(made.id)


def webhooks_tell_of_rooms_and_members(world, guest, listener):
    me = guest.people.me().id
    rooms = Subscription(world.linus, listener, "rooms", "rooms", "all", filter="type=group")
    firehose = Subscription(world.linus, listener, "firehose", "all", "all")
    room = world.linus.rooms.create(f"Told of {RUN}")
    for subscription in (rooms, firehose):
        data = subscription.hears("rooms", "created", room.id, world.linus_id)
        assert (data["title"], data["type"], data["creatorId"]) == (room.title, "group", world.linus_id), data
    members = Subscription(world.linus, listener, "members", "memberships", "all", filter=f"roomId={room.id}")
    invited = world.linus.memberships.create(room.id, personId=me)
    for subscription in (members, firehose):
        assert subscription.hears("memberships", "created", invited.id, world.linus_id) == invited.to_dict()
    world.linus.memberships.update(invited.id, isModerator=True)
    assert members.hears("memberships", "updated", invited.id, world.linus_id)["isModerator"] is True
    world.linus.rooms.update(room.id, title="Renamed – umbenannt")
    for subscription in (rooms, firehose):
        assert subscription.hears("rooms", "updated", room.id, world.linus_id)["title"] == "Renamed – umbenannt"
    assert world.linus.rooms.update(room.id, title="Renamed – umbenannt").title == "Renamed – umbenannt"
    world.linus.rooms.update(room.id, title="Renamed again")
    for subscription in (rooms, firehose):
        title = subscription.hears("rooms", "updated", room.id, world.linus_id)["title"]
        assert title == "Renamed again", "an update that changes nothing is not told"
    guest.memberships.delete(invited.id)
    assert members.hears("memberships", "deleted", invited.id, me)["personId"] == me
    said = world.linus.messages.create(roomId=room.id, text="To the firehose")
    firehose.hears("messages", "created", said.id, world.linus_id)
    for subscription in (rooms, firehose):
        assert ("rooms", "updated") not in subscription.inbox.left(room.id), "told twice, or of an update that changes nothing"
    for subscription in (rooms, firehose, members):
        world.linus.webhooks.delete(subscription.webhook.id)
    world.linus.rooms.delete(room.id)


def a_plus_in_a_filter_is_a_plus(world, listener):
    guest = world.guest("ada+work", "Ada at work")
    me = guest.people.me()
    assert me.emails[0].startswith("ada+work"), me.emails
    room = world.app.rooms.create(f"Plus {RUN}")
    world.app.memberships.create(room.id, personId=me.id)
    plus = Subscription(world.app, listener, "plus", "messages", "created", filter=f"roomId={room.id}&personEmail={me.emails[0]}")
    world.app.messages.create(roomId=room.id, text="From another address")
    said = guest.messages.create(roomId=room.id, text="From an address with a plus")
    plus.hears("messages", "created", said.id, me.id)
    assert plus.inbox.left() == []
    world.app.webhooks.delete(plus.webhook.id)
    world.app.rooms.delete(room.id)


def a_bot_hears_what_mentions_it(world, guest, listener):
    room = guest.rooms.create(f"With a bot {RUN}")
    guest.memberships.create(room.id, personId=world.bot_id)
    bot = Subscription(world.bot, listener, "bot", "messages", "created", filter=f"roomId={room.id}")
    guest.messages.create(roomId=room.id, text="Not for the bot")
    mention = guest.messages.create(roomId=room.id, markdown=f"<@personId:{world.bot_id}> For the bot")
    assert bot.hears("messages", "created", mention.id, guest.people.me().id)["mentionedPeople"] == [world.bot_id]
    assert bot.inbox.left() == []
    world.bot.webhooks.delete(bot.webhook.id)
    guest.rooms.delete(room.id)


def a_webhook_that_fails_is_given_up_and_taken_up_again(world, guest, listener):
    room = world.linus.rooms.create(f"Failing {RUN}")
    world.linus.memberships.create(room.id, personId=guest.people.me().id)
    inbox = listener.inbox("mended")
    webhook = world.linus.webhooks.create("Failing", f"{listener.base}/broken", "messages", "created", filter=f"roomId={room.id}")
    # How many failures are too many is not known of Webex. Here it is a switch, which is put back at once.
    switch = f"{world.simulator}/sandbox/webhooks"
    usual = requests.get(switch, timeout=30).json()
    try:
        assert requests.put(switch, json={**usual, "failures": 2}, timeout=30).ok
        for text in ("One", "Two"):
            guest.messages.create(roomId=room.id, text=text)
        until = time.monotonic() + 20
        while (status := world.linus.webhooks.get(webhook.id).status) == "active":
            assert time.monotonic() < until, "the webhook did not become inactive"
            time.sleep(0.02)
        assert status == "inactive", status
    finally:
        assert requests.put(switch, json=usual, timeout=30).ok
    guest.messages.create(roomId=room.id, text="While it is inactive")
    mended = world.linus.webhooks.update(webhook.id, "Mended", inbox.url, status="active")
    assert (mended.id, mended.status, mended.targetUrl) == (webhook.id, "active", inbox.url), mended
    said = guest.messages.create(roomId=room.id, text="Heard again")
    inbox.take("messages", "created", said.id).check(None)
    assert inbox.left() == [], "what was missed is not told later"
    world.linus.webhooks.delete(webhook.id)
    world.linus.rooms.delete(room.id)
