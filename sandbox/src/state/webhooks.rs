//! Who wants to be told about what.

use serde::{Deserialize, Serialize};

use super::{Organisation, Refusal};
use crate::credentials::seeded_hex;
use crate::ids::{PersonId, WebhookId, application_id};
use crate::moment::Moment;
use crate::webhooks::{Filter, Topic};

/// A standing order to be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Webhook {
    pub(crate) id: WebhookId,
    pub(crate) owner: PersonId,
    pub(crate) name: String,
    pub(crate) target_url: String,
    pub(crate) topic: Topic,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) filter: Option<Filter>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) secret: Option<String>,
    pub(crate) is_active: bool,
    pub(crate) created: Moment,
}

/// What is asked to be told.
#[derive(Clone, Debug)]
pub(crate) struct NewWebhook {
    pub(crate) name: String,
    pub(crate) target_url: String,
    pub(crate) topic: Topic,
    pub(crate) filter: Option<Filter>,
    pub(crate) secret: Option<String>,
}

/// What may change about a webhook; nothing else does.
#[derive(Clone, Debug)]
pub(crate) struct WebhookChange {
    pub(crate) name: String,
    pub(crate) target_url: String,
    pub(crate) secret: Option<String>,
    pub(crate) is_activated: bool,
}

impl Organisation {
    /// Whether guests may is documented nowhere; here they may not, so that nobody relies on it.
    pub(crate) fn create_webhook(&mut self, owner: PersonId, new: NewWebhook) -> Result<Webhook, Refusal> {
        if self.person(owner).is_some_and(|person| person.is_guest()) {
            return Err(Refusal::forbidden("Guests cannot own webhooks."));
        }
        let NewWebhook { name, target_url, topic, filter, secret } = new;
        let id = WebhookId::new(uuid::Uuid::new_v4());
        let webhook = Webhook { id, owner, name, target_url, topic, filter, secret, is_active: true, created: self.now };
        self.put_webhook(webhook.clone());
        Ok(webhook)
    }

    /// One's own, the oldest first.
    pub(crate) fn webhooks_of(&self, owner: PersonId) -> Vec<&Webhook> {
        let mut webhooks: Vec<&Webhook> = self.webhooks.values().filter(|webhook| webhook.owner == owner).collect();
        webhooks.sort_by_key(|webhook| (webhook.created, webhook.id));
        webhooks
    }

    pub(crate) fn webhook(&self, owner: PersonId, id: WebhookId) -> Result<&Webhook, Refusal> {
        let webhook = self.webhooks.get(&id).filter(|webhook| webhook.owner == owner);
        webhook.ok_or_else(|| Refusal::not_found("Unable to get webhook."))
    }

    pub(crate) fn change_webhook(&mut self, owner: PersonId, id: WebhookId, change: WebhookChange) -> Result<Webhook, Refusal> {
        let known = self.webhook(owner, id)?.clone();
        let webhook = Webhook {
            name: change.name,
            target_url: change.target_url,
            secret: change.secret.or(known.secret),
            is_active: known.is_active || change.is_activated,
            ..known
        };
        self.put_webhook(webhook.clone());
        Ok(webhook)
    }

    pub(crate) fn delete_webhook(&mut self, owner: PersonId, id: WebhookId) -> Result<(), Refusal> {
        self.webhook(owner, id)?;
        self.webhooks.remove(&id);
        self.forget("webhook", id.uuid().to_string());
        Ok(())
    }

    /// Whoever should have answered does not.
    pub(crate) fn deactivate_webhook(&mut self, id: WebhookId) {
        if let Some(webhook) = self.webhooks.get(&id).cloned() {
            self.put_webhook(Webhook { is_active: false, ..webhook });
        }
    }

    /// The application through which somebody acts.
    pub(crate) fn app_id_of(&self, owner: PersonId) -> String {
        application_id(&seeded_hex(&format!("application:{}", owner.uuid())))
    }

    /// Everybody's.
    pub(crate) fn webhooks(&self) -> impl Iterator<Item = &Webhook> {
        self.webhooks.values()
    }

    fn put_webhook(&mut self, webhook: Webhook) {
        self.save("webhook", webhook.id.uuid().to_string(), &webhook);
        self.webhooks.insert(webhook.id, webhook);
    }
}
