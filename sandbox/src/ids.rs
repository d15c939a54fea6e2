//! Webex's identifiers: base64 of `ciscospark://<cluster>/<TYPE>/<uuid>`.
//!
//! Inside, an id is its UUID. Outside it is unpadded base64; what comes in may be padded, unpadded or the bare UUID, and
//! may name any cluster.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// The original US cluster. People and organisations are always of it.
const US: &str = "us";

/// Where rooms and what is in them are kept: `us`, or for example `urn:TEAM:eu-central-1_k`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cluster(Arc<str>);

impl Cluster {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let is_region = |region: &str| !region.is_empty() && region.chars().all(is_letter);
        let is_good = text == US || text.strip_prefix("urn:TEAM:").is_some_and(is_region);
        is_good.then(|| Self(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self(US.into())
    }
}

/// What every seeded identifier is derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x6775_6573_7470_5f72_7461_6c5f_7362_7831);

/// A UUID that is the same in every sandbox.
pub(crate) fn seeded_uuid(label: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, label.as_bytes())
}

fn encode(cluster: &str, kind: &str, body: impl fmt::Display) -> String {
    STANDARD_NO_PAD.encode(format!("ciscospark://{cluster}/{kind}/{body}"))
}

/// The part after the type, if the text is an id of that type; the text itself if it is no base64 at all.
fn decode(kind: &str, text: &str) -> Option<String> {
    let text = text.trim();
    let unpadded = text.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(unpadded).or_else(|_| URL_SAFE_NO_PAD.decode(unpadded)).ok();
    let Some(uri) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Some(text.to_owned()) };
    let Some(path) = uri.strip_prefix("ciscospark://") else { return Some(text.to_owned()) };
    let mut parts = path.splitn(3, '/');
    let (_cluster, found_kind, body) = (parts.next()?, parts.next()?, parts.next()?);
    (found_kind == kind).then(|| body.to_owned())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(Uuid);

        impl $name {
            const KIND: &str = $kind;

            pub(crate) const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub(crate) fn uuid(self) -> Uuid {
                self.0
            }

            /// From whatever clients send.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                decode(Self::KIND, text).and_then(|body| Uuid::try_parse(&body).ok()).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Uuid::try_parse(&text).map(Self).map_err(de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A person, whatever their kind.
    PersonId = "PEOPLE";
    /// An organisation; also what a guest issuer is called.
    OrganisationId = "ORGANIZATION";
    /// A space.
    RoomId = "ROOM";
    /// A message; one day also the activity that announces it.
    MessageId = "MESSAGE";
    /// What somebody wants to be told about.
    WebhookId = "WEBHOOK";
    /// What somebody filled into a card and sent.
    ActionId = "ATTACHMENT_ACTION";
}

macro_rules! public {
    (everywhere $($everywhere:ident),+; of_a_cluster $($regional:ident),+) => {
        $(impl $everywhere {
            /// As clients see it.
            pub(crate) fn public(self) -> String {
                encode(US, Self::KIND, self.0)
            }
        })+
        $(impl $regional {
            /// As clients see it.
            pub(crate) fn public(self, cluster: &Cluster) -> String {
                encode(&cluster.0, Self::KIND, self.0)
            }
        })+
    };
}

public! {
    everywhere PersonId, OrganisationId, WebhookId;
    of_a_cluster RoomId, MessageId, ActionId
}

/// An application: `C` and hex, no UUID.
pub(crate) fn application_id(hex: &str) -> String {
    encode(US, "APPLICATION", format_args!("C{hex}"))
}

/// Whether the text is the id of the application with this client id, which begins with `C` itself.
pub(crate) fn is_application(text: &str, client_id: &str) -> bool {
    decode("APPLICATION", text).is_some_and(|body| body == client_id)
}

/// A file of a message: the message's UUID and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentId {
    pub(crate) message: MessageId,
    pub(crate) index: usize,
}

impl ContentId {
    pub(crate) fn public(self, cluster: &Cluster) -> String {
        encode(&cluster.0, "CONTENT", format_args!("{}/{}", self.message.uuid(), self.index))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let body = decode("CONTENT", text)?;
        let (message, index) = body.split_once('/')?;
        Some(Self { message: MessageId(Uuid::try_parse(message).ok()?), index: index.parse().ok()? })
    }

    /// From the end of an address.
    pub(crate) fn in_url(url: &str) -> Option<Self> {
        Self::parse(url.split(['?', '#']).next()?.rsplit('/').next()?)
    }
}

/// A person in a room. Has no UUID of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MembershipId {
    pub(crate) person: PersonId,
    pub(crate) room: RoomId,
}

impl MembershipId {
    pub(crate) fn public(self, cluster: &Cluster) -> String {
        encode(&cluster.0, "MEMBERSHIP", self.key())
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let body = decode("MEMBERSHIP", text)?;
        let (person, room) = body.split_once(':')?;
        Some(Self { person: PersonId(Uuid::try_parse(person).ok()?), room: RoomId(Uuid::try_parse(room).ok()?) })
    }

    /// As it is stored.
    pub(crate) fn key(self) -> String {
        format!("{}:{}", self.person.0, self.room.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "Y2lzY29zcGFyazovL3VzL1JPT00vNjRlNDVhZTAtYzQ2Yi0xMWU1LTlkZjktMGQ0MWUzNDIxOTcz";

    fn room() -> RoomId {
        RoomId::new(Uuid::from_u128(0x64e45ae0_c46b_11e5_9df9_0d41e3421973))
    }

    #[test]
    fn an_id_is_written_without_padding() {
        assert_eq!(room().public(&Cluster::default()), ROOM);
        assert!(!PersonId::new(Uuid::nil()).public().contains('='));
    }

    #[test]
    fn padded_unpadded_bare_and_foreign_ids_are_read() {
        let person = PersonId::new(room().uuid());
        let unpadded = person.public();
        let foreign = STANDARD_NO_PAD.encode("ciscospark://urn:TEAM:eu-central-1_k/PEOPLE/64e45ae0-c46b-11e5-9df9-0d41e3421973");
        let bare = "64e45ae0-c46b-11e5-9df9-0d41e3421973".to_owned();
        for text in [unpadded.clone(), format!("{unpadded}="), format!("{unpadded}=="), foreign, bare] {
            assert_eq!(PersonId::parse(&text), Some(person), "{text}");
        }
    }

    #[test]
    fn rooms_are_of_their_cluster_and_people_of_none() {
        let cluster = Cluster::parse("urn:TEAM:eu-central-1_k").unwrap();
        assert_eq!(
            STANDARD_NO_PAD.decode(room().public(&cluster)).unwrap(),
            b"ciscospark://urn:TEAM:eu-central-1_k/ROOM/64e45ae0-c46b-11e5-9df9-0d41e3421973"
        );
        assert_eq!(RoomId::parse(&room().public(&cluster)), Some(room()));
        for wrong in ["", "eu", "urn:TEAM:", "urn:TEAM:eu/ROOM", "us/ROOM/x"] {
            assert_eq!(Cluster::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_is_its_message_and_a_number() {
        let content = ContentId { message: MessageId::new(room().uuid()), index: 0 };
        assert_eq!(
            ContentId::in_url(&format!("http://127.0.0.1:1/v1/contents/{}?allow=unscannable", content.public(&Cluster::default()))),
            Some(content)
        );
        assert_eq!(ContentId::parse(ROOM), None);
    }

    #[test]
    fn an_id_of_another_type_is_refused() {
        assert_eq!(PersonId::parse(ROOM), None);
        assert_eq!(RoomId::parse("not an id"), None);
        assert_eq!(RoomId::parse(""), None);
    }

    #[test]
    fn a_membership_is_its_person_and_its_room() {
        let membership = MembershipId { person: PersonId::new(Uuid::from_u128(7)), room: room() };
        assert_eq!(MembershipId::parse(&membership.public(&Cluster::default())), Some(membership));
        assert_eq!(MembershipId::parse(&membership.key()), Some(membership));
        assert_eq!(MembershipId::parse(ROOM), None);
    }
}
