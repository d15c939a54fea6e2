//! How the portal that uses this configuration hears what happens in Webex.

use shared::Timestamp;

use super::{Finding, good, warning};
use crate::{
    config::{Config, FeedChoice},
    feed::Way,
    store::{FeedState, Store},
    webex::Connection,
};

/// What the running portal wrote down of it; nothing where none has run yet.
pub(super) fn examine(connection: &Connection, config: &Config, store: &Store) -> Option<Finding> {
    connection.service_app.as_ref()?;
    // A store of an earlier version has nothing of it.
    let state = store.feed(connection.id.as_str()).ok().flatten()?;
    Some(judge(&state, connection.feed, config))
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
