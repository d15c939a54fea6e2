//! A claim link in the wrong hands: with the real Webex's settings, the guest's own browser is sent away.

use reqwest::{Client, StatusCode, header};
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use server::{clock::Clock, config::Config, portal::Portal, sandbox_credentials::access};
use shared::path;

const LIVE: &str = r#"
[webex.service_app]
client_id = "C1"
[[site]]
id = "demo"
name = "Demo"
staff = ["grace@sandbox.example"]
"#;

#[tokio::test]
async fn the_guests_own_browser_cannot_become_the_host() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Clock::system();
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(SandboxConfig::loopback()).await.unwrap();
    // Configured for the real Webex, but connected to the simulator.
    let text = format!(
        "[server]\npublic_url = \"http://localhost\"\nlisten = \"127.0.0.1:0\"\ndata_dir = \"{}\"\n{LIVE}",
        folder.path().display()
    );
    let secrets = |name: &str| (name.ends_with("CLIENT_SECRET") || name.ends_with("TOKEN")).then(|| "a-secret".to_owned());
    let config = Config::from_text("tests", &text, None, &secrets).unwrap();
    assert!(!config.is_simulated());
    let connections = access(&sandbox.credentials(), &sandbox.base_url().parse().unwrap(), &config.webex.wanted()).unwrap();
    let portal = Portal::start(config, connections, clock).await.unwrap();
    let base = format!("http://{}", portal.address());

    let browser = Client::builder().no_proxy().build().unwrap();
    let api = |request: reqwest::RequestBuilder| request.header("x-gp", "demo").header("sec-fetch-site", "same-origin");
    let session = api(browser.post(format!("{base}{}", path::SESSION))).json(&json!({ "display_name": "Ada" })).send().await.unwrap();
    let cookies: Vec<&str> =
        session.headers().get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap()).collect();
    let cookies = cookies.join("; ");
    let as_guest = |request: reqwest::RequestBuilder| api(request).header(header::COOKIE, &cookies);
    let rooms: Value = as_guest(browser.get(format!("{base}{}", path::ROOMS))).send().await.unwrap().json().await.unwrap();
    let asked = as_guest(browser.post(format!("{base}{}", path::VISITS))).json(&json!({ "room_id": rooms["items"][0]["id"] }));
    assert_eq!(asked.send().await.unwrap().status(), StatusCode::ACCEPTED);

    let claim = claim_of_grace(&sandbox).await;
    let address = format!("{base}{}", path::claim(&claim));
    let shown = as_guest(browser.get(&address)).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("This link is for staff") && !shown.contains("<button"), "{shown}");
    let taken = as_guest(browser.post(&address)).send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::FORBIDDEN);
    assert!(!taken.text().await.unwrap().contains("/visit/"));

    // Staff, in their own browser, still can.
    let taken = api(browser.post(&address)).send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::OK);
    let taken: Value = taken.json().await.unwrap();
    assert!(taken["url"].as_str().unwrap().contains("/visit/"));
    portal.stop().await;
    sandbox.stop().await;
}

/// The token in the link the bot sends to Grace.
async fn claim_of_grace(sandbox: &Sandbox) -> String {
    for _ in 0..500 {
        let found = sandbox.rooms().into_iter().flat_map(|room| sandbox.messages(&room.id)).find_map(|message| {
            let html = message.html?;
            let (_, from_token) = html.split_once("/host/")?;
            Some(from_token.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect())
        });
        if let Some(claim) = found {
            return claim;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the bot never wrote to Grace");
}
