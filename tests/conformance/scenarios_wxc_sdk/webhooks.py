"""Webhooks, and the cards they tell of."""

from datetime import datetime

from wxc_sdk.attachment_actions import AttachmentAction, AttachmentActionData
from wxc_sdk.common import RoomType
from wxc_sdk.memberships import MembershipsData
from wxc_sdk.messages import AdaptiveCard, AdaptiveCardAction, AdaptiveCardBody, MessageAttachment, MessagesData
from wxc_sdk.webhook import Webhook, WebhookEvent, WebhookEventType, WebhookResource, WebhookStatus

from .world import RUN, all_typed, refused, typed


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
