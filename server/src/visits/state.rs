//! What may become of a visit: the machine, with no clock, store or network.
//!
//! ```text
//! requested -> scheduled -> ringing -> claimed -> joined -> ended
//!     |            |           |          |
//!     |            |           |          |-> expired     taken, but the guest never opened the link
//!     |            |           |          '-> ended       staff say it is over
//!     '------------'-----------'-> missed                 nobody took it in time
//! requested, scheduled, ringing, claimed -> cancelled     taken back before the guest was in
//! ```
//!
//! Only a visit that was agreed on for later is ever scheduled. The links of a meeting end before the meeting may: a
//! visit that was joined outlives them for a while, in which whoever comes late gets new ones.

use shared::{Timestamp, VisitState};
use thiserror::Error;

/// From how many waits on others' experience says something about the next one.
const WAITS_THAT_TELL: usize = 5;

/// Something that happens to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VisitEvent {
    /// The meeting's links are made and the messages to staff are written down.
    LinksReady,
    /// The same, for a meeting that begins later.
    Booked,
    /// It is nearly time for a meeting that was agreed on: staff are asked.
    Opened,
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
    /// Nobody asked for new links for so long that the meeting must be over.
    TimeOver,
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

        (State::Requested, Event::LinksReady) | (State::Scheduled, Event::Opened) => Ok(State::Ringing),
        (State::Requested, Event::Booked) => Ok(State::Scheduled),
        (State::Ringing | State::Claimed, Event::Claimed) => Ok(State::Claimed),
        (State::Claimed | State::Joined, Event::Joined) => Ok(State::Joined),
        // Who took it has lost the page and opens it again.
        (State::Joined, Event::Claimed) => Ok(State::Joined),

        (State::Joined, Event::GuestLeft | Event::Cancelled | Event::TimeOver) => Ok(State::Ended),
        (State::Claimed | State::Joined, Event::StaffEnded) => Ok(State::Ended),
        (State::Claimed, Event::LinksOver) => Ok(State::Expired),
        (State::Requested | State::Scheduled | State::Ringing, Event::RingOver) => Ok(State::Missed),
        (State::Requested | State::Scheduled | State::Ringing | State::Claimed, Event::Cancelled) => Ok(State::Cancelled),

        // A deadline that was overtaken says nothing.
        (state, Event::RingOver | Event::LinksOver | Event::TimeOver | Event::Opened) => Ok(state),
        (_, Event::LinksReady | Event::Booked | Event::Claimed | Event::Joined | Event::GuestLeft | Event::StaffEnded) => {
            Err(NotNow::TooEarly)
        }
    }
}

/// The word in the store.
pub fn as_word(state: VisitState) -> &'static str {
    match state {
        VisitState::Requested => "requested",
        VisitState::Scheduled => "scheduled",
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
        "scheduled" => VisitState::Scheduled,
        "ringing" => VisitState::Ringing,
        "claimed" => VisitState::Claimed,
        "joined" => VisitState::Joined,
        "missed" => VisitState::Missed,
        "expired" => VisitState::Expired,
        "cancelled" => VisitState::Cancelled,
        _ => VisitState::Ended,
    }
}

/// What the time does to a visit depends on this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How far it has come.
    pub state: VisitState,
    /// From when staff have time: when the guest asked, or when the meeting begins.
    pub counts_from: Timestamp,
    /// When the meeting begins, if that was agreed on.
    pub starts_at: Option<Timestamp>,
    /// When the meeting's links end.
    pub expires_at: Option<Timestamp>,
    /// Whether there are links.
    pub has_links: bool,
    /// Whether somebody else can still be asked.
    pub can_escalate: bool,
}

/// How long things may take, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long staff are asked.
    pub ring_secs: u32,
    /// After how long others are asked as well.
    pub escalate_secs: u32,
    /// How long before the beginning of a meeting that was agreed on staff are asked.
    pub remind_secs: u32,
    /// How long a visit that was joined outlives its links.
    pub late_secs: u32,
}

/// What is to be done to a visit when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// This happens to it.
    Event(VisitEvent),
    /// Others are asked as well.
    Escalation,
}

/// When something is to be done to a visit by itself, and what.
pub fn next_deadline(facts: &Facts, patience: &Patience) -> Option<(Timestamp, Due)> {
    let after = |from: Timestamp, secs: u32| from.plus_millis(i64::from(secs) * 1000);
    let ring_ends_at = after(facts.counts_from, patience.ring_secs);
    let event = |at, event| Some((at, Due::Event(event)));
    match facts.state {
        VisitState::Requested => event(ring_ends_at, VisitEvent::RingOver),
        VisitState::Scheduled => {
            let opens_at =
                facts.starts_at.map_or(facts.counts_from, |starts_at| starts_at.plus_millis(-i64::from(patience.remind_secs) * 1000));
            event(opens_at, VisitEvent::Opened)
        }
        VisitState::Ringing => {
            // Nobody must take it once its links lead nowhere.
            let ends_at = facts.expires_at.map_or(ring_ends_at, |expires_at| expires_at.min(ring_ends_at));
            let escalates_at = after(facts.counts_from, patience.escalate_secs);
            if facts.can_escalate && escalates_at < ends_at {
                return Some((escalates_at, Due::Escalation));
            }
            event(ends_at, VisitEvent::RingOver)
        }
        VisitState::Claimed => event(facts.expires_at?, VisitEvent::LinksOver),
        VisitState::Joined if facts.has_links => event(facts.expires_at?, VisitEvent::LinksOver),
        VisitState::Joined => event(after(facts.expires_at?, patience.late_secs), VisitEvent::TimeOver),
        VisitState::Ended | VisitState::Missed | VisitState::Expired | VisitState::Cancelled | VisitState::Unknown => None,
    }
}

/// Whether whoever opens a meeting's link had better get a new one: there is none, or it ends soon. `life_secs` is how long
/// links live.
pub(super) fn is_renewal_due(has_links: bool, expires_at: Option<Timestamp>, life_secs: u32, now: Timestamp) -> bool {
    let last_quarter = i64::from(life_secs) * 1000 / 4;
    !has_links || expires_at.is_none_or(|expires_at| now >= expires_at.plus_millis(-last_quarter))
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

    const STATES: [VisitState; 10] = [
        VisitState::Requested,
        VisitState::Scheduled,
        VisitState::Ringing,
        VisitState::Claimed,
        VisitState::Joined,
        VisitState::Ended,
        VisitState::Missed,
        VisitState::Expired,
        VisitState::Cancelled,
        VisitState::Unknown,
    ];
    const EVENTS: [VisitEvent; 11] = [
        VisitEvent::LinksReady,
        VisitEvent::Booked,
        VisitEvent::Opened,
        VisitEvent::Claimed,
        VisitEvent::Joined,
        VisitEvent::GuestLeft,
        VisitEvent::StaffEnded,
        VisitEvent::Cancelled,
        VisitEvent::RingOver,
        VisitEvent::LinksOver,
        VisitEvent::TimeOver,
    ];

    #[test]
    fn every_event_does_to_every_state_what_the_table_says() {
        // Columns as in EVENTS; `early` and `over` are refusals.
        let table = "
            requested | ringing scheduled requested early   early  early early cancelled missed  requested requested
            scheduled | early   early     ringing   early   early  early early cancelled missed  scheduled scheduled
            ringing   | early   early     ringing   claimed early  early early cancelled missed  ringing   ringing
            claimed   | early   early     claimed   claimed joined early ended cancelled claimed expired   claimed
            joined    | early   early     joined    joined  joined ended ended ended     joined  joined    ended
            ended     | over    over      over      over    over   over  over  over      over    over      over
            missed    | over    over      over      over    over   over  over  over      over    over      over
            expired   | over    over      over      over    over   over  over  over      over    over      over
            cancelled | over    over      over      over    over   over  over  over      over    over      over
            unknown   | over    over      over      over    over   over  over  over      over    over      over
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

    const PATIENCE: Patience = Patience { ring_secs: 600, escalate_secs: 120, remind_secs: 300, late_secs: 3600 };

    fn facts(state: VisitState) -> Facts {
        Facts {
            state,
            counts_from: Timestamp::from_millis(1_000_000),
            starts_at: None,
            expires_at: Some(Timestamp::from_millis(9_000_000)),
            has_links: true,
            can_escalate: false,
        }
    }

    fn due(facts: &Facts) -> Option<(i64, Due)> {
        next_deadline(facts, &PATIENCE).map(|(at, due)| (at.as_millis(), due))
    }

    #[test]
    fn a_visit_that_waits_ends_with_the_ringing_and_one_that_was_taken_with_its_links() {
        let over = Due::Event(VisitEvent::RingOver);
        for state in [VisitState::Requested, VisitState::Ringing] {
            assert_eq!(due(&facts(state)), Some((1_600_000, over)));
        }
        assert_eq!(due(&facts(VisitState::Claimed)), Some((9_000_000, Due::Event(VisitEvent::LinksOver))));
        for state in [VisitState::Claimed, VisitState::Joined] {
            assert_eq!(due(&Facts { expires_at: None, ..facts(state) }), None);
        }
        let links_end_first = Facts { expires_at: Some(Timestamp::from_millis(1_100_000)), ..facts(VisitState::Ringing) };
        assert_eq!(due(&links_end_first), Some((1_100_000, over)));
        let last = Facts { counts_from: Timestamp::from_millis(i64::MAX), expires_at: None, ..facts(VisitState::Ringing) };
        assert_eq!(due(&last), Some((i64::MAX, over)));
    }

    #[test]
    fn a_visit_that_was_joined_outlives_its_links_for_those_who_come_late() {
        let joined = facts(VisitState::Joined);
        assert_eq!(due(&joined), Some((9_000_000, Due::Event(VisitEvent::LinksOver))));
        assert_eq!(due(&Facts { has_links: false, ..joined }), Some((9_000_000 + 3_600_000, Due::Event(VisitEvent::TimeOver))));
    }

    #[test]
    fn others_are_asked_once_and_before_the_ringing_ends() {
        let ringing = Facts { can_escalate: true, ..facts(VisitState::Ringing) };
        assert_eq!(due(&ringing), Some((1_120_000, Due::Escalation)));
        let late = Patience { escalate_secs: 600, ..PATIENCE };
        let (_, due) = next_deadline(&ringing, &late).unwrap();
        assert_eq!(due, Due::Event(VisitEvent::RingOver));
    }

    #[test]
    fn a_visit_that_was_agreed_on_opens_shortly_before_it_begins() {
        let starts_at = Timestamp::from_millis(5_000_000);
        let booked = Facts { starts_at: Some(starts_at), counts_from: starts_at, ..facts(VisitState::Scheduled) };
        assert_eq!(due(&booked), Some((4_700_000, Due::Event(VisitEvent::Opened))));
        assert_eq!(due(&Facts { state: VisitState::Ringing, ..booked }), Some((5_600_000, Due::Event(VisitEvent::RingOver))));
    }

    #[test]
    fn a_deadline_that_comes_true_moves_the_visit_on_and_one_that_is_over_has_none() {
        for state in STATES {
            for has_links in [false, true] {
                let facts = Facts { has_links, ..facts(state) };
                match next_deadline(&facts, &PATIENCE) {
                    Some((_, Due::Event(event))) => {
                        let next = after(state, event).unwrap();
                        let wipes_links = state == VisitState::Joined && event == VisitEvent::LinksOver && has_links;
                        assert!(next != state || wipes_links, "{state:?}");
                    }
                    Some((_, Due::Escalation)) => panic!("nobody else can be asked"),
                    None => assert_eq!(after(state, VisitEvent::RingOver), Err(NotNow::AlreadyOver), "{state:?}"),
                }
            }
        }
    }

    #[test]
    fn new_links_are_due_in_the_last_quarter_of_the_old_ones_and_afterwards() {
        let due = |has_links, now| is_renewal_due(has_links, Some(Timestamp::from_millis(8_000_000)), 4000, Timestamp::from_millis(now));
        assert!(!due(true, 6_999_999));
        assert!(due(true, 7_000_000) && due(true, 9_000_000) && due(false, 0));
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
