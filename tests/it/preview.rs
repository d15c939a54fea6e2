//! The live preview: each site by its file as it is now, for whoever sits at the machine.

use serde_json::json;
use server::{
    clock::Clock,
    config::{Config, SandboxSource},
    portal::Portal,
    routes::has_frontend,
    sandbox_credentials::access,
};
use shared::{MessagePage, ProblemKind, RoomList, SiteProfile, path};
use tests::portal::TestPortal;

const SITE: &str = "[[site]]\nid = \"demo\"\nname = \"NAME\"\nwelcome = \"Ask us.\"\ngreeting = \"Hello.\"\nstaff = [\"grace@sandbox.example\"]\n\
    [site.words.en]\nstart_chat = \"Talk to us\"\n";

/// A portal of its own whose configuration is a file, and where one looks at it.
struct Watched {
    file: std::path::PathBuf,
    head: String,
    portal: Portal,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
    _webex: TestPortal,
}

impl Watched {
    async fn start() -> Self {
        let webex = TestPortal::start().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("guest-portal.toml");
        let head = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\noperations_listen = \"127.0.0.1:0\"\ndata_dir = \"{}\"\n",
            folder.path().join("data").display()
        );
        std::fs::write(&file, format!("{head}{SITE}")).unwrap();
        let config = Config::from_file(&file, Some(SandboxSource::embedded_default()), &|_| None).unwrap();
        let origin = webex.webex().base_url().parse().unwrap();
        let access = access(&webex.credentials, &origin, &config.webex.wanted()).unwrap();
        let portal = Portal::start(config, access, Clock::system()).await.unwrap();
        Self { file, head, portal, http: reqwest::Client::builder().no_proxy().build().unwrap(), _folder: folder, _webex: webex }
    }

    fn save(&self, sites: &str) {
        std::fs::write(&self.file, format!("{}{sites}", self.head)).unwrap();
    }

    fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.portal.operations_address().unwrap())
    }

    async fn text(&self, path: &str) -> String {
        let request = self.http.get(self.address(path)).header(path::SITE_HEADER, "demo");
        request.send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn who_saves_the_file_sees_the_page_change_and_the_portal_goes_on_as_it_was() {
    let watched = Watched::start().await;
    let version = watched.text("/preview-version").await;
    assert_eq!(watched.text("/preview-version").await, version);
    assert!(watched.text("/preview").await.contains("href=\"/preview/demo\""));

    watched.save(&SITE.replace("NAME", "Acme & Sons"));
    assert_ne!(watched.text("/preview-version").await, version);
    let page = watched.text("/preview/demo").await;
    assert!(page.contains("<h1>Acme &amp; Sons</h1>") && !page.contains("class=\"problems\""), "{page}");
    let profile: SiteProfile = serde_json::from_str(&watched.text(path::SITE).await).unwrap();
    assert_eq!((&*profile.name, profile.welcome.as_deref()), ("Acme & Sons", Some("Ask us.")));
    if has_frontend() {
        let framed = watched.text("/embed/demo").await;
        let (_, words) = framed.split_once("name=\"guest-portal-words\" content=\"").unwrap();
        let words = watched.text(&path::words(words.split('"').next().unwrap())).await;
        assert!(words.lines().any(|line| line == "Talk to us"));
    }
    let guests = format!("http://{}{}", watched.portal.address(), path::SITE);
    let outside = watched.http.get(guests).header(path::SITE_HEADER, "demo").send().await.unwrap();
    assert_eq!(outside.json::<SiteProfile>().await.unwrap().name, "NAME");

    // What cannot be used is told where it is looked at.
    watched.save(&SITE.replace("welcome", "welcom"));
    let page = watched.text("/preview/demo").await;
    assert!(page.contains("site[1].welcom: is not a setting; did you mean `welcome`?"), "{page}");
    assert!(page.contains("<h1>NAME</h1>"));
    watched.portal.stop().await;
}

#[tokio::test]
async fn a_preview_shows_a_conversation_and_sends_nothing() {
    let watched = Watched::start().await;
    let post = async |path: &str, body: serde_json::Value| {
        watched.http.post(watched.address(path)).header(path::SITE_HEADER, "demo").json(&body).send().await.unwrap()
    };
    assert_eq!(post(path::SESSION, json!({ "display_name": "Ada" })).await.status(), 201);
    let rooms: RoomList = serde_json::from_str(&watched.text(path::ROOMS).await).unwrap();
    let messages: MessagePage = serde_json::from_str(&watched.text(&path::room_messages(&rooms.items[0].id)).await).unwrap();
    assert_eq!(messages.items.len(), 4, "with the site's own greeting");
    let said = json!({ "client_message_id": "01936b1e-7a5c-7c3e-9a41-0000000000ab", "text": "Hello" });
    assert_eq!(post(&path::room_messages(&rooms.items[0].id), said).await.status(), 202);
    let refused = post(path::VISITS, json!({})).await;
    assert_eq!(refused.status(), 403);
    let problem: shared::Problem = refused.json().await.unwrap();
    assert_eq!((problem.kind, problem.detail.contains("preview")), (ProblemKind::Unknown, true));
    assert_eq!(watched._webex.requests("POST", "/v1/messages").len(), 0);

    // A page elsewhere whose name leads here is not answered.
    let strange = watched.http.get(watched.address("/preview")).header("host", "rebound.example:9090").send().await.unwrap();
    assert_eq!(strange.status(), 421);
    for site in ["cross-site", "same-site"] {
        let of_another_page = watched.http.get(watched.address("/preview-version")).header("sec-fetch-site", site).send().await.unwrap();
        assert_eq!(of_another_page.status(), 403, "{site}");
    }
    watched.portal.stop().await;
}
