//! `[limits]` and `[site.limits]`.

use tests::portal::TestPortal;
use tokio::{io::AsyncReadExt, net::TcpStream};

use super::{Row, Seen, each_acts, said};
use crate::limits::{Scene, open_stream};

pub(super) const ROWS: &[Row] = &[
    Row { key: "limits.profile", changed: r#""standard""#, seen: "refused" },
    Row { key: "limits.sessions_per_address", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.identities_per_person", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.sends_per_guest", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.uploads_per_guest", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.downloads_per_guest", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.requests_per_guest", changed: r#""1/h burst 3""#, seen: "refused" },
    Row { key: "limits.signals_per_guest", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.streams_opened_per_guest", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.visits_per_address", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.links_per_address", changed: r#""1/h burst 3""#, seen: "refused" },
    Row { key: "limits.calls_per_key", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.deliveries_per_webhook", changed: r#""1/h""#, seen: "refused" },
    Row { key: "limits.streams_per_session", changed: "1", seen: "refused" },
    Row { key: "limits.streams_per_address", changed: "1", seen: "refused" },
    Row { key: "limits.connections_per_address", changed: "1", seen: "hung up on" },
    Row { key: "site.limits.sessions", changed: r#""1/h""#, seen: "refused" },
    Row { key: "site.limits.sends", changed: r#""1/h""#, seen: "refused" },
    Row { key: "site.limits.visits", changed: r#""1/h""#, seen: "refused" },
];

/// Without a change everything is tried, with one what it limits.
async fn ask(changes: &[Row]) -> Seen {
    let below = |section: &str| {
        let lines = changes.iter().filter_map(|row| Some(format!("{} = {}\n", row.key.strip_prefix(section)?, row.changed)));
        lines.collect::<String>()
    };
    let (limits, of_site) = (below("limits."), below("site.limits."));
    if changes.iter().any(|row| row.key.ends_with("connections_per_address")) {
        return Seen::from([("limits.connections_per_address", said(is_second_hung_up_on(&limits).await, "hung up on"))]);
    }
    let scene = Scene::start(&limits, &of_site).await;
    scene.sign_in().await;
    let mut seen = Seen::new();
    for row in ROWS.iter().filter(|row| changes.is_empty() || changes.iter().any(|changed| changed.key == row.key)) {
        let setting = row.key.rsplit('.').next().unwrap();
        let is_refused = match setting {
            "connections_per_address" => is_second_hung_up_on("").await,
            "profile" => scene.is_refused_within("sessions", 40).await,
            "streams_per_session" | "streams_per_address" => {
                let _first = open_stream(&scene.ada).await;
                open_stream(&scene.ada).await.status() == 429
            }
            setting => scene.is_refused_within(setting, 8).await,
        };
        seen.insert(row.key, said(is_refused, row.seen));
    }
    seen
}

async fn is_second_hung_up_on(limits: &str) -> bool {
    let site = "[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n";
    let limits = if limits.contains("profile") { limits.to_owned() } else { format!("profile = \"bench\"\n{limits}") };
    let portal = TestPortal::start_with_sites(&format!("[limits]\n{limits}\n{site}")).await;
    let _first = TcpStream::connect(portal.address()).await.unwrap();
    let mut second = TcpStream::connect(portal.address()).await.unwrap();
    let heard = tokio::time::timeout(std::time::Duration::from_secs(2), second.read(&mut [0; 1])).await;
    heard.is_ok()
}

#[tokio::test]
async fn how_much_anybody_may_do_is_as_configured() {
    each_acts(ROWS, ask).await;
}
