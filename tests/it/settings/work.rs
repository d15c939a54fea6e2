//! What is asked of browsers and of files before they are let in.

use std::time::Duration;

use serde_json::json;
use shared::path;
use tests::{files::TestFile, guest::new_client_message_id, portal::TestPortal};

use super::{Row, Seen, changed, comes, each_acts, for_portal, said};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
"#;

pub(super) const ROWS: &[Row] = &[
    // Where nobody listens.
    Row { key: "server.clamd", changed: r#""127.0.0.1:1""#, seen: "no file is taken" },
    Row { key: "server.forget_guests_days", changed: "1", seen: "nobody is known after two days" },
    Row { key: "site.proof_of_work", changed: "true", seen: "nobody gets in without work" },
];

async fn come(changes: &[Row]) -> Seen {
    let portal = TestPortal::start_with_sites(&for_portal(changed(SITE, changes))).await;
    let refused = portal.visitor().try_sign_in("Ada").await.status == 403;
    let ada = portal.visitor();
    let proof = ada.work().await;
    let request = ada.request(reqwest::Method::POST, path::SESSION).header(path::PROOF_HEADER, proof);
    assert_eq!(ada.send(request.json(&json!({ "display_name": "Ada" }))).await.status, 201);
    let upload = ada.send_file_as(&new_client_message_id(), &TestFile::text("notes.txt", "x"), "").await;
    let count = |table: &str| -> i64 {
        let store = rusqlite::Connection::open(portal.data_dir().join("guest-portal.db")).unwrap();
        store.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_ne!((count("guest"), count("session")), (0, 0));
    portal.advance(Duration::from_secs(2 * 24 * 3600));
    let are_over = async || {
        // Once an hour there is a sweep.
        portal.advance(Duration::from_secs(3600));
        (count("session") == 0).then_some(())
    };
    portal.until("the sessions to be over", are_over).await;
    // The same sweep goes on with guests. One of the two has something on its way.
    let is_forgotten = comes(async || count("guest WHERE display_name = 'Ada'") < 2).await;
    Seen::from([
        ("server.clamd", said(upload.status == 503, "no file is taken")),
        ("server.forget_guests_days", said(is_forgotten, "nobody is known after two days")),
        ("site.proof_of_work", said(refused, "nobody gets in without work")),
    ])
}

#[tokio::test]
async fn what_comes_in_is_held_up_as_configured() {
    each_acts(ROWS, come).await;
}
