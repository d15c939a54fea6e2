//! What a visit's card says, in plain data.

use shared::{Visit, VisitState};

use crate::words::words;

/// The first line of a card: how things stand, for eyes and for screen readers.
pub fn headline(visit: &Visit) -> String {
    let words = words();
    match (visit.state, &visit.staff_name) {
        (VisitState::Requested, _) => words.visit_requested().to_owned(),
        (VisitState::Scheduled, _) => words.visit_scheduled().to_owned(),
        (VisitState::Ringing, _) => words.visit_ringing().to_owned(),
        (VisitState::Claimed, Some(name)) => words.visit_claimed(name),
        (VisitState::Claimed, None) => words.visit_claimed_by_somebody().to_owned(),
        (VisitState::Joined, _) => words.visit_joined().to_owned(),
        (VisitState::Ended, _) => words.visit_ended().to_owned(),
        (VisitState::Missed, _) => words.visit_missed().to_owned(),
        (VisitState::Expired, _) => words.visit_expired().to_owned(),
        (VisitState::Cancelled, _) => words.visit_cancelled().to_owned(),
        (VisitState::Unknown, _) => words.visit_unknown().to_owned(),
    }
}

/// The second line: what to expect.
pub fn outlook(visit: &Visit) -> String {
    let words = words();
    match visit.state {
        VisitState::Ringing => {
            let place = match visit.place {
                Some(1) => words.visit_next().to_owned(),
                Some(place) => words.visit_place(place as usize),
                None => String::new(),
            };
            let minutes = |secs: u32| (secs.saturating_add(30) / 60).max(1) as usize;
            let wait = visit.wait_secs.map(|secs| words.visit_wait(minutes(secs))).unwrap_or_default();
            words.sentences(&place, &wait)
        }
        VisitState::Claimed => words.visit_claimed_hint().to_owned(),
        // Whoever dropped out late can still come back.
        VisitState::Joined if visit.join_url.is_none() => words.visit_link_over().to_owned(),
        VisitState::Missed => words.visit_missed_hint().to_owned(),
        VisitState::Expired => words.visit_expired_hint().to_owned(),
        _ => String::new(),
    }
}

/// The link into the meeting, while there is one that can be followed. The server checks its host;
/// an address of another kind than the web's never becomes a link here.
pub fn join_url(visit: &Visit) -> Option<&str> {
    let is_open = matches!(visit.state, VisitState::Claimed | VisitState::Joined);
    visit.join_url.as_deref().filter(|url| is_open && is_web_address(url))
}

/// Whether an address is one of the web: its scheme, and a host that can be one.
pub fn is_web_address(url: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let start = url.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| url.get(scheme.len()..)).flatten()
    });
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host.chars().all(is_part)
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
}

#[cfg(test)]
mod tests {
    use shared::{RoomId, Timestamp, VisitId};

    use super::*;

    fn visit(state: VisitState) -> Visit {
        Visit {
            id: VisitId::new("v"),
            room_id: RoomId::new("r"),
            topic: None,
            state,
            requested_at: Timestamp::from_millis(1),
            state_at: Timestamp::from_millis(2),
            starts_at: None,
            invite_urls: Vec::new(),
            place: None,
            wait_secs: None,
            staff_name: None,
            join_url: Some("https://visit.webex.com/x".into()),
            expires_at: None,
            problem: None,
        }
    }

    #[test]
    fn who_waits_is_told_their_place_and_the_time_as_far_as_known() {
        let ringing = visit(VisitState::Ringing);
        assert_eq!(outlook(&ringing), "");
        assert_eq!(outlook(&Visit { place: Some(1), ..ringing.clone() }), "You are next.");
        let third = Visit { place: Some(3), wait_secs: Some(100), ..ringing.clone() };
        assert_eq!(outlook(&third), "You are number 3 in the queue. The wait was about 2 minutes lately.");
        assert_eq!(outlook(&Visit { wait_secs: Some(20), ..ringing }), "The wait was about a minute lately.");
    }

    #[test]
    fn who_took_it_is_named() {
        let claimed = Visit { staff_name: Some("Grace Hopper".into()), ..visit(VisitState::Claimed) };
        assert_eq!(headline(&claimed), "Grace Hopper is waiting for you.");
        assert_eq!(headline(&visit(VisitState::Claimed)), "Somebody is waiting for you.");
    }

    #[test]
    fn the_link_is_there_only_while_the_meeting_is() {
        for state in [VisitState::Claimed, VisitState::Joined] {
            assert_eq!(join_url(&visit(state)), Some("https://visit.webex.com/x"));
        }
        for state in [VisitState::Requested, VisitState::Ringing, VisitState::Ended, VisitState::Expired, VisitState::Unknown] {
            assert_eq!(join_url(&visit(state)), None);
        }
        let odd = Visit { join_url: Some("javascript:alert(1)".into()), ..visit(VisitState::Claimed) };
        assert_eq!(join_url(&odd), None);
    }

    #[test]
    fn only_addresses_of_the_web_are_followed() {
        for good in ["https://a.example/x?y#z", "HTTP://127.0.0.1:8000/visit", "https://[::1]/", "https://a.example"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//a.example",
            "https://",
            "https:///x",
            "https://a.example@b.example/",
            "https://a.example\\@b.example",
            "https:// a.example",
            " https://a.example",
            "https://a.example/\nx",
            "",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
