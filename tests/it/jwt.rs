//! Signed identities that somebody forged, bent, stole or kept: each is refused, and for the one thing that is wrong with it.
//! Beside every table stands what differs from it in nothing else, and is taken.

mod claims;
mod forge;
mod headers;
mod signatures;

use std::time::Duration;

use futures_util::future::join_all;
use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::json;
use server::session::IdentityRefusal as Refusal;
use shared::{ProblemKind, Session, path};
use tests::{
    answer::Answer,
    guest::TestGuest,
    head::send_head,
    identity::{BackEnd, KEY_ID, base64url},
    portal::TestPortal,
};

use forge::{Case, Forge, Parts, case};

const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::HS256];
/// What the second site's key is called.
const OTHER_KEY_ID: &str = "shop-2026";
/// An address that stays over restarts: tokens are made for it.
const ADDRESS: &str = "public_url = \"http://127.0.0.1:1\"\n";
/// Fewer than this the tables must never have.
const FEWEST_CASES: usize = 500;
const LONGEST_TOKEN: usize = 4096;

/// Two sites, each with a back end and a key of its own.
struct Scene {
    portal: TestPortal,
    back_end: BackEnd,
    other: BackEnd,
}

impl Scene {
    async fn start(algorithm: Algorithm) -> Self {
        let (back_end, other) = (BackEnd::new(algorithm), BackEnd::new(algorithm));
        let portal = TestPortal::start_with_sites(&sites(&back_end.settings("optional"), &other)).await;
        Self { portal, back_end, other }
    }

    fn forge(&self) -> Forge<'_> {
        Forge { back_end: &self.back_end, other: &self.other, portal: &self.portal }
    }

    /// Somebody who was never here presents it.
    async fn present(&self, token: &str) -> Answer {
        present(&self.portal.visitor(), token).await
    }

    /// Nothing but this token is there, and it is taken.
    async fn takes(&self, what: &str, token: &str) -> Session {
        let answer = self.present(token).await;
        assert_eq!(answer.status, 201, "{:?}, {what}: {answer}", self.back_end.algorithm);
        answer.json()
    }

    async fn refuses(&self, what: &str, token: &str, refusal: &Refusal) {
        let answer = self.present(token).await;
        assert!(is_refused_for(&answer, refusal), "{:?}, {what}: {answer}", self.back_end.algorithm);
    }
}

fn sites(identity: &str, other: &BackEnd) -> String {
    let site = |id: &str, staff: &str| format!("[[site]]\nid = \"{id}\"\nname = \"Acme {id}\"\nstaff = [\"{staff}@sandbox.example\"]\n");
    let others = other.settings("optional").replace(KEY_ID, OTHER_KEY_ID);
    format!("{ADDRESS}{}{identity}{}{others}", site("demo", "grace"), site("shop", "maria"))
}

async fn present(guest: &TestGuest, token: &str) -> Answer {
    guest.post(path::IDENTITY, json!({ "token": token })).await
}

fn is_refused_for(answer: &Answer, refusal: &Refusal) -> bool {
    let problem = answer.problem();
    let sentence = format!("The web site's signed identity was refused: {refusal}.");
    let hands_out_nothing = answer.set_cookies().is_empty() && answer.header(path::BEARER_HEADER).is_empty();
    (answer.status, problem.kind, problem.detail) == (403, ProblemKind::IdentityRefused, sentence) && hands_out_nothing
}

fn every_case(forge: &Forge<'_>) -> Vec<Case> {
    let tables = [headers::cases(forge), signatures::cases(forge), claims::cases(forge), lengths(forge)];
    tables.into_iter().flatten().collect()
}

/// Just too long, and much too long.
fn lengths(forge: &Forge<'_>) -> Vec<Case> {
    let mut cases = vec![case("a byte or two too long", longest(forge)[1].clone(), Refusal::TooLong)];
    for (what, token) in [
        ("5000 letters", "A".repeat(5000)),
        ("5000 dots", ".".repeat(5000)),
        ("60,000 bytes of claims", padded(forge, 44_000)),
        ("a signature of 8000 bytes", Parts::of(&forge.good()).signed_with(&[7; 8000])),
        ("5000 letters of several bytes", "ä".repeat(2500)),
    ] {
        cases.push(case(what, token, Refusal::TooLong));
    }
    cases
}

/// The longest that can be taken, and the shortest that cannot.
fn longest(forge: &Forge<'_>) -> [String; 2] {
    let about = (LONGEST_TOKEN - padded(forge, 0).len()) / 4 * 3;
    let tokens: Vec<String> = (about - 8..about + 8).map(|more| padded(forge, more)).collect();
    let place = tokens.iter().position(|token| token.len() > LONGEST_TOKEN).unwrap();
    [tokens[place - 1].clone(), tokens[place].clone()]
}

/// A right token with so many bytes more.
fn padded(forge: &Forge<'_>, more: usize) -> String {
    forge.with("padding", json!("x".repeat(more)))
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_it_is_refused_for_that_and_nobody_gets_in() {
    for algorithm in ALGORITHMS {
        let scene = Scene::start(algorithm).await;
        let cases = every_case(&scene.forge());
        assert!(cases.len() >= FEWEST_CASES, "{algorithm:?}: only {} tokens", cases.len());
        let (mut found, nobody) = (Vec::new(), scene.portal.visitor());
        for some in cases.chunks(8) {
            for (case, answer) in some.iter().zip(join_all(some.iter().map(|case| present(&nobody, &case.token))).await) {
                if answer.status < 400 || !is_refused_for(&answer, &case.refusal) {
                    found.push(format!("{}: {}, not {answer}", case.what, case.refusal));
                }
            }
        }
        assert!(found.is_empty(), "{algorithm:?}, {} of {} tokens:\n{}", found.len(), cases.len(), found.join("\n"));
        let huge = nobody.request(Method::POST, path::IDENTITY).header("content-type", "application/json");
        let huge = send_head(huge, 1024 * 1024).await;
        assert_eq!((huge.status, huge.problem().kind), (413, ProblemKind::BodyTooLarge), "a megabyte");
        assert_eq!(guests(&scene), 0, "nobody got in");
        scene.takes("the one that all of these differ from", &scene.forge().good()).await;
        assert_eq!(guests(&scene), 1);
    }
}

/// How many guests the portal knows.
fn guests(scene: &Scene) -> i64 {
    let database = rusqlite::Connection::open(scene.portal.data_dir().join("guest-portal.db")).unwrap();
    database.query_row("SELECT count(*) FROM guest", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn what_may_differ_is_taken() {
    for algorithm in ALGORITHMS {
        let scene = Scene::start(algorithm).await;
        let forge = scene.forge();
        let now = forge.now();
        let [longest, too_long] = longest(&forge);
        assert!(too_long.len() - longest.len() <= 2, "{}", longest.len());
        let header = scene.back_end.header().to_string();
        let escaped = header.replace("alg", "\\u0061lg").replace("gp-id", "g\\u0070-id");
        for (what, token) in [
            ("as usual", forge.good()),
            ("as long as can be", longest),
            ("valid for 300 seconds", forge.with_times(now, now + 300)),
            ("made a while ago", forge.with_times(now - 200, now + 60)),
            ("begun", forge.with("nbf", json!(now - 5))),
            ("a long user", forge.with("sub", json!("ä".repeat(255)))),
            ("a user that is an address", forge.with("sub", json!("ada@example.com"))),
            ("a short token id", forge.with("jti", json!("x".repeat(22)))),
            ("a long token id", forge.with("jti", json!("y".repeat(128)))),
            ("a long name", forge.with("name", json!("ß".repeat(64)))),
            ("an address", forge.with("email", json!("ada@example.com"))),
            ("a long address", forge.with("email", json!(format!("{}@example.com", "a".repeat(242))))),
            ("a claim of the back end's own", forge.with("plan", json!({ "name": "gold", "names": ["a", "a"] }))),
            ("blanks in the header", forge.header_written(&header.replace(',', " ,\n\t"))),
            ("a header in escapes", forge.header_written(&escaped)),
            ("claims in escapes", forge.written("sub", r#""\u0034\u0032""#)),
        ] {
            scene.takes(what, &token).await;
        }
        // The same for a request that writes the token in escapes.
        let token = forge.good().replace('e', "\\u0065");
        let ada = scene.portal.visitor();
        let request = ada.request(Method::POST, path::IDENTITY).header("content-type", "application/json");
        assert_eq!(ada.send(request.body(format!("{{\"token\":\"{token}\"}}"))).await.status, 201);
        // What is no text at all is no identity, and no reason to fail.
        for token in [json!(7), json!(["x"]), json!({ "token": "x" }), json!(true)] {
            let answer = ada.post(path::IDENTITY, json!({ "token": token })).await;
            assert_eq!((answer.status, answer.problem().kind), (400, ProblemKind::InvalidJson));
        }
    }
}

#[tokio::test]
async fn what_is_hidden_in_a_name_is_left_out() {
    let scene = Scene::start(Algorithm::EdDSA).await;
    for (name, shown) in [
        ("Ada\0 Lovelace", "Ada Lovelace"),
        ("Ada\r\nLovelace\u{85}", "Ada Lovelace"),
        ("\u{202e}Ada\u{202c}", "Ada"),
        ("A\u{200b}d\u{2060}a\u{feff}", "Ada"),
        ("\u{1b}[31mAda", "[31mAda"),
        ("  Ada\t\tLovelace  ", "Ada Lovelace"),
        ("<b>Ada</b>", "<b>Ada</b>"),
    ] {
        let session = scene.takes(name, &scene.forge().with("name", json!(name))).await;
        assert_eq!(session.display_name, shown);
    }
}

#[tokio::test]
async fn two_clocks_may_differ_by_thirty_seconds_and_by_no_more() {
    for algorithm in ALGORITHMS {
        let scene = Scene::start(algorithm).await;
        let forge = scene.forge();
        let begins = |now: i64, at: i64| {
            let mut claims = forge.claims();
            (claims["iat"], claims["nbf"], claims["exp"]) = (json!(now), json!(at), json!(now + 120));
            forge.signed(&claims)
        };
        let at_the_edge = async |now: i64| {
            let mut answers = Vec::new();
            for (token, refusal) in [
                (forge.with_times(now + 29, now + 89), None),
                (forge.with_times(now + 30, now + 90), None),
                (forge.with_times(now + 31, now + 91), Some(Refusal::NotYet)),
                (forge.with_times(now - 89, now - 29), None),
                (forge.with_times(now - 90, now - 30), Some(Refusal::Expired)),
                (forge.with_times(now - 91, now - 31), Some(Refusal::Expired)),
                (begins(now, now + 29), None),
                (begins(now, now + 31), Some(Refusal::NotYet)),
            ] {
                answers.push((scene.present(&token).await, refusal));
            }
            answers
        };
        // A second that ends meanwhile moves the edge: then it is looked at once more.
        let answers = loop {
            let began = forge.now();
            let answers = at_the_edge(began).await;
            if forge.now() == began {
                break answers;
            }
        };
        for (number, (answer, refusal)) in answers.iter().enumerate() {
            match refusal {
                None => assert_eq!(answer.status, 201, "{algorithm:?}, {number}: {answer}"),
                Some(refusal) => assert!(is_refused_for(answer, refusal), "{algorithm:?}, {number}: {refusal}, not {answer}"),
            }
        }
    }
}

/// The same signature with the other of its two numbers.
fn with_the_other_s(token: &str) -> String {
    let parts = Parts::of(token);
    let (r, s) = parts.signature.split_at(32);
    let mut borrow = 0;
    let mut other: Vec<u8> = std::iter::zip(signatures::POINTS_OF_P256.iter().rev(), s.iter().rev())
        .map(|(whole, part)| {
            let rest = i16::from(*whole) - i16::from(*part) - borrow;
            borrow = i16::from(rest < 0);
            rest.to_le_bytes()[0]
        })
        .collect();
    other.reverse();
    parts.signed_with(&[r, &other].concat())
}

#[tokio::test]
async fn a_token_is_good_once_however_it_is_written_and_after_a_restart_too() {
    for algorithm in ALGORITHMS {
        let mut scene = Scene::start(algorithm).await;
        let forge = scene.forge();
        let token = forge.good();
        let mut again = vec![token.clone()];
        if algorithm == Algorithm::ES256 {
            // Whoever has one signature of this kind can make a second one out of it.
            again.push(with_the_other_s(&token));
            assert_ne!(again[0], again[1]);
        }
        let mut claims = forge.claims();
        claims["jti"] = json!("the-same-for-two-tokens-of-two-people");
        let first = forge.signed(&claims);
        claims["sub"] = json!("43");
        again.push(forge.signed(&claims));
        // Whoever was refused for something else has not used it up.
        let hasty = json!({ "token": token, "origin": null });
        let shop = scene.portal.visitor().tab_at("shop");
        assert_eq!(shop.post(path::IDENTITY, hasty).await.status, 403, "another site's");
        scene.takes("the first time", &token).await;
        scene.takes("the first of two", &first).await;
        for token in &again {
            scene.refuses("the second time", token, &Refusal::UsedBefore).await;
        }
        scene.portal.restart_portal().await;
        for token in again.iter().chain([&first]) {
            scene.refuses("after a restart", token, &Refusal::UsedBefore).await;
        }
        scene.portal.advance(Duration::from_secs(2 * 60));
        for token in again.iter().chain([&first]) {
            scene.refuses("after its time", token, &Refusal::Expired).await;
        }
        scene.takes("a new one", &scene.forge().good()).await;
    }
}

#[tokio::test]
async fn a_key_is_good_on_its_own_site_under_its_own_id_and_as_long_as_it_is_listed() {
    for algorithm in ALGORITHMS {
        let mut scene = Scene::start(algorithm).await;
        let (old, new) = (&scene.back_end, BackEnd::new(algorithm));
        let forge = scene.forge();
        let shop = scene.portal.visitor().tab_at("shop");
        let header = |key_id: &str| {
            let mut header = old.header();
            header["kid"] = json!(key_id);
            header
        };
        let claims_for = |site: &str| {
            let mut claims = forge.claims();
            claims["iss"] = json!(site);
            claims
        };
        for (what, site, key_id, signer, refusal) in [
            ("the other site's key under its id", "demo", OTHER_KEY_ID, &scene.other, Refusal::UnknownKey),
            ("the other site's token", "shop", OTHER_KEY_ID, &scene.other, Refusal::UnknownKey),
            ("the own key under the other's id", "demo", OTHER_KEY_ID, old, Refusal::UnknownKey),
            ("the own key for the other site", "shop", KEY_ID, old, Refusal::OtherSite),
            ("the other site's key under the own id", "demo", KEY_ID, &scene.other, Refusal::WrongSignature),
        ] {
            scene.refuses(what, &signer.sign(&header(key_id), &claims_for(site)), &refusal).await;
        }
        let at_shop = async |token: String| present(&shop, &token).await;
        assert!(is_refused_for(&at_shop(forge.good()).await, &Refusal::UnknownKey));
        assert!(is_refused_for(&at_shop(scene.other.sign(&header(OTHER_KEY_ID), &claims_for("demo"))).await, &Refusal::OtherSite));
        assert_eq!(at_shop(scene.other.sign(&header(OTHER_KEY_ID), &claims_for("shop"))).await.status, 201);

        // Another key takes the place of the first; what that one signed before is worth nothing any more.
        let before = forge.good();
        let after = sites(&new.settings("optional").replace(KEY_ID, "2027-01"), &scene.other);
        scene.portal.restart_with_sites(&after).await;
        scene.refuses("signed before", &before, &Refusal::UnknownKey).await;
        scene.refuses("signed since", &scene.forge().good(), &Refusal::UnknownKey).await;
        let claims = scene.forge().claims();
        let header = |key_id: &str| json!({ "alg": scene.back_end.header()["alg"], "typ": "gp-id+jwt", "kid": key_id });
        let under_new_id = scene.back_end.sign(&header("2027-01"), &claims);
        scene.refuses("the old key under the new id", &under_new_id, &Refusal::WrongSignature).await;
        scene.takes("the new key", &new.sign(&header("2027-01"), &claims)).await;
    }
}

#[tokio::test]
async fn a_token_that_is_refused_leaves_whoever_is_signed_in_as_they_were() {
    let scene = Scene::start(Algorithm::ES256).await;
    let ada = scene.portal.visitor();
    let session: Session = present(&ada, &scene.forge().good()).await.json();
    for token in [scene.forge().headed("alg", json!("none")), scene.forge().with("sub", json!("")), base64url(b"x"), "x".repeat(5000)] {
        let refused = present(&ada, &token).await;
        assert_eq!((refused.status, refused.set_cookies()), (403, Vec::new()), "{refused}");
        assert_eq!(ada.session().await.json::<Session>().guest_id, session.guest_id);
    }
}
