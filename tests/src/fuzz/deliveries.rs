//! What arrives at a webhook's address. The judge signs by itself: nothing but the signature of these very bytes is believed.

use ring::hmac;
use serde_json::Value;
use server::feed::{Refused, read_delivery};

const SECRET: &[u8] = b"a secret of the tests";

pub(super) fn target(bytes: &[u8]) {
    let (signature, body) = super::parted(bytes);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET);
    let read =
        |signature: Option<&str>, body: &[u8]| read_delivery(signature, body, |signature| hmac::verify(&key, body, signature).is_ok());
    let right = hmac::sign(&key, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>();

    // What somebody made up is not believed, and not even read.
    let made_up = String::from_utf8_lossy(signature);
    if !made_up.trim().eq_ignore_ascii_case(&right) {
        assert_eq!(read(Some(&made_up), body).err(), Some(Refused::NotSigned), "{made_up:?}");
    }
    assert_eq!(read(None, body).err(), Some(Refused::NotSigned));
    assert_eq!(read(Some(&right[..38]), body).err(), Some(Refused::NotSigned));
    assert_eq!(read(Some(&right), &[body, b" "].concat()).err(), Some(Refused::NotSigned));

    let upper = right.to_uppercase();
    for signature in [&right, &upper] {
        match read(Some(signature), body) {
            Ok(delivery) => {
                // What nobody asks for is passed over, whatever it is.
                let Ok(json) = serde_json::from_slice::<Value>(body) else { return };
                for (field, value) in [("/id", &delivery.id), ("/resource", &delivery.resource), ("/event", &delivery.event)] {
                    assert_eq!(json.pointer(field).and_then(Value::as_str), Some(&**value));
                }
                assert_eq!(json.pointer("/data/roomId").and_then(Value::as_str), Some(&*delivery.data.room_id));
            }
            Err(refused) => assert_eq!(refused, Refused::Unreadable),
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let body = r#"{"id":"W","name":"n","resource":"messages","event":"created","data":{"id":"M","roomId":"R","personId":"P"}}"#;
    let wrong = "0123456789abcdef0123456789abcdef01234567";
    let list = r#"["W","messages","created",["M","R"]]"#;
    [
        format!("{wrong}\0{body}"),
        format!("sha1={wrong}\0{{}}"),
        "\0".into(),
        format!("\0{}", body.replace("\"M\"", "null")),
        format!("\0{list}"),
        format!("\0{}", body.replace(r#"{"id":"M","roomId":"R","personId":"P"}"#, r#"["M","R"]"#)),
    ]
    .map(String::into_bytes)
    .to_vec()
}
