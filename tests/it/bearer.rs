//! Sessions that a page holds in its memory, where its browser keeps no cookie.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::json;
use shared::path;
use tests::{identity::BackEnd, portal::TestPortal};

const SITES: &str = "[[site]]\nid = \"shop\"\nname = \"Acme shop\"\nstaff = [\"maria@sandbox.example\"]\n\
    [[site]]\nid = \"demo\"\nname = \"Acme support\"\nstaff = [\"grace@sandbox.example\"]\n";

#[tokio::test]
async fn where_no_cookie_is_kept_the_page_holds_the_session_itself() {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let portal = TestPortal::start_with_sites(&format!("{SITES}{}", back_end.settings("optional"))).await;
    let ada = portal.visitor();
    let without_cookies = |method: Method, path: &str| ada.request(method, path).header(path::FRAME_HEADER, path::WITHOUT_COOKIES);
    for address in [path::SESSION, path::IDENTITY] {
        let body = match address {
            path::SESSION => json!({ "display_name": "Ada" }),
            _ => json!({ "token": back_end.token(&portal, "42", "Ada") }),
        };
        let answer = ada.send(without_cookies(Method::POST, address).json(&body)).await;
        assert_eq!((answer.status, answer.set_cookies().len()), (201, 0), "{answer}");
        let bearer = format!("Bearer {}", answer.header(path::BEARER_HEADER));
        let with_bearer = |path: &str| without_cookies(Method::GET, path).header("authorization", &bearer);
        assert_eq!(ada.send(with_bearer(path::ROOMS)).await.status, 200);
        assert_eq!(ada.send(without_cookies(Method::GET, path::ROOMS)).await.status, 401, "without it");
        let as_cookie = bearer.replace("Bearer ", "__Host-gp-demo=");
        let as_cookie = ada.request(Method::GET, path::ROOMS).header("cookie", as_cookie);
        assert_eq!(ada.send(as_cookie).await.status, 401, "a cookie of that value");
        let at_other_site = ada.tab_at("shop").request(Method::GET, path::ROOMS);
        let at_other_site = at_other_site.header(path::FRAME_HEADER, path::WITHOUT_COOKIES).header("authorization", &bearer);
        assert_eq!(ada.send(at_other_site).await.status, 401, "another site");
        portal.advance(Duration::from_secs(14 * 60));
        assert_eq!(ada.send(with_bearer(path::ROOMS)).await.status, 200, "used within a quarter of an hour");
        portal.advance(Duration::from_secs(14 * 60));
        assert_eq!(ada.send(with_bearer(path::ROOMS)).await.status, 200);
        portal.advance(Duration::from_secs(16 * 60));
        assert_eq!(ada.send(with_bearer(path::ROOMS)).await.status, 401, "unused for longer");
    }
    // A cookie's value in the page's hands opens nothing.
    let grace = portal.guest("Grace").await;
    let stolen = grace.cookies().remove("__Host-gp-demo").unwrap();
    let as_bearer = without_cookies(Method::GET, path::ROOMS).header("authorization", format!("Bearer {stolen}"));
    assert_eq!(ada.send(as_bearer).await.status, 401);
}
