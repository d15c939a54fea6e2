//! What whoever looks after the portal is told: whether guests are well served, what is wrong, and how much there is of what.

use std::time::Duration;

use reqwest::Client;
use sandbox::Fault;
use serde_json::{Value, json};
use tests::{answer::Answer, guest::TestGuest, portal::TestPortal};

const SITES: &str = "operations_listen = \"127.0.0.1:0\"\n[[site]]\nid = \"demo\"\nname = \"Acme support\"\ngreeting = \"Hello.\"\nstaff = [\"grace@sandbox.example\"]\n";

struct Desk {
    portal: TestPortal,
    visitor: TestGuest,
    http: Client,
}

impl Desk {
    async fn of(portal: TestPortal) -> Self {
        Self { visitor: portal.visitor(), http: Client::builder().no_proxy().build().unwrap(), portal }
    }

    async fn start() -> Self {
        Self::of(TestPortal::start_with_sites(SITES).await).await
    }

    async fn asks(&self, path: &str) -> Answer {
        let address = self.portal.operations_address().unwrap();
        self.visitor.send(self.http.get(format!("http://{address}{path}"))).await
    }

    /// What is wrong, by its words, and whether guests are served all the same.
    async fn troubles(&self) -> (bool, Vec<String>) {
        let answer = self.asks("/readyz").await;
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.status == 200, said["is_ready"] == true, "{answer}");
        // Everybody else is told whether, and not why.
        let public = self.visitor.get("/readyz").await;
        assert_eq!((public.status, public.body), (answer.status, json!({ "is_ready": said["is_ready"] }).to_string()));
        let troubles = said["troubles"].as_array().unwrap();
        // Each stands in the documentation by its word, and on the page.
        let documentation = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/troubleshooting.md")).unwrap();
        let page = self.asks("/").await.body;
        let code = |trouble: &Value| {
            let code = trouble["code"].as_str().unwrap().to_owned();
            assert!(documentation.contains(&format!("`{code}`")), "{code} is not explained");
            assert!(page.contains(&format!("<code>{code}</code>")), "{code} is not on the page");
            assert!(trouble["text"].as_str().unwrap().contains(':'), "{trouble}: what it is, and what to do");
            code
        };
        (answer.status == 200, troubles.iter().map(code).collect())
    }

    /// Until this is wrong, or nothing at all.
    async fn until(&self, is_ready: bool, wanted: &[&str]) {
        let what = format!("{wanted:?}");
        self.portal
            .until(&what, async || {
                self.portal.advance(Duration::from_secs(2));
                let (ready, troubles) = self.troubles().await;
                let all_are_told = wanted.iter().all(|code| troubles.iter().any(|trouble| trouble == code));
                (ready == is_ready && all_are_told && troubles.is_empty() == wanted.is_empty()).then_some(())
            })
            .await;
    }

    /// The value of a metric with these labels, such as `guest_portal_guests`.
    async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.asks("/metrics").await.body;
        let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}

#[tokio::test]
async fn a_portal_that_is_well_says_so() {
    let desk = Desk::start().await;
    assert_eq!(desk.visitor.get("/healthz").await.body, "ok\n");
    assert_eq!(desk.asks("/healthz").await.body, "ok\n");
    desk.until(true, &[]).await;
    assert!(desk.asks("/").await.body.contains("Everything works"));
}

#[tokio::test]
async fn webex_that_does_not_answer_is_named_and_guests_are_served_all_the_same() {
    let mut desk = Desk::start().await;
    let ada = desk.portal.guest_in_conversation("Ada", "Hello").await;
    desk.portal.stop_sandbox().await;
    ada.say("Is this working?").await;
    desk.until(true, &["webex_unreachable"]).await;
    desk.portal.advance(Duration::from_secs(61));
    desk.until(true, &["sends_late", "webex_unreachable"]).await;
    assert_eq!(desk.metric("guest_portal_webex_reachable{connection=\"webex\"}").await, Some(0.0));
    desk.portal.start_sandbox().await;
    desk.until(true, &[]).await;
}

#[tokio::test]
async fn credentials_that_webex_refuses_are_named() {
    let desk = Desk::start().await;
    let service_app = desk.portal.app().connections.all().next().unwrap().service_app.clone().unwrap();
    let token = service_app.token().await.unwrap();
    desk.portal.webex().add_fault(Fault::answer("POST", "/v1/access_token", 400).times(1000)).unwrap();
    service_app.refuse(&token).await;
    service_app.token().await.unwrap_err();
    let (is_ready, troubles) = desk.troubles().await;
    assert!(is_ready && troubles.contains(&"token_refused".to_owned()), "{troubles:?}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named() {
    for (secs, which) in [(3600, "behind"), (-3600, "ahead of")] {
        let desk = Desk::of(TestPortal::start_with_webex_ahead_and_sites(secs, SITES).await).await;
        desk.until(true, &["clock_wrong"]).await;
        let page = desk.asks("/").await.body;
        assert!(page.contains(which) && page.contains("Something does not work"), "{page}");
    }
}

#[tokio::test]
async fn a_database_that_takes_nothing_sends_guests_elsewhere() {
    let desk = Desk::start().await;
    desk.until(true, &[]).await;
    let other = rusqlite::Connection::open(desk.portal.data_dir().join("guest-portal.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    desk.until(false, &["store_failing"]).await;
    assert!(desk.asks("/").await.body.contains("Guests are not served"));
    other.execute_batch("ROLLBACK").unwrap();
    desk.until(true, &[]).await;
}

#[tokio::test]
async fn what_happens_is_counted_and_what_there_is_is_measured() {
    let desk = Desk::start().await;
    let before = desk.metric("guest_portal_outbox_results_total{kind=\"message\",result=\"sent\"}").await.unwrap_or_default();
    let mut ada = desk.portal.guest_in_conversation("Ada", "Hello").await;
    ada.say("One more").await;
    ada.hear_message("One more").await;
    desk.portal.advance(Duration::from_secs(3));
    assert_eq!(desk.metric("guest_portal_guests").await, Some(1.0));
    assert_eq!(desk.metric("guest_portal_event_streams").await, Some(1.0));
    assert_eq!(desk.metric("guest_portal_ready").await, Some(1.0));
    // Other tests of this process may count, too.
    assert!(desk.metric("guest_portal_outbox_results_total{kind=\"message\",result=\"sent\"}").await.unwrap() >= before + 2.0);
    for name in [
        "guest_portal_http_requests_total{method=\"POST\",route=\"/api/session\",status=\"201\"}",
        "guest_portal_webex_requests_total{errand=\"write\",outcome=\"ok\"}",
        "guest_portal_outbox_delivery_duration_seconds_count{kind=\"message\"}",
        "process_resident_memory_bytes",
    ] {
        assert!(desk.metric(name).await.is_some_and(|value| value > 0.0), "{name}");
    }
    let text = desk.asks("/metrics").await.body;
    for theirs in ["Ada", "demo", "grace", "Hello"] {
        assert!(!text.contains(theirs), "{theirs} is nobody's to know");
    }
}

#[tokio::test]
async fn the_documentation_and_the_dashboard_name_every_metric_and_no_other() {
    let desk = Desk::start().await;
    desk.portal.guest_in_conversation("Ada", "Hello").await;
    desk.portal.advance(Duration::from_secs(3));
    let exposed = desk.asks("/metrics").await.body;
    let exposed: Vec<&str> = exposed.lines().filter_map(|line| line.strip_prefix("# TYPE guest_portal_")?.split(' ').next()).collect();
    let read = |file: &str| std::fs::read_to_string(format!("{}/../docs/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (operating, dashboard) = (read("operating.md"), read("deploy/grafana.json"));
    for name in &exposed {
        assert!(operating.contains(&format!("`{name}`")) || operating.contains(&format!("`{name}{{")), "{name} is not explained");
    }
    // What only some portals have, such as webhooks, is not there in each.
    let sometimes = ["limit_refusals_total", "webhook_deliveries_total", "troubles", "visits", "feed_hints_total"];
    for word in dashboard.split("guest_portal_").skip(1) {
        let name: String = word.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        let family = name.strip_suffix("_bucket").unwrap_or(&name);
        assert!(exposed.contains(&family) || sometimes.contains(&family), "the dashboard shows {name}, which there is not");
    }
}

#[tokio::test]
async fn conversations_that_nobody_looks_at_leave_the_memory() {
    let desk = Desk::start().await;
    for name in ["Ada", "Bob", "Cleo"] {
        desk.portal.guest_in_conversation(name, "Hello").await.stop_listening();
    }
    desk.portal.advance(Duration::from_secs(3));
    assert_eq!(desk.metric("guest_portal_rooms_in_memory").await, Some(3.0));
    let mut dan = desk.portal.guest_in_conversation("Dan", "Hello").await;
    // Not in one leap: what happens in the rooms meanwhile keeps them.
    for _ in 0..40 {
        desk.portal.advance(Duration::from_secs(10));
        dan.messages().await;
    }
    let eve = desk.portal.guest_in_conversation("Eve", "Hello").await;
    desk.portal.advance(Duration::from_secs(3));
    assert_eq!(desk.metric("guest_portal_rooms_in_memory").await, Some(2.0), "Dan's, who listens, and Eve's");
    dan.say("Still here").await;
    dan.hear_message("Still here").await;
    eve.reads(2).await;
}
