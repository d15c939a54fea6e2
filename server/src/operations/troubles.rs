//! What is wrong right now, judged from what is known without asking anybody. Pure.

use std::time::Duration;

use serde::Serialize;

use crate::doctor::Level;

/// With less than this free in the data folder nothing more is taken: what is accepted must be kept.
pub(crate) const DISK_FULL_BYTES: u64 = 64 * 1024 * 1024;
/// With less than this somebody should look.
const DISK_LOW_BYTES: u64 = 1024 * 1024 * 1024;
/// What waits longer than this to be sent is late.
const LATE: Duration = Duration::from_secs(60);
/// Signed tokens and the order of messages bear that much difference between two clocks.
pub(crate) const CLOCK_TOLERANCE_MILLIS: i64 = 30_000;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// By this word the documentation knows it.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Whether guests are better served by another portal meanwhile.
    pub stops: bool,
    /// What it is, and what to do.
    pub text: String,
}

/// What is known of the portal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) is_stopping: bool,
    /// Why the store takes no changes.
    pub(crate) store_fails: Option<String>,
    /// Free in the data folder; `None`: nobody can tell.
    pub(crate) disk_free: Option<u64>,
    pub(crate) data_dir: String,
    /// How long the oldest of what is to be sent has waited.
    pub(crate) waits: Option<Duration>,
    pub(crate) connections: Vec<ConnectionFacts>,
    /// Sites nobody of whose staff the bot could write to.
    pub(crate) staff_unreachable: Vec<String>,
}

/// What is known of one connection to Webex.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionFacts {
    pub(crate) id: String,
    pub(crate) is_reachable: bool,
    pub(crate) ahead_millis: i64,
    pub(crate) resting: Vec<&'static str>,
    /// Why the service app's token could not be renewed, and whether that passes by itself.
    pub(crate) renewal_fails: Option<(String, bool)>,
    /// Why it is not heard by the best way.
    pub(crate) feed_trouble: Option<(&'static str, String)>,
}

/// Everything that is wrong, the worst first.
pub(crate) fn judge(facts: &Facts) -> Vec<Trouble> {
    let mut troubles: Vec<Trouble> =
        [of_portal(facts), facts.connections.iter().flat_map(of_connection).collect(), of_staff(facts)].concat();
    troubles.sort_by_key(|trouble| std::cmp::Reverse((trouble.stops, trouble.level)));
    troubles
}

fn of_portal(facts: &Facts) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let folder = &facts.data_dir;
    if facts.is_stopping {
        troubles.push(stops("stopping", "the portal is stopping".into()));
    }
    if let Some(why) = &facts.store_fails {
        let text = format!(
            "the database in {folder} takes no changes ({why}): look whether the disk is full, or another program has the file open"
        );
        troubles.push(stops("store_failing", text));
    }
    match facts.disk_free {
        Some(free) if free < DISK_FULL_BYTES => {
            let text =
                format!("the disk of {folder} is full ({} MB left): make room; messages that were accepted are kept", free / 1_000_000);
            troubles.push(stops("disk_full", text));
        }
        Some(free) if free < DISK_LOW_BYTES => {
            let text = format!("the disk of {folder} has {} MB left: make room before guests notice", free / 1_000_000);
            troubles.push(warns("disk_low", text));
        }
        _ => {}
    }
    if let Some(waits) = facts.waits.filter(|waits| *waits > LATE) {
        let text = format!(
            "the oldest message has waited {} seconds to be sent: nothing is lost; the reason stands below, or in the log",
            waits.as_secs()
        );
        troubles.push(warns("sends_late", text));
    }
    troubles
}

fn of_connection(facts: &ConnectionFacts) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let id = &facts.id;
    if !facts.is_reachable {
        let text = format!(
            "connection {id}: Webex does not answer: messages wait and are sent when it does; see https://status.webex.com, and whether this machine is let out to it"
        );
        troubles.push(warns("webex_unreachable", text));
    }
    if !facts.resting.is_empty() {
        let text = format!(
            "connection {id}: Webex fails too often and is left alone for up to a minute ({}): nothing is lost",
            facts.resting.join(", ")
        );
        troubles.push(warns("webex_failing", text));
    }
    match &facts.renewal_fails {
        Some((why, false)) => {
            let text = format!(
                "connection {id}: Webex refuses to renew the service app's token ({why}): authorise the service app again in Control Hub and put the new refresh token into refresh_token_file"
            );
            troubles.push(Trouble { code: "token_refused", level: Level::Wrong, stops: false, text });
        }
        Some((why, true)) => {
            troubles.push(warns("token_waits", format!("connection {id}: the service app's token could not be renewed yet ({why})")))
        }
        None => {}
    }
    if facts.ahead_millis.abs() > CLOCK_TOLERANCE_MILLIS {
        let (secs, which) = (facts.ahead_millis.abs() / 1000, if facts.ahead_millis > 0 { "behind" } else { "ahead of" });
        let text = format!(
            "connection {id}: this machine's clock is {secs} seconds {which} Webex's: let it be set by NTP; signed identities and meeting links depend on it"
        );
        troubles.push(Trouble { code: "clock_wrong", level: Level::Wrong, stops: false, text });
    }
    if let Some((way, why)) = &facts.feed_trouble {
        let text = format!(
            "connection {id}: Webex is heard by {way}, because {why}: messages may come later; run `guest-portal check` for what to do"
        );
        troubles.push(warns("feed_degraded", text));
    }
    troubles
}

fn of_staff(facts: &Facts) -> Vec<Trouble> {
    let unreachable = |site: &String| {
        warns(
            "staff_unreachable",
            format!(
                "site {site}: the bot can write to nobody of its staff, so no meetings are offered: look whether they are in the organisation and their addresses are right"
            ),
        )
    };
    facts.staff_unreachable.iter().map(unreachable).collect()
}

fn stops(code: &'static str, text: String) -> Trouble {
    Trouble { code, level: Level::Wrong, stops: true, text }
}

fn warns(code: &'static str, text: String) -> Trouble {
    Trouble { code, level: Level::Warning, stops: false, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        let connection = ConnectionFacts { id: "main".into(), is_reachable: true, ..ConnectionFacts::default() };
        Facts { disk_free: Some(u64::MAX), waits: Some(LATE), connections: vec![connection], ..Facts::default() }
    }

    fn codes(change: impl FnOnce(&mut Facts)) -> Vec<(&'static str, bool)> {
        let mut facts = well();
        change(&mut facts);
        judge(&facts).iter().map(|trouble| (trouble.code, trouble.stops)).collect()
    }

    #[test]
    fn a_portal_that_is_well_has_no_trouble() {
        assert_eq!(codes(|_| {}), []);
    }

    #[test]
    fn each_trouble_has_its_own_word_and_only_what_loses_something_stops() {
        assert_eq!(codes(|facts| facts.is_stopping = true), [("stopping", true)]);
        assert_eq!(codes(|facts| facts.store_fails = Some("locked".into())), [("store_failing", true)]);
        assert_eq!(codes(|facts| facts.disk_free = Some(DISK_FULL_BYTES - 1)), [("disk_full", true)]);
        assert_eq!(codes(|facts| facts.disk_free = Some(DISK_FULL_BYTES)), [("disk_low", false)]);
        assert_eq!(codes(|facts| facts.disk_free = Some(DISK_LOW_BYTES)), []);
        assert_eq!(codes(|facts| facts.disk_free = None), []);
        assert_eq!(codes(|facts| facts.waits = Some(LATE + Duration::from_secs(1))), [("sends_late", false)]);
        assert_eq!(codes(|facts| facts.connections[0].is_reachable = false), [("webex_unreachable", false)]);
        assert_eq!(codes(|facts| facts.connections[0].resting = vec!["write"]), [("webex_failing", false)]);
        assert_eq!(codes(|facts| facts.connections[0].renewal_fails = Some(("401".into(), false))), [("token_refused", false)]);
        assert_eq!(codes(|facts| facts.connections[0].renewal_fails = Some(("503".into(), true))), [("token_waits", false)]);
        assert_eq!(codes(|facts| facts.connections[0].ahead_millis = -30_001), [("clock_wrong", false)]);
        assert_eq!(codes(|facts| facts.connections[0].ahead_millis = 30_000), []);
        assert_eq!(codes(|facts| facts.connections[0].feed_trouble = Some(("polling", "x".into()))), [("feed_degraded", false)]);
        assert_eq!(codes(|facts| facts.staff_unreachable = vec!["demo".into()]), [("staff_unreachable", false)]);
    }

    #[test]
    fn what_stops_comes_first_and_a_clock_says_in_which_direction_it_is_wrong() {
        let all = codes(|facts| {
            facts.connections[0].is_reachable = false;
            facts.connections[0].ahead_millis = 60_000;
            facts.is_stopping = true;
        });
        assert_eq!(all.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["stopping", "clock_wrong", "webex_unreachable"]);
        let mut facts = well();
        facts.connections[0].ahead_millis = 60_000;
        assert!(judge(&facts)[0].text.contains("60 seconds behind Webex's"));
    }
}
