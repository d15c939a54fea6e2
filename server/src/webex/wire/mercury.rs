//! Mercury: the real-time channel of Webex's own clients, and the services beside it.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Where the services are, by name.
#[derive(Debug, Deserialize)]
pub struct Catalog {
    /// Base addresses.
    #[serde(rename = "serviceLinks")]
    pub service_links: HashMap<String, String>,
}

/// Every device of a person.
#[derive(Debug, Default, Deserialize)]
pub struct Devices {
    /// In no order.
    #[serde(default)]
    pub devices: Vec<Device>,
}

/// A registration for Mercury.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Its own address.
    pub url: String,
    /// Where its socket is.
    pub web_socket_url: String,
    /// What whoever registered it calls it.
    #[serde(default)]
    pub name: Option<String>,
}

/// Registers a device.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewDevice<'a> {
    device_name: &'a str,
    device_type: &'static str,
    localized_model: &'static str,
    model: &'static str,
    name: &'a str,
    system_name: &'static str,
    system_version: &'static str,
}

impl<'a> NewDevice<'a> {
    /// With a name to find it by.
    pub fn named(name: &'a str) -> Self {
        let (model, system_version) = ("Guest Portal", env!("CARGO_PKG_VERSION"));
        Self { device_name: name, device_type: "WEB", localized_model: model, model, name, system_name: "guest-portal", system_version }
    }
}

/// Whose socket it is: the first thing it is told.
pub fn authorization(id: &str, token: &SecretString) -> String {
    let token = format!("Bearer {}", token.expose_secret());
    serde_json::json!({ "id": id, "type": "authorization", "data": { "token": token }, "trackingId": format!("guest-portal_{id}") })
        .to_string()
}

/// Asks whether anybody is there.
pub fn ping(id: &str) -> String {
    serde_json::json!({ "id": id, "type": "ping" }).to_string()
}

/// Says that something arrived.
pub fn ack(envelope_id: &str) -> String {
    serde_json::json!({ "messageId": envelope_id, "type": "ack" }).to_string()
}

/// What a socket says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What it is to be acknowledged by, if it is.
    pub envelope_id: Option<String>,
    /// What it means.
    pub meaning: Meaning,
}

/// What it means that a socket says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// From now on it tells what happens.
    Ready,
    /// The answer to the ping with this id.
    Pong(String),
    /// It ends soon; another one is to be opened.
    Shutdown,
    /// Something happened in a room.
    Happened {
        /// The room's UUID.
        room: String,
        /// What.
        what: Happening,
    },
    /// Nothing that matters here.
    Other,
}

/// What can happen in a room. People and messages by their UUIDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A message was written.
    Written {
        /// Which.
        message: String,
    },
    /// Something else happened to its messages.
    Changed,
    /// Somebody writes, or has stopped.
    Typing {
        /// Who.
        person: String,
        /// Whether they write.
        is_typing: bool,
    },
    /// Somebody has read it up to a message.
    Read {
        /// Who.
        person: String,
        /// Up to which.
        message: String,
    },
}

#[derive(Deserialize)]
struct Frame {
    #[serde(default)]
    id: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    event_type: Option<String>,
    #[serde(default)]
    activity: Option<Activity>,
    #[serde(default)]
    actor: Option<Entity>,
    #[serde(default)]
    conversation_id: Option<String>,
}

#[derive(Deserialize)]
struct Activity {
    #[serde(default)]
    id: Option<String>,
    verb: String,
    #[serde(default)]
    actor: Option<Entity>,
    #[serde(default)]
    object: Option<Entity>,
    #[serde(default)]
    target: Option<Entity>,
    #[serde(default)]
    parent: Option<Parent>,
}

#[derive(Deserialize)]
struct Parent {
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

/// The kind of the parent where a message says something else now; an answer in a thread has another one.
const EDIT: &str = "edit";

#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    id: Option<String>,
    #[serde(default, rename = "entryUUID")]
    entry_uuid: Option<String>,
}

impl Entity {
    fn uuid(self) -> Option<String> {
        self.entry_uuid.or(self.id).filter(|id| is_uuid(id))
    }
}

/// Reads a frame; what cannot be read means nothing here.
pub fn read(frame: &[u8]) -> Said {
    let Ok(Frame { id, kind, data }) = serde_json::from_slice(frame) else {
        return Said { envelope_id: None, meaning: Meaning::Other };
    };
    let meaning = match (kind.as_deref(), data) {
        (Some("pong"), _) => Meaning::Pong(id.clone().unwrap_or_default()),
        (Some("shutdown"), _) => Meaning::Shutdown,
        (_, Some(data)) => meaning_of(data).unwrap_or(Meaning::Other),
        (_, None) => Meaning::Other,
    };
    Said { envelope_id: id, meaning }
}

fn meaning_of(data: Data) -> Option<Meaning> {
    let happened = |room: Option<String>, what| Some(Meaning::Happened { room: room.filter(|room| is_uuid(room))?, what });
    match data.event_type.as_deref()? {
        "mercury.buffer_state" | "mercury.registration_status" => Some(Meaning::Ready),
        event @ ("status.start_typing" | "status.stop_typing") => {
            let what = Happening::Typing { person: data.actor?.uuid()?, is_typing: event == "status.start_typing" };
            happened(data.conversation_id, what)
        }
        "conversation.activity" => {
            let Activity { id, verb, actor, object, target, parent } = data.activity?;
            let room = target.and_then(Entity::uuid);
            match verb.as_str() {
                "acknowledge" => happened(room, Happening::Read { person: actor?.uuid()?, message: object?.id.filter(|id| is_uuid(id))? }),
                "post" | "share" if parent.as_ref().is_none_or(|parent| parent.kind.as_deref() != Some(EDIT)) => {
                    happened(room, Happening::Written { message: id.filter(|id| is_uuid(id))? })
                }
                "post" | "share" | "update" | "delete" => happened(room, Happening::Changed),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What somebody does to a room at the conversation service.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewTyping<'a> {
    /// The room's UUID.
    pub conversation_id: &'a str,
    /// One of the two.
    pub event_type: &'static str,
}

impl<'a> NewTyping<'a> {
    /// Somebody writes, or has stopped.
    pub fn new(room: &'a str, is_typing: bool) -> Self {
        Self { conversation_id: room, event_type: if is_typing { "status.start_typing" } else { "status.stop_typing" } }
    }
}

/// Somebody has read a room up to a message.
pub fn acknowledgement(room: &str, room_url: &str, message: &str) -> serde_json::Value {
    serde_json::json!({
        "verb": "acknowledge",
        "objectType": "activity",
        "object": { "objectType": "activity", "id": message },
        "target": { "id": room, "url": room_url, "objectType": "conversation" },
    })
}

/// The UUID that Webex's public id stands for, and the cluster in it.
pub fn uuid_in(public_id: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64_STANDARD_NO_PAD.decode(super::unpadded(public_id)).ok()?).ok()?;
    let mut parts = text.strip_prefix("ciscospark://")?.split('/');
    let (cluster, _kind, uuid) = (parts.next()?, parts.next()?, parts.next()?);
    (parts.next().is_none() && is_uuid(uuid)).then(|| (cluster.to_owned(), uuid.to_owned()))
}

/// Webex's public id of a thing: `ciscospark://<cluster>/<kind>/<uuid>` in base64.
pub fn public_id(cluster: &str, kind: &str, uuid: &str) -> String {
    BASE64_STANDARD_NO_PAD.encode(format!("ciscospark://{cluster}/{kind}/{uuid}"))
}

/// Every person is in this cluster, and the rooms of many organisations; others' have the cluster of their region.
pub const HOME_CLUSTER: &str = "us";

fn is_uuid(text: &str) -> bool {
    let is_right = |(at, byte): (usize, u8)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "11111111-1111-4111-8111-111111111111";
    const PERSON: &str = "22222222-2222-4222-8222-222222222222";
    const MESSAGE: &str = "33333333-3333-4333-8333-333333333333";

    fn meaning(data: serde_json::Value) -> Meaning {
        read(serde_json::json!({ "id": "e", "sequenceNumber": 1, "data": data }).to_string().as_bytes()).meaning
    }

    fn activity(verb: &str) -> serde_json::Value {
        serde_json::json!({ "eventType": "conversation.activity", "activity": {
            "id": MESSAGE, "verb": verb, "actor": { "id": "x", "entryUUID": PERSON, "objectType": "person" },
            "object": { "id": MESSAGE, "objectType": "activity" }, "target": { "id": ROOM, "tags": [] } } })
    }

    #[test]
    fn whatever_happens_to_messages_moves_their_room() {
        let happened = |what| Meaning::Happened { room: ROOM.into(), what };
        for (verb, what) in [
            ("post", Happening::Written { message: MESSAGE.into() }),
            ("share", Happening::Written { message: MESSAGE.into() }),
            ("update", Happening::Changed),
            ("delete", Happening::Changed),
        ] {
            assert_eq!(meaning(activity(verb)), happened(what), "{verb}");
        }
        let mut edit = activity("post");
        edit["activity"]["parent"] = serde_json::json!({ "id": MESSAGE, "type": "edit" });
        assert_eq!(meaning(edit.clone()), happened(Happening::Changed));
        edit["activity"]["parent"]["type"] = serde_json::json!("reply");
        assert_eq!(meaning(edit), happened(Happening::Written { message: MESSAGE.into() }));
        assert_eq!(meaning(activity("favorite")), Meaning::Other);
    }

    #[test]
    fn typing_and_reading_name_their_person() {
        let typing = serde_json::json!({ "eventType": "status.start_typing", "actor": { "id": PERSON }, "conversationId": ROOM });
        let what = Happening::Typing { person: PERSON.into(), is_typing: true };
        assert_eq!(meaning(typing), Meaning::Happened { room: ROOM.into(), what });
        let what = Happening::Read { person: PERSON.into(), message: MESSAGE.into() };
        assert_eq!(meaning(activity("acknowledge")), Meaning::Happened { room: ROOM.into(), what });
    }

    #[test]
    fn control_frames_are_told_apart_and_nonsense_means_nothing() {
        assert_eq!(meaning(serde_json::json!({ "eventType": "mercury.buffer_state" })), Meaning::Ready);
        let pong = Said { envelope_id: Some("7".into()), meaning: Meaning::Pong("7".into()) };
        assert_eq!(read(br#"{"id":"7","type":"pong"}"#), pong);
        for nonsense in [&b"\xff"[..], b"", b"[]", b"7", br#"{"data":7}"#, br#"{"data":{"eventType":"conversation.activity"}}"#] {
            assert_eq!(read(nonsense).meaning, Meaning::Other);
        }
        let elsewhere = serde_json::json!({ "eventType": "status.start_typing", "actor": { "id": PERSON }, "conversationId": "../x" });
        assert_eq!(meaning(elsewhere), Meaning::Other);
    }

    #[test]
    fn a_public_id_and_its_uuid_are_found_from_each_other() {
        let id = public_id("urn:TEAM:eu-central-1_k", "ROOM", ROOM);
        assert_eq!(uuid_in(&id), Some(("urn:TEAM:eu-central-1_k".into(), ROOM.into())));
        assert_eq!(uuid_in(&format!("{id}==")), uuid_in(&id));
        assert_eq!(uuid_in("nonsense"), None);
        for other in
            ["", "------------------------------------", "11111-1111111-4111-8111-111111111111", &ROOM[1..], &ROOM.replace('-', "0")]
        {
            assert!(is_uuid(ROOM) && !is_uuid(other), "{other}");
        }
    }
}
