//! What may become of a message the portal accepted: the machine, with no clock, store or network.
//!
//! ```text
//! accepted -> in_flight -> sent
//!    ^         ^  |------> failed        Webex refused it for good
//!    |         |  '------> unclear       Webex may have it: it is looked for
//!    '- not sent -'           |--------> sent, when it turns up
//!              '--------------'          surely not there: tried again
//! ```

use std::time::Duration;

use sha2::{Digest, Sha256};
use shared::{ClientMessageId, MessageId, Problem, Timestamp};

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

    /// From the word in the store. A word this build does not know is unclear: it is looked for before anything is done.
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

/// How often what is in doubt is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// What to do about a message that was looked for and not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// It may still come: look again after this.
    LookAgain(Duration),
    /// It is surely not there and can be sent again.
    SendAgain,
}

impl NotFound {
    /// By how long it has been in doubt. The doubt began once, however often the portal was started since. The window is
    /// longer than a request may take, so that nothing is still on its way by then; what comes even later is taken back,
    /// see [`content_mark`].
    pub fn judge(window: Duration, unclear_since: Timestamp, now: Timestamp) -> Self {
        let passed = u64::try_from(now.as_millis() - unclear_since.as_millis()).unwrap_or(0);
        match window.checked_sub(Duration::from_millis(passed)).filter(|left| !left.is_zero()) {
            Some(left) => Self::LookAgain(left.min(LOOK_EVERY)),
            None => Self::SendAgain,
        }
    }
}

/// What a message says, as a hash that tells nothing: only who knows the words and the id can make it again. Of a file
/// only the size counts: Webex may call it otherwise.
pub fn content_mark(id: &ClientMessageId, text: &str, file_size: Option<u64>) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [id.as_str(), &fingerprint(text)] {
        hash.update(part);
        hash.update([0]);
    }
    if let Some(size) = file_size {
        hash.update(size.to_be_bytes());
    }
    hash.finalize().to_vec()
}

/// What two texts must share to be the same message: Webex may change white space, punctuation and
/// quotes on the way, so only letters and digits count, where there are any. The text that Webex makes of markdown has
/// neither the numbers of a list nor the name of a language beside a fence: they count nowhere.
pub fn fingerprint(text: &str) -> String {
    let letters: String = text.lines().flat_map(|line| without_marks(line).chars()).filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() { text.trim().to_owned() } else { letters }
}

/// A line without what stands at its beginning for markup only.
fn without_marks(line: &str) -> &str {
    let words = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '-' | '*' | '+'));
    if words.starts_with("```") || words.starts_with("~~~") {
        let info = words.trim_start_matches(['`', '~']);
        return if info.contains('`') { info } else { "" };
    }
    let rest = words.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest.strip_prefix(['.', ')']) {
        Some(item) if rest.len() < words.len() && item.starts_with(' ') => item,
        _ => words,
    }
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
    fn the_outcome_of_an_attempt_that_is_over_changes_no_doubt() {
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
    fn what_is_in_doubt_is_looked_for_until_its_window_is_over() {
        let since = Timestamp::from_millis(1_000_000);
        let after = |millis| NotFound::judge(Duration::from_secs(15), since, since.plus_millis(millis));
        assert_eq!(after(0), NotFound::LookAgain(LOOK_EVERY));
        assert_eq!(after(-5000), NotFound::LookAgain(LOOK_EVERY), "clocks may be set back");
        assert_eq!(after(14_000), NotFound::LookAgain(Duration::from_secs(1)));
        assert_eq!(after(15_000), NotFound::SendAgain);
    }

    #[test]
    fn a_mark_is_of_one_message_and_of_what_it_says() {
        let (a, b) = (ClientMessageId::new("a"), ClientMessageId::new("b"));
        assert_eq!(content_mark(&a, "Hello, you!", None), content_mark(&a, "Hello you", None));
        assert_ne!(content_mark(&a, "Hello", None), content_mark(&b, "Hello", None));
        assert_ne!(content_mark(&a, "", Some(1)), content_mark(&a, "", Some(2)));
        assert_ne!(content_mark(&a, "", Some(1)), content_mark(&a, "", None));
    }

    #[test]
    fn texts_are_compared_by_letters_and_digits_where_there_are_any() {
        assert_eq!(fingerprint("Hello,\n world 7!"), fingerprint("Hello, world 7"));
        assert_ne!(fingerprint("a"), fingerprint("b"));
        assert_eq!(fingerprint("> 1. **one**\n2) two\n```rust\nx\n```"), fingerprint("one two x"));
        assert_ne!(fingerprint("10.5"), fingerprint("5"));
        assert_ne!(fingerprint("?!"), fingerprint("!?"));
        assert_ne!(fingerprint("👍"), fingerprint("👎"));
    }
}
