//! One request and its answer, whose form is checked at once: a refusal in the standard body, a list page by page.

use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded;

use super::operations::{Listing, Order};
use crate::support::{Client, next_link};

/// What came back.
pub(super) struct Heard {
    pub(super) status: u16,
    pub(super) body: Value,
    next: Option<String>,
}

pub(super) async fn hear(client: &Client, method: Method, path: &str, body: Option<&Value>) -> Result<Heard, String> {
    let request = client.request(method, path);
    let request = if let Some(body) = body { request.json(body) } else { request };
    let response = request.send().await.map_err(|error| format!("no answer: {error:?}"))?;
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (tracking_id, content_type, next) = (header("trackingid"), header("content-type"), next_link(&response));
    let bytes = response.bytes().await.map_err(|error| format!("no body: {error:?}"))?;
    let wrong = |what: &str| Err(format!("{status}, {what}: {}", String::from_utf8_lossy(&bytes)));
    if !tracking_id.starts_with("ROUTERGW_") {
        return wrong("no tracking id");
    }
    if status == 204 {
        return if bytes.is_empty() { Ok(Heard { status, body: Value::Null, next }) } else { wrong("a body") };
    }
    let Ok(body) = serde_json::from_slice::<Value>(&bytes) else { return wrong("not JSON") };
    if content_type != "application/json;charset=UTF-8" {
        return wrong("not called JSON");
    }
    let is_standard = body["trackingId"] == tracking_id.as_str() && body["errors"][0]["description"] == body["message"];
    if status != 200 && !(is_standard && body["message"].is_string()) {
        return wrong("not the standard body");
    }
    Ok(Heard { status, body, next })
}

/// A whole list, given its first page. As many pages are expected as are needed, each but the last of them full.
pub(super) async fn whole_list(client: &Client, path: &str, first: Heard, listing: &Listing) -> Result<Vec<Value>, String> {
    let mut items: Vec<Value> = Vec::new();
    let mut heard = first;
    loop {
        let Some(page) = heard.body["items"].as_array() else { return Err(format!("no items: {}", heard.body)) };
        items.extend(page.clone());
        let left = listing.items.len().saturating_sub(items.len());
        if page.len() > listing.page || (page.len() < listing.page && left > 0) {
            return Err(format!("a page of {} with {left} left: {:?}", page.len(), page));
        }
        let Some(next) = heard.next else { break };
        if left == 0 {
            return Err(format!("another page is promised after the last: {next}"));
        }
        check_link(client, path, &next)?;
        heard = hear(client, Method::GET, &next, None).await?;
        if heard.status != 200 {
            return Err(format!("{next} is refused: {}", heard.body));
        }
    }
    if let Order::Newest(date) = listing.order
        && !items.is_sorted_by(|newer, older| newer[date].as_str() >= older[date].as_str())
    {
        return Err(format!("not the newest {date} first: {items:?}"));
    }
    Ok(items)
}

/// 12.3: absolute, at the same place, with everything that was asked.
fn check_link(client: &Client, path: &str, next: &str) -> Result<(), String> {
    let (place, asked) = path.split_once('?').unwrap_or((path, ""));
    let kept = next.strip_prefix(&format!("{}{place}?", client.base)).ok_or_else(|| format!("the next page is elsewhere: {next}"))?;
    let decoded = |query: &str| form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Vec<(String, String)>>();
    let kept = decoded(kept);
    let is_moved = |(name, _): &(String, String)| name == "max" || name == "beforeMessage";
    match decoded(asked).into_iter().find(|pair| !is_moved(pair) && !kept.contains(pair)) {
        Some((name, _)) => Err(format!("{name} is lost on the way to the next page: {next}")),
        None => Ok(()),
    }
}
