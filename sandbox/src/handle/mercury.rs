//! What tests see of Mercury, and the trouble they make there.

use crate::ids::RoomId;
use crate::mercury::{Close, MercuryRules, SocketView, TypingView};
use crate::running::Sandbox;
use crate::state::Refusal;

/// How far somebody has read in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMarkView {
    /// Who: their Webex id.
    pub person_id: String,
    /// The newest message they have seen.
    pub message_id: String,
}

impl Sandbox {
    /// The trouble Mercury makes. What makes no sense is refused.
    pub fn set_mercury_rules(&self, rules: MercuryRules) -> Result<(), Refusal> {
        self.app.mercury.set_rules(rules).map_err(Refusal::Invalid)
    }

    /// Every socket that has said whose it is, by person and device.
    pub fn mercury_sockets(&self) -> Vec<SocketView> {
        self.app.mercury.sockets()
    }

    /// Ends every socket with this code (1006: without a word, as a connection that is lost); the answer is how many. Nothing
    /// ends where the code is none or the reason is too long.
    pub fn close_mercury_sockets(&self, code: u16, reason: &str) -> usize {
        Close::new(code, reason).map_or(0, |close| self.app.mercury.close_all(&close))
    }

    /// The last hundred times that somebody of the staff was told of somebody typing or stopping, oldest first.
    pub fn typing_heard(&self) -> Vec<TypingView> {
        self.app.mercury.typing_heard()
    }

    /// Who has read a room up to which message; nothing if there is no such room.
    pub fn read_marks(&self, room_id: &str) -> Vec<ReadMarkView> {
        let Some(room) = RoomId::parse(room_id) else { return Vec::new() };
        let in_both = self.app.worlds.iter().flat_map(|world| {
            world.read(|organisation| {
                let marks = organisation.marks_in(room);
                let view = |mark: &crate::state::ReadMark| ReadMarkView {
                    person_id: mark.person.public(),
                    message_id: mark.message.public(organisation.cluster()),
                };
                marks.map(view).collect::<Vec<_>>()
            })
        });
        in_both.collect()
    }
}
