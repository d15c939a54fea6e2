//! What Mercury says. The judge: whatever means something stands in the frame, and rooms, people and messages are UUIDs.

use serde::de::IgnoredAny;
use serde_json::Value;
use server::webex::wire::mercury::{Happening, Meaning, read};

pub(super) fn target(bytes: &[u8]) {
    let said = read(bytes);
    let Ok(json) = serde_json::from_str::<Value>(&String::from_utf8_lossy(bytes)) else {
        // What nobody asks for is passed over, even where it is no text.
        if serde_json::from_slice::<IgnoredAny>(bytes).is_err() {
            assert_eq!((said.envelope_id, said.meaning), (None, Meaning::Other));
        }
        return;
    };
    let mut texts = Vec::new();
    collect(&json, &mut texts);
    if let Some(id) = &said.envelope_id {
        assert!(texts.contains(&&**id), "{id:?}");
    }
    let kind = json.get("type").or_else(|| json.get(2)).and_then(Value::as_str);
    match said.meaning {
        Meaning::Pong(_) => assert!(json.is_array() || kind == Some("pong"), "{json}"),
        Meaning::Shutdown => assert!(json.is_array() || kind == Some("shutdown"), "{json}"),
        Meaning::Ready => assert!(texts.iter().any(|text| text.starts_with("mercury.")), "{json}"),
        Meaning::Happened { room, what } => {
            let mut ids = vec![room];
            match what {
                Happening::Written { message } => ids.push(message),
                Happening::Typing { person, .. } => ids.push(person),
                Happening::Read { person, message } => ids.extend([person, message]),
                Happening::Changed => {}
            }
            for id in ids {
                assert!(is_uuid(&id) && texts.contains(&&*id), "{id:?} of {json}");
            }
        }
        Meaning::Other => {}
    }
}

fn collect<'a>(json: &'a Value, texts: &mut Vec<&'a str>) {
    match json {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let (room, person, message) =
        ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333");
    let activity = |verb: &str| {
        format!(
            r#"{{"id":"e","data":{{"eventType":"conversation.activity","activity":{{"id":"{message}","verb":"{verb}","actor":{{"id":"{person}","entryUUID":"{person}"}},"object":{{"id":"{message}"}},"target":{{"id":"{room}"}},"parent":{{"type":"reply"}}}}}}}}"#
        )
    };
    let mut seeds: Vec<Vec<u8>> = ["post", "share", "update", "delete", "acknowledge"].map(|verb| activity(verb).into_bytes()).to_vec();
    seeds.push(
        format!(r#"{{"id":"e","data":{{"eventType":"status.start_typing","actor":{{"id":"{person}"}},"conversationId":"{room}"}}}}"#)
            .into_bytes(),
    );
    seeds.extend(super::bytes(&[
        r#"{"id":"e","\uda3a\udaec":1,"type":"pong"}"#,
        r#"{"id":"x","type":"pong"}"#,
        r#"{"type":"shutdown"}"#,
        r#"{"data":{"eventType":"status.start_typing","actor":{"id":"------------------------------------"},"conversationId":"11111-1111111-4111-8111-111111111111"}}"#,
        r#"{"id":"b","data":{"eventType":"mercury.buffer_state"}}"#,
    ]));
    seeds
}
