//! The list of spaces, in plain data.

use shared::{Room, RoomId, Timestamp};

/// The guest's rooms, most recently active first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rooms {
    rooms: Vec<Room>,
    open: Option<RoomId>,
    /// One entry per message.
    unread: Vec<RoomId>,
    is_known: bool,
}

impl Rooms {
    /// The rooms, most recently active first.
    pub fn all(&self) -> &[Room] {
        &self.rooms
    }

    /// Whether the portal has said which rooms there are.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// The room whose conversation is shown.
    pub fn open_room(&self) -> Option<&Room> {
        self.rooms.iter().find(|room| Some(&room.id) == self.open.as_ref())
    }

    /// How much was said in a room since it was last open.
    pub fn unread(&self, room_id: &RoomId) -> usize {
        self.unread.iter().filter(|unread| *unread == room_id).count()
    }

    /// How much was said that the guest has not seen.
    pub fn total_unread(&self) -> usize {
        self.unread.len()
    }

    /// Shows a room.
    pub fn open(&mut self, room_id: &RoomId) {
        self.open = Some(room_id.clone());
        self.unread.retain(|unread| unread != room_id);
    }

    /// The guest looks at the page again.
    pub fn seen(&mut self) {
        let Self { open, unread, .. } = self;
        unread.retain(|room_id| Some(room_id) != open.as_ref());
    }

    /// The rooms there are now. Opens the first one if none is open.
    pub fn replace(&mut self, rooms: Vec<Room>) {
        self.rooms = rooms;
        self.is_known = true;
        self.sort();
        let Self { rooms, unread, .. } = self;
        unread.retain(|room_id| rooms.iter().any(|room| room.id == *room_id));
        self.open_something();
    }

    /// A room is new or has changed.
    pub fn upsert(&mut self, room: Room) {
        match self.rooms.iter_mut().find(|known| known.id == room.id) {
            Some(known) => *known = room,
            None => self.rooms.push(room),
        }
        self.sort();
        self.open_something();
    }

    /// Something was said in a room. What is open is read at once, unless the page is `hidden` behind another one.
    pub fn heard(&mut self, room_id: &RoomId, at: Timestamp, is_mine: bool, is_hidden: bool) {
        if let Some(room) = self.rooms.iter_mut().find(|room| room.id == *room_id) {
            room.last_activity_at = room.last_activity_at.max(Some(at));
            self.sort();
        }
        if !is_mine && (is_hidden || self.open.as_ref() != Some(room_id)) {
            self.unread.push(room_id.clone());
        }
    }

    /// Rooms equally old keep their places. There are few: a general sort would weigh more than it does.
    fn sort(&mut self) {
        for room in std::mem::take(&mut self.rooms) {
            let place = self.rooms.partition_point(|other| other.last_activity_at >= room.last_activity_at);
            self.rooms.insert(place, room);
        }
    }

    fn open_something(&mut self) {
        if self.open_room().is_none() {
            self.open = self.rooms.first().map(|room| room.id.clone());
            self.seen();
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::Abilities;

    use super::*;

    fn room(id: &str, at: i64) -> Room {
        Room {
            id: RoomId::new(id),
            title: id.into(),
            last_activity_at: Some(Timestamp::from_millis(at)),
            is_closed: false,
            away: None,
            topics: Vec::new(),
            can: Abilities::default(),
        }
    }

    fn order(rooms: &Rooms) -> Vec<&str> {
        rooms.all().iter().map(|room| room.id.as_str()).collect()
    }

    #[test]
    fn the_most_recently_active_room_comes_first_and_is_opened() {
        let mut rooms = Rooms::default();
        assert!(!rooms.is_known());
        rooms.replace(vec![room("a", 1), room("b", 2)]);
        assert_eq!(order(&rooms), ["b", "a"]);
        assert_eq!(rooms.open_room().map(|room| room.id.as_str()), Some("b"));
        rooms.heard(&RoomId::new("a"), Timestamp::from_millis(3), false, false);
        assert_eq!(order(&rooms), ["a", "b"]);
        assert_eq!(rooms.open_room().map(|room| room.id.as_str()), Some("b"), "what is open stays open");
    }

    #[test]
    fn only_what_others_say_in_rooms_not_open_is_unread() {
        let mut rooms = Rooms::default();
        rooms.replace(vec![room("a", 2), room("b", 1)]);
        let (a, b) = (RoomId::new("a"), RoomId::new("b"));
        rooms.heard(&a, Timestamp::from_millis(3), false, false);
        rooms.heard(&b, Timestamp::from_millis(4), true, false);
        assert_eq!(rooms.total_unread(), 0);
        rooms.heard(&b, Timestamp::from_millis(5), false, false);
        rooms.heard(&b, Timestamp::from_millis(6), false, false);
        assert_eq!((rooms.unread(&a), rooms.unread(&b)), (0, 2));
        rooms.open(&b);
        assert_eq!(rooms.total_unread(), 0);
    }

    #[test]
    fn a_room_that_is_gone_is_closed() {
        let mut rooms = Rooms::default();
        rooms.replace(vec![room("a", 2), room("b", 1)]);
        rooms.replace(vec![room("b", 1)]);
        assert_eq!(rooms.open_room().map(|room| room.id.as_str()), Some("b"));
        rooms.upsert(room("c", 9));
        assert_eq!(order(&rooms), ["c", "b"]);
        rooms.replace(vec![]);
        assert_eq!(rooms.open_room(), None);
    }

    #[test]
    fn what_is_said_while_the_page_is_not_seen_counts_until_it_is() {
        let mut rooms = Rooms::default();
        rooms.replace(vec![room("a", 1)]);
        rooms.heard(&RoomId::new("a"), Timestamp::from_millis(2), false, true);
        rooms.heard(&RoomId::new("a"), Timestamp::from_millis(3), true, true);
        assert_eq!(rooms.total_unread(), 1);
        rooms.seen();
        assert_eq!(rooms.total_unread(), 0);
    }
}
