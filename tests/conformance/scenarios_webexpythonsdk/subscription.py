"""A webhook that listens, and what every one of its deliveries has to say."""

from webexpythonsdk import WebhookEvent


class Subscription:
    """A webhook, where it delivers to, and what every one of its deliveries has to say."""

    def __init__(self, api, listener, name, resource, event, filter=None, secret="schlüssel-✓"):
        self.secret = secret
        self.inbox = listener.inbox(name)
        self.webhook = api.webhooks.create(f"{name} – Größe ✓", self.inbox.url, resource, event, filter=filter, secret=secret)

    def hears(self, resource, event, object_id, actor_id):
        delivery = self.inbox.take(resource, event, object_id)
        delivery.check(self.secret)
        told = WebhookEvent(delivery.body)
        webhook = self.webhook
        assert (told.id, told.name, told.targetUrl) == (webhook.id, webhook.name, webhook.targetUrl), told
        assert (told.created, told.filter) == (webhook.to_dict()["created"], webhook.filter), told
        assert (told.orgId, told.createdBy, told.appId) == (webhook.orgId, webhook.createdBy, webhook.appId), told
        assert (told.ownedBy, told.status, told.actorId) == ("creator", "active", actor_id), told
        assert None not in delivery.data.values(), delivery.data
        return delivery.data
