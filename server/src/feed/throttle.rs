//! Keeps what a page tells again and again from becoming as many calls to Webex. Pure.

use std::{collections::HashMap, time::Duration};

use shared::{GuestId, MessageId, RoomId};

/// Webex's clients forget who writes after a few seconds, so that it is said again; more often is of no use.
const SAY_AGAIN: Duration = Duration::from_secs(3);
/// Somebody who starts and stops all the time is told so often.
const FLIP: Duration = Duration::from_secs(1);
/// Beyond so many the memory begins anew.
const MAX_GUESTS: usize = 10_000;

#[derive(Debug, Default)]
struct Said {
    typing: Option<(bool, Duration)>,
    read: Option<(MessageId, Duration)>,
}

/// What was told of each guest in each room.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    said: HashMap<(GuestId, RoomId), Said>,
}

impl Throttle {
    /// Whether it is worth telling that a guest writes, or has stopped.
    pub(super) fn may_tell_typing(&mut self, guest_id: &GuestId, room_id: &RoomId, is_typing: bool, now: Duration) -> bool {
        let said = self.said(guest_id, room_id);
        let since = |at| now.saturating_sub(at);
        let may_tell = match (said.typing, is_typing) {
            (None, is_typing) => is_typing,
            // Whoever was told that somebody writes must be told that they stopped.
            (Some((was_typing, _)), false) => was_typing,
            (Some((true, at)), true) => since(at) >= SAY_AGAIN,
            (Some((false, at)), true) => since(at) >= FLIP,
        };
        if may_tell {
            said.typing = Some((is_typing, now));
        }
        may_tell
    }

    /// Whether it is worth telling how far a guest has read.
    pub(super) fn may_tell_read(&mut self, guest_id: &GuestId, room_id: &RoomId, upto: &MessageId, now: Duration) -> bool {
        let said = self.said(guest_id, room_id);
        let may_tell = said.read.as_ref().is_none_or(|(before, at)| before != upto && now.saturating_sub(*at) >= FLIP);
        if may_tell {
            said.read = Some((upto.clone(), now));
        }
        may_tell
    }

    fn said(&mut self, guest_id: &GuestId, room_id: &RoomId) -> &mut Said {
        let key = (guest_id.clone(), room_id.clone());
        if self.said.len() >= MAX_GUESTS && !self.said.contains_key(&key) {
            self.said.clear();
        }
        self.said.entry(key).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn typing_is_told_when_it_begins_every_few_seconds_and_when_it_stops() {
        let (mut throttle, guest, room) = (Throttle::default(), GuestId::new("g"), RoomId::new("r"));
        let mut told = |is_typing, secs| throttle.may_tell_typing(&guest, &room, is_typing, at(secs));
        assert!(!told(false, 0), "nobody knew of it");
        assert!(told(true, 1) && !told(true, 2) && told(true, 4));
        assert!(told(false, 4) && !told(false, 60), "a stop never waits, and is told once");
        assert!(told(true, 61) && told(false, 61) && !told(true, 61) && told(true, 62));
        assert!(throttle.may_tell_typing(&GuestId::new("h"), &room, true, at(62)), "somebody else");
    }

    #[test]
    fn how_far_somebody_has_read_is_told_once() {
        let (mut throttle, guest, room) = (Throttle::default(), GuestId::new("g"), RoomId::new("r"));
        let mut told = |upto: &str, secs| throttle.may_tell_read(&guest, &room, &MessageId::new(upto), at(secs));
        assert!(told("a", 0) && !told("a", 9) && told("b", 9) && !told("c", 9) && told("c", 10));
    }
}
