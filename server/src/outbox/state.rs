//! What may become of a message the portal accepted: the machine, with no clock, store or network.
//!
//! ```text
//! accepted -> in_flight -> sent
//!    ^            |------> failed        Webex refused it for good
//!    |            '------> unclear       Webex may have it: never posted again
//!    '--- not sent --'        '--------> sent, when it turns up in the room
//! ```

use shared::{MessageId, Problem};

/// How far a row has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowState {
    /// Written down; waits for its turn.
    Accepted,
    /// On its way: the request may have left the machine.
    InFlight,
    /// In Webex.
    Sent,
    /// Webex may or may not have it.
    Unclear,
    /// Refused for good.
    Failed,
}

/// What an attempt to send came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Webex has it, under this id.
    Delivered(MessageId),
    /// Webex surely does not have it; try again later.
    NotSent,
    /// Nobody can tell.
    Unclear,
    /// Webex will not take it.
    Refused(Problem),
}

impl RowState {
    /// The state after an attempt.
    pub fn after(self, outcome: &Outcome) -> Self {
        match (self, outcome) {
            // Once in Webex, nothing heard later changes that.
            (Self::Sent, _) | (_, Outcome::Delivered(_)) => Self::Sent,
            (Self::InFlight, Outcome::NotSent) => Self::Accepted,
            (Self::InFlight, Outcome::Unclear) => Self::Unclear,
            (Self::InFlight, Outcome::Refused(_)) => Self::Failed,
            // An outcome of an attempt that was not under way says nothing.
            (state, _) => state,
        }
    }

    /// The word in the store.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InFlight => "in_flight",
            Self::Sent => "sent",
            Self::Unclear => "unclear",
            Self::Failed => "failed",
        }
    }

    /// From the word in the store. A word this build does not know is unclear: the one state that is never acted on.
    pub fn from_word(word: &str) -> Self {
        match word {
            "accepted" => Self::Accepted,
            "in_flight" => Self::InFlight,
            "sent" => Self::Sent,
            "failed" => Self::Failed,
            _ => Self::Unclear,
        }
    }
}

/// What two texts must share to be the same message: Webex may change white space, punctuation and
/// quotes on the way, so only letters and digits count, where there are any.
pub fn fingerprint(text: &str) -> String {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() { text.trim().to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ProblemKind;

    fn refused() -> Outcome {
        Outcome::Refused(Problem {
            kind: ProblemKind::WebexRefused,
            status: 400,
            detail: String::new(),
            request_id: None,
            retry_after_secs: None,
        })
    }

    #[test]
    fn only_a_message_that_was_surely_not_sent_waits_for_another_try() {
        let outcomes = [Outcome::Delivered(MessageId::new("m")), Outcome::NotSent, Outcome::Unclear, refused()];
        let after: Vec<_> = outcomes.iter().map(|outcome| RowState::InFlight.after(outcome)).collect();
        assert_eq!(after, [RowState::Sent, RowState::Accepted, RowState::Unclear, RowState::Failed]);
    }

    #[test]
    fn nothing_leads_from_unclear_back_to_sending() {
        for outcome in [Outcome::NotSent, Outcome::Unclear, refused()] {
            assert_eq!(RowState::Unclear.after(&outcome), RowState::Unclear);
        }
        assert_eq!(RowState::Unclear.after(&Outcome::Delivered(MessageId::new("m"))), RowState::Sent);
    }

    #[test]
    fn a_sent_message_stays_sent() {
        for outcome in [Outcome::NotSent, Outcome::Unclear, refused()] {
            assert_eq!(RowState::Sent.after(&outcome), RowState::Sent);
        }
    }

    #[test]
    fn words_in_the_store_come_back_as_they_went_and_unknown_ones_are_never_sent() {
        for state in [RowState::Accepted, RowState::InFlight, RowState::Sent, RowState::Unclear, RowState::Failed] {
            assert_eq!(RowState::from_word(state.as_word()), state);
        }
        assert_eq!(RowState::from_word("teleported"), RowState::Unclear);
    }

    #[test]
    fn texts_are_compared_by_letters_and_digits_where_there_are_any() {
        assert_eq!(fingerprint("Hello,\n world 7!"), fingerprint("Hello, world 7"));
        assert_ne!(fingerprint("a"), fingerprint("b"));
        assert_ne!(fingerprint("?!"), fingerprint("!?"));
        assert_ne!(fingerprint("👍"), fingerprint("👎"));
    }
}
