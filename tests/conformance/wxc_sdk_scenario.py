"""A day of work with wxc-sdk as it comes from PyPI: guests of the Service App, and every answer in the SDK's own types.

    wxc_sdk_scenario.py SIMULATOR [--list]

SIMULATOR is the address of a running simulator; `--list` names every operation that was used.
"""

import importlib.metadata
import pathlib
import re
import sys
import tempfile
import time
from datetime import datetime, timedelta

import requests
from pydantic import BaseModel
from wxc_sdk import WebexSimpleApi
from wxc_sdk.attachment_actions import AttachmentAction, AttachmentActionData
from wxc_sdk.common import RoomType
from wxc_sdk.guests import Guest
from wxc_sdk.integration import Integration
from wxc_sdk.memberships import Membership, MembershipsData
from wxc_sdk.messages import AdaptiveCard, AdaptiveCardAction, AdaptiveCardBody, Message, MessageAttachment, MessagesData
from wxc_sdk.people import PeopleStatus, Person, PersonType
from wxc_sdk.rest import ErrorDetail, RestError, RestSession
from wxc_sdk.rooms import Room
from wxc_sdk.tokens import Tokens
from wxc_sdk.webhook import Webhook, WebhookEvent, WebhookEventType, WebhookResource, WebhookStatus

from journal import Journal
from listening import Listener

NO_ROOM = "Y2lzY29zcGFyazovL3VzL1JPT00vMDAwMDAwMDAtMDAwMC0xMTExLTgwMDAtMDAwMDAwMDAwMDAw"
NO_PERSON = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDA"

# The SDK adds a word it does not know to its enumeration and goes on. What they are now is compared at the end.
ENUMERATIONS = {
    enumeration: {member.value for member in enumeration}
    for enumeration in (RoomType, PersonType, PeopleStatus, WebhookResource, WebhookEventType, WebhookStatus)
}

# Told apart from everything that was there before, in a simulator that others use, too.
RUN = time.time_ns()


class World:
    """The simulator's organisation, and the SDK's view of it for each who has a token."""

    def __init__(self, simulator):
        self.credentials = requests.get(f"{simulator}/sandbox/credentials.json", timeout=30).json()
        self.base = self.credentials["api_base"]
        self.organisation = self.credentials["organisation"]["id"]
        # Before the first session is made, and without a slash at its end.
        RestSession.BASE = self.base
        self.app = self.api(self.credentials["service_app"]["access_token"])
        self.grace, self.linus, self.maria = (self.api(staff["access_token"]) for staff in self.credentials["staff"][:3])
        self.grace_id, self.linus_id, self.maria_id = (staff["person_id"] for staff in self.credentials["staff"][:3])
        self.grace_email, self.linus_email, self.maria_email = (staff["email"] for staff in self.credentials["staff"][:3])
        self.app_id = self.credentials["service_app"]["person_id"]

    def api(self, tokens):
        # A limit on requests is something to hear of, not to wait for.
        return WebexSimpleApi(tokens=tokens, retry_429=False)


def typed(thing, model):
    """What the SDK made of an answer: of its type, dates as dates, and nothing in it that the type does not know."""
    assert type(thing) is model, type(thing)
    assert not thing.model_extra, f"unknown to the SDK: {thing.model_extra}"
    for name, field in model.model_fields.items():
        value = getattr(thing, name)
        if value is not None and "datetime" in str(field.annotation):
            assert isinstance(value, datetime) and value.utcoffset() == timedelta(0), f"{name}: {value!r}"
        if isinstance(value, BaseModel):
            typed(value, type(value))
    return thing


def all_typed(things, model):
    return [typed(thing, model) for thing in things]


def refused(status, call):
    """The call has to be refused, in a form from which the SDK reads everything it wants to know."""
    try:
        call()
    except RestError as error:
        assert error.response.status_code == status, f"{status} was expected: {error}"
        assert isinstance(error.detail, ErrorDetail), f"not in Webex's form: {error.detail}"
        assert error.detail.message and error.description, error.detail
        assert error.detail.tracking_id == error.response.headers["trackingid"], error.detail
        return error
    raise AssertionError(f"{status} was expected, but nothing was refused")


def ids(things):
    return [thing.id for thing in things]


# Identity


def a_guest_is_somebody(world):
    count = int(world.app.guests.guest_count())
    subject = f"Hospital A Patient {RUN}"
    guest = typed(world.app.guests.create(subject, "Ada Lovelace"), Guest)
    assert (guest.subject, guest.display_name) == (subject, "Ada Lovelace"), guest
    assert re.fullmatch(r"[0-9a-f-]{36}@appid\.ciscospark\.com", guest.email), guest.email
    assert guest.expires_in == 64799 and 64700 < guest.remaining <= 64799, (guest.expires_in, guest.remaining)
    # The SDK hands on as it is what is not JSON.
    assert re.fullmatch(r"\d+", world.app.guests.guest_count())
    assert int(world.app.guests.guest_count()) > count

    first = world.api(guest.access_token)
    me = typed(first.people.me(), Person)
    assert (me.person_id, me.display_name, me.emails) == (guest.id, "Ada Lovelace", [guest.email]), me
    assert (PersonType(me.person_type), me.org_id) == (PersonType.appuser, world.organisation), me

    again = typed(world.app.guests.create(subject, "Ada King"), Guest)
    assert (again.id, again.email, again.display_name) == (guest.id, guest.email, "Ada King"), "the same subject, renamed"
    assert again.access_token != guest.access_token, "a further token"
    assert first.people.me().display_name == "Ada King", "the first token is good still"
    assert world.api(again.access_token).people.me().person_id == guest.id
    assert world.app.guests.create(f"{subject} again", "Ada Lovelace").id != guest.id, "a name is nobody's own"

    refused(400, lambda: world.app.guests.create("", "Nobody"))
    refused(400, lambda: world.app.guests.create("nobody", ""))
    refused(403, lambda: world.grace.guests.create("nobody", "Nobody"))
    refused(403, lambda: first.guests.create("nobody", "Nobody"))
    refused(403, world.grace.guests.guest_count)
    refused(401, lambda: world.api("nobody's").guests.create("nobody", "Nobody"))
    return first


def the_service_app_renews_its_token(world):
    app = world.credentials["service_app"]

    def integration(client_secret):
        return Integration(
            client_id=app["client_id"],
            client_secret=client_secret,
            scopes="guest-issuer:read guest-issuer:write",
            redirect_url="http://localhost:6001/redirect",
            token_service=f"{world.base}/access_token",
        )

    tokens = Tokens(refresh_token=app["refresh_token"])
    assert integration(app["client_secret"]).validate_tokens(tokens), "there was no token yet"
    assert tokens.access_token and tokens.refresh_token, "renewed"
    assert (tokens.expires_in, tokens.refresh_token_expires_in) == (1209599, 7775999), tokens.expires_in
    assert isinstance(tokens.expires_at, datetime) and isinstance(tokens.refresh_token_expires_at, datetime)
    assert 1209500 < tokens.remaining <= 1209599
    me = world.api(tokens).people.me()
    assert (me.person_id, me.emails) == (app["person_id"], [app["email"]]), me
    assert not integration(app["client_secret"]).validate_tokens(tokens), "this one lasts"
    kept = tokens.access_token
    integration(app["client_secret"]).refresh(tokens)
    assert world.api(tokens).people.me().person_id == app["person_id"] and world.api(kept).people.me()
    try:
        integration(app["client_secret"][::-1]).refresh(tokens)
    except requests.HTTPError as error:
        assert error.response.status_code in (400, 401) and error.response.json()["message"], error.response.text
    else:
        raise AssertionError("a wrong secret was accepted")


def people_are_found(world, guest):
    me = typed(world.grace.people.me(), Person)
    assert (me.person_id, me.emails, PersonType(me.person_type)) == (world.grace_id, [world.grace_email], PersonType.person), me
    assert isinstance(me.created, datetime) and isinstance(me.last_modified, datetime), me
    assert typed(world.grace.people.details(world.linus_id), Person).display_name == "Linus Pauling"
    assert PersonType(world.grace.people.details(world.credentials["bot"]["person_id"]).person_type) is PersonType.bot
    [linus] = all_typed(world.grace.people.list(email=world.linus_email), Person)
    assert linus.person_id == world.linus_id
    assert world.maria_id in [person.person_id for person in world.grace.people.list(display_name="Maria")]
    both = all_typed(world.grace.people.list(id_list=[world.linus_id, world.grace_id], max=1), Person)
    assert {person.person_id for person in both} == {world.linus_id, world.grace_id}
    assert list(world.grace.people.list(email=guest.people.me().emails[0])) == [], "a guest's address finds nobody"
    refused(400, lambda: list(world.grace.people.list()))
    refused(404, lambda: world.grace.people.details(NO_PERSON))
    refused(401, world.api("nobody's").people.me)


# Rooms and who is in them


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


# Messages


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


# Webhooks and cards


def told(inbox, webhook, secret, resource, event, object_id, actor_id, data_type):
    """One delivery, read with the SDK's own types."""
    delivery = inbox.take(resource, event, object_id)
    delivery.check(secret)
    heard = WebhookEvent.model_validate(delivery.body)
    assert type(heard.data) is data_type, type(heard.data)
    assert isinstance(heard.created, datetime) and heard.created == webhook.created, heard
    assert (heard.webhook_id, heard.name, heard.target_url) == (webhook.webhook_id, webhook.name, webhook.target_url), heard
    assert (heard.org_id, heard.created_by, heard.actor_id) == (webhook.org_id, webhook.created_by, actor_id), heard
    assert (heard.filter, heard.status) == (webhook.filter, WebhookStatus.active.value), heard
    return heard.data


def webhooks_are_kept(world, listener):
    api, target = world.maria, f"{listener.base}/never"
    made = typed(
        api.webhook.create("Größe ✓", target, WebhookResource.messages, WebhookEventType.created, filter="roomType=group", secret="s3cret"), Webhook
    )
    assert (made.name, made.target_url, made.filter, made.secret) == ("Größe ✓", target, "roomType=group", "s3cret"), made
    assert (made.resource, made.event, made.status) == ("messages", "created", "active"), made
    assert (made.org_id, made.created_by, made.owned_by) == (world.organisation, world.maria_id, "creator"), made
    assert made.app_id is None or made.app_id_uuid, made
    assert typed(api.webhook.details(made.webhook_id), Webhook) == made
    more = [api.webhook.create(f"Number {number}", target, WebhookResource.rooms, WebhookEventType.all) for number in range(3)]
    listed = {webhook.webhook_id for webhook in all_typed(api.webhook.list(max=1), Webhook)}
    assert listed >= {webhook.webhook_id for webhook in [made, *more]}, "over several pages"
    # This version of the SDK writes an update as a form under a header that says JSON, with its own names for the fields.
    # No service can make sense of that, Webex neither; so the fields are sent as they should be, over the SDK's session.
    made.name = "New name"
    refused(400, lambda: api.webhook.update(made.webhook_id, made))
    body = {"name": "New name", "targetUrl": target, "status": "active"}
    changed = typed(Webhook.model_validate(api.session.rest_put(api.webhook.ep(made.webhook_id), json=body)), Webhook)
    assert (changed.webhook_id, changed.name, changed.filter, changed.secret) == (made.webhook_id, "New name", "roomType=group", "s3cret"), changed
    refused(400, lambda: api.webhook.create("", target, WebhookResource.messages, WebhookEventType.created))
    refused(400, lambda: api.webhook.create("Wrong", target, WebhookResource.attachment_actions, WebhookEventType.deleted))
    refused(404, lambda: world.linus.webhook.details(made.webhook_id))
    for webhook in [made, *more]:
        api.webhook.webhook_delete(webhook.webhook_id)
    refused(404, lambda: api.webhook.details(made.webhook_id))


def webhooks_and_cards(world, guest, listener):
    secret = "schlüssel-✓"
    room = world.app.rooms.create(f"Cards {RUN}")
    me = guest.people.me().person_id
    subscriptions = {}
    for resource in (WebhookResource.messages, WebhookResource.memberships, WebhookResource.attachment_actions):
        event = WebhookEventType.created if resource is WebhookResource.attachment_actions else WebhookEventType.all
        inbox = listener.inbox(resource.value)
        webhook = world.app.webhook.create(f"Größe {resource.value}", inbox.url, resource, event, filter=f"roomId={room.id}", secret=secret)
        subscriptions[resource.value] = (inbox, webhook, secret, resource.value)

    invited = world.app.membership.create(room.id, person_id=me)
    data = told(*subscriptions["memberships"], "created", invited.id, world.app_id, MembershipsData)
    assert (data.person_id, data.person_display_name, data.is_moderator) == (me, invited.person_display_name, False), data
    assert not data.model_extra and isinstance(data.created, datetime), data

    inputs_of_card = {"type": "Input.Text", "id": "size", "label": "Größe"}
    card = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.3",
            "body": [{"type": "TextBlock", "text": "Wie groß? ✓", "size": "large"}, inputs_of_card],
            "actions": [{"type": "Action.Submit", "title": "Send", "data": {"form": "size"}}],
        },
    }
    asked = world.app.messages.create(room_id=room.id, text="A form", attachments=[card])
    assert type(asked.attachments[0]) is MessageAttachment and type(asked.attachments[0].content) is AdaptiveCard, asked
    assert asked.attachments[0].model_dump(by_alias=True, exclude_none=True) == card, "in the SDK's types nothing is lost"
    data = told(*subscriptions["messages"], "created", asked.id, world.app_id, MessagesData)
    assert (data.room_id, RoomType(data.room_type), data.person_id) == (room.id, RoomType.group, world.app_id), data
    assert isinstance(data.created, datetime) and data.created == asked.created, data
    assert not {"text", "markdown", "html", "attachments"} & set(data.model_extra), data

    inputs = {"form": "size", "size": "größer ✓"}
    action = typed(guest.attachment_actions.create("submit", asked.id, inputs), AttachmentAction)
    assert (action.type, action.message_id, action.room_id, action.person_id) == ("submit", asked.id, room.id, me), action
    assert action.inputs == inputs and isinstance(action.created, datetime), action
    data = told(*subscriptions["attachmentActions"], "created", action.id, me, AttachmentActionData)
    assert (data.message_id, data.room_id, data.person_id, data.created) == (asked.id, room.id, me, action.created), data
    assert not data.model_extra, f"inputs have to be fetched: {data.model_extra}"
    assert typed(world.app.attachment_actions.details(data.id), AttachmentAction) == action
    refused(404, lambda: world.linus.attachment_actions.details(action.id))

    # The SDK's own model of a card sends `null` for what it leaves out.
    body, actions = [AdaptiveCardBody(type="TextBlock", text="Modelled")], [AdaptiveCardAction(type="Action.Submit", title="Send")]
    modelled = MessageAttachment(
        content_type="application/vnd.microsoft.card.adaptive", content=AdaptiveCard(type="AdaptiveCard", version="1.3", body=body, actions=actions)
    )
    shown = world.app.messages.create(room_id=room.id, text="Modelled", attachments=[modelled])
    assert shown.attachments[0].content.body[0].text == "Modelled", shown
    refused(400, lambda: world.app.messages.create(room_id=room.id, attachments=[card]))
    refused(400, lambda: world.app.messages.create(room_id=room.id, text="Two", attachments=[card, card]))
    refused(400, lambda: world.app.messages.edit(asked))

    said = guest.messages.create(room_id=room.id, text="Frist")
    told(*subscriptions["messages"], "created", said.id, me, MessagesData)
    said.text = "First"
    guest.messages.edit(said)
    told(*subscriptions["messages"], "updated", said.id, me, MessagesData)
    guest.messages.delete(said.id)
    told(*subscriptions["messages"], "deleted", said.id, me, MessagesData)
    refused(404, lambda: world.app.messages.details(said.id))
    invited.is_moderator = True
    world.app.membership.update(invited)
    assert told(*subscriptions["memberships"], "updated", invited.id, world.app_id, MembershipsData).is_moderator is True
    guest.membership.delete(invited.id)
    assert told(*subscriptions["memberships"], "deleted", invited.id, me, MembershipsData).person_id == me
    for inbox, webhook, *_ in subscriptions.values():
        world.app.webhook.webhook_delete(webhook.webhook_id)
    world.app.rooms.delete(room.id)


def no_word_was_new():
    for enumeration, values in ENUMERATIONS.items():
        assert {member.value for member in enumeration} == values, f"{enumeration.__name__} had to learn a word"


def main():
    simulator = sys.argv[1].rstrip("/")
    journal = Journal(simulator)
    world = World(simulator)
    guest = a_guest_is_somebody(world)
    the_service_app_renews_its_token(world)
    people_are_found(world, guest)
    rooms_come_and_go(world)
    members_come_and_go(world, guest)
    a_hidden_room_comes_back_with_a_message(world, guest)
    a_talk(world, guest, journal)
    with tempfile.TemporaryDirectory() as folder, Listener() as listener:
        files_arrive_as_they_were(world, guest, pathlib.Path(folder), listener)
        webhooks_are_kept(world, listener)
        webhooks_and_cards(world, guest, listener)
    no_word_was_new()
    journal.report(f"wxc-sdk {importlib.metadata.version('wxc-sdk')}", "--list" in sys.argv[2:])


if __name__ == "__main__":
    main()
