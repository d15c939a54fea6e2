//! The page's budget: what a guest on a bad line has to wait for.

use tests::{portal::TestPortal, weighing::Weight};

/// Compressed bytes until one message is sent and one reply is shown.
const BUDGET_BYTES: u64 = 160_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_visit_stays_within_its_budget() {
    let mut portal = TestPortal::start().await;
    let weight = Weight::of_a_first_visit(&portal).await;
    assert!(weight.body_bytes() <= BUDGET_BYTES, "{} bytes of {BUDGET_BYTES}:\n{weight}", weight.body_bytes());
    // The program alone is more than half of it: a page that was not measured whole would pass.
    assert!(weight.body_bytes() > BUDGET_BYTES / 2, "{weight}");
    portal.stop_portal().await;
}

/// What an owner's page fetches before its visitor opens the chat.
const EMBED_BUDGET_BYTES: usize = 4000;

#[tokio::test]
async fn what_owners_put_on_their_pages_is_small_and_may_be_loaded_from_anywhere() {
    let mut portal = TestPortal::start().await;
    let request = reqwest::Client::new().get(format!("{}/embed.js?site=demo", portal.base_url())).header("accept-encoding", "br");
    let answer = request.send().await.unwrap();
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let names = ["content-type", "content-encoding", "access-control-allow-origin", "cross-origin-resource-policy", "cache-control"];
    let expected = ["text/javascript; charset=utf-8", "br", "*", "cross-origin", "public, max-age=300"];
    assert_eq!(names.map(header), expected);
    let bytes = answer.bytes().await.unwrap().len();
    assert!((1000..=EMBED_BUDGET_BYTES).contains(&bytes), "{bytes} bytes");
    portal.stop_portal().await;
}
