//! What tests do with a sandbox in Rust: look at what is there, play the staff, make trouble.

mod meetings;
mod mercury;
mod staff;
mod switches;
mod views;

pub use meetings::{Attendance, MeetingView, MintedLink};
pub use mercury::ReadMarkView;
pub use views::{FileView, MemberView, MessageView, RoomView};

pub(crate) use meetings::{issued_secrets, meetings, minted_links};

use crate::ids::{ContentId, RoomId};
use crate::running::Sandbox;
use crate::state::Room;
use views::{message_view, room_view};

impl Sandbox {
    /// Every room of both clouds, the oldest of each first.
    pub fn rooms(&self) -> Vec<RoomView> {
        let in_both = self.app.worlds.iter().flat_map(|world| {
            world.read(|organisation| {
                let mut rooms: Vec<&Room> = organisation.all_rooms().collect();
                rooms.sort_by_key(|room| room.created);
                rooms.into_iter().map(|room| room_view(organisation, room)).collect::<Vec<_>>()
            })
        });
        in_both.collect()
    }

    /// The first room whose title contains the words.
    pub fn room_titled(&self, words: &str) -> Option<RoomView> {
        self.rooms().into_iter().find(|room| room.title.contains(words))
    }

    /// Every message of a room, oldest first; nothing if there is no such room.
    pub fn messages(&self, room_id: &str) -> Vec<MessageView> {
        self.messages_after(room_id, 0)
    }

    /// The same without the first ones, so many: for who has seen those.
    pub fn messages_after(&self, room_id: &str, seen: usize) -> Vec<MessageView> {
        let Some(room) = RoomId::parse(room_id) else { return Vec::new() };
        let in_both = self.app.worlds.iter().flat_map(|world| {
            world.read(|organisation| {
                let timeline = organisation.whole_timeline(room).skip(seen);
                timeline.map(|message| message_view(&self.app, organisation, message)).collect::<Vec<_>>()
            })
        });
        in_both.collect()
    }

    /// Every message of the first room whose title contains the words, oldest first.
    pub fn messages_titled(&self, words: &str) -> Vec<MessageView> {
        self.room_titled(words).map(|room| self.messages(&room.id)).unwrap_or_default()
    }

    /// The bytes of a file, by its address.
    pub fn file_bytes(&self, url: &str) -> Option<Vec<u8>> {
        let id = ContentId::in_url(url)?;
        let key = self.app.worlds.iter().find_map(|world| world.read(|organisation| Some(organisation.any_file(id)?.key)))?;
        self.app.contents.read(key).ok()
    }
}
