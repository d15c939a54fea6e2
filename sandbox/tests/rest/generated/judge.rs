//! What every answer must be, whatever was asked.

use serde_json::Value;

use super::wire::{Answer, Sketch};

/// Who answers: the rules of form differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Rest,
    /// Its JSON says nothing of its letters, and its tracking ids are of an older kind.
    Broker,
    /// Nothing of Webex: refusals are words.
    Control,
}

/// What is known of a request before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Done,
    Refused,
    /// Either, in good form.
    Either,
}

pub(super) fn judge(place: Place, expected: Expected, sketch: &Sketch, answer: &Answer) -> Result<(), String> {
    let status = answer.status;
    let is_done = status == 200 || status == 204;
    if !is_done && !(400..500).contains(&status) {
        return Err(format!("{status} is neither done nor refused"));
    }
    match expected {
        Expected::Done if !is_done => return Err("refused, although nothing is wrong with it".to_owned()),
        Expected::Refused if is_done => return Err("done, although it makes no sense".to_owned()),
        _ => {}
    }
    let tracking_id = answer.header("trackingid");
    let prefix = if sketch.path.starts_with("/api/") { "ROUTER_" } else { "ROUTERGW_" };
    if !tracking_id.starts_with(prefix) {
        return Err(format!("the tracking id is {tracking_id:?}"));
    }
    if sketch.method == "HEAD" || sketch.method == "OPTIONS" {
        return if answer.body.is_empty() { Ok(()) } else { Err("a body".to_owned()) };
    }
    match status {
        204 if answer.body.is_empty() => Ok(()),
        204 => Err("204 with a body".to_owned()),
        200 => judge_success(place, sketch, answer),
        _ => judge_refusal(place, tracking_id, sketch, answer),
    }
}

fn judge_success(place: Place, sketch: &Sketch, answer: &Answer) -> Result<(), String> {
    let content_type = answer.header("content-type");
    if place == Place::Rest && sketch.path.contains("/contents/") {
        let is_saved = answer.header("content-disposition").starts_with("attachment");
        return if is_saved { Ok(()) } else { Err("a file without its name".to_owned()) };
    }
    if place == Place::Rest && sketch.path.contains("/guests/count") {
        let is_number = content_type.starts_with("text/plain") && answer.body.iter().all(u8::is_ascii_digit);
        return if is_number { Ok(()) } else { Err("not a bare number".to_owned()) };
    }
    let wanted = if place == Place::Rest { "application/json;charset=UTF-8" } else { "application/json" };
    if content_type != wanted {
        return Err(format!("the content type is {content_type:?}"));
    }
    let body: Value = serde_json::from_slice(&answer.body).map_err(|error| format!("not JSON: {error}"))?;
    if place == Place::Rest && has_null(&body) {
        return Err("null".to_owned());
    }
    Ok(())
}

/// 12.2; the switches answer in words, unless there is no such switch.
fn judge_refusal(place: Place, tracking_id: &str, sketch: &Sketch, answer: &Answer) -> Result<(), String> {
    let is_json = answer.header("content-type") == "application/json;charset=UTF-8";
    if place == Place::Control && sketch.path.starts_with("/sandbox/") && !is_json {
        let is_words = !answer.body.is_empty() && answer.header("content-type").starts_with("text/plain");
        return if is_words { Ok(()) } else { Err("refused without a word".to_owned()) };
    }
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else { return Err("the standard body is missing".to_owned()) };
    let has_message = body["message"].as_str().is_some_and(|message| !message.is_empty());
    if !is_json || !has_message || body["errors"][0]["description"] != body["message"] || body["trackingId"] != tracking_id {
        return Err("not the standard body".to_owned());
    }
    Ok(())
}

/// 17: only one list may say so.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.iter().any(|(name, value)| name != "notFoundIds" && has_null(value)),
        _ => false,
    }
}
