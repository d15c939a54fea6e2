//! Sees to it that Webex tells: the webhook is made, kept active, and given a new secret when it is time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::secrets::Secrets;
use crate::{
    clock::Clock,
    feed::{
        credential::Credential,
        live::{Ear, LiveFeeds},
        way::Way,
    },
    secrets::SecretsError,
    webex::{
        WebexError,
        wire::webhooks::{ACTIVE, ChangedWebhook, NewWebhook, Webhook},
    },
};

/// Webex says nothing when it stops to tell.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// A list of webhooks is followed so far.
const MAX_PAGES: usize = 10;
/// As often while it does not answer.
const WHILE_UNREACHABLE: Duration = Duration::from_secs(10);

/// One connection's webhook.
pub(in crate::feed) struct Registration {
    /// Whose rooms.
    pub(in crate::feed) ear: Ear,
    /// With whose token.
    pub(in crate::feed) credential: Credential,
    /// Says whether Webex tells.
    pub(in crate::feed) live: LiveFeeds,
    /// What it is believed by.
    pub(in crate::feed) secrets: Secrets,
    /// What it is called.
    pub(in crate::feed) name: String,
    /// Where Webex tells.
    pub(in crate::feed) target_url: String,
    /// When.
    pub(in crate::feed) clock: Clock,
    /// Until when. The webhook stays: the next start needs it, and Webex minds little if nobody answers for a moment.
    pub(in crate::feed) stopping: CancellationToken,
}

impl Registration {
    /// Watches it until the portal stops.
    pub(in crate::feed) async fn run(self) {
        let mut secret_number = None;
        loop {
            let looked = tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                looked = self.look(&mut secret_number) => looked,
            };
            let wait = match looked {
                Ok(()) => {
                    self.live.set_up(&self.ear, Way::Webhook, true, "");
                    LOOK_EVERY
                }
                Err(error) => {
                    tracing::warn!(%error, ear = ?self.ear, "webex's webhook could not be seen to");
                    self.live.set_up(&self.ear, Way::Webhook, false, &format!("the webhook could not be seen to ({error})"));
                    if error.is_passing() { WHILE_UNREACHABLE } else { LOOK_EVERY }
                }
            };
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    /// Brings the webhook to what it has to be. `secret_number` is that of the secret it surely has.
    async fn look(&self, secret_number: &mut Option<i64>) -> Result<(), WebexError> {
        let webex = self.credential.webex();
        let (number, secret) = self.secrets.current(self.clock.now()).map_err(inside)?;
        let mut page = self.credential.with_token(|token| webex.webhooks(token)).await?;
        let mut listed = page.items;
        for _ in 0..MAX_PAGES {
            let Some(next) = page.next else { break };
            page = self.credential.with_token(|token| webex.more_webhooks(token, next.clone())).await?;
            listed.append(&mut page.items);
        }
        let mut own = listed.into_iter().filter(|webhook| webhook.name == self.name);
        let kept = own.next();
        for double in own {
            self.credential.with_token(|token| webex.delete_webhook(token, &double.id)).await?;
        }
        match kept {
            Some(kept) if *secret_number == Some(number) && self.is_well(&kept) => return Ok(()),
            Some(kept) => {
                if kept.status.as_deref() != Some(ACTIVE) {
                    tracing::warn!(ear = ?self.ear, "webex had stopped to tell the webhook, after it could not be reached; it is told to go on");
                    // What it did not tell meanwhile is looked for when it is up again.
                    self.live.set_up(&self.ear, Way::Webhook, false, "webex had stopped to tell the webhook");
                }
                let changed = ChangedWebhook { name: &self.name, target_url: &self.target_url, secret: &secret, status: ACTIVE };
                let changed = self.credential.with_token(|token| webex.change_webhook(token, &kept.id, &changed)).await?;
                if !self.is_well(&changed) {
                    return Err(WebexError::Inside("webex does not make the webhook active".into()));
                }
            }
            None => {
                let new = NewWebhook::of_messages(&self.name, &self.target_url, &secret);
                self.credential.with_token(|token| webex.create_webhook(token, &new)).await?;
            }
        }
        *secret_number = Some(number);
        Ok(())
    }

    fn is_well(&self, webhook: &Webhook) -> bool {
        webhook.target_url == self.target_url && webhook.status.as_deref() == Some(ACTIVE)
    }
}

fn inside(error: SecretsError) -> WebexError {
    WebexError::Inside(error.to_string())
}
