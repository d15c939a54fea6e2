//! Meetings: what Webex is asked for, who is told when, and what guests are offered.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use server::visits::NewAppointment;
use shared::{Visit, VisitState};
use tests::{
    guest::TestGuest,
    portal::{GRACE, LOOK_EVERY, TestPortal, within},
};

use super::{Row, Seen, all_act, changed, comes, for_portal, said};
use crate::visits::LINUS;

const MARIA: &str = "maria@sandbox.example";

const PLAIN: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
conversation = "none"
staff = ["grace@sandbox.example"]
[site.meetings]
"#;

pub(super) const LINK_ROWS: &[Row] = &[
    Row { key: "site.meetings.hosts", changed: "2", seen: "2" },
    Row { key: "site.meetings.guests", changed: "3", seen: "3" },
    Row { key: "site.meetings.vertical", changed: r#""healthcare""#, seen: r#""hc""# },
    Row { key: "site.meetings.host_login", changed: r#""choice""#, seen: "true" },
    Row { key: "site.meetings.long_links", changed: "true", seen: "false" },
    Row { key: "site.meetings.link_minutes", changed: "90", seen: "90" },
    Row { key: "site.meetings.devices", changed: r#"["room@acme.rooms.example"]"#, seen: r#"[{"uri":"room@acme.rooms.example"}]"# },
    Row { key: "site.meetings.encryption.key_wrapping", changed: r#""PBES2-HS384+A192KW""#, seen: r#""PBES2-HS384+A192KW""# },
    Row { key: "site.meetings.encryption.content", changed: r#""A128GCM""#, seen: r#""A128GCM""# },
    Row { key: "site.meetings.encryption.signature", changed: r#""HS384""#, seen: r#""HS384""# },
    Row { key: "site.meetings.encryption.salt_bytes", changed: "16", seen: "16" },
    Row { key: "site.meetings.encryption.iterations", changed: "2000", seen: "2000" },
];

/// Waits without moving the clock, so that what is measured is exact.
async fn soon<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    within(what, looking).await
}

/// The body of the first request to the broker.
fn asked_of_the_broker(portal: &TestPortal) -> Option<Value> {
    portal.line.as_ref().unwrap().requests().iter().find_map(|bytes| {
        let (_, request) = bytes.split_once("POST /api/v2/joseencrypt ")?;
        let (_, body) = request.split_once("\r\n\r\n")?;
        // What the connection was asked later comes behind it.
        serde_json::Deserializer::from_str(body).into_iter().next()?.ok()
    })
}

async fn ask(changes: &[Row]) -> Seen {
    let mut portal = TestPortal::start_behind_line().await;
    portal.restart_with_sites(&for_portal(changed(PLAIN, changes))).await;
    let asked_at = portal.clock.now().as_millis() / 1000;
    portal.guest("Ada").await.ask_for_meeting().await;
    let body = soon("the broker to be asked", || asked_of_the_broker(&portal)).await;
    let lives_secs = body["jwt"]["exp"].as_i64().unwrap() - asked_at;
    Seen::from([
        ("site.meetings.hosts", body["numHost"].to_string()),
        ("site.meetings.guests", body["numGuest"].to_string()),
        ("site.meetings.vertical", body["verticalType"].to_string()),
        ("site.meetings.host_login", body["loginUrlForHost"].to_string()),
        ("site.meetings.long_links", body["provideShortUrls"].to_string()),
        ("site.meetings.link_minutes", (lives_secs / 60).to_string()),
        ("site.meetings.devices", body["jwt"]["flow"]["data"].to_string()),
        ("site.meetings.encryption.key_wrapping", body["jweAlg"].to_string()),
        ("site.meetings.encryption.content", body["enc"].to_string()),
        ("site.meetings.encryption.signature", body["jwsAlg"].to_string()),
        ("site.meetings.encryption.salt_bytes", body["saltLength"].to_string()),
        ("site.meetings.encryption.iterations", body["iterations"].to_string()),
    ])
}

const DUTY: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
conversation = "none"
staff = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"]
[site.meetings]
topics = ["Sales"]
staff = ["grace@sandbox.example"]
escalate_to = ["linus@sandbox.example"]
escalate_secs = 36000
ring_secs = 82800
link_minutes = 1440
[[site.meetings.topic]]
name = "Support"
staff = ["grace@sandbox.example"]
escalate_to = ["linus@sandbox.example"]
escalate_secs = 36000
"#;

pub(super) const DUTY_ROWS: &[Row] = &[
    Row { key: "site.meetings.topics", changed: r#"["Orders"]"#, seen: "Orders" },
    Row { key: "site.meetings.staff", changed: r#"["linus@sandbox.example"]"#, seen: "linus@sandbox.example" },
    Row { key: "site.meetings.escalate_to", changed: r#"["maria@sandbox.example"]"#, seen: "maria@sandbox.example" },
    Row { key: "site.meetings.escalate_secs", changed: "600", seen: "others within twenty minutes" },
    Row { key: "site.meetings.ring_secs", changed: "1800", seen: "missed within the hour" },
    Row { key: "site.meetings.remind_minutes", changed: "30", seen: "half an hour before" },
    Row { key: "site.meetings.topic.name", changed: r#""Repairs""#, seen: "Repairs" },
    Row { key: "site.meetings.topic.staff", changed: r#"["maria@sandbox.example"]"#, seen: "maria@sandbox.example" },
    Row { key: "site.meetings.topic.escalate_secs", changed: "300", seen: "others within twenty minutes" },
];

/// Those of staff who were asked by a guest.
fn asked_by(portal: &TestPortal, guest: &str) -> BTreeSet<&'static str> {
    let words = format!("{guest} asks for a meeting");
    [GRACE, LINUS, MARIA].into_iter().filter(|staff| portal.bot_messages(staff).iter().any(|told| told.text.contains(&words))).collect()
}

/// Somebody asks; answers who of staff is asked first.
async fn rings(portal: &TestPortal, name: &str, topic: usize) -> (TestGuest, Visit, BTreeSet<&'static str>, String) {
    let guest = portal.guest(name).await;
    let topic = guest.rooms().await.remove(0).topics.remove(topic).name;
    let visit = guest.ask_about(&topic).await;
    let first = soon("somebody to be asked", || Some(asked_by(portal, name)).filter(|asked| !asked.is_empty())).await;
    (guest, visit, first, topic)
}

fn list(emails: impl IntoIterator<Item = &'static str>) -> String {
    emails.into_iter().collect::<Vec<_>>().join(", ")
}

async fn wait(changes: &[Row]) -> Seen {
    let portal = TestPortal::start_with_sites(&for_portal(changed(DUTY, changes))).await;
    let site = portal.app().config.sites[0].clone();
    let starts_at = portal.clock.now().plus_millis(48 * 60 * 60 * 1000);
    let appointment =
        NewAppointment { guest_name: "Cleo".into(), guest_email: None, topic: None, starts_at, minutes: 30, staff: Vec::new() };
    portal.app().visits.schedule(&site, appointment, "gp-later".into()).await.unwrap();
    let opens_at = soon("links for later", || portal.webex().minted_links().iter().find_map(|link| link.not_before)).await;
    let opens_before_secs = starts_at.as_millis() / 1000 - opens_at;
    let (ada, visit, first, topic) = rings(&portal, "Ada", 0).await;
    let (_, _, first_for_topic, own_topic) = rings(&portal, "Bob", 1).await;

    portal.advance(Duration::from_secs(20 * 60));
    let others = |guest: &str, first: &BTreeSet<&'static str>| list(asked_by(&portal, guest).difference(first).copied());
    comes(async || !others("Ada", &first).is_empty() && !others("Bob", &first_for_topic).is_empty()).await;
    let (escalated, escalated_for_topic) = (others("Ada", &first), others("Bob", &first_for_topic));

    portal.advance(Duration::from_secs(15 * 60));
    let is_missed = comes(async || ada.visit(&visit.id).await.json::<Visit>().state == VisitState::Missed).await;
    Seen::from([
        ("site.meetings.topics", topic),
        ("site.meetings.staff", list(first)),
        ("site.meetings.escalate_secs", said(!escalated.is_empty(), "others within twenty minutes")),
        ("site.meetings.escalate_to", escalated),
        ("site.meetings.ring_secs", said(is_missed, "missed within the hour")),
        // A little earlier than that: Webex's clock may be behind.
        ("site.meetings.remind_minutes", said((1800..1900).contains(&opens_before_secs), "half an hour before")),
        ("site.meetings.topic.name", own_topic),
        ("site.meetings.topic.staff", list(first_for_topic)),
        ("site.meetings.topic.escalate_secs", said(!escalated_for_topic.is_empty(), "others within twenty minutes")),
    ])
}

const OFFER: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.meetings]
enabled = true
"#;

pub(super) const OFFER_ROWS: &[Row] = &[Row { key: "site.meetings.enabled", changed: "false", seen: "no meetings" }];

async fn enter(changes: &[Row]) -> Seen {
    let portal = TestPortal::start_with_sites(&for_portal(changed(OFFER, changes))).await;
    Seen::from([("site.meetings.enabled", said(!portal.guest("Ada").await.rooms().await[0].can.meet, "no meetings"))])
}

#[tokio::test]
async fn what_webex_is_asked_for_is_as_configured() {
    all_act(LINK_ROWS, ask).await;
}

#[tokio::test]
async fn who_is_asked_and_for_how_long_is_as_configured() {
    all_act(DUTY_ROWS, wait).await;
}

#[tokio::test]
async fn whether_meetings_are_offered_is_as_configured() {
    all_act(OFFER_ROWS, enter).await;
}
