//! Identifiers, each of its own type so that none can be passed in another's place.
//!
//! No id is a secret: whoever uses one is checked for being allowed to.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; nothing is checked.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// One owner's portal: the word in `/s/{site}`, lower-case letters, digits and hyphens.
    SiteId;
    /// The portal's own random id of a guest.
    GuestId;
    /// The portal's own random id of a conversation; its Webex room may not exist yet.
    RoomId;
    /// A message's id in Webex, passed through.
    MessageId;
    /// A person's id in Webex, passed through.
    PersonId;
    /// Made by the browser (UUIDv7), unique per guest: the key that makes sending idempotent.
    ClientMessageId;
    /// The portal's own random id of a visit.
    VisitId;
}

impl SiteId {
    /// Longest site id, in characters: it becomes part of a cookie's name.
    pub const MAX_CHARS: usize = 32;

    /// Whether the text may stand in a path and in a cookie's name.
    pub fn is_well_formed(text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !bytes.is_empty()
            && bytes.len() <= Self::MAX_CHARS
            && bytes.iter().all(|byte| is_word(byte) || *byte == b'-')
            && bytes.first().is_some_and(is_word)
            && bytes.last().is_some_and(is_word)
    }
}

impl ClientMessageId {
    /// Whether the text looks like the UUID a browser makes: 36 characters, hex and hyphens.
    pub fn is_well_formed(&self) -> bool {
        self.0.len() == 36
            && self.0.bytes().enumerate().all(|(index, byte)| match index {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_id_is_a_word_for_paths_and_cookies() {
        for good in ["demo", "a", "acme-shop", "7", &"x".repeat(32)] {
            assert!(SiteId::is_well_formed(good), "{good}");
        }
        for bad in ["", "Demo", "a b", "-a", "a-", "a/b", "ä", "a;b", &"x".repeat(33)] {
            assert!(!SiteId::is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn a_client_message_id_is_a_lower_case_uuid() {
        let good = ClientMessageId::new("01936b1e-7a5c-7c3e-9a41-0123456789ab");
        assert!(good.is_well_formed());
        for bad in ["", "x", "01936B1E-7a5c-7c3e-9a41-0123456789ab", "01936b1e_7a5c_7c3e_9a41_0123456789ab"] {
            assert!(!ClientMessageId::new(bad).is_well_formed(), "{bad}");
        }
    }
}
