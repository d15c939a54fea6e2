//! Takes over the secrets of a configuration that was read again, while the portal runs. Everything else that changed waits for the
//! next start: a portal that is half of one and half of another configuration helps nobody.

use secrecy::{ExposeSecret, SecretString};

use super::{Config, ConnectionConfig, SiteConfig, WebexConfig};
use crate::live::Live;

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// The secrets that are others now, by their settings.
    pub secrets: Vec<String>,
    /// Something else has changed, too, and counts from the next start on.
    pub needs_restart: bool,
}

impl Config {
    /// From now on the secrets are those of this one.
    pub fn take_secrets(&self, newer: &Self) -> Rotated {
        let mut rotated = Rotated::default();
        if let (WebexConfig::Live(ours), WebexConfig::Live(theirs)) = (&self.webex, &newer.webex) {
            for ours in ours {
                if let Some(theirs) = theirs.iter().find(|theirs| theirs.id == ours.id) {
                    of_connection(ours, theirs, &mut rotated.secrets);
                }
            }
        }
        for ours in &self.sites {
            if let Some(theirs) = newer.site(&ours.id) {
                of_site(ours, theirs, &mut rotated.secrets);
            }
        }
        // Secrets show nothing of themselves.
        let seen =
            |config: &Self| format!("{:?} {:?} {:?} {:?} {:?}", config.server, config.log, config.limits, config.webex, config.sites);
        rotated.needs_restart = seen(self) != seen(newer);
        rotated
    }
}

fn of_connection(ours: &ConnectionConfig, theirs: &ConnectionConfig, rotated: &mut Vec<String>) {
    let id = &theirs.id;
    let mut take = |what: &str, ours: &Live<SecretString>, theirs: &Live<SecretString>| {
        if ours.get().expose_secret() != theirs.get().expose_secret() {
            ours.take(theirs);
            rotated.push(format!("{id}.{what}"));
        }
    };
    if let (Some(ours), Some(theirs)) = (&ours.service_app, &theirs.service_app)
        && ours.client_id == theirs.client_id
    {
        take("service_app.client_secret", &ours.client_secret, &theirs.client_secret);
        take("service_app.refresh_token", &ours.refresh_token, &theirs.refresh_token);
    }
    if let (Some(ours), Some(theirs)) = (&ours.guest_issuer, &theirs.guest_issuer)
        && ours.issuer_id == theirs.issuer_id
    {
        take("guest_issuer.secret", &ours.secret, &theirs.secret);
    }
    if let (Some(ours), Some(theirs)) = (&ours.bot, &theirs.bot) {
        take("bot.access_token", &ours.access_token, &theirs.access_token);
    }
}

fn of_site(ours: &SiteConfig, theirs: &SiteConfig, rotated: &mut Vec<String>) {
    let id = &ours.id;
    let (identity, newer) = (&ours.identity, &theirs.identity);
    if identity.mode == newer.mode && identity.algorithm() == newer.algorithm() && identity.keys.get() != newer.keys.get() {
        identity.keys.take(&newer.keys);
        rotated.push(format!("{id}.identity.key"));
    }
    for webhook in &ours.webhooks {
        let newer = theirs.webhooks.iter().find(|newer| newer.name == webhook.name && newer.url == webhook.url);
        if let Some(newer) = newer.filter(|newer| newer.secrets.get() != webhook.secrets.get()) {
            webhook.secrets.take(&newer.secrets);
            rotated.push(format!("{id}.webhook.{}", webhook.name));
        }
    }
}
