//! Keeps what a page tells again and again from becoming as many calls to Webex. Pure.

use std::{collections::HashMap, time::Duration};

use shared::{GuestId, MessageId, RoomId};

/// Webex's clients forget who writes after a few seconds, so that it is said again; more often is of no use.
const SAY_AGAIN: Duration = Duration::from_secs(3);
/// Somebody who starts and stops all the time is told so often.
const FLIP: Duration = Duration::from_secs(1);
/// Beyond so many the memory begins anew.
const MAX_ENTRIES: usize = 10_000;

#[derive(Debug, Default)]
struct Said {
    typing: Option<(bool, Duration)>,
    read: Option<Read>,
}

#[derive(Debug)]
struct Read {
    /// The newest message that was told or is to be told.
    upto: MessageId,
    at: Duration,
    /// It is to be told when it is time.
    is_waiting: bool,
}

/// What to do about how far a guest has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipt {
    /// Tell it after so long, if [`Throttle::take_read`] still has it.
    After(Duration),
    /// Nothing: it is known, or will be told with what waits.
    Nothing,
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

    /// A guest has read up to a message. The last of many is told, if not at once.
    pub(super) fn read(&mut self, guest_id: &GuestId, room_id: &RoomId, upto: MessageId, now: Duration) -> Receipt {
        let said = self.said(guest_id, room_id);
        let Some(read) = &mut said.read else {
            said.read = Some(Read { upto, at: now, is_waiting: true });
            return Receipt::After(Duration::ZERO);
        };
        if read.upto == upto {
            return Receipt::Nothing;
        }
        read.upto = upto;
        if std::mem::replace(&mut read.is_waiting, true) {
            return Receipt::Nothing;
        }
        Receipt::After((read.at + FLIP).saturating_sub(now))
    }

    /// What is to be told now of how far a guest has read.
    pub(super) fn take_read(&mut self, guest_id: &GuestId, room_id: &RoomId, now: Duration) -> Option<MessageId> {
        let read = self.said(guest_id, room_id).read.as_mut().filter(|read| read.is_waiting)?;
        (read.is_waiting, read.at) = (false, now);
        Some(read.upto.clone())
    }

    fn said(&mut self, guest_id: &GuestId, room_id: &RoomId) -> &mut Said {
        let key = (guest_id.clone(), room_id.clone());
        if self.said.len() >= MAX_ENTRIES && !self.said.contains_key(&key) {
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
    fn how_far_somebody_has_read_is_told_once_and_the_last_word_is_not_lost() {
        let (mut throttle, guest, room) = (Throttle::default(), GuestId::new("g"), RoomId::new("r"));
        let read = |throttle: &mut Throttle, upto: &str, secs| throttle.read(&guest, &room, MessageId::new(upto), at(secs));
        let take = |throttle: &mut Throttle, secs| throttle.take_read(&guest, &room, at(secs)).map(|id| id.to_string());
        assert_eq!(read(&mut throttle, "a", 5), Receipt::After(at(0)));
        assert_eq!(take(&mut throttle, 5).as_deref(), Some("a"));
        assert_eq!((read(&mut throttle, "a", 5), take(&mut throttle, 5)), (Receipt::Nothing, None));
        assert_eq!(read(&mut throttle, "b", 5), Receipt::After(at(1)));
        assert_eq!(read(&mut throttle, "c", 5), Receipt::Nothing, "it goes with what waits");
        assert_eq!(take(&mut throttle, 6).as_deref(), Some("c"));
        assert_eq!(read(&mut throttle, "d", 60), Receipt::After(at(0)));
    }
}
