//! When to ask Webex: often while somebody looks, seldom while nobody does, and never too much. Pure.

use std::{collections::HashMap, time::Duration};

use shared::RoomId;

pub(super) const QUICKEST: Duration = Duration::from_secs(2);
const SLOWEST: Duration = Duration::from_secs(30);
/// While Webex does not answer, it is asked this often: the first to know it is back.
const WHILE_UNREACHABLE: Duration = Duration::from_secs(5);
/// While Webex tells by itself what happens, it is asked this often whether it told everything.
pub(super) const CHECK: Duration = Duration::from_secs(15);
/// A watched room is listed at least this often: edits and deletions do not move it.
const RELIST: Duration = Duration::from_secs(20);
/// Re-lists of silent rooms are at least this far apart, however many are watched: with the poll every
/// 2 s this makes 35 calls a minute.
const RELIST_APART: Duration = Duration::from_secs(12);

/// What a poll came to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Heard {
    /// Webex answered.
    Yes {
        /// Somebody looks at a room.
        is_anybody_watching: bool,
    },
    /// It did not, or not with what was asked for.
    No {
        /// It asked to wait this long.
        wait: Option<Duration>,
    },
}

/// The wait before the next poll; `is_live` where Webex tells by itself what happens.
pub(super) fn next_interval(last: Duration, heard: Heard, is_live: bool) -> Duration {
    match heard {
        Heard::No { wait } => wait.unwrap_or_default().max(WHILE_UNREACHABLE),
        Heard::Yes { is_anybody_watching: true } if is_live => CHECK,
        Heard::Yes { is_anybody_watching: true } => QUICKEST,
        Heard::Yes { is_anybody_watching: false } if is_live => SLOWEST,
        Heard::Yes { is_anybody_watching: false } => last.mul_f64(1.5).clamp(QUICKEST, SLOWEST),
    }
}

/// A room that is to be listed, because something may have been missed in it: so old is its listing.
pub(super) const WANTED: Duration = Duration::MAX;

/// The watched room to list again, if it is time for one: the one that was listed longest ago. Where Webex tells by itself what
/// happens, calls are left for those that are wanted.
pub(super) fn room_to_relist<'a>(
    now: Duration,
    last_relist: Option<Duration>,
    watched: &'a [RoomId],
    since_listed: &HashMap<&RoomId, Duration>,
    is_live: bool,
) -> Option<&'a RoomId> {
    let age = |room_id: &RoomId| since_listed.get(room_id).copied();
    let due = watched.iter().filter(|room_id| age(room_id).is_some_and(|age| age >= RELIST));
    let oldest = due.max_by_key(|room_id| age(room_id))?;
    let apart = if is_live && age(oldest) == Some(WANTED) { QUICKEST } else { RELIST_APART };
    last_relist.is_none_or(|last| now.saturating_sub(last) >= apart).then_some(oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn polling_is_quick_while_somebody_looks_and_slows_down_when_nobody_does() {
        assert_eq!(next_interval(secs(30), Heard::Yes { is_anybody_watching: true }, false), secs(2));
        let mut interval = secs(2);
        for _ in 0..20 {
            let next = next_interval(interval, Heard::Yes { is_anybody_watching: false }, false);
            assert!(next >= interval && next <= secs(30));
            interval = next;
        }
        assert_eq!(interval, secs(30));
        assert_eq!(next_interval(secs(30), Heard::No { wait: None }, false), secs(5));
        assert_eq!(next_interval(secs(2), Heard::No { wait: Some(secs(300)) }, true), secs(300), "webex asked for it");
    }

    #[test]
    fn what_webex_should_have_told_is_looked_for_before_half_a_minute_is_over() {
        assert_eq!(next_interval(secs(2), Heard::Yes { is_anybody_watching: true }, true), secs(15));
        assert_eq!(next_interval(secs(2), Heard::Yes { is_anybody_watching: false }, true), secs(30));
    }

    #[test]
    fn a_minute_of_many_silent_watched_rooms_costs_at_most_35_calls() {
        let rooms: Vec<RoomId> = (0..500).map(|n| RoomId::new(n.to_string())).collect();
        let mut listed_at: HashMap<&RoomId, Duration> = rooms.iter().map(|room_id| (room_id, secs(0))).collect();
        let (mut last_relist, mut calls) = (None, 0);
        for tick in 0..300 {
            let now = secs(1000) + secs(2) * tick;
            calls += 1;
            let since_listed = listed_at.iter().map(|(room_id, at)| (*room_id, now - *at)).collect();
            if let Some(room_id) = room_to_relist(now, last_relist, &rooms, &since_listed, false) {
                let room_id = rooms.iter().find(|known| *known == room_id).unwrap();
                listed_at.insert(room_id, now);
                last_relist = Some(now);
                calls += 1;
            }
        }
        assert!(calls <= 350, "{calls} calls in ten minutes");
    }

    #[test]
    fn one_watched_room_is_listed_every_20_seconds_and_the_oldest_of_many_first() {
        let rooms = [RoomId::new("a"), RoomId::new("b")];
        let since = |a, b| HashMap::from([(&rooms[0], secs(a)), (&rooms[1], secs(b))]);
        assert_eq!(room_to_relist(secs(24), None, &rooms, &since(14, 19), false), None);
        assert_eq!(room_to_relist(secs(40), None, &rooms, &since(30, 35), false), Some(&rooms[1]));
        assert_eq!(room_to_relist(secs(40), Some(secs(30)), &rooms, &since(30, 35), false), None);
    }

    #[test]
    fn where_webex_tells_by_itself_a_wanted_room_need_not_wait() {
        let rooms = [RoomId::new("a"), RoomId::new("b")];
        let since = HashMap::from([(&rooms[0], secs(30)), (&rooms[1], WANTED)]);
        assert_eq!(room_to_relist(secs(40), Some(secs(38)), &rooms, &since, true), Some(&rooms[1]));
        assert_eq!(room_to_relist(secs(40), Some(secs(39)), &rooms, &since, true), None);
        assert_eq!(room_to_relist(secs(40), Some(secs(38)), &rooms, &since, false), None);
    }
}
