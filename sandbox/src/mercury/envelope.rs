//! What every message of the server is wrapped in.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::moment::Moment;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    id: Uuid,
    timestamp: i64,
    tracking_id: String,
    sequence_number: u64,
    filter_message: bool,
    headers: BTreeMap<&'a str, &'a str>,
    alert_type: &'a str,
    ws_write_timestamp: i64,
    data: &'a Value,
}

/// As it goes over the wire. The number grows by one with everything that is told on a connection.
pub(super) fn enveloped(data: &Value, sequence_number: u64, now: Moment) -> String {
    let id = Uuid::new_v4();
    let envelope = Envelope {
        id,
        timestamp: now.ms(),
        tracking_id: format!("sandbox_{id}"),
        sequence_number,
        filter_message: false,
        headers: BTreeMap::new(),
        alert_type: "none",
        ws_write_timestamp: now.ms(),
        data,
    };
    serde_json::to_string(&envelope).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_envelope_has_every_field_that_the_strictest_client_wants() {
        let text = enveloped(&json!({ "eventType": "mercury.buffer_state" }), 7, Moment::from_ms(1_767_262_800_007));
        let mut envelope: Value = serde_json::from_str(&text).unwrap();
        assert!(Uuid::try_parse(envelope["id"].as_str().unwrap()).is_ok());
        assert!(envelope["trackingId"].is_string());
        (envelope["id"], envelope["trackingId"]) = (json!(""), json!(""));
        let expected = json!({
            "id": "", "trackingId": "", "timestamp": 1_767_262_800_007_i64, "wsWriteTimestamp": 1_767_262_800_007_i64, "sequenceNumber": 7,
            "filterMessage": false, "headers": {}, "alertType": "none", "data": { "eventType": "mercury.buffer_state" },
        });
        assert_eq!(envelope, expected);
    }
}
