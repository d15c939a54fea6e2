//! What must never reach a browser, searched for in every answer.

use std::collections::BTreeSet;

use reqwest::Method;
use shared::path;
use tests::{
    guest::{TestGuest, new_client_message_id},
    portal::{GRACE, TestPortal},
};

/// Every token and secret of the simulated Webex: those it began with and those it gave out.
fn secrets_of(portal: &TestPortal) -> BTreeSet<String> {
    let credentials = &portal.credentials;
    let mut secrets: BTreeSet<String> = [
        &credentials.service_app.client_secret,
        &credentials.service_app.refresh_token,
        &credentials.service_app.access_token,
        &credentials.guest_issuer.secret,
        &credentials.bot.access_token,
    ]
    .into_iter()
    .cloned()
    .collect();
    secrets.extend(credentials.staff.iter().map(|staff| staff.access_token.clone()));
    let begun_with = secrets.len();
    let database = rusqlite::Connection::open(portal.sandbox_dir().join("sandbox.db")).unwrap();
    let mut rows = database.prepare("SELECT json FROM objects WHERE kind = 'token'").unwrap();
    for json in rows.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        let token: serde_json::Value = serde_json::from_str(&json.unwrap()).unwrap();
        secrets.insert(token["text"].as_str().unwrap().to_owned());
    }
    assert!(secrets.len() >= begun_with + 2, "a guest's token and the service app's newest are among them");
    assert!(secrets.iter().all(|secret| secret.len() > 20), "short ones would be found anywhere");
    secrets
}

/// The first secret, whole or a telling part of it, in what a browser was given.
fn leak(secrets: &BTreeSet<String>, given: &[String]) -> Option<String> {
    let parts: Vec<&str> = secrets.iter().map(|secret| &secret[secret.len() / 2..]).collect();
    given.iter().find(|text| parts.iter().any(|part| text.contains(part))).cloned()
}

fn everything_given_to(guest: &TestGuest) -> Vec<String> {
    let answers = guest.answers();
    let headers = answers.iter().flat_map(|answer| answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")));
    let bodies = answers.iter().map(|answer| answer.body.clone());
    headers.chain(bodies).chain([guest.heard_bytes()]).collect()
}

#[tokio::test]
async fn no_answer_carries_a_token_or_a_secret_of_webex() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "How can I help?").unwrap();
    ada.hear_message("How can I help?").await;
    portal.webex().expire_access_tokens().unwrap();
    portal.webex().add_fault(sandbox::Fault::answer("POST", "/v1/messages", 400));
    ada.say("refused").await;
    ada.say("taken").await;
    ada.hear_message("taken").await;
    portal.stop_sandbox().await;
    ada.say("waits").await;
    portal.advance(std::time::Duration::from_secs(60));
    ada.messages().await;
    portal.restart_portal().await;
    ada.messages().await;
    portal.start_sandbox().await;
    for path in ["/", "/s/demo", "/embed/demo", "/s/none", "/nothing", path::SITE, path::SESSION, path::ROOMS] {
        ada.get(path).await;
    }
    ada.send(ada.request(Method::POST, path::SESSION).body("{")).await;
    ada.say_as(&new_client_message_id(), "").await;
    ada.leave().await;
    let secrets = secrets_of(&portal);
    let mut given = everything_given_to(&ada);
    assert!(given.len() > 100, "there was something to search: {}", given.len());

    assert_eq!(leak(&secrets, &given), None);

    // The search finds what it looks for.
    for secret in &secrets {
        given.push(format!(r#"{{"x":"{secret}"}}"#));
        assert!(leak(&secrets, &given).is_some());
        given.pop();
    }
}

#[tokio::test]
async fn the_portals_own_cookies_stand_in_set_cookie_and_nowhere_else() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.session().await;
    for (name, value) in ada.cookies() {
        for answer in ada.answers() {
            let elsewhere = answer.headers.iter().filter(|(header, _)| *header != "set-cookie").map(|(_, value)| format!("{value:?}"));
            assert!(elsewhere.chain([answer.body.clone()]).all(|text| !text.contains(&value)), "{name} in {answer}");
        }
        assert!(!ada.heard_bytes().contains(&value), "{name} in the event stream");
    }
}

#[tokio::test]
async fn nothing_on_the_portals_disk_gives_away_a_token_or_a_cookie() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Nobody else should read this").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "An answer from Webex").unwrap();
    ada.hear_message("An answer from Webex").await;
    portal.stop_portal().await;
    let mut needles = secrets_of(&portal);
    needles.extend(ada.cookies().into_values());
    // Text from Webex is never written down, and a guest's own only until it is sent.
    needles.extend(["An answer from Webex".to_owned(), "Nobody else should read this".to_owned()]);
    let mut searched = 0;
    for path in files_below(&portal.data_dir()) {
        let bytes = std::fs::read(&path).unwrap();
        searched += bytes.len();
        for needle in &needles {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle} in {}", path.display());
        }
    }
    assert!(searched > 10_000);
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
