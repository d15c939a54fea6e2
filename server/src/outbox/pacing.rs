//! How fast a room takes messages. Webex refuses what comes too fast in one room, whoever sends it: everybody who
//! writes there then waits as long as it says, and further messages keep a distance that grows and shrinks with that.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use shared::RoomId;

const FIRST_DISTANCE: Duration = Duration::from_secs(1);
const LONGEST_DISTANCE: Duration = Duration::from_secs(8);
/// A distance shorter than this is none.
const SHORTEST_DISTANCE: Duration = Duration::from_millis(250);
/// A room nobody has written in for so long begins anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// The rooms that were too fast lately. Times are the clock's elapsed time.
#[derive(Default)]
pub struct Pacing {
    rooms: Mutex<HashMap<RoomId, Pace>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    /// Nothing goes into the room earlier.
    not_before: Duration,
    /// Kept between two messages.
    distance: Duration,
}

impl Pacing {
    /// Takes a turn in a room, or says how long there is none.
    pub(super) fn take_turn(&self, room_id: &RoomId, now: Duration) -> Result<(), Duration> {
        self.change(|rooms| {
            let Some(pace) = rooms.get_mut(room_id) else { return Ok(()) };
            match pace.not_before.checked_sub(now).filter(|wait| !wait.is_zero()) {
                Some(wait) => Err(wait),
                None => {
                    pace.not_before = now + pace.distance;
                    Ok(())
                }
            }
        })
    }

    /// Webex took a message in a room.
    pub(super) fn taken(&self, room_id: &RoomId) {
        self.change(|rooms| {
            let Some(pace) = rooms.get_mut(room_id) else { return };
            pace.distance = pace.distance.mul_f64(0.9);
            if pace.distance < SHORTEST_DISTANCE {
                rooms.remove(room_id);
            }
        });
    }

    /// Webex found a room too fast, and may have said until when.
    pub(super) fn too_fast(&self, room_id: &RoomId, retry_after: Option<Duration>, now: Duration) {
        self.change(|rooms| {
            rooms.retain(|_, pace| now < pace.not_before + FORGOTTEN_AFTER);
            let pace = rooms.entry(room_id.clone()).or_default();
            pace.distance = (pace.distance * 2).clamp(FIRST_DISTANCE, LONGEST_DISTANCE);
            pace.not_before = pace.not_before.max(now + retry_after.unwrap_or(pace.distance));
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<RoomId, Pace>) -> T) -> T {
        change(&mut self.rooms.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn whoever_writes_in_a_room_waits_as_long_as_webex_says_and_others_do_not() {
        let (pacing, room, other) = (Pacing::default(), RoomId::new("a"), RoomId::new("b"));
        assert_eq!(pacing.take_turn(&room, secs(100)), Ok(()));
        pacing.too_fast(&room, Some(secs(25)), secs(100));
        assert_eq!(pacing.take_turn(&room, secs(110)), Err(secs(15)));
        assert_eq!(pacing.take_turn(&other, secs(110)), Ok(()));
        assert_eq!(pacing.take_turn(&room, secs(125)), Ok(()));
        assert_eq!(pacing.take_turn(&room, secs(125)), Err(FIRST_DISTANCE), "one after the other");
    }

    #[test]
    fn the_distance_grows_with_refusals_and_is_gone_after_a_while_without() {
        let (pacing, room) = (Pacing::default(), RoomId::new("a"));
        let mut now = secs(100);
        for distance in [1, 2, 4, 8, 8] {
            pacing.too_fast(&room, None, now);
            assert_eq!(pacing.take_turn(&room, now), Err(secs(distance)));
            now += secs(distance);
            assert_eq!(pacing.take_turn(&room, now), Ok(()));
            now += secs(distance);
        }
        for _ in 0..40 {
            pacing.taken(&room);
        }
        assert_eq!((pacing.take_turn(&room, now), pacing.take_turn(&room, now)), (Ok(()), Ok(())));
    }

    #[test]
    fn rooms_long_quiet_are_forgotten() {
        let (pacing, quiet, room) = (Pacing::default(), RoomId::new("a"), RoomId::new("b"));
        pacing.too_fast(&quiet, None, secs(100));
        pacing.too_fast(&room, None, secs(700));
        assert_eq!(pacing.rooms.lock().unwrap().len(), 2, "the first may be written in since 101 s");
        pacing.too_fast(&room, None, secs(701));
        assert_eq!(pacing.rooms.lock().unwrap().len(), 1);
    }
}
