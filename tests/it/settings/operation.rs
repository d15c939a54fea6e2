//! The rest of `[server]`.

use std::{fs::File, time::Duration};

use reqwest::Method;
use sandbox::Fault;
use tests::{
    files::TestFile,
    guest::new_client_message_id,
    portal::{GRACE, LOOK_EVERY, TestPortal},
};

use super::{Row, Seen, all_act, changed, for_portal, said};

const PATIENT: &str = r#"
[server]
settle_ms = 86400000
[limits]
profile = "bench"
links_per_address = "1/h"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;

pub(super) const ROWS: &[Row] = &[
    Row { key: "server.public_url", changed: r#""https://chat.example.com""#, seen: "staff are led to https://chat.example.com" },
    Row { key: "server.trusted_proxies", changed: r#"["127.0.0.0/8"]"#, seen: "the second comes from elsewhere" },
    Row { key: "server.settle_ms", changed: "1000", seen: "sent again within half an hour" },
    Row { key: "server.max_spool_bytes", changed: "100000000", seen: "507" },
];

async fn write(changes: &[Row]) -> Seen {
    let portal = TestPortal::start_with_sites(&for_portal(changed(PATIENT, changes))).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    // The second one of an hour, if it is the same address.
    let bob = portal.visitor();
    bob.get("/host/nothing").await;
    let from_elsewhere = bob.request(Method::GET, "/host/nothing").header("x-forwarded-for", "192.0.2.1");
    let is_elsewhere = bob.send(from_elsewhere).await.status == 404;
    ada.ask_for_meeting().await;
    portal.claim(GRACE, 1).await;
    let told = portal.bot_messages(GRACE)[0].html.clone().unwrap();
    let address = told.split("href=\"").find_map(|link| link.split_once("/host/")).unwrap().0.to_owned();
    ada.stop_listening();

    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 503)).unwrap();
    ada.say("Did you get this?").await;
    portal.until("the failure", async || portal.posts_by_guests().iter().any(|post| post.is_fault).then_some(())).await;
    let (posts, looks) = (portal.posts_by_guests().len(), || portal.requests("GET", "/v1/messages").len());
    portal.advance(Duration::from_secs(30 * 60));
    let looked = looks();
    // It is looked for again and again until it is sent again.
    while portal.posts_by_guests().len() == posts && looks() < looked + 10 {
        portal.advance(Duration::from_secs(5));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let is_sent_again = portal.posts_by_guests().len() > posts;

    // Takes no room on the disk, but counts as if it did: just as much as may be.
    File::create(portal.data_dir().join("spool/waiting")).unwrap().set_len(100_000_000).unwrap();
    let upload = ada.send_file_as(&new_client_message_id(), &TestFile::text("notes.txt", "x"), "").await;
    Seen::from([
        ("server.public_url", format!("staff are led to {address}")),
        ("server.trusted_proxies", said(is_elsewhere, "the second comes from elsewhere")),
        ("server.settle_ms", said(is_sent_again, "sent again within half an hour")),
        ("server.max_spool_bytes", upload.status.to_string()),
    ])
}

#[tokio::test]
async fn where_it_is_found_how_long_it_doubts_and_what_it_keeps_is_as_configured() {
    all_act(ROWS, write).await;
}
