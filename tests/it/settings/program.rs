//! Where the program listens, keeps its data and finds its Webex, and what it logs: seen by starting it.

use tests::processes::served;

use super::{Row, Seen, changed, each_acts, said};

/// Each address of its own, at any free port.
const QUIET: &str = r#"
[server]
listen = "127.0.0.1:0"
data_dir = "data"
[log]
format = "text"
level = "info"
[webex]
mode = "sandbox"
sandbox_listen = "127.0.0.1:0"
[[site]]
id = "demo"
name = "Demo"
staff = ["grace@sandbox.example"]
"#;

pub(super) const ROWS: &[Row] = &[
    Row { key: "server.listen", changed: r#""127.0.0.9:0""#, seen: "guests go to 127.0.0.9" },
    Row { key: "server.operations_listen", changed: r#""127.0.0.7:0""#, seen: "the preview is at 127.0.0.7" },
    Row { key: "server.data_dir", changed: r#""elsewhere""#, seen: "the database is elsewhere" },
    Row { key: "log.format", changed: r#""json""#, seen: "a line is an object" },
    Row { key: "log.level", changed: r#""warn""#, seen: "it stops without a word" },
    Row { key: "webex.mode", changed: r#""live""#, seen: "credentials are missing" },
    Row { key: "webex.sandbox_listen", changed: r#""127.0.0.8:0""#, seen: "staff go to 127.0.0.8" },
];

async fn serve(changes: &[Row]) -> Seen {
    let served = served(&toml::to_string(&changed(QUIET, changes)).unwrap()).await;
    let line = |begin: &str| served.printed.lines().find_map(|line| line.trim().strip_prefix(begin)).unwrap_or_default().trim().to_owned();
    let host = |begin: &str| line(begin).trim_start_matches("http://").split(':').next().unwrap_or_default().to_owned();
    let is_object = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line.is_object());
    let is_refused = served.code == 2 && served.log.contains("webex.service_app.client_id: is missing");
    assert!(served.code == 0 || is_refused, "{} {}", served.code, served.log);
    assert!(!served.log.contains('\u{1b}'), "colours are for terminals: {:?}", served.log);
    Seen::from([
        ("server.listen", format!("guests go to {}", host("guests:"))),
        ("server.operations_listen", format!("the preview is at {}", host("preview:"))),
        ("server.data_dir", said(served.folder.path().join("elsewhere/guest-portal.db").exists(), "the database is elsewhere")),
        ("log.format", said(served.log.lines().next().is_some_and(is_object), "a line is an object")),
        ("log.level", said(!served.log.contains("stopping"), "it stops without a word")),
        ("webex.mode", said(is_refused, "credentials are missing")),
        ("webex.sandbox_listen", format!("staff go to {}", host("staff:"))),
    ])
}

#[tokio::test]
async fn how_the_program_runs_is_as_configured() {
    each_acts(ROWS, serve).await;
}
