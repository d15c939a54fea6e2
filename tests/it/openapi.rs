//! The description of the portal's API against the portal: every address stands in it with exactly its methods, and nothing else
//! does. Whether the answers are as it says is tried by `./x campaign api`.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;
use server::routes::OPENAPI;
use shared::path;
use tests::{answer::Answer, guest::TestGuest, portal::TestPortal, recipe::document};

/// Those a description can have. `HEAD` is left out: it is answered wherever `GET` is.
const METHODS: [Method; 7] = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::OPTIONS, Method::PATCH, Method::TRACE];

/// Files, which are not there under any name.
const FILES: [&str; 6] = [path::WORDS, path::LOGO, path::EMBED_SCRIPT, path::SPACE_WIDGET_SCRIPT, "/favicon.ico", "/{file}"];

fn described() -> Value {
    serde_json::from_str(OPENAPI).expect("JSON")
}

/// Which methods each address has.
fn methods(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let paths = document["paths"].as_object().unwrap().iter();
    let methods =
        |item: &Value| item.as_object().unwrap().keys().filter(|key| *key != "parameters").map(|key| key.to_uppercase()).collect();
    paths.map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// What stands between this and a quotation mark, each time.
fn quoted_after<'a>(source: &'a str, before: &'a str) -> impl Iterator<Item = String> + 'a {
    source.split(before).skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
}

/// An address with something in each of its places.
fn filled(pattern: &str) -> String {
    let segments = pattern.split('/').map(|segment| match segment {
        "{site_id}" => "demo",
        "{index}" => "0",
        place if place.starts_with('{') => "x",
        word => word,
    });
    segments.collect::<Vec<_>>().join("/")
}

async fn ask(visitor: &TestGuest, method: &Method, pattern: &str) -> Answer {
    visitor.send(visitor.request(method.clone(), &filled(pattern))).await
}

#[test]
fn the_description_is_of_this_version_and_in_openapi_3_1() {
    let document = described();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_address_of_the_sources_is_described_and_no_other_is() {
    let described: BTreeSet<String> = methods(&described()).into_keys().collect();
    let (constants, router) = (document("shared/src/path.rs"), document("server/src/routes/router.rs"));
    // Further headers and words are constants, too; addresses begin with a slash.
    let constants = quoted_after(&constants, ": &str = \"").filter(|text| text.starts_with('/'));
    let written: BTreeSet<String> = constants.chain(quoted_after(&router, ".route(\"")).collect();
    assert!(written.len() >= 40, "{written:?}");
    assert_eq!(described, written);
}

#[tokio::test]
async fn every_address_takes_the_methods_it_is_described_with_and_no_others() {
    let portal = TestPortal::start().await;
    let visitor = portal.visitor();
    for (pattern, described) in methods(&described()) {
        for method in METHODS {
            let answer = ask(&visitor, &method, &pattern).await;
            if described.contains(method.as_str()) {
                assert_ne!(answer.status, 405, "{pattern} is described with a method that it does not take: {answer}");
                let is_nowhere = answer.status == 404 && answer.body.contains("\"kind\":\"not_found\"");
                assert!(!is_nowhere || FILES.contains(&&*pattern), "{pattern} is described and not there: {answer}");
                continue;
            }
            // An address that is not there answers 404, whatever is asked of it.
            assert_eq!(answer.status, 405, "{pattern} takes a method that is not described, or is not there: {answer}");
            let allowed: BTreeSet<&str> = answer.header("allow").split(',').map(str::trim).filter(|method| *method != "HEAD").collect();
            let expected: BTreeSet<&str> = described.iter().map(String::as_str).collect();
            assert_eq!(allowed, expected, "{answer}");
        }
    }
}

#[tokio::test]
async fn the_portal_hands_its_description_to_anybody() {
    let portal = TestPortal::start().await;
    let visitor = portal.visitor();
    let answer = visitor.send(visitor.bare_request(Method::GET, path::OPENAPI)).await;
    assert_eq!((answer.status, answer.header("content-type"), &*answer.body), (200, "application/json", OPENAPI));
}

#[test]
fn the_list_of_refusals_is_the_portals() {
    let source = document("shared/src/problem.rs");
    let (_, rest) = source.split_once("pub enum ProblemKind {").unwrap();
    let (variants, _) = rest.split_once("\n}").unwrap();
    let names = variants.lines().filter_map(|line| line.trim().strip_suffix(','));
    let names = names.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()) && *name != "Unknown");
    let kinds: BTreeSet<String> = names.map(snake_case).collect();
    assert!(kinds.len() >= 40, "{kinds:?}");
    let document = described();
    let described = document["components"]["schemas"]["ProblemKind"]["enum"].as_array().unwrap();
    assert_eq!(described.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), kinds);
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[test]
fn whatever_the_description_refers_to_is_in_it() {
    let document = described();
    let (mut references, mut operations) = (BTreeSet::new(), Vec::new());
    collect(&document, &mut references, &mut operations);
    for reference in &references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let once: BTreeSet<&String> = operations.iter().collect();
    assert_eq!(once.len(), operations.len(), "each operation has an id of its own");
    for (kind, parts) in document["components"].as_object().unwrap() {
        for name in parts.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
            assert!(references.contains(&format!("#/components/{kind}/{name}")), "nothing refers to {kind}/{name}");
        }
    }
}

/// Every reference, and the id of every operation.
fn collect(value: &Value, references: &mut BTreeSet<String>, operations: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            // Links name operations, too; only operations have answers.
            let id = members.get("operationId").filter(|_| members.contains_key("responses"));
            operations.extend(id.and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references, operations));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references, operations)),
        _ => {}
    }
}

#[test]
fn the_document_of_the_api_is_what_its_description_says() {
    let description = serde_json::from_str(include_str!("../../server/src/routes/openapi.json")).unwrap();
    let made = tests::api_document::markdown(&description);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
    if std::env::var_os("GUEST_PORTAL_WRITE_GOLDEN").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(made == written, "docs/api.md is not up to date: run this test once with GUEST_PORTAL_WRITE_GOLDEN=1");
}
