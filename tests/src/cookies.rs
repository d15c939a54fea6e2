//! Whether a browser keeps what signs a guest in where not all of them do: on plain http, and in a frame of another site.

use std::net::Ipv4Addr;

use axum::{Router, response::Html, routing::get};
use serde_json::{Value, json};
use shared::path::{FRAME_HEADER, FRAMED_ACROSS_SITES, SESSION, SITE_HEADER};
use tokio::net::TcpListener;

use crate::{browser::TestBrowser, front::Front, portal::TestPortal};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "Demo"
staff = ["grace@sandbox.example"]
"#;

/// Signs in as the page does, and asks whether the next request is a guest's.
const IS_KEPT: &str = "const [path, headers, body, done] = arguments; \
    fetch(path, { method: 'POST', headers, body }).then(() => fetch(path, { headers })) \
        .then(answer => done(answer.status), error => done(String(error)))";

/// On a portal of this machine with no proxy before it.
pub async fn are_kept_on_http(guest: &TestBrowser) -> bool {
    let mut portal = TestPortal::start().await;
    guest.goto(&format!("{}/s/demo", portal.base_url())).await;
    let are_kept = are_kept(guest, json!({ "content-type": "application/json", SITE_HEADER: "demo" })).await;
    portal.stop_portal().await;
    are_kept
}

/// In the widget on a page of another site. Ports do not part sites, names do.
pub async fn are_kept_in_frame(guest: &TestBrowser) -> bool {
    let front = Front::start().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let shop = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
    let page = format!("<!doctype html><title>Shop</title><iframe src=\"{}/embed/demo\"></iframe>", front.base_url());
    let serving = tokio::spawn(axum::serve(listener, Router::new().route("/", get(async || Html(page)))).into_future());
    let sites = format!("public_url = \"{}\"\ntrusted_proxies = [\"127.0.0.1\"]\n{SITE}allowed_origins = [\"{shop}\"]\n", front.base_url());
    let mut portal = TestPortal::start_with_sites(&sites).await;
    front.set_portal(portal.address());
    guest.goto(&shop).await;
    guest.client().enter_frame(0).await.expect("the frame");
    let headers = json!({ "content-type": "application/json", SITE_HEADER: "demo", FRAME_HEADER: FRAMED_ACROSS_SITES });
    let are_kept = are_kept(guest, headers).await;
    guest.client().enter_parent_frame().await.expect("the page around it");
    portal.stop_portal().await;
    serving.abort();
    are_kept
}

async fn are_kept(guest: &TestBrowser, headers: Value) -> bool {
    let body = json!({ "display_name": "Ada" }).to_string();
    let status = guest.client().execute_async(IS_KEPT, vec![json!(SESSION), headers, json!(body)]).await.expect("an answer");
    assert!(status == 200 || status == 401, "{status}");
    status == 200
}
