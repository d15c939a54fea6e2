//! How the portal that uses this configuration hears what happens in Webex.

use shared::Timestamp;

use super::{Finding, good, warning};
use crate::{
    config::{Config, FeedChoice},
    feed::Way,
    store::{FeedState, Store},
    webex::{
        Connection, ServiceApp,
        wire::webhooks::{ACTIVE, Webhook},
    },
};

/// What the running portal wrote down of it, nothing where none has run yet; and whether Webex tells its webhook.
pub(super) async fn examine(connection: &Connection, config: &Config, store: &Store) -> Vec<Finding> {
    let Some(service_app) = &connection.service_app else { return Vec::new() };
    // A store of an earlier version has nothing of it.
    let state = store.feed(connection.id.as_str()).ok().flatten();
    let heard = state.map(|state| judge(&state, connection.feed, config));
    let stopped = match config.server.public_url.as_ref().filter(|_| matches!(connection.feed, FeedChoice::Auto | FeedChoice::Webhook)) {
        Some(public_url) => stopped_webhook(connection, service_app, public_url.as_str()).await,
        None => None,
    };
    heard.into_iter().chain(stopped).collect()
}

/// Webex turns a webhook off, without a word, that it could not reach too often. Only the first hundred of them are looked at.
async fn stopped_webhook(connection: &Connection, service_app: &ServiceApp, public_url: &str) -> Option<Finding> {
    let own = format!("{}hooks/webex/", with_slash(public_url));
    let webhooks = service_app.with_token(|token| connection.webex.webhooks(token)).await.ok()?.items;
    let is_stopped = |webhook: &Webhook| webhook.target_url.starts_with(&own) && webhook.status.as_deref() != Some(ACTIVE);
    webhooks.iter().any(is_stopped).then(|| {
        warning(format!(
            "webhook: Webex has made it inactive, because it could not reach {own} too often; the running portal turns it on again within a \
             minute; if this repeats, try {public_url}healthz from outside"
        ))
    })
}

fn judge(FeedState { way, since, why }: &FeedState, feed: FeedChoice, config: &Config) -> Finding {
    let heard = format!("hearing: by {way} since {}", readable(*since));
    if why.is_empty() || feed == FeedChoice::Polling {
        return good(heard);
    }
    let mut remedy = String::new();
    let is_without = |other: Way| way != other.as_word();
    if let Some(public_url) = config.server.public_url.as_ref().filter(|_| is_without(Way::Webhook)) {
        remedy += &format!(
            "; for the webhook, Webex must reach {}hooks/webex/ from the internet, by a certificate that it trusts",
            with_slash(public_url.as_str())
        );
    }
    if is_without(Way::Mercury) && feed != FeedChoice::Webhook {
        remedy += "; for Mercury, this machine must be let out to https and websockets at *.wbx2.com";
    }
    warning(format!("{heard}, because {why}; nothing is lost, but messages may come later{remedy}"))
}

fn with_slash(url: &str) -> String {
    format!("{}/", url.trim_end_matches('/'))
}

fn readable(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_or_else(|_| "an unknown time".into(), |at| at.strftime("%F %H:%M:%S UTC").to_string())
}
