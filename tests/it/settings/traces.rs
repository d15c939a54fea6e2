//! Where traces go, and how many: seen by a collector.

use tests::{collector::Collector, processes::Processes};

use super::{Row, Seen, changed, each_acts, said};

const TRACED: &str = r#"
[log]
traces = "COLLECTOR"
traces_percent = 100
[[site]]
id = "demo"
name = "Demo"
staff = ["grace@sandbox.example"]
"#;

pub(super) const ROWS: &[Row] = &[
    Row { key: "log.traces", changed: r#""COLLECTOR/elsewhere""#, seen: "/elsewhere" },
    Row { key: "log.traces_percent", changed: "1", seen: "most are left out" },
];

async fn collect(changes: &[Row]) -> Seen {
    let collector = Collector::start().await;
    let configuration = toml::to_string(&changed(TRACED, changes)).unwrap().replace("COLLECTOR", &collector.url());
    let mut processes = tokio::task::block_in_place(|| Processes::start_with(Some(&configuration)));
    let visitor = processes.visitor("demo");
    // Of a hundred that are drawn one by one, one in a hundred: never half of them.
    for _ in 0..100 {
        visitor.get("/healthz").await;
        visitor.get(shared::path::SITE).await;
    }
    tokio::task::block_in_place(|| processes.stop_portal());
    let spans = collector.spans();
    let requests: Vec<_> = spans.iter().filter(|span| span.name == "request").collect();
    Seen::from([
        ("log.traces", requests.first().map(|span| span.path.clone()).unwrap_or_default()),
        ("log.traces_percent", said(requests.len() < 50, "most are left out")),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_are_as_configured() {
    each_acts(ROWS, collect).await;
}
