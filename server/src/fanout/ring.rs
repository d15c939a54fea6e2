//! The last events, for those who come back after a moment. Bounded by number, size and age.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;

use super::Audience;

const MAX_EVENTS: usize = 4096;
const MAX_BYTES: usize = 4 * 1024 * 1024;
const MAX_AGE: Duration = Duration::from_secs(15 * 60);

struct Entry {
    seq: u64,
    at: Duration,
    audience: Audience,
    frame: Bytes,
}

/// Events with growing numbers.
#[derive(Default)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The number of the newest event that is no longer here; 0 if none ever left.
    forgotten: u64,
}

impl Ring {
    /// Adds the event with the next number; `at` is the clock's elapsed time.
    pub(super) fn push(&mut self, seq: u64, at: Duration, audience: Audience, frame: Bytes) {
        self.bytes += frame.len();
        self.entries.push_back(Entry { seq, at, audience, frame });
        while self
            .entries
            .front()
            .is_some_and(|oldest| self.entries.len() > MAX_EVENTS || self.bytes > MAX_BYTES || at.saturating_sub(oldest.at) > MAX_AGE)
        {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.frame.len();
                self.forgotten = oldest.seq;
            }
        }
    }

    /// Every event after `seq` for these audiences; `None` if some may be forgotten.
    pub(super) fn after(&self, seq: u64, audiences: &[Audience]) -> Option<Vec<Bytes>> {
        (seq >= self.forgotten).then(|| {
            self.entries
                .iter()
                .filter(|entry| entry.seq > seq && audiences.contains(&entry.audience))
                .map(|entry| entry.frame.clone())
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{GuestId, RoomId};

    fn room(name: &str) -> Audience {
        Audience::Room(RoomId::new(name))
    }

    #[test]
    fn those_who_come_back_get_what_they_missed_and_only_what_concerns_them() {
        let mut ring = Ring::default();
        let guest = Audience::Guest(GuestId::new("g"));
        for (seq, audience) in [(1, room("a")), (2, room("b")), (3, guest.clone()), (4, room("a"))] {
            ring.push(seq, Duration::ZERO, audience, Bytes::from(seq.to_string()));
        }
        assert_eq!(ring.after(1, &[room("a"), guest]), Some(vec![Bytes::from("3"), Bytes::from("4")]));
        assert_eq!(ring.after(4, &[room("a")]), Some(vec![]));
        assert_eq!(ring.after(0, &[]), Some(vec![]));
    }

    #[test]
    fn whoever_was_away_too_long_is_told_so() {
        let mut ring = Ring::default();
        for seq in 1..=(MAX_EVENTS as u64 + 2) {
            ring.push(seq, Duration::ZERO, room("a"), Bytes::from_static(b"x"));
        }
        assert_eq!(ring.after(1, &[room("a")]), None);
        assert_eq!(ring.after(2, &[room("a")]).map(|frames| frames.len()), Some(MAX_EVENTS));
        ring.push(9999, MAX_AGE * 2, room("a"), Bytes::from_static(b"y"));
        assert_eq!(ring.after(5000, &[room("a")]).map(|frames| frames.len()), Some(1), "age counts too");
        assert_eq!(ring.after(4000, &[room("a")]), None);
    }

    #[test]
    fn large_events_do_not_pile_up() {
        let mut ring = Ring::default();
        let frame = Bytes::from(vec![0; 64 * 1024]);
        for seq in 1..=200 {
            ring.push(seq, Duration::ZERO, room("a"), frame.clone());
        }
        assert!(ring.bytes <= MAX_BYTES);
        assert_eq!(ring.bytes, ring.entries.iter().map(|entry| entry.frame.len()).sum::<usize>());
    }
}
