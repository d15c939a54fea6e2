//! Webex's JSON. The judge: whatever a message says, what guests are told of it is a tree of known parts; ids and dates are what stands
//! there.

use serde::de::DeserializeOwned;
use serde_json::Value;
use server::{
    content::of_message,
    webex::{
        content_id,
        wire::{self, mercury, webhooks},
    },
};

use crate::hostile::broken;

pub(super) fn target(bytes: &[u8]) {
    if let Ok(message) = serde_json::from_slice::<wire::Message>(bytes) {
        let content = of_message(&message);
        assert_eq!(broken(&serde_json::to_value(&content).expect("content is JSON")), None);
        if let Ok(json) = serde_json::from_slice::<Value>(bytes) {
            assert_eq!(json["id"].as_str().or_else(|| json[0].as_str()), Some(&*message.id));
        }
        for file in &message.files {
            let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte));
            assert!(content_id(file).is_none_or(|id| is_id(&id)), "{file:?}");
        }
        if let Some(millis) = wire::millis(&message.created) {
            // From the year -9999 to 9999.
            assert!(millis.abs() < 380_000_000_000_000, "{}", message.created);
        }
    }
    is_read_as_json::<wire::Items<wire::Message>>(bytes);
    is_read_as_json::<wire::Person>(bytes);
    is_read_as_json::<wire::Room>(bytes);
    is_read_as_json::<wire::Membership>(bytes);
    is_read_as_json::<wire::ErrorBody>(bytes);
    is_read_as_json::<wire::GuestToken>(bytes);
    is_read_as_json::<wire::JwtLogin>(bytes);
    is_read_as_json::<wire::RefreshedToken>(bytes);
    is_read_as_json::<mercury::Catalog>(bytes);
    is_read_as_json::<mercury::Devices>(bytes);
    is_read_as_json::<webhooks::Webhook>(bytes);
    let text = String::from_utf8_lossy(bytes);
    assert!(text.starts_with(wire::unpadded(&text)) && !wire::unpadded(&text).ends_with('='));
    if let Some((cluster, uuid)) = mercury::uuid_in(&text) {
        assert!(!cluster.contains('/') && uuid.len() == 36, "{cluster} {uuid}");
    }
}

/// Nothing is read that is not JSON, an object or a list of fields.
fn is_read_as_json<T: DeserializeOwned>(bytes: &[u8]) {
    // What nobody asks for is passed over, even where it is no text.
    if serde_json::from_slice::<T>(bytes).is_ok()
        && let Ok(json) = serde_json::from_slice::<Value>(bytes)
    {
        assert!(json.is_object() || json.is_array(), "{json}");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        r#"{"id":"m","roomId":"r","personId":"p","created":"2026-01-01T00:00:00.000Z","html":"<p>hi <b>you</b> &#8238;</p>","text":"hi","files":["https://webexapis.com/v1/contents/Y2lz"]}"#,
        r#"{"id":"m","personId":"p","created":"x","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"body":[{"type":"TextBlock","text":"https://a.example/ \u202e"}]}}]}"#,
        r#"{"id":"m","personId":"p","created":"9999-12-31T23:59:59.999+14:00","text":"https://a.example/host/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        r#"{"items":[{"id":"m","personId":"p","created":"x"}]}"#,
        r#"{"id":"p","displayName":"Ada","orgId":"o","type":"person"}"#,
        r#"{"id":"g","accessToken":"t","expiresIn":60,"token":"t","access_token":"t","expires_in":9223372036854775807}"#,
        r#"{"serviceLinks":{"wdm":"https://a.example"},"devices":[{"url":"u","webSocketUrl":"w"}],"id":"i","name":"n","targetUrl":"t"}"#,
        "Y2lzY29zcGFyazovL3VzL1JPT00vMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw",
    ])
}
