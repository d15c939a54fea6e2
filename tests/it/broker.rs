//! Everything that can be asked of the broker, in pairs, before a broker that refuses what it does not know.

use fastrand::Rng;
use sandbox::InstantConnect;
use serde_json::{Map, Value, json};
use tests::portal::TestPortal;

use crate::automation::{Program, make_key, opens, urls};

/// Each parameter with what it may be; `null` leaves it out.
fn parameters(portal: &TestPortal) -> Vec<(&'static str, Vec<Value>)> {
    let soon = jiff::Timestamp::from_millisecond(portal.clock.now().as_millis() + 3_600_000).unwrap().to_string();
    vec![
        ("subject", vec![Value::Null, json!("Test meeting."), json!("Ärztin – 1")]),
        ("starts_at", vec![Value::Null, json!(soon)]),
        ("minutes", vec![Value::Null, json!(1), json!(500_000)]),
        ("hosts", vec![Value::Null, json!(0), json!(1), json!(3), json!(26)]),
        ("guests", vec![Value::Null, json!(1), json!(2), json!(24)]),
        ("vertical", vec![Value::Null, json!("general"), json!("healthcare")]),
        ("host_login", vec![Value::Null, json!("none"), json!("choice"), json!("required")]),
        ("long_links", vec![Value::Null, json!(false), json!(true)]),
        (
            "devices",
            vec![Value::Null, json!([]), json!(["room@acme.rooms.example"]), json!(["a@acme.rooms.example", "b@acme.rooms.example"])],
        ),
        ("key_wrapping", vec![Value::Null, json!("PBES2-HS256+A128KW"), json!("PBES2-HS384+A192KW"), json!("PBES2-HS512+A256KW")]),
        (
            "content",
            [Value::Null]
                .into_iter()
                .chain(["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"].map(Value::from))
                .collect(),
        ),
        ("signature", vec![Value::Null, json!("HS256"), json!("HS384"), json!("HS512")]),
        ("salt_bytes", vec![Value::Null, json!(8), json!(128)]),
        ("iterations", vec![json!(1000), json!(1001), json!(32_767)]),
    ]
}

/// Rows of indices in which every two values of every two parameters meet at least once.
fn pairwise(sizes: &[usize], dice: &mut Rng) -> Vec<Vec<usize>> {
    let mut missing: std::collections::BTreeSet<(usize, usize, usize, usize)> = (0..sizes.len())
        .flat_map(|one| (one + 1..sizes.len()).map(move |other| (one, other)))
        .flat_map(|(one, other)| (0..sizes[one]).flat_map(move |a| (0..sizes[other]).map(move |b| (one, a, other, b))))
        .collect();
    let covers = |row: &[usize], (one, a, other, b): &(usize, usize, usize, usize)| row[*one] == *a && row[*other] == *b;
    let mut rows = Vec::new();
    while let Some(first) = missing.first().copied() {
        let candidate = |dice: &mut Rng| {
            let mut row: Vec<usize> = sizes.iter().map(|size| dice.usize(..*size)).collect();
            (row[first.0], row[first.2]) = (first.1, first.3);
            row
        };
        let gain = |row: &Vec<usize>| missing.iter().filter(|pair| covers(row, pair)).count();
        let best = (0..30).map(|_| candidate(dice)).max_by_key(gain).unwrap();
        missing.retain(|pair| !covers(&best, pair));
        rows.push(best);
    }
    rows
}

/// A request's body of one row.
fn body(parameters: &[(&'static str, Vec<Value>)], row: &[usize]) -> Value {
    let (mut body, mut encryption) = (Map::new(), Map::new());
    for ((name, values), index) in parameters.iter().zip(row) {
        let value = values[*index].clone();
        if value.is_null() {
            continue;
        }
        let is_encryption = matches!(*name, "key_wrapping" | "content" | "signature" | "salt_bytes" | "iterations");
        let _ = if is_encryption { encryption.insert((*name).into(), value) } else { body.insert((*name).into(), value) };
    }
    if !encryption.is_empty() {
        body.insert("encryption".into(), encryption.into());
    }
    body.into()
}

#[tokio::test]
async fn every_two_parameters_together_pass_a_strict_broker_and_give_links_that_open() {
    let portal = TestPortal::start().await;
    portal.webex().switch_instant_connect(InstantConnect { is_strict: true, latency_ms: Some(0), ..InstantConnect::default() });
    let program = Program { portal: &portal, key: make_key(&portal, "crm", "meetings").await };
    let parameters = parameters(&portal);
    let sizes: Vec<usize> = parameters.iter().map(|(_, values)| values.len()).collect();
    let rows = pairwise(&sizes, &mut Rng::with_seed(6));
    let mut links = 0;
    for row in &rows {
        let wish = body(&parameters, row);
        let answer = program.ask(wish.clone()).await;
        assert_eq!(answer.status, 201, "{wish}: {answer}");
        let made: Value = answer.json();
        let count = |name: &str| wish.get(name).map_or(1, |count| usize::try_from(count.as_u64().unwrap()).unwrap());
        let (hosts, guests) = (urls(&made, "hosts"), urls(&made, "guests"));
        assert_eq!((hosts.len(), guests.len()), (count("hosts"), count("guests")), "{wish}");
        let all: std::collections::BTreeSet<&String> = hosts.iter().chain(&guests).collect();
        assert_eq!(all.len(), hosts.len() + guests.len(), "each link is one person's");
        links += all.len();
        for url in hosts.first().into_iter().chain(guests.first()) {
            assert!(opens(url).await, "{wish}: {url}");
        }
        if wish["host_login"] == "required" {
            assert!(hosts.iter().all(|url| url.contains("fli=true")), "{hosts:?}");
        }
    }
    println!("{} requests, every two values of {} parameters together; {links} links, 0 lints", rows.len(), parameters.len());
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
    assert!(rows.len() >= 40);
    let refused = portal.webex().broker_requests().into_iter().filter(|entry| entry.status != 200).count();
    assert_eq!(refused, 0);
}
