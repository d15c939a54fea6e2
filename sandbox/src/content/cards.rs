//! Cards: which of them are taken.

use serde_json::Value;

const CONTENT_TYPE: &str = "application/vnd.microsoft.card.adaptive";
/// The newest version that is shown, major and minor.
const NEWEST: (u64, u64) = (1, 3);

/// Deeper ones are shown nowhere, and could not be read again.
const DEEPEST: usize = 50;

/// Whether what clients nest in each other can be kept.
pub(crate) fn is_too_deep(value: &Value) -> bool {
    depth(value) > DEEPEST
}

/// Not deeper than what parses.
fn depth(value: &Value) -> usize {
    let below = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + below.unwrap_or(0)
}

/// Whether an attachment is an Adaptive Card that can be shown; the error says what is wrong with it.
pub(crate) fn check_card(attachment: &Value) -> Result<(), String> {
    if attachment.get("contentType").and_then(Value::as_str) != Some(CONTENT_TYPE) {
        return Err(format!("The contentType of an attachment must be {CONTENT_TYPE}."));
    }
    let content = attachment.get("content").filter(|content| content.is_object());
    let content = content.ok_or("The content of an attachment must be an object.")?;
    if content.get("type").and_then(Value::as_str) != Some("AdaptiveCard") {
        return Err("The type of a card must be AdaptiveCard.".to_owned());
    }
    let version = content.get("version").and_then(Value::as_str).and_then(version).ok_or("A card needs a version such as 1.3.")?;
    if version > NEWEST {
        return Err("Cards are supported up to version 1.3.".to_owned());
    }
    if is_too_deep(content) {
        return Err("The card is nested too deeply.".to_owned());
    }
    Ok(())
}

fn version(text: &str) -> Option<(u64, u64)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn depth_is_counted_from_the_outside() {
        let nested = |count| (0..count).fold(json!("x"), |inside, _| json!({ "items": [inside] }));
        assert_eq!(depth(&json!({ "a": 1, "b": [[]] })), 3);
        assert!(!is_too_deep(&nested(25)) && is_too_deep(&nested(26)));
    }

    #[test]
    fn only_adaptive_cards_up_to_1_3_are_taken() {
        let card = |version: &str| json!({ "contentType": CONTENT_TYPE, "content": { "type": "AdaptiveCard", "version": version } });
        assert!(check_card(&card("1.0")).is_ok() && check_card(&card("1.3")).is_ok());
        for wrong in [
            card("1.4"),
            card("2.0"),
            card("new"),
            json!("card"),
            json!({ "content": { "type": "AdaptiveCard", "version": "1.3" } }),
            json!({ "contentType": CONTENT_TYPE, "content": "text" }),
            json!({ "contentType": CONTENT_TYPE, "content": { "type": "Card", "version": "1.3" } }),
            json!({ "contentType": CONTENT_TYPE, "content": { "type": "AdaptiveCard" } }),
        ] {
            assert!(check_card(&wrong).is_err(), "{wrong}");
        }
    }
}
