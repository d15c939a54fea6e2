//! What a site says and asks, and where its guests write.

use serde_json::json;
use server::routes::has_frontend;
use shared::{SiteProfile, path};
use tests::{
    files::TestFile,
    guest::{TestGuest, new_client_message_id},
    portal::TestPortal,
    processes::program_output,
};

use super::{Row, Seen, all_act, changed, for_portal, said};

const SITE: &str = r##"
[webex.service_app]
[webex.bot]
[[site]]
id = "demo"
name = "Acme support"
welcome = "Ask us."
greeting = "Hello."
staff = ["grace@sandbox.example"]
[site.theme]
accent = "#123456"
[site.pre_chat]
topics = ["Something else"]
consent = "Yes."
consent_version = "1"
"##;

pub(super) const ROWS: &[Row] = &[
    Row { key: "site.id", changed: r#""help""#, seen: "there is a site help" },
    Row { key: "site.name", changed: r#""Acme help""#, seen: "Acme help" },
    Row { key: "site.welcome", changed: r#""Nobody is a stranger.""#, seen: "Nobody is a stranger." },
    Row { key: "site.greeting", changed: r#""Thank you for writing.""#, seen: "Thank you for writing." },
    Row { key: "site.staff", changed: r#"["linus@sandbox.example"]"#, seen: "linus@sandbox.example" },
    Row { key: "site.remember_guest_days", changed: "7", seen: "604800" },
    Row { key: "site.max_file_bytes", changed: "1000", seen: "413" },
    Row { key: "site.allowed_origins", changed: r#"["https://www.example.com"]"#, seen: "framed by www.example.com" },
    Row { key: "site.destinations", changed: r#"["ann@example.com"]"#, seen: "the page of ann@example.com" },
    Row { key: "site.theme.accent", changed: r##""#0a7d4f""##, seen: "#0a7d4f" },
    Row { key: "site.theme.accent_dark", changed: r##""#1f9d68""##, seen: "#1f9d68" },
    Row { key: "site.pre_chat.topics", changed: r#"["Orders"]"#, seen: "Ada writes about: Orders" },
    Row { key: "site.pre_chat.consent", changed: r#""I agree.""#, seen: "I agree." },
    Row { key: "site.pre_chat.consent_version", changed: r#""2026-11""#, seen: "201" },
    Row { key: "site.pre_chat.consent_url", changed: r#""https://www.example.com/privacy""#, seen: "https://www.example.com/privacy" },
];

async fn visit(changes: &[Row]) -> Seen {
    let table = changed(SITE, changes);
    let portal = TestPortal::start_with_sites(&for_portal(table.clone())).await;
    let is_help = portal.visitor().tab_at("help").get(path::SITE).await.status == 200;
    let id = if is_help { "help" } else { "demo" };
    let ada = portal.visitor().tab_at(id);
    let profile: SiteProfile = ada.get(path::SITE).await.json();
    let consent = profile.pre_chat.consent.unwrap();
    let begin = async |guest: &TestGuest, version: &str| {
        guest.post(path::SESSION, json!({ "display_name": "Ada", "topic": profile.pre_chat.topics[0], "consent": version })).await
    };
    let agreed = begin(&portal.visitor().tab_at(id), "2026-11").await;
    let begun = begin(&ada, &consent.version).await;
    let remembered = begun.set_cookies().into_iter().find(|cookie| cookie.starts_with("__Host-gpg-")).unwrap();
    let lives = remembered.split("; ").find_map(|attribute| attribute.strip_prefix("Max-Age=")).unwrap().to_owned();
    let file = TestFile::text("notes.txt", &"x".repeat(1001));
    let upload = ada.send_file_as(&new_client_message_id(), &file, "").await;
    ada.say("Hello").await;
    let texts = portal.texts_in_webex("Ada", 3).await;
    let members = portal.webex().room_titled("Ada").unwrap().members;
    let staff = portal.credentials.staff.iter().map(|staff| &staff.email).filter(|email| members.iter().any(|one| one.email == **email));
    let staff: Vec<_> = staff.cloned().collect();
    let [accent, accent_dark] = colours(&portal, id).await;
    let destination = portal.visitor().get(&format!("{}?destination=ann@example.com", path::EMBED_DESTINATION)).await;
    Seen::from([
        ("site.id", said(is_help, "there is a site help")),
        ("site.name", profile.name),
        ("site.welcome", profile.welcome.unwrap()),
        ("site.greeting", texts[0].clone()),
        ("site.staff", staff.join(", ")),
        ("site.remember_guest_days", lives),
        ("site.max_file_bytes", upload.status.to_string()),
        ("site.allowed_origins", said(is_framed(&portal, id, &table).await, "framed by www.example.com")),
        // Without the page there is only word that there is none; of a site nobody knows there is not even that.
        ("site.destinations", said(destination.status != 404, "the page of ann@example.com")),
        ("site.theme.accent", accent),
        ("site.theme.accent_dark", accent_dark),
        ("site.pre_chat.topics", texts[1].clone()),
        ("site.pre_chat.consent", consent.text),
        ("site.pre_chat.consent_version", agreed.status.to_string()),
        ("site.pre_chat.consent_url", consent.url.unwrap_or_default()),
    ])
}

/// Whether pages of that origin may show the widget. A program without its page only says how owners put it on theirs.
async fn is_framed(portal: &TestPortal, id: &str, table: &toml::Table) -> bool {
    if has_frontend() {
        let policy = portal.visitor().get(&format!("/embed/{id}")).await.header("content-security-policy").to_owned();
        return policy.contains("frame-ancestors https://www.example.com;");
    }
    let configuration = portal.data_dir().with_file_name("portal.toml");
    std::fs::write(&configuration, toml::to_string(table).unwrap()).unwrap();
    let (code, printed) = program_output(&["snippet", id, "--sandbox", "--config", &configuration.display().to_string()], &[]).await;
    assert_eq!(code, 0, "{printed}");
    printed.contains(&format!("/embed.js?site={id}\""))
}

/// By day and by night. A program without its page has nothing to colour: then it is what the page would be given.
async fn colours(portal: &TestPortal, id: &str) -> [String; 2] {
    let sheet = if has_frontend() {
        portal.visitor().get(&format!("/s/{id}")).await.body
    } else {
        portal.app().config.sites[0].theme.unwrap().css()
    };
    let (_, pair) = sheet.split_once("--accent:light-dark(").unwrap_or_else(|| panic!("{sheet}"));
    let (day, night) = pair.split_once(')').unwrap().0.split_once(',').unwrap();
    [day.to_owned(), night.to_owned()]
}

/// Where guests have tokens of their own, they can write anywhere.
const TALK: &str = r#"
[webex.guest_issuer]
[webex.bot]
[[site]]
id = "demo"
name = "Acme support"
conversation = "space"
staff = ["grace@sandbox.example"]
"#;

pub(super) const TALK_ROWS: &[Row] = &[Row { key: "site.conversation", changed: r#""direct""#, seen: "one to one" }];

async fn talk(changes: &[Row]) -> Seen {
    let portal = TestPortal::start_with_sites(&for_portal(changed(TALK, changes))).await;
    portal.guest("Ada").await.say("Hello").await;
    portal.texts_in_webex("Ada", 1).await;
    Seen::from([("site.conversation", said(portal.webex().room_titled("Ada").unwrap().is_direct, "one to one"))])
}

#[tokio::test]
async fn what_a_site_says_and_asks_is_as_configured() {
    all_act(ROWS, visit).await;
}

#[tokio::test]
async fn where_guests_write_is_as_configured() {
    all_act(TALK_ROWS, talk).await;
}
