//! Who is in a room.

use serde::{Deserialize, Serialize};

use crate::Author;

/// The answer of `GET` [`crate::path::ROOM_MEMBERS`]: names and kinds, never e-mail addresses. The
/// portal's own helpers in Webex are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberList {
    /// Staff first, by name.
    pub items: Vec<Author>,
}
