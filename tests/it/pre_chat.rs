//! What a site asks before the chat: a topic, which staff are told, and consent, which is kept.

use serde_json::json;
use shared::{ProblemKind, SiteProfile, path};
use tests::portal::TestPortal;

const ASKING: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.pre_chat]
topics = ["Orders", "Returns"]
consent = "I agree that my messages are stored."
consent_version = "2026-11"
consent_url = "https://www.example.com/privacy"
"#;

#[tokio::test]
async fn nobody_signs_in_without_topic_and_consent() {
    let portal = TestPortal::start_with_sites(ASKING).await;
    let ada = portal.visitor();
    let profile: SiteProfile = ada.get(path::SITE).await.json();
    assert_eq!(profile.pre_chat.topics, ["Orders", "Returns"]);
    assert_eq!(profile.pre_chat.consent.map(|consent| consent.version).as_deref(), Some("2026-11"));
    for (asked, kind) in [
        (json!({ "display_name": "Ada" }), ProblemKind::InvalidTopic),
        (json!({ "display_name": "Ada", "topic": "Else", "consent": "2026-11" }), ProblemKind::InvalidTopic),
        (json!({ "display_name": "Ada", "topic": "Orders" }), ProblemKind::ConsentMissing),
        (json!({ "display_name": "Ada", "topic": "Orders", "consent": "2025-01" }), ProblemKind::ConsentMissing),
    ] {
        let answer = ada.post(path::SESSION, asked).await;
        assert_eq!((answer.status, answer.problem().kind), (422, kind));
    }
    let asked = json!({ "display_name": "Ada", "topic": "Orders", "consent": "2026-11" });
    assert_eq!(ada.post(path::SESSION, asked).await.status, 201);
}

#[tokio::test]
async fn staff_learn_the_topic_just_before_the_first_words_and_once() {
    let portal = TestPortal::start_with_sites(ASKING).await;
    let ada = portal.visitor();
    let sign_in = async |topic: &str| {
        let asked = json!({ "display_name": "Ada", "topic": topic, "consent": "2026-11" });
        assert_eq!(ada.post(path::SESSION, asked).await.status, 201);
    };
    sign_in("Orders").await;
    assert!(portal.webex().room_titled("Ada").is_none(), "nothing is made before the first words");
    ada.say("Where is it?").await;
    ada.say("Hello?").await;
    assert_eq!(portal.texts_in_webex("Ada", 3).await, ["Ada writes about: Orders", "Where is it?", "Hello?"]);
    sign_in("Returns").await;
    ada.say("And another thing").await;
    assert_eq!(portal.texts_in_webex("Ada", 5).await[3..], ["Ada writes about: Returns", "And another thing"]);

    let store = rusqlite::Connection::open(portal.data_dir().join("guest-portal.db")).unwrap();
    let kept: (String, Option<i64>) =
        store.query_row("SELECT consent_version, consent_at FROM guest", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(kept.0, "2026-11");
    assert!(kept.1.is_some_and(|at| at > 0));
}
