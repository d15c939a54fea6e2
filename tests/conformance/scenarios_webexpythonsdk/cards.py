"""Adaptive Cards: posted, filled in, and told of."""

from webexpythonsdk.models.cards import AdaptiveCard, Choice, ChoiceSet, FontWeight, Submit, Text, TextBlock

from .subscription import Subscription
from .world import NO_MESSAGE, RUN, has_dates, refused


def form():
    choices = ChoiceSet("when", choices=[Choice("Today", "today"), Choice("Tomorrow", "tomorrow")], label="When?")
    return AdaptiveCard(
        body=[TextBlock("Wie groß? ✓", weight=FontWeight.BOLDER, wrap=True), Text("size", label="Größe", isRequired=True), choices],
        actions=[Submit(title="Send", data={"form": "size"})],
    )


def cards_are_filled_in(world, guest, listener):
    room = world.app.rooms.create(f"Cards {RUN}")
    me = guest.people.me().id
    world.app.memberships.create(room.id, personId=me)
    told = Subscription(world.app, listener, "actions", "attachmentActions", "created", filter=f"roomId={room.id}")
    firehose = Subscription(world.app, listener, "not-actions", "all", "all")

    asked = world.app.messages.create(roomId=room.id, text="A form", attachments=[form()])
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": form().to_dict()}
    assert (asked.text, asked.attachments) == ("A form", [card]), asked
    assert guest.messages.get(asked.id).attachments == [card]
    inputs = {"form": "size", "size": "größer ✓", "when": "today"}
    action = guest.attachment_actions.create("submit", asked.id, inputs)
    has_dates(action, "created")
    assert (action.type, action.messageId, action.roomId, action.personId) == ("submit", asked.id, room.id, me), action
    assert action.to_dict()["inputs"] == inputs, action

    data = told.hears("attachmentActions", "created", action.id, me)
    assert "inputs" not in data, data
    assert data == {name: value for name, value in action.to_dict().items() if name != "inputs"}, data
    assert world.app.attachment_actions.get(data["id"]).to_dict() == action.to_dict(), "the inputs have to be fetched"
    refused(404, lambda: world.linus.attachment_actions.get(action.id))
    refused(404, lambda: guest.attachment_actions.create("submit", NO_MESSAGE, inputs))
    refused(404, lambda: world.linus.attachment_actions.create("submit", asked.id, inputs))

    refused(400, lambda: world.app.messages.create(roomId=room.id, attachments=[form()]))
    refused(400, lambda: world.app.messages.create(roomId=room.id, text="Two", attachments=[form(), form()]))
    refused(400, lambda: world.app.messages.update(asked.id, room.id, text="Cards are not edited"))
    # The firehose does not tell of actions: a later message has come, but the action has not.
    last = guest.messages.create(roomId=room.id, text="Filled in")
    firehose.hears("messages", "created", last.id, me)
    assert "attachmentActions" not in {resource for resource, _ in firehose.inbox.left()}, firehose.inbox.left()
    for subscription in (told, firehose):
        world.app.webhooks.delete(subscription.webhook.id)
    world.app.rooms.delete(room.id)
