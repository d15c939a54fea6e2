//! How a site looks and words things, on its own page and on its owner's.

use serde_json::{Value, json};
use server::routes::has_frontend;
use shared::path;
use tests::portal::TestPortal;

use super::{Row, Seen, all_act, changed, for_portal, said};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
"#;

pub(super) const ROWS: &[Row] = &[
    Row { key: "site.kiosk_minutes", changed: "3", seen: "3" },
    Row { key: "site.theme.logo", changed: r#""THE LOGO""#, seen: "image/svg+xml" },
    Row { key: "site.words.en.start_chat", changed: r#""Talk to us""#, seen: "Talk to us" },
    Row { key: "site.pre_chat.email", changed: r#""required""#, seen: "asks for an e-mail address" },
    Row { key: "site.launcher.position", changed: r#""left""#, seen: "left" },
    Row { key: "site.launcher.theme", changed: r#""dark""#, seen: "dark" },
    Row { key: "site.launcher.language", changed: r#""de""#, seen: "de" },
    Row { key: "site.launcher.greeting", changed: r#""May we help?""#, seen: "May we help?" },
    Row { key: "site.launcher.title", changed: r#""Chat with us""#, seen: "Chat with us" },
    Row { key: "site.launcher.close_title", changed: r#""Close the chat""#, seen: "Close the chat" },
];

async fn look(changes: &[Row]) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let text = for_portal(changed(SITE, changes)).replace("THE LOGO", &logo.display().to_string());
    let portal = TestPortal::start_with_sites(&text).await;
    let guest = portal.visitor();
    let site = portal.app().config.sites[0].clone();
    let picture = guest.get("/logo/demo").await;
    // Which file the page asks for stands in the page, which a program may be built without.
    let words = match site.words.first() {
        Some(words) => guest.get(&path::words(&words.file)).await.body,
        None => String::new(),
    };
    let page = guest.get("/s/demo").await.body;
    if has_frontend() {
        assert_eq!(page.contains("kiosk-"), site.kiosk_minutes > 0, "{page}");
        assert!(site.words.iter().all(|words| page.contains(&words.file)), "{page}");
        assert_eq!(page.contains("/logo/demo?v="), site.logo.is_some(), "{page}");
    }
    let kiosk = page.split_once("data-minutes=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(minutes, _)| minutes.to_owned());
    // The same where there is no page: it stands in it as a number.
    let kiosk = kiosk.unwrap_or_else(|| if has_frontend() { String::new() } else { site.kiosk_minutes.to_string() });
    let launcher = launcher(&portal).await;
    let told = |key: &str| launcher[key].as_str().unwrap_or_default().to_owned();
    let without_email = guest.post(path::SESSION, json!({ "display_name": "Ada" })).await;
    Seen::from([
        ("site.kiosk_minutes", kiosk),
        ("site.theme.logo", picture.header("content-type").replace("application/problem+json", "")),
        ("site.words.en.start_chat", words.lines().find(|line| *line == "Talk to us").unwrap_or_default().to_owned()),
        ("site.pre_chat.email", said(without_email.status == 422, "asks for an e-mail address")),
        ("site.launcher.position", told("position")),
        ("site.launcher.theme", told("theme")),
        ("site.launcher.language", told("language")),
        ("site.launcher.greeting", told("greeting")),
        ("site.launcher.title", told("title")),
        ("site.launcher.close_title", told("closeTitle")),
    ])
}

/// What the script on the owner's page is told. A program without its page has no script: then it is what it would be told.
async fn launcher(portal: &TestPortal) -> Value {
    if !has_frontend() {
        return serde_json::to_value(&portal.app().config.sites[0].launcher).unwrap();
    }
    let script = portal.visitor().get("/embed.js?site=demo").await.body;
    let (_, told) = script.split_once("...{\"site\":\"demo\"").unwrap_or_else(|| panic!("{script}"));
    let (told, _) = told.split_once('}').unwrap();
    serde_json::from_str(&format!("{{\"site\":\"demo\"{told}}}")).unwrap()
}

#[tokio::test]
async fn a_site_looks_and_speaks_as_configured() {
    all_act(ROWS, look).await;
}
