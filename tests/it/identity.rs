//! Signed identities: whom a site's back end vouches for, and everything that is not believed.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};
use shared::{PortalEvent, ProblemKind, Session, SiteProfile, path};
use tests::{
    answer::Answer,
    guest::TestGuest,
    identity::{BackEnd, KEY_ID, SKEW, base64url},
    portal::TestPortal,
    recipe::document,
};

const SITE: &str = "[[site]]\nid = \"demo\"\nname = \"Acme support\"\nstaff = [\"grace@sandbox.example\"]\n";
const OTHER_SITE: &str = "[[site]]\nid = \"shop\"\nname = \"Acme shop\"\nstaff = [\"maria@sandbox.example\"]\n";
const SECOND: Duration = Duration::from_secs(1);

async fn start(back_end: &BackEnd, mode: &str) -> TestPortal {
    TestPortal::start_with_sites(&format!("{SITE}{}{OTHER_SITE}", back_end.settings(mode))).await
}

async fn present(guest: &TestGuest, token: &str) -> Answer {
    guest.post(path::IDENTITY, json!({ "token": token })).await
}

/// The reason a refusal gives; it must be a refusal.
fn reason(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.problem().kind), (403, ProblemKind::IdentityRefused), "{answer}");
    assert_eq!(answer.set_cookies(), [""; 0], "{answer}");
    answer.problem().detail
}

#[tokio::test]
async fn the_same_person_on_two_devices_has_one_history() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::HS256] {
        let back_end = BackEnd::new(algorithm);
        let portal = start(&back_end, "required").await;
        let (mut phone, mut desk) = (portal.visitor(), portal.visitor());
        let answer = present(&phone, &back_end.token(&portal, "42", "Ada Lovelace")).await;
        assert_eq!(answer.status, 201, "{answer}");
        assert_eq!(answer.json::<Session>().display_name, "Ada Lovelace");
        let cookies = answer.set_cookies();
        assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-gp-demo=") && !cookie.contains("Max-Age=0")), "{cookies:?}");
        assert!(!phone.cookies().contains_key("__Host-gpg-demo"), "nobody is remembered whom the back end must vouch for");
        phone.listen().await;
        phone.say("From the phone").await;
        phone.hear_message("From the phone").await;

        let answer = present(&desk, &back_end.token(&portal, "42", "Ada Lovelace")).await;
        assert_eq!(answer.json::<Session>().guest_id, phone.session().await.json::<Session>().guest_id);
        desk.listen().await;
        assert_eq!(desk.reads(1).await, ["From the phone"]);
        desk.say("From the desk").await;
        phone.hear_message("From the desk").await;
        assert_eq!(portal.texts_in_webex("Ada", 2).await, ["From the phone", "From the desk"]);

        let other = portal.visitor();
        let session: Session = present(&other, &back_end.token(&portal, "43", "Ada Lovelace")).await.json();
        assert_ne!(session.guest_id, phone.session().await.json::<Session>().guest_id, "another user of the same name");
        assert_eq!(other.messages().await.items.len(), 0);
    }
}

#[tokio::test]
async fn what_is_not_right_about_an_identity_is_refused_with_its_reason() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::HS256] {
        let back_end = BackEnd::new(algorithm);
        let portal = start(&back_end, "optional").await;
        let now = portal.clock.now().as_millis() / 1000;
        let with = |name: &str, value: Value| {
            let mut claims = back_end.claims(&portal, "42", "Ada");
            claims[name] = value;
            back_end.sign(&back_end.header(), &claims)
        };
        let without = |name: &str| {
            let mut claims = back_end.claims(&portal, "42", "Ada");
            claims.as_object_mut().unwrap().remove(name);
            back_end.sign(&back_end.header(), &claims)
        };
        let headed = |name: &str, value: Value| {
            let mut header = back_end.header();
            header[name] = value;
            back_end.sign(&header, &back_end.claims(&portal, "42", "Ada"))
        };
        let good = back_end.token(&portal, "42", "Ada");
        let (message, signature) = good.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let other = BackEnd::new(algorithm);
        let mut cases = vec![
            ("other site", with("iss", json!("shop")), "`iss`"),
            ("no site", without("iss"), "`iss`"),
            ("other audience", with("aud", json!("https://other.example")), "`aud`"),
            ("audience with a path", with("aud", json!(format!("{}/", portal.app().audience))), "`aud`"),
            ("list of audiences", with("aud", json!([portal.app().audience])), "`aud`"),
            ("no audience", without("aud"), "`aud`"),
            ("other origin", with("origin", json!("https://evil.example")), "`origin`"),
            ("no user", without("sub"), "`sub`"),
            ("empty user", with("sub", json!(" ")), "`sub`"),
            ("number for a user", with("sub", json!(42)), "`sub`"),
            ("long user", with("sub", json!("x".repeat(256))), "`sub`"),
            ("no name", without("name"), "`name`"),
            ("long name", with("name", json!("x".repeat(65))), "`name`"),
            ("wrong e-mail", with("email", json!("ada")), "`email`"),
            ("no id", without("jti"), "`jti`"),
            ("short id", with("jti", json!("1234")), "`jti`"),
            ("no time", without("iat"), "`iat`"),
            ("no end", without("exp"), "`exp`"),
            ("text for an end", with("exp", json!((now + 60).to_string())), "`exp`"),
            ("half a second", with("exp", json!(now as f64 + 60.5)), "`exp`"),
            ("milliseconds", with("exp", json!((now + 60) * 1000)), "longer than 300"),
            ("long life", with("exp", json!(now + 301)), "longer than 300"),
            ("expired", with("exp", json!(now - 31)), "expired"),
            ("from the future", with("iat", json!(now + 40)), "not valid yet"),
            ("begins later", with("nbf", json!(now + 40)), "not valid yet"),
            ("no type", back_end.sign(&json!({ "alg": back_end.header()["alg"], "kid": KEY_ID }), &json!({})), "nothing else"),
            ("another type", headed("typ", json!("JWT")), "`typ`"),
            ("unknown key", headed("kid", json!("2020-01")), "`kid`"),
            ("key of its own", headed("jwk", json!({ "kty": "oct", "k": "AA" })), "nothing else"),
            ("address of a key", headed("jku", json!("https://evil.example/keys")), "nothing else"),
            ("critical", headed("crit", json!(["exp"])), "nothing else"),
            ("no algorithm", headed("alg", json!("none")), "`alg`"),
            ("unsigned", format!("{message}."), "signed by the key"),
            (
                "signature of another",
                other.token(&portal, "42", "Ada"),
                if algorithm == Algorithm::HS256 { "" } else { "signed by the key" },
            ),
            ("changed signature", format!("{message}.{flipped}{}", &signature[1..]), "signed by the key"),
            ("words", "Ada".into(), "no JWT"),
            ("two parts", message.into(), "no JWT"),
            ("five parts", format!("{good}.a.b"), "no JWT"),
            ("no base64", format!("{{}}.{}", good.split_once('.').unwrap().1), "no JWT"),
            ("long", format!("{good}{}", "A".repeat(4096)), "4096 bytes"),
        ];
        for family in ["EdDSA", "ES256", "HS256", "HS384", "RS256"].into_iter().filter(|word| *word != format!("{algorithm:?}")) {
            cases.push(("other family", headed("alg", json!(family)), "`alg`"));
        }
        if algorithm != Algorithm::HS256 {
            let mut header = back_end.header();
            let claims = back_end.claims(&portal, "42", "Ada");
            cases.push(("public key for a secret", back_end.sign_by_public_key(&header, &claims), "signed by the key"));
            header["alg"] = json!("HS256");
            cases.push(("public key for a secret, said", back_end.sign_by_public_key(&header, &claims), "`alg`"));
        }
        let changed = base64url(back_end.claims(&portal, "1", "Root").to_string().as_bytes());
        let [head, _, tail] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
        cases.push(("changed claims", format!("{head}.{changed}.{tail}"), "signed by the key"));
        let ada = portal.visitor();
        for (what, token, expected) in cases.iter().filter(|(.., expected)| !expected.is_empty()) {
            let told = reason(&present(&ada, token).await);
            assert!(told.contains(expected), "{algorithm:?}, {what}: {told}");
            assert_eq!(ada.session().await.status, 401, "{what}");
        }
        assert_eq!(present(&ada, &good).await.status, 201, "the one that all of these differ from");
    }
}

#[tokio::test]
async fn an_identity_is_taken_once_and_within_thirty_seconds_of_its_times() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    // An address that stays: tokens are made for it.
    let site = format!("public_url = \"http://127.0.0.1:1\"\n{SITE}{}", back_end.settings("optional"));
    let mut portal = TestPortal::start_with_sites(&site).await;
    let (ada, thief) = (portal.visitor(), portal.visitor());
    let token = back_end.token(&portal, "42", "Ada");
    assert_eq!(present(&ada, &token).await.status, 201);
    for guest in [&ada, &thief] {
        assert!(reason(&present(guest, &token).await).contains("used before"));
    }
    for hours in [0, 2] {
        // What was used is known after a restart, and after what has served its time was swept.
        portal.restart_portal().await;
        portal.advance(Duration::from_secs(hours * 3600));
        let told = reason(&present(&thief, &token).await);
        assert!(told.contains(if hours == 0 { "used before" } else { "expired" }), "{told}");
    }
    assert_eq!(present(&ada, &back_end.token(&portal, "42", "Ada")).await.status, 201);
    assert_eq!(ada.session().await.status, 200);

    let early = {
        let mut claims = back_end.claims(&portal, "42", "Ada");
        let begins = portal.clock.now().as_millis() / 1000 + 29;
        (claims["iat"], claims["nbf"], claims["exp"]) = (json!(begins), json!(begins), json!(begins + 60));
        back_end.sign(&back_end.header(), &claims)
    };
    assert_eq!(present(&portal.visitor(), &early).await.status, 201, "the back end's clock is 29 s ahead");
    let (late, later) = (back_end.token(&portal, "42", "Ada"), back_end.token(&portal, "42", "Ada"));
    portal.advance(Duration::from_secs(60) + SKEW - 2 * SECOND);
    assert_eq!(present(&portal.visitor(), &late).await.status, 201, "28 s too late");
    portal.advance(3 * SECOND);
    assert!(reason(&present(&portal.visitor(), &later).await).contains("expired"), "31 s too late");
    // Long after, when nobody remembers that it was used.
    portal.advance(Duration::from_secs(2 * 3600));
    assert!(reason(&present(&portal.visitor(), &late).await).contains("expired"));
}

#[tokio::test]
async fn of_many_who_present_the_same_identity_at_once_one_gets_in() {
    let back_end = BackEnd::new(Algorithm::HS256);
    let portal = start(&back_end, "required").await;
    let token = back_end.token(&portal, "42", "Ada");
    let guests: Vec<TestGuest> = (0..12).map(|_| portal.visitor()).collect();
    let answers = futures_util::future::join_all(guests.iter().map(|guest| present(guest, &token))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_use_what_was_made_for_one() {
    let back_end = BackEnd::new(Algorithm::ES256);
    let portal = start(&back_end, "optional").await;
    let token = || {
        let mut claims = back_end.claims(&portal, "42", "Ada");
        claims["origin"] = json!("https://www.example.com");
        back_end.sign(&back_end.header(), &claims)
    };
    let ada = portal.visitor();
    let at = async |origin: Value| ada.post(path::IDENTITY, json!({ "token": token(), "origin": origin })).await;
    assert!(reason(&at(Value::Null).await).contains("`origin`"));
    assert!(reason(&at(json!("https://www.example.com.evil.example")).await).contains("`origin`"));
    assert_eq!(at(json!("https://www.example.com")).await.status, 201);
}

#[tokio::test]
async fn keys_change_without_anybody_being_refused() {
    let (old, new) = (BackEnd::new(Algorithm::EdDSA), BackEnd::new(Algorithm::EdDSA));
    let both = format!("{SITE}{}{}", old.settings("required"), new.key_settings("2027-01"));
    let mut portal = TestPortal::start_with_sites(&both).await;
    let signed_by_new = |portal: &TestPortal| {
        let mut header = new.header();
        header["kid"] = json!("2027-01");
        new.sign(&header, &new.claims(portal, "42", "Ada"))
    };
    let ada = portal.visitor();
    assert_eq!(present(&ada, &old.token(&portal, "42", "Ada")).await.status, 201);
    assert_eq!(present(&ada, &signed_by_new(&portal)).await.status, 201);
    let only_new = new.settings("required").replace(KEY_ID, "2027-01");
    portal.restart_with_sites(&format!("{SITE}{only_new}")).await;
    assert_eq!(ada.session().await.status, 200, "who is signed in stays so");
    assert!(reason(&present(&ada, &old.token(&portal, "42", "Ada")).await).contains("`kid`"));
    assert_eq!(present(&ada, &signed_by_new(&portal)).await.status, 201);
}

/// What the router lets the page ask, by the names of the paths.
fn api_paths() -> Vec<String> {
    let router = document("server/src/routes/router.rs");
    let (_, api) = router.split_once("let api = Router::new()").unwrap();
    let (api, _) = api.split_once("guard::identify").unwrap();
    api.split("path::").skip(1).map(|rest| rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect()).collect()
}

#[tokio::test]
async fn where_identities_are_required_nothing_is_open_without_one() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let mut portal = start(&back_end, "optional").await;
    let mut ada = portal.visitor();
    ada.sign_in("Ada").await;
    ada.listen().await;
    ada.say("Hello").await;
    let message = ada.hear_message("Hello").await;
    let room = ada.room_id().await;
    portal.restart_with_sites(&format!("{SITE}{}", back_end.settings("required"))).await;
    let (room, message) = (room.as_str(), message.id.as_str());
    let id = "01936b1e-7a5c-7c3e-9a41-0000000000aa";
    let text = json!({ "client_message_id": id, "text": "Hi" });
    // Every path and method, with what makes it a right request.
    let guarded = [
        ("SESSION", Method::GET, path::SESSION.to_owned(), None),
        ("ROOMS", Method::GET, path::ROOMS.to_owned(), None),
        ("ROOM_MESSAGES", Method::GET, format!("/api/rooms/{room}/messages"), None),
        ("ROOM_MESSAGES", Method::POST, format!("/api/rooms/{room}/messages"), Some(text.clone())),
        ("ROOM_MESSAGE", Method::PATCH, format!("/api/rooms/{room}/messages/{message}"), Some(text.clone())),
        ("ROOM_MESSAGE", Method::DELETE, format!("/api/rooms/{room}/messages/{message}?client_message_id={id}"), None),
        ("ROOM_MEMBERS", Method::GET, format!("/api/rooms/{room}/members"), None),
        ("ROOM_TYPING", Method::POST, format!("/api/rooms/{room}/typing"), Some(json!({ "is_typing": true }))),
        ("ROOM_READ", Method::POST, format!("/api/rooms/{room}/read"), Some(json!({ "message_id": message }))),
        ("OUTBOX", Method::DELETE, format!("/api/outbox/{id}"), None),
        ("FILE_TICKET", Method::POST, format!("/api/files/{message}/0/ticket"), Some(json!({}))),
        ("VISITS", Method::POST, path::VISITS.to_owned(), Some(json!({}))),
        ("VISIT", Method::GET, "/api/visits/v1".to_owned(), None),
        ("VISIT", Method::DELETE, "/api/visits/v1".to_owned(), None),
        ("VISIT_JOIN", Method::POST, "/api/visits/v1/join".to_owned(), Some(json!({}))),
        ("VISIT_LEAVE", Method::POST, "/api/visits/v1/leave".to_owned(), Some(json!({}))),
        ("NOTES", Method::POST, path::NOTES.to_owned(), Some(json!({ "text": "Hi" }))),
        ("EVENTS", Method::GET, path::EVENTS.to_owned(), None),
    ];
    let mut listed: Vec<&str> = guarded.iter().map(|(name, ..)| *name).chain(["SITE", "IDENTITY", "PROOF"]).collect();
    listed.dedup();
    let mut found = api_paths();
    listed.sort_unstable();
    found.sort();
    assert_eq!(listed, found, "every path of the page's API");
    let cookies = ada.cookies();
    assert!(cookies.contains_key("__Host-gp-demo") && cookies.contains_key("__Host-gpg-demo"), "who was here before holds both");
    let ask = async |guest: &TestGuest, method: &Method, path: &str, body: &Option<Value>| {
        let request = guest.request(method.clone(), path);
        guest
            .send(match body {
                Some(body) => request.json(body),
                None => request,
            })
            .await
    };
    for guest in [&ada, &portal.visitor()] {
        for (_, method, path, body) in &guarded {
            let answer = ask(guest, method, path, body).await;
            assert_eq!((answer.status, answer.problem().kind), (401, ProblemKind::NotSignedIn), "{method} {path}");
        }
        let answer = guest.post(path::SESSION, json!({ "display_name": "Ada" })).await;
        assert_eq!((answer.status, answer.problem().kind), (403, ProblemKind::IdentityRequired));
        assert_eq!(guest.post(path::IDENTITY, json!({ "token": null })).await.status, 204);
        let profile = guest.get(path::SITE).await.json::<SiteProfile>();
        assert!(profile.needs_identity);
    }
    // With one, the same requests come to what they are for.
    assert_eq!(present(&ada, &back_end.token(&portal, "42", "Ada")).await.status, 201);
    for (_, method, path, body) in guarded.iter().filter(|(name, ..)| *name != "EVENTS") {
        assert_ne!(ask(&ada, method, path, body).await.status, 401, "{method} {path}");
    }
    assert_eq!(portal.texts_in_webex("Ada", 1).await[0], "Hello");
}

#[tokio::test]
async fn who_was_here_without_an_identity_is_left_behind_and_told_so() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let portal = start(&back_end, "optional").await;
    let mut ada = guest_who_wrote(&portal, "Ada", "Anonymously").await;
    let before = ada.session().await.json::<Session>().guest_id;
    let session: Session = present(&ada, &back_end.token(&portal, "42", "Ada Lovelace")).await.json();
    assert_ne!(session.guest_id, before);
    assert_eq!(ada.cookies().len(), 1, "the guest cookie is gone: {:?}", ada.cookies());
    assert_eq!(ada.messages().await.items.len(), 0);
    ada.hear_until("the end", |event| matches!(event, PortalEvent::SignedOut).then_some(())).await;
    assert_eq!(portal.texts_in_webex("Ada", 2).await[1], "Ada left the chat.");
    // Signed out of the site: the chat is nobody's any more in this browser, and goes on elsewhere.
    let elsewhere = portal.visitor();
    present(&elsewhere, &back_end.token(&portal, "42", "Ada Lovelace")).await;
    assert_eq!(ada.post(path::IDENTITY, json!({ "token": "" })).await.status, 204);
    assert_eq!(ada.cookies().len(), 0);
    assert_eq!((ada.session().await.status, elsewhere.session().await.status), (401, 200));
    // A guest without an identity is not signed out so.
    let grace = portal.guest("Grace").await;
    assert_eq!(grace.post(path::IDENTITY, json!({})).await.status, 204);
    assert_eq!(grace.session().await.status, 200);
}

#[tokio::test]
async fn where_anybody_may_come_staff_learn_whose_name_is_vouched_for() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let portal = start(&back_end, "optional").await;
    let (ada, bea) = (portal.visitor(), portal.guest("Bea").await);
    present(&ada, &back_end.token(&portal, "42", "Ada")).await;
    for guest in [&ada, &bea] {
        guest.say("Hello").await;
        guest.say("Hello?").await;
    }
    assert_eq!(portal.texts_in_webex("Ada", 3).await, ["Ada is signed in on the web site.", "Hello", "Hello?"]);
    assert_eq!(portal.texts_in_webex("Bea", 2).await, ["Hello", "Hello?"]);
    ada.say("Still there").await;
    assert_eq!(portal.texts_in_webex("Ada", 4).await[3], "Still there");
}

#[tokio::test]
async fn an_identified_session_that_is_over_is_not_renewed_without_an_identity() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let portal = start(&back_end, "optional").await;
    let ada = portal.visitor();
    let first: Session = present(&ada, &back_end.token(&portal, "42", "Ada")).await.json();
    portal.advance(Duration::from_secs(31 * 60));
    assert_eq!(ada.session().await.status, 401);
    let again: Session = present(&ada, &back_end.token(&portal, "42", "Ada Byron")).await.json();
    assert_eq!((again.guest_id, &*again.display_name), (first.guest_id, "Ada Byron"));
}

#[tokio::test]
async fn a_site_without_identities_takes_none_and_one_sites_identity_is_nothing_to_another() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let portal = start(&back_end, "off").await;
    assert!(reason(&present(&portal.visitor(), &back_end.token(&portal, "42", "Ada")).await).contains("`mode`"));
    let shop = portal.visitor().tab_at("shop");
    assert!(reason(&present(&shop, &back_end.token(&portal, "42", "Ada")).await).contains("`mode`"));
}

#[tokio::test]
async fn an_identified_guest_still_answers_what_the_site_asks_and_once() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let asking = "[site.pre_chat]\ntopics = [\"Orders\"]\nconsent = \"I agree.\"\nconsent_version = \"1\"\nemail = \"required\"\n";
    let mut portal = TestPortal::start_with_sites(&format!("{SITE}{}{asking}", back_end.settings("required"))).await;
    let ada = portal.visitor();
    let token = |portal: &TestPortal| {
        let mut claims = back_end.claims(portal, "42", "Ada");
        claims["email"] = json!("ada@example.com");
        back_end.sign(&back_end.header(), &claims)
    };
    assert_eq!(present(&ada, &token(&portal)).await.status, 201);
    assert_eq!(ada.session().await.status, 401, "nothing is open before they have answered");
    // What is done in the background would have been done long since.
    tokio::time::sleep(30 * tests::portal::LOOK_EVERY).await;
    assert_eq!(portal.requests("POST", "/v1/guests/token").len(), 0, "and Webex does not hear of them");
    let answers = json!({ "display_name": "Mallory", "topic": "Orders", "consent": "1", "email": "mallory@example.com" });
    let session: Session = ada.post(path::SESSION, answers).await.json();
    assert_eq!(session.display_name, "Ada", "the name is the back end's to say");
    ada.say("Where is it?").await;
    assert_eq!(portal.texts_in_webex("Ada", 2).await[0], "Ada writes about: Orders\nAda can be reached at ada@example.com");
    let desk = portal.visitor();
    present(&desk, &token(&portal)).await;
    assert_eq!(desk.session().await.status, 200, "they are asked once");
    // The terms are others now: whoever is signed in agrees to them first.
    let asking = asking.replace("\"1\"", "\"2\"");
    portal.restart_with_sites(&format!("{SITE}{}{asking}", back_end.settings("required"))).await;
    assert_eq!(ada.session().await.status, 401);
    let answers = json!({ "display_name": "Ada", "topic": "Orders", "consent": "2" });
    assert_eq!(ada.post(path::SESSION, answers).await.status, 201);
    assert_eq!((ada.session().await.status, desk.session().await.status), (200, 200));
}

#[tokio::test]
async fn pages_that_listen_as_somebody_hear_that_this_is_over() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let portal = start(&back_end, "optional").await;
    let (mut tab, mut phone) = (portal.visitor(), portal.visitor());
    for device in [&tab, &phone] {
        assert_eq!(present(device, &back_end.token(&portal, "42", "Ada")).await.status, 201);
    }
    tab.listen().await;
    phone.listen().await;
    // In another tab of the same browser somebody else has signed in on the site.
    let other = tab.other_tab();
    assert_eq!(present(&other, &back_end.token(&portal, "43", "Bea")).await.status, 201);
    tab.hear_until("the end", |event| matches!(event, PortalEvent::SignedOut).then_some(())).await;

    let mut bea = tab.other_tab();
    bea.listen().await;
    assert_eq!(other.post(path::IDENTITY, json!({ "token": "" })).await.status, 204);
    bea.hear_until("the end", |event| matches!(event, PortalEvent::SignedOut).then_some(())).await;
    phone.say("Still here").await;
    phone.hear_message("Still here").await;
}

#[tokio::test]
async fn who_has_not_answered_yet_can_leave_and_becomes_nobody_new() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let asking = "[site.pre_chat]\nconsent = \"I agree.\"\nconsent_version = \"1\"\n";
    let portal = TestPortal::start_with_sites(&format!("{SITE}{}{asking}", back_end.settings("optional"))).await;
    let ada = portal.visitor();
    let answers = json!({ "display_name": "Ada", "consent": "1" });
    let as_identified =
        async || ada.send(ada.request(Method::POST, path::SESSION).header(path::IDENTIFIED_HEADER, "1").json(&answers)).await;
    assert_eq!(present(&ada, &back_end.token(&portal, "42", "Ada")).await.status, 201);
    assert_eq!(ada.leave().await.status, 204);
    assert_eq!(ada.cookies().len(), 0);
    assert_eq!(as_identified().await.problem().kind, ProblemKind::NotSignedIn);

    assert_eq!(present(&ada, &back_end.token(&portal, "42", "Ada")).await.status, 201);
    portal.advance(Duration::from_secs(31 * 60));
    assert_eq!(as_identified().await.problem().kind, ProblemKind::NotSignedIn, "they looked at the questions for too long");
    assert_eq!(present(&ada, &back_end.token(&portal, "42", "Ada")).await.status, 201);
    assert_eq!(as_identified().await.status, 201);
}

async fn guest_who_wrote(portal: &TestPortal, name: &str, text: &str) -> TestGuest {
    let mut guest = portal.guest(name).await;
    guest.listen().await;
    guest.say(text).await;
    guest.hear_message(text).await;
    guest
}
