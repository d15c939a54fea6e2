//! What may become of a visit: the machine, with no clock, store or network.
//!
//! ```text
//! requested -> ringing -> claimed -> joined -> ended
//!     |           |          |
//!     |           |          |-> expired     taken, but the guest never opened the link
//!     |           |          '-> ended       staff say it is over
//!     '-----------'-> missed                 nobody took it in time
//! requested, ringing, claimed -> cancelled   taken back before the guest was in
//! ```

use shared::{Timestamp, VisitId, VisitState};
use thiserror::Error;

/// From how many waits on others' experience says something about the next one.
const WAITS_THAT_TELL: usize = 5;

/// Something that happens to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VisitEvent {
    /// The meeting's links are made and the messages to staff are written down.
    LinksReady,
    /// Staff took it, or whoever took it opens it again.
    Claimed,
    /// The guest opened the link, perhaps not for the first time.
    Joined,
    /// The guest says that they are done.
    GuestLeft,
    /// Staff say that it is over.
    StaffEnded,
    /// The guest or the operator takes it back.
    Cancelled,
    /// It has rung for as long as it may.
    RingOver,
    /// The meeting's links have ended.
    LinksOver,
}

/// Why an event cannot happen to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum NotNow {
    /// Nothing more comes of it.
    #[error("the visit is over")]
    AlreadyOver,
    /// Something else has to happen first.
    #[error("the visit has not come that far")]
    TooEarly,
}

/// The state after an event; the same one where the event changes nothing.
///
/// # Errors
///
/// [`NotNow::AlreadyOver`] for every event once the visit is over, [`NotNow::TooEarly`] for one that must wait for another.
pub fn after(state: VisitState, event: VisitEvent) -> Result<VisitState, NotNow> {
    use VisitEvent as Event;
    use VisitState as State;
    match (state, event) {
        // A state that this build does not know is left alone, as one that is over is.
        (State::Ended | State::Missed | State::Expired | State::Cancelled | State::Unknown, _) => Err(NotNow::AlreadyOver),

        (State::Requested, Event::LinksReady) => Ok(State::Ringing),
        (State::Ringing | State::Claimed, Event::Claimed) => Ok(State::Claimed),
        (State::Claimed | State::Joined, Event::Joined) => Ok(State::Joined),
        // Who took it has lost the page and opens it again.
        (State::Joined, Event::Claimed) => Ok(State::Joined),

        (State::Joined, Event::GuestLeft | Event::Cancelled | Event::LinksOver) => Ok(State::Ended),
        (State::Claimed | State::Joined, Event::StaffEnded) => Ok(State::Ended),
        (State::Claimed, Event::LinksOver) => Ok(State::Expired),
        (State::Requested | State::Ringing, Event::RingOver) => Ok(State::Missed),
        (State::Requested | State::Ringing | State::Claimed, Event::Cancelled) => Ok(State::Cancelled),

        // A deadline that was overtaken says nothing.
        (state, Event::RingOver | Event::LinksOver) => Ok(state),
        (_, Event::LinksReady | Event::Claimed | Event::Joined | Event::GuestLeft | Event::StaffEnded) => Err(NotNow::TooEarly),
    }
}

/// The word in the store.
pub fn as_word(state: VisitState) -> &'static str {
    match state {
        VisitState::Requested => "requested",
        VisitState::Ringing => "ringing",
        VisitState::Claimed => "claimed",
        VisitState::Joined => "joined",
        VisitState::Ended => "ended",
        VisitState::Missed => "missed",
        VisitState::Expired => "expired",
        VisitState::Cancelled => "cancelled",
        VisitState::Unknown => "unknown",
    }
}

/// From the word in the store. A word this build does not know has ended: nothing is done about it.
pub fn from_word(word: &str) -> VisitState {
    match word {
        "requested" => VisitState::Requested,
        "ringing" => VisitState::Ringing,
        "claimed" => VisitState::Claimed,
        "joined" => VisitState::Joined,
        "missed" => VisitState::Missed,
        "expired" => VisitState::Expired,
        "cancelled" => VisitState::Cancelled,
        _ => VisitState::Ended,
    }
}

/// When the visit changes by itself, and by which event. `ring_secs` is how long it may wait for somebody to
/// take it, in seconds, from when the guest asked; `expires_at` is when the meeting's links end.
pub(super) fn next_deadline(
    state: VisitState,
    requested_at: Timestamp,
    expires_at: Option<Timestamp>,
    ring_secs: u32,
) -> Option<(Timestamp, VisitEvent)> {
    let ring_ends_at = requested_at.plus_millis(i64::from(ring_secs) * 1000);
    match state {
        VisitState::Requested => Some((ring_ends_at, VisitEvent::RingOver)),
        // Nobody must take it once its links lead nowhere.
        VisitState::Ringing => Some((expires_at.map_or(ring_ends_at, |expires_at| expires_at.min(ring_ends_at)), VisitEvent::RingOver)),
        VisitState::Claimed | VisitState::Joined => expires_at.map(|expires_at| (expires_at, VisitEvent::LinksOver)),
        VisitState::Ended | VisitState::Missed | VisitState::Expired | VisitState::Cancelled | VisitState::Unknown => None,
    }
}

/// The place of a visit among those that ring for the same, each with when its guest asked: 1 if none of them waits longer.
/// Those who asked in the same millisecond stand in the order of their ids, so that no two have one place; the visit itself may be
/// among `ringing`.
pub(super) fn place(this: &(Timestamp, VisitId), ringing: &[(Timestamp, VisitId)]) -> u32 {
    let before = ringing.iter().filter(|other| *other < this).count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// How long one may expect to wait, in seconds: the median of how long others waited lately, or nothing if there were fewer than five.
pub(super) fn typical_wait(waits_secs: &[u32]) -> Option<u32> {
    if waits_secs.len() < WAITS_THAT_TELL {
        return None;
    }
    let mut sorted = waits_secs.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(middle.checked_sub(1)?)?;
    Some(lower.midpoint(upper))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [VisitState; 9] = [
        VisitState::Requested,
        VisitState::Ringing,
        VisitState::Claimed,
        VisitState::Joined,
        VisitState::Ended,
        VisitState::Missed,
        VisitState::Expired,
        VisitState::Cancelled,
        VisitState::Unknown,
    ];
    const EVENTS: [VisitEvent; 8] = [
        VisitEvent::LinksReady,
        VisitEvent::Claimed,
        VisitEvent::Joined,
        VisitEvent::GuestLeft,
        VisitEvent::StaffEnded,
        VisitEvent::Cancelled,
        VisitEvent::RingOver,
        VisitEvent::LinksOver,
    ];

    #[test]
    fn every_event_does_to_every_state_what_the_table_says() {
        // Columns as in EVENTS; `early` and `over` are refusals.
        let table = "
            requested | ringing early   early  early early cancelled missed  requested
            ringing   | early   claimed early  early early cancelled missed  ringing
            claimed   | early   claimed joined early ended cancelled claimed expired
            joined    | early   joined  joined ended ended ended     joined  ended
            ended     | over    over    over   over  over  over      over    over
            missed    | over    over    over   over  over  over      over    over
            expired   | over    over    over   over  over  over      over    over
            cancelled | over    over    over   over  over  over      over    over
            unknown   | over    over    over   over  over  over      over    over
        ";
        let drawn: String = STATES
            .iter()
            .map(|state| {
                let row: Vec<_> = EVENTS
                    .iter()
                    .map(|event| match after(*state, *event) {
                        Ok(next) => as_word(next),
                        Err(NotNow::TooEarly) => "early",
                        Err(NotNow::AlreadyOver) => "over",
                    })
                    .collect();
                format!("{} | {}\n", as_word(*state), row.join(" "))
            })
            .collect();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&drawn), words(table));
    }

    #[test]
    fn words_in_the_store_come_back_as_they_went_and_unknown_ones_have_ended() {
        for state in STATES.into_iter().filter(|state| *state != VisitState::Unknown) {
            assert_eq!(from_word(as_word(state)), state);
        }
        assert_eq!(from_word(as_word(VisitState::Unknown)), VisitState::Ended);
        assert_eq!(from_word("teleported"), VisitState::Ended);
    }

    #[test]
    fn a_visit_that_waits_ends_with_the_ringing_and_one_that_was_taken_with_its_links() {
        let asked = Timestamp::from_millis(1_000_000);
        let ends = Timestamp::from_millis(9_000_000);
        let deadline = |state| next_deadline(state, asked, Some(ends), 600);
        for state in [VisitState::Requested, VisitState::Ringing] {
            assert_eq!(deadline(state), Some((Timestamp::from_millis(1_600_000), VisitEvent::RingOver)));
        }
        for state in [VisitState::Claimed, VisitState::Joined] {
            assert_eq!(deadline(state), Some((ends, VisitEvent::LinksOver)));
            assert_eq!(next_deadline(state, asked, None, 600), None);
        }
        let links_end_first = next_deadline(VisitState::Ringing, asked, Some(Timestamp::from_millis(1_100_000)), 600);
        assert_eq!(links_end_first, Some((Timestamp::from_millis(1_100_000), VisitEvent::RingOver)));
        let longest = next_deadline(VisitState::Ringing, Timestamp::from_millis(i64::MAX), None, u32::MAX);
        assert_eq!(longest, Some((Timestamp::from_millis(i64::MAX), VisitEvent::RingOver)));
    }

    #[test]
    fn a_deadline_that_comes_true_always_moves_the_visit_and_one_that_is_over_has_none() {
        let end = Timestamp::from_millis(1);
        for state in STATES {
            match next_deadline(state, end, Some(end), 1) {
                Some((_, event)) => assert!(after(state, event).unwrap().is_over(), "{state:?}"),
                None => assert_eq!(after(state, VisitEvent::RingOver), Err(NotNow::AlreadyOver), "{state:?}"),
            }
        }
    }

    #[test]
    fn who_asked_first_stands_first_and_nobody_shares_a_place() {
        let ringing = [(20, "a"), (10, "b"), (10, "c")].map(|(millis, id)| (Timestamp::from_millis(millis), VisitId::new(id)));
        assert_eq!(ringing.each_ref().map(|this| place(this, &ringing)), [3, 1, 2]);
        assert_eq!(ringing.each_ref().map(|this| place(this, &[])), [1, 1, 1]);
    }

    #[test]
    fn a_typical_wait_is_the_median_and_few_waits_tell_nothing() {
        assert_eq!(typical_wait(&[]), None);
        assert_eq!(typical_wait(&[60, 60, 60, 60]), None);
        assert_eq!(typical_wait(&[600, 10, 30, 20, 40]), Some(30));
        assert_eq!(typical_wait(&[600, 10, 30, 20, 40, 50]), Some(35));
        assert_eq!(typical_wait(&[u32::MAX; 6]), Some(u32::MAX));
    }

    proptest! {
        #[test]
        fn nothing_leads_out_of_a_visit_that_is_over(events in prop::collection::vec(prop::sample::select(&EVENTS[..]), 0..40)) {
            let mut state = VisitState::Requested;
            for event in events {
                let next = after(state, event);
                if state.is_over() {
                    prop_assert_eq!(next, Err(NotNow::AlreadyOver));
                }
                state = next.unwrap_or(state);
                prop_assert_ne!(state, VisitState::Unknown);
            }
        }

        #[test]
        fn a_guest_is_only_ever_in_a_visit_that_somebody_took(events in prop::collection::vec(prop::sample::select(&EVENTS[..]), 0..40)) {
            let mut state = VisitState::Requested;
            let mut was_taken = false;
            for event in events {
                if let Ok(next) = after(state, event) {
                    was_taken |= event == VisitEvent::Claimed;
                    state = next;
                }
                prop_assert!(state != VisitState::Joined || was_taken);
            }
        }
    }
}
