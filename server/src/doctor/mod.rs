//! The doctor: proves each credential, says which row of the table applies, what is wrong and how to mend it.
//!
//! Runs as `guest-portal check`, and beside the portal when it starts. It needs the connections, and reads in the store how
//! the portal hears; what it proves by doing, it does with a guest and a meeting of its own.

mod bot;
mod feed;
mod host;
mod vouching;

use std::fmt;

use serde::{Deserialize, Serialize};
use shared::Timestamp;

use crate::{
    config::{Config, ConversationKind, SiteConfig},
    session::{self, IdentityMode},
    store::Store,
    webex::{Connection, Connections, CredentialRow, WebexError},
};

/// One thing the doctor found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How good or bad it is.
    pub level: Level,
    /// What was looked at and what came of it; of something wrong also the remedy.
    pub text: String,
}

/// How good or bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It works.
    Good,
    /// It works for now, or could not be proven.
    Warning,
    /// It does not work.
    Wrong,
}

/// What the doctor found out about one connection or one site.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which one, and what it amounts to.
    pub title: String,
    /// What was found, in the order it was looked at.
    pub findings: Vec<Finding>,
    /// What it takes to get further, if there is anything.
    pub next: Option<String>,
}

impl Report {
    /// The worst of what was found.
    pub fn level(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Good)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.title)?;
        for Finding { level, text } in &self.findings {
            let word = match level {
                Level::Good => "ok",
                Level::Warning => "warning",
                Level::Wrong => "WRONG",
            };
            writeln!(formatter, "  {word:<8} {text}")?;
        }
        if let Some(next) = &self.next {
            writeln!(formatter, "  {:<8} {next}", "next")?;
        }
        Ok(())
    }
}

pub use host::{examine as examine_host, examine_alone, examine_running};

/// Looks at every connection and every site. Takes as long as Webex does to answer.
pub async fn examine(connections: &Connections, config: &Config, store: &Store, now: Timestamp) -> Vec<Report> {
    let mut reports = Vec::new();
    for connection in connections.all() {
        let mut report = examine_connection(connection, now).await;
        report.findings.extend(feed::examine(connection, config, store).await);
        reports.push(report);
    }
    for site in &config.sites {
        if let Ok(connection) = connections.of_site(&site.id) {
            reports.push(examine_site(site, connection).await);
        }
    }
    reports
}

async fn examine_connection(connection: &Connection, now: Timestamp) -> Report {
    let mut findings = Vec::new();
    if let Some(service_app) = &connection.service_app {
        findings.extend(vouching::examine_service_app(connection, service_app).await);
    }
    if let Some(issuer) = &connection.guest_issuer {
        findings.push(vouching::examine_issuer(connection, issuer, now).await);
    }
    if let Some(bot) = &connection.bot {
        findings.extend(bot::examine(connection, bot, now).await);
    }
    let row = connection.row();
    let title = format!("connection {} ({} cloud): {}", connection.id, connection.cloud.as_word(), words_of(row));
    Report { title, findings, next: next_of(row, connection) }
}

async fn examine_site(site: &SiteConfig, connection: &Connection) -> Report {
    let mut findings = Vec::new();
    let place = match site.conversation {
        ConversationKind::Space => "guests write in a space of their own",
        ConversationKind::Direct => "guests write to one person, one to one",
        ConversationKind::Existing => "guests write in the spaces they are in",
        ConversationKind::None => "guests do not write; the site offers meetings only",
    };
    findings.push(good(place));
    findings.extend(bot::examine_staff(site, connection).await);
    let meetings = match (&site.meetings, &connection.bot) {
        (Some(meetings), Some(_)) => good(format!(
            "meetings are offered; staff are asked for {} s, links live {} min",
            meetings.general.ring_secs, meetings.general.link_minutes
        )),
        (_, None) => warning("no meetings: the site's connection has no bot; add [webex.bot]"),
        (None, Some(_)) => good("no meetings: site.meetings.enabled is false"),
    };
    findings.push(meetings);
    let keys =
        site.identity.keys.get().iter().map(|key| format!("{} ({})", key.id, session::algorithm_word(key.algorithm))).collect::<Vec<_>>();
    match site.identity.mode {
        IdentityMode::Off => {}
        IdentityMode::Optional => findings.push(good(format!("signed identities are taken, by the keys {}", keys.join(", ")))),
        IdentityMode::Required => findings.push(good(format!("nobody gets in without a signed identity, by the keys {}", keys.join(", ")))),
    }
    Report { title: format!("site {} ({})", site.id, site.name), findings, next: None }
}

/// The row of the table, in words.
pub fn words_of(row: CredentialRow) -> &'static str {
    match row {
        CredentialRow::ServiceAppAndBot => "service app + bot (recommended): chat, files and meetings",
        CredentialRow::ServiceApp => "service app alone: chat and files, no meetings",
        CredentialRow::IssuerServiceAppAndBot => "guest issuer + service app + bot: chat, files and meetings",
        CredentialRow::IssuerAndServiceApp => "guest issuer + service app: chat and files, no meetings",
        CredentialRow::IssuerAndBot => "guest issuer + bot: chat with the guests' own tokens, and meetings",
        CredentialRow::BotOnly => "bot alone: meetings only",
    }
}

fn next_of(row: CredentialRow, connection: &Connection) -> Option<String> {
    let text = match row {
        CredentialRow::ServiceAppAndBot | CredentialRow::IssuerServiceAppAndBot => return None,
        CredentialRow::ServiceApp | CredentialRow::IssuerAndServiceApp => {
            "add a bot ([webex.bot]) and activate Instant Connect to offer meetings"
        }
        CredentialRow::IssuerAndBot => {
            "add a service app ([webex.service_app]): spaces are then made, greeted in and heard by the portal itself, whoever looks"
        }
        CredentialRow::BotOnly if connection.cloud == crate::config::Cloud::Government => {
            "nothing: Webex has no guests in the government cloud, meetings are all there is"
        }
        CredentialRow::BotOnly => "add a service app ([webex.service_app]) to let guests write",
    };
    Some(text.into())
}

fn good(text: impl Into<String>) -> Finding {
    Finding { level: Level::Good, text: text.into() }
}

fn warning(text: impl Into<String>) -> Finding {
    Finding { level: Level::Warning, text: text.into() }
}

fn wrong(text: impl Into<String>) -> Finding {
    Finding { level: Level::Wrong, text: text.into() }
}

/// What went wrong where the reason lies outside of what is configured; `None` if Webex refused.
fn unreachable(what: &str, error: &WebexError) -> Option<Finding> {
    match error {
        WebexError::Network { reason, .. } => Some(wrong(format!(
            "{what}: Webex cannot be reached ({reason}); check this machine's way to the internet, its name service and its firewall"
        ))),
        WebexError::Decode { .. } | WebexError::Resting | WebexError::Status { status: 500..=599, .. } => {
            Some(warning(format!("{what}: Webex does not answer properly at the moment ({error}); try again later")))
        }
        WebexError::Status { status: 429, .. } => Some(warning(format!("{what}: Webex asks to wait; try again in a minute"))),
        WebexError::Inside(reason) => Some(wrong(format!("{what}: {reason}"))),
        WebexError::Status { .. } | WebexError::Settling(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_as_bad_as_its_worst_finding_and_reads_line_by_line() {
        let report = Report { title: "connection webex".into(), findings: vec![good("a"), wrong("b")], next: Some("c".into()) };
        assert_eq!(report.level(), Level::Wrong);
        assert_eq!(report.to_string(), "connection webex\n  ok       a\n  WRONG    b\n  next     c\n");
    }
}
