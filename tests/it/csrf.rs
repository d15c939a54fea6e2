//! Whose page a request comes from, and whether it may: every way in which a request can come, against a table; and no answer opens
//! the portal to pages of other origins.

mod oracle;
mod scene;

use reqwest::Method;
use shared::{ProblemKind, path};
use tests::portal::TestPortal;

use oracle::{Body, Guard, OWN, Verdict, Way};
use scene::{Endpoint, Scene, TEXT, WITH_FILE};

/// Fewer than this the table must never have.
const FEWEST_REQUESTS: usize = 5_000;
const FEWEST_ENDPOINTS: usize = 13;
/// So many requests are under way at once.
const TOGETHER: usize = 24;

fn none(wrong: &[String], of: usize) {
    let shown: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} of {of} requests were not answered as the table says:\n{shown:#?}", wrong.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_way_a_request_comes_it_is_answered_as_the_table_says() {
    let scene = Scene::start().await;
    let every: Vec<(&Endpoint, Way)> =
        scene.endpoints.iter().flat_map(|endpoint| endpoint.ways().into_iter().map(move |way| (endpoint, way))).collect();
    assert!(every.len() >= FEWEST_REQUESTS && scene.endpoints.len() >= FEWEST_ENDPOINTS, "{} requests", every.len());
    let (handled, refused): (Vec<_>, Vec<_>) = every.into_iter().partition(|(endpoint, way)| endpoint.verdict(*way) == Verdict::Handled);
    let before = scene.kept();

    none(&scene.ask(&refused, TOGETHER).await, refused.len());

    assert_eq!(scene.kept(), before, "what is refused comes to nothing");
    let identity = scene.portal.visitor().post(path::IDENTITY, serde_json::json!({ "token": scene.identity })).await;
    assert_eq!(identity.status, 201, "not even an identity is used up: {identity}");

    // And what is let in comes to what it is for: the table can fail.
    for endpoint in &scene.endpoints {
        let of_this: Vec<_> = handled.iter().filter(|(other, _)| std::ptr::eq(*other, endpoint)).copied().collect();
        assert!(!of_this.is_empty(), "{} {}", endpoint.method, endpoint.path);
        // One guest sends only so many files at once.
        let together = if endpoint.body == Body::JsonOrForm { 1 } else { TOGETHER };
        none(&scene.ask(&of_this, together).await, of_this.len());
    }
    let after = scene.kept();
    let came = |words: &str| after.iter().filter(|row| !before.contains(row) && row.contains(words)).count();
    assert_eq!((came(TEXT), came(WITH_FILE)), (1, 1), "each message once: {after:#?}");
    assert!(came("Mallory") > 0 && came("visit ") >= 3 && came("session ") > 0, "{after:#?}");
    let had = before.iter().filter(|row| row.starts_with("outbox ") && row.ends_with(" failed")).count();
    let has = after.iter().filter(|row| before.contains(row) && row.ends_with(" failed")).count();
    assert_eq!((had, has), (1, 0), "what failed was given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_browser_is_told_that_another_origins_page_may_ask_and_no_link_opens_the_api() {
    let scene = Scene::start().await;
    let before = scene.kept();
    for endpoint in &scene.endpoints {
        for fetch_site in [None, Some("cross-site"), Some("same-site"), Some("same-origin")] {
            let found = scene.preflight(endpoint, fetch_site).await;
            assert!(
                found.status >= 400 && found.kind.is_some() && found.opens.is_empty(),
                "{} {}: {found:?}",
                endpoint.path,
                endpoint.method
            );
        }
        let is_of_pages = matches!(endpoint.guard, Guard::Page | Guard::Guest | Guard::Link);
        for destination in ["document", "iframe", "image", "script", "object", "style"].into_iter().filter(|_| is_of_pages) {
            let found = scene.navigate(endpoint, destination).await;
            let refusal = (403, Some(ProblemKind::CrossSite));
            assert_eq!((found.status, found.kind), refusal, "{destination}: {} {}", endpoint.method, endpoint.path);
        }
    }
    assert_eq!(scene.kept(), before);
}

#[tokio::test]
async fn only_the_scripts_that_owners_put_on_their_pages_may_be_read_by_any_page_and_they_are_the_same_for_everybody() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let cookies = ada.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    for script in [path::EMBED_SCRIPT, "/embed.js?site=demo", "/embed.js?site=nobodys", path::SPACE_WIDGET_SCRIPT] {
        let mut answers = Vec::new();
        for origin in [None, Some("https://evil.example"), Some("null"), Some(OWN)] {
            let request = ada.bare_request(Method::GET, script).header("cookie", &cookies).header("accept-encoding", "identity");
            let request = request.header("sec-fetch-site", "cross-site").header("sec-fetch-dest", "script");
            let answer = ada
                .send(match origin {
                    Some(origin) => request.header("origin", origin),
                    None => request,
                })
                .await;
            let opens: Vec<String> =
                answer.headers.keys().map(ToString::to_string).filter(|name| name.starts_with("access-control-")).collect();
            if answer.status == 404 {
                // Built without its page, the portal has no script.
                assert!(!server::routes::has_frontend() && opens.is_empty(), "{answer}");
                continue;
            }
            assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"), "{script} for {origin:?}");
            assert_eq!(opens, ["access-control-allow-origin"], "nobody's credentials go with it");
            assert_eq!((answer.header("vary"), answer.set_cookies()), ("accept-encoding", Vec::new()));
            answers.push(answer.body);
        }
        answers.dedup();
        assert!(answers.len() <= 1, "{script} differs by who asks");
        let refused = ada.send(ada.bare_request(Method::OPTIONS, script).header("origin", "https://evil.example")).await;
        assert_eq!((refused.status, refused.header("access-control-allow-origin")), (405, ""), "{refused}");
    }
    for file in ["/", "/s/demo", "/embed/demo", "/favicon.ico", "/nothing.js", "/words/nothing", "/logo/demo"] {
        let answer = ada.send(ada.bare_request(Method::GET, file).header("origin", "https://evil.example")).await;
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{file}: {answer}");
    }
}
