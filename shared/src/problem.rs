//! Everything a refusal can say.

use serde::{Deserialize, Serialize};

/// The media type of a [`Problem`] (RFC 9457).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused, for the program and for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What the page matches on.
    pub kind: ProblemKind,
    /// The HTTP status.
    pub status: u16,
    /// One sentence for the person, naming what to do.
    pub detail: String,
    /// Quote this when asking for help: the server's log has the rest under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Worth trying again after so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_secs: Option<u32>,
}

/// The closed list of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The body is not the JSON that is asked for.
    InvalidJson,
    /// The body's type is not `application/json`.
    UnsupportedMediaType,
    /// The body is larger than any valid one.
    BodyTooLarge,
    /// The header `X-Gp` with the site's id is missing or names no site.
    MissingHeader,
    /// The request came from a page of another origin.
    CrossSite,
    /// The name is empty or too long.
    InvalidName,
    /// The site asks what the chat is about, and this is none of its topics.
    InvalidTopic,
    /// The site asks guests to agree to its terms first.
    ConsentMissing,
    /// The site asks for an e-mail address, and this is none.
    InvalidEmail,
    /// The site asks a browser to work before it signs in, and it has not, or not for this.
    ProofMissing,
    /// The site's back end must say who the guest is, and has not.
    IdentityRequired,
    /// The signed identity is not believed.
    IdentityRefused,
    /// The message has no text.
    MessageEmpty,
    /// The message is longer than Webex takes.
    MessageTooLong,
    /// The file is larger than the site takes.
    FileTooLarge,
    /// Files of this kind are not taken.
    FileTypeRefused,
    /// The file did not arrive whole.
    FileIncomplete,
    /// The file cannot be fetched: removed, or not to be looked into.
    FileGone,
    /// The file is being scanned; worth asking again.
    FileScanning,
    /// The message is not this guest's, or can no longer be changed.
    NotEditable,
    /// Meetings are not offered here.
    MeetingsUnavailable,
    /// Nobody is there at the moment; see [`crate::Away`].
    OutsideHours,
    /// No such visit, or not this guest's.
    VisitNotFound,
    /// The visit is over.
    VisitOver,
    /// The browser's id of a message is not a UUID.
    InvalidClientMessageId,
    /// This browser's id was already used for another message.
    ClientMessageIdReused,
    /// A query parameter or a header cannot be read.
    InvalidParameter,
    /// There is no session, or it is over.
    NotSignedIn,
    /// No such room, or not this guest's.
    RoomNotFound,
    /// No such thing at this address.
    NotFound,
    /// This address does not do that.
    MethodNotAllowed,
    /// Too much at once; wait as told.
    RateLimited,
    /// A program's key is missing, wrong or revoked.
    KeyRefused,
    /// A program's key is not for this.
    KeyLacksScope,
    /// The header `Idempotency-Key` carries what was used for another request.
    IdempotencyKeyReused,
    /// The same request is not answered yet.
    RequestUnderWay,
    /// Webex does not answer; what was accepted is kept and will be sent.
    WebexUnreachable,
    /// Webex refused for good.
    WebexRefused,
    /// Webex does not take this message as it is.
    MessageRefused,
    /// The portal is stopping; another start follows.
    ShuttingDown,
    /// Something failed inside the portal.
    Internal,
    /// A kind a newer server knows.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_a_newer_server_is_unknown_and_the_sentence_stays() {
        let problem: Problem = serde_json::from_str(r#"{"kind":"on_fire","status":503,"detail":"Wait."}"#).unwrap();
        assert_eq!(problem.kind, ProblemKind::Unknown);
        assert_eq!(problem.detail, "Wait.");
    }
}
