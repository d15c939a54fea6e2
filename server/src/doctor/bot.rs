//! Whether the bot can do its part: write to staff and ask for meetings' links.

use shared::Timestamp;

use super::{Finding, good, unreachable, warning, wrong};
use crate::{
    config::SiteConfig,
    instant_connect::{BrokerError, Encryption, HostLogin, MeetingRequest, Vertical},
    secrets::{hex, random},
    webex::{Bot, Connection, WebexError},
};

/// The doctor's own meeting is over after this, in seconds: nobody is meant to go there.
const MEETING_SECS: i64 = 60;

pub(super) async fn examine(connection: &Connection, bot: &Bot, now: Timestamp) -> Vec<Finding> {
    let me = match bot.me().await {
        Ok(me) => me,
        Err(error) => return vec![refused_token(connection, bot, &error).await],
    };
    let name = me.display_name.unwrap_or_else(|| "nameless".into());
    let mut findings = vec![match me.kind.as_deref() {
        Some("person") => warning(format!(
            "bot: this is the personal token of {name}, which ends 12 hours after it was copied; make a bot at developer.webex.com and use its token"
        )),
        _ => good(format!("bot: it is {name}")),
    }];
    findings.push(examine_instant_connect(connection, bot, now).await);
    findings
}

async fn refused_token(connection: &Connection, bot: &Bot, error: &WebexError) -> Finding {
    if let Some(finding) = unreachable("bot", error) {
        return finding;
    }
    // Only to tell one mistake from the other.
    if connection.other_cloud.me(bot.token()).await.is_ok() {
        let other = connection.cloud.other().as_word();
        return wrong(format!(
            "bot: its token is one of the {other} cloud, which this connection is not in; set `cloud = \"{other}\"`, or use a bot of this cloud"
        ));
    }
    wrong(format!(
        "bot: Webex refuses its token ({error}). It was regenerated, or the bot was deleted, or it was a personal token whose 12 hours are over: \
         copy the bot's token from developer.webex.com into access_token_file"
    ))
}

async fn examine_instant_connect(connection: &Connection, bot: &Bot, now: Timestamp) -> Finding {
    let now_secs = now.as_millis() / 1000;
    let subject = match random::<8>() {
        Ok(bytes) => format!("gp-check-{}", hex(&bytes)),
        Err(error) => return wrong(format!("Instant Connect: {error}")),
    };
    let request = MeetingRequest {
        subject,
        not_before_secs: None,
        expires_at_secs: now_secs + MEETING_SECS,
        hosts: 1,
        guests: 1,
        vertical: Vertical::General,
        host_login: HostLogin::None,
        long_links: false,
        devices: Vec::new(),
        encryption: Encryption::default(),
    };
    match connection.instant_connect.mint(&bot.token(), &request).await {
        Ok(_) => good("Instant Connect: it makes links"),
        Err(error) if error.is_not_activated() => wrong(format!(
            "Instant Connect: it refuses this organisation ({error}). An administrator must activate it at https://instant.webex.com/integrate/; newer \
             organisations also need a Guest-to-Guest meeting site, and the \"Instant Connect Service App\" authorised in Control Hub under Apps, Service Apps"
        )),
        Err(error) if error.is_token_refused() => wrong(format!(
            "Instant Connect: it refuses the bot's token ({error}) although Webex takes it; bot and cloud must belong together"
        )),
        Err(BrokerError::Network { .. }) => wrong(
            "Instant Connect: its broker cannot be reached; let this machine through the firewall to it (mtg-broker-a.wbx2.com, or mtg-broker.gov.ciscospark.com)",
        ),
        Err(error) if error.is_passing() => {
            warning(format!("Instant Connect: it does not answer properly at the moment ({error}); try again later"))
        }
        Err(error) => wrong(format!("Instant Connect: {error}")),
    }
}

/// Whether staff are known where the bot is. People of other organisations are not found, though writing to them may work.
pub(super) async fn examine_staff(site: &SiteConfig, connection: &Connection) -> Vec<Finding> {
    let Some(bot) = &connection.bot else { return Vec::new() };
    let (mut known, mut findings) = (Vec::new(), Vec::new());
    for email in &site.staff {
        match bot.name_of(email).await {
            Ok(Some(name)) => known.push(name),
            Ok(None) => findings.push(warning(format!(
                "staff: nobody of the bot's organisation has the address {email}; check its spelling (people of other organisations are never found, and may be right)"
            ))),
            Err(error) => {
                findings.extend(unreachable("staff", &error));
                break;
            }
        }
    }
    if !known.is_empty() {
        findings.insert(0, good(format!("staff: {}", known.join(", "))));
    }
    findings
}
