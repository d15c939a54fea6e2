//! From a guest's click to Webex's own name for the call: by ids that all sides know, and by traces.

use tests::{
    collector::{Collected, Collector},
    portal::TestPortal,
    processes::Processes,
};

/// Whether Webex was asked this because of that.
fn was_asked(portal: &TestPortal, method: &str, path: &str, cause: &str) -> bool {
    let asked_as = format!("guest-portal_{cause}");
    portal.requests(method, path).into_iter().any(|entry| entry.asked_as.as_ref() == Some(&asked_as))
}

#[tokio::test]
async fn webex_is_told_which_message_and_which_request_it_is_asked_for() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    let pending = ada.say("Hello").await;
    let root = ada.hear_message("Hello").await.id;
    assert!(was_asked(&portal, "POST", "/v1/messages", pending.client_message_id.as_str()));

    // A thread is read anew each time.
    let answer = ada.get(&shared::path::room_thread(&ada.room_id().await, &root)).await;
    assert!(was_asked(&portal, "GET", "/v1/messages", answer.header("x-request-id")));

    let visit = ada.ask_for_meeting().await;
    portal.claim("grace@sandbox.example", 1).await;
    assert!(was_asked(&portal, "POST", "/api/v2/joseencrypt", visit.id.as_str()));
}

fn only<'a>(spans: &'a [Collected], name: &str, attributes: &[(&str, &str)]) -> &'a Collected {
    let is_it = |span: &&Collected| span.name == name && attributes.iter().all(|(name, value)| span.get(name) == *value);
    let found: Vec<_> = spans.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{name} {attributes:?} among {spans:#?}");
    found[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_leads_from_a_guests_message_to_webexs_own_name_for_the_call() {
    let collector = Collector::start().await;
    let configuration =
        format!("[log]\ntraces = \"{}\"\n[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n", collector.url());
    let mut processes = tokio::task::block_in_place(|| Processes::start_with(Some(&configuration)));
    let mut ada = processes.visitor("demo");
    ada.sign_in("Ada Lovelace").await;
    ada.listen().await;
    let pending = ada.say("My parcel is lost.").await;
    ada.hear_message("My parcel is lost.").await;
    let journal: Vec<serde_json::Value> =
        reqwest::get(format!("{}/sandbox/journal", processes.sandbox_url())).await.unwrap().json().await.unwrap();

    tokio::task::block_in_place(|| processes.stop_portal());

    let spans = collector.spans();
    let id = pending.client_message_id.as_str();
    let request = only(&spans, "request", &[("message.id", id)]);
    assert_eq!((request.get("http.request.method"), request.get("http.response.status_code")), ("POST", "202"));
    assert_eq!((request.path.as_str(), request.service.as_str()), ("/v1/traces", "guest-portal"));
    let send = only(&spans, "send", &[("message.id", id)]);
    let within: Vec<_> = spans.iter().filter(|span| span.parent == send.id && span.get("errand") == "write").collect();
    let noted = journal.iter().find(|entry| entry["asked_as"] == format!("guest-portal_{id}") && entry["path"] == "/v1/messages").unwrap();
    assert_eq!(within.len(), 1);
    assert_eq!((within[0].get("outcome"), within[0].get("webex.tracking_id")), ("ok", noted["tracking_id"].as_str().unwrap()));
    let said = format!("{spans:?}");
    for secret in ["Ada", "parcel", "Bearer", "__Host", "eyJ"] {
        assert!(!said.contains(secret), "{secret} is nobody's business");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_not_there_keeps_nobody_waiting() {
    let configuration =
        "[log]\ntraces = \"http://127.0.0.1:9\"\n[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n";
    let mut processes = tokio::task::block_in_place(|| Processes::start_with(Some(configuration)));
    let mut ada = processes.visitor("demo");
    ada.sign_in("Ada").await;
    ada.listen().await;
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    tokio::task::block_in_place(|| processes.stop_portal());
}
