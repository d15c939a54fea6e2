//! A link for staff in other hands: whoever looks at it, and whatever fetches it, changes nothing.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use sandbox::{Sandbox, SandboxConfig};
use server::{clock::Clock, config::Config, portal::Portal, sandbox_credentials::access};
use shared::{Visit, VisitState, path};
use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

/// What opens links in messages before people do.
const PREVIEWERS: [&str; 6] = [
    "Mozilla/5.0 (compatible; WebexTeams; LinkPreview/1.0)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
];

/// Configured for the real Webex.
const LIVE: &str = r#"
[webex.service_app]
client_id = "C1"
[[site]]
id = "demo"
name = "Demo"
staff = ["grace@sandbox.example"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_look_behind_links_and_browsers_without_cookies_take_nothing() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let visit = ada.ask_for_meeting().await;
    ada.sees_visit(&visit.id, VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 1).await;
    let before: Visit = ada.visit(&visit.id).await.json();
    let asked = portal.webex().broker_requests().len();

    let program = Client::builder().no_proxy().build().unwrap();
    let links = [path::claim(&claim), path::CLAIM_VERSION.replace("{claim}", &claim), format!("{}/", path::claim(&claim))];
    for user_agent in PREVIEWERS {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for link in &links {
                let request = program.request(method.clone(), format!("{}{link}", portal.base_url())).header("user-agent", user_agent);
                let answer = request.send().await.unwrap();
                assert!(!answer.status().is_server_error(), "{method} {link}: {}", answer.status());
                let text = answer.text().await.unwrap();
                assert!(!text.contains("/visit/"), "no meeting's address is told");
                assert_eq!(text.contains("<button"), text.contains("<noscript>"), "where buttons need a script it is said");
            }
        }
        // One that presses what it finds on a page of its own.
        let press = program.post(format!("{}{}", portal.base_url(), links[0])).header("user-agent", user_agent);
        let pressed = press.header("sec-fetch-site", "cross-site").send().await.unwrap();
        assert_eq!(pressed.status(), StatusCode::FORBIDDEN, "only the page itself takes a visit");
    }
    let browser = TestBrowser::start().await;
    for _ in 0..3 {
        browser.goto(&format!("{}{}", portal.base_url(), links[0])).await;
        browser.button("Take this visit").await;
    }

    let after: Visit = ada.visit(&visit.id).await.json();
    assert_eq!((after.state, after.state_at, after.staff_name), (before.state, before.state_at, None));
    assert_eq!(portal.webex().broker_requests().len(), asked, "the broker was not asked for anything");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_guests_own_browser_the_link_is_refused_and_nothing_happens() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(SandboxConfig::loopback()).await.unwrap();
    let text = format!(
        "[server]\npublic_url = \"http://localhost\"\nlisten = \"127.0.0.1:0\"\ndata_dir = \"{}\"\n{LIVE}",
        folder.path().display()
    );
    let secrets = |name: &str| (name.ends_with("CLIENT_SECRET") || name.ends_with("TOKEN")).then(|| "a-secret".to_owned());
    let config = Config::from_text("tests", &text, None, &secrets).unwrap();
    let connections = access(&sandbox.credentials(), &sandbox.base_url().parse().unwrap(), &config.webex.wanted()).unwrap();
    let portal = Portal::start(config, connections, Clock::system()).await.unwrap();
    let base = format!("http://{}", portal.address());

    let guest = TestBrowser::start().await;
    guest.goto(&format!("{base}/s/demo")).await;
    guest.write("Your name", "Ada Lovelace").await;
    guest.press("Start chat").await;
    guest.press("Join meeting").await;
    guest.sees("We are asking somebody to join you.").await;
    let claim = guest.until(async || claim_in(&sandbox)).await.expect("the bot wrote to Grace");
    let asked = sandbox.broker_requests().len();

    let chat = guest.this_tab().await;
    guest.new_tab().await;
    guest.goto(&format!("{base}{}", path::claim(&claim))).await;
    guest.sees("This link is for staff").await;
    guest.sees("You are signed in to this chat as Ada Lovelace in this browser.").await;
    let buttons = "return document.querySelectorAll('button, a').length";
    assert_eq!(guest.script(buttons).await, 0, "there is nothing to press");
    let pressed = guest
        .script("return fetch(location.pathname, { method: 'POST' }).then(async (answer) => `${answer.status} ${await answer.text()}`)")
        .await;
    let pressed = pressed.as_str().unwrap();
    assert!(pressed.starts_with("403 ") && !pressed.contains("/visit/"), "{pressed}");
    guest.turn_to(&chat).await;
    guest.button("Cancel request").await;
    assert_eq!(sandbox.broker_requests().len(), asked);
    assert_eq!(guest.violations().await, Vec::<String>::new());

    // Staff, in a browser without the guest's cookies, still can.
    let host = TestBrowser::start().await;
    host.goto(&format!("{base}{}", path::claim(&claim))).await;
    host.press("Take this visit").await;
    host.is_at(&format!("{}/visit/", sandbox.base_url())).await;
    guest.sees("Grace Hopper is waiting for you.").await;
    host.close().await;
    guest.close().await;
    tokio::time::timeout(Duration::from_secs(20), portal.stop()).await.expect("the portal stops");
    sandbox.stop().await;
}

/// The token in the link the bot sent.
fn claim_in(sandbox: &Sandbox) -> Option<String> {
    sandbox.rooms().into_iter().flat_map(|room| sandbox.messages(&room.id)).find_map(|message| {
        let html = message.html?;
        let (_, from_token) = html.split_once("/host/")?;
        Some(from_token.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect())
    })
}
