//! Ids, and others of the same form that were never given to anything.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A guest's room.
    Room,
    /// A message in it, with or without a file.
    Message,
    /// A message that could not be sent.
    ClientMessage,
    /// A wish to meet.
    Visit,
    /// Staff's way to take it: a secret, which whoever holds it may use.
    Claim,
    /// The way of somebody who was invited: a secret as well.
    Invitation,
    /// The way to one file: a secret as well, and good once.
    Ticket,
    /// One that was used.
    UsedTicket,
    /// The guest, to the portal and to Webex.
    Guest,
    Person,
    /// The room, to Webex.
    WebexRoom,
}

/// Something that is somebody's.
#[derive(Clone, Debug)]
pub(super) struct Id {
    pub(super) kind: Kind,
    /// Which of the guests.
    pub(super) owner: usize,
    pub(super) value: String,
}

impl Id {
    /// One that looks like it and is of nothing.
    pub(super) fn of_nothing(&self) -> String {
        match self.kind {
            Kind::Message | Kind::Person | Kind::WebexRoom => other_of_webex(&self.value),
            Kind::ClientMessage => self.value.replacen("01936b1e", "01936b1f", 1),
            _ => {
                let other = if self.value[5..].starts_with('A') { "B" } else { "A" };
                format!("{}{other}{}", &self.value[..5], &self.value[6..])
            }
        }
    }
}

/// Webex's ids carry the time they were made at, which is kept: only what tells two of the same moment apart is another.
fn other_of_webex(id: &str) -> String {
    let text = String::from_utf8(BASE64_STANDARD_NO_PAD.decode(id).unwrap()).unwrap();
    let (front, end) = text.split_at(text.len() - 4);
    let other: String = end.chars().map(|digit| char::from_digit(digit.to_digit(16).unwrap() ^ 5, 16).unwrap()).collect();
    BASE64_STANDARD_NO_PAD.encode(format!("{front}{other}"))
}

#[test]
fn what_stands_for_nothing_has_the_same_form_and_is_another() {
    let id = |kind, value: &str| Id { kind, owner: 0, value: value.into() };
    let of_webex = BASE64_STANDARD_NO_PAD.encode("ciscospark://us/MESSAGE/01936b1e-7a5c-11ef-9a41-00000000000f");
    for id in [
        id(Kind::Message, &of_webex),
        id(Kind::ClientMessage, "01936b1e-7a5c-7c3e-9a41-000000000001"),
        id(Kind::Room, "AAAAAAAAAAAAAAAAAAAAAA"),
        id(Kind::Claim, &"x".repeat(43)),
    ] {
        let other = id.of_nothing();
        assert_eq!(other.len(), id.value.len());
        assert_ne!(other, id.value);
    }
}
