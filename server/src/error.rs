//! Everything a request can be refused for, and the one place where that becomes a response.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::{
    Problem, ProblemKind,
    outgoing::{MAX_MESSAGE_BYTES, MAX_NAME_CHARS, Refusal},
    problem::MEDIA_TYPE,
};
use thiserror::Error;

use crate::{
    conversations::HistoryError, limits::Rule, outbox::AcceptError, secrets::SecretsError, session::IdentityRefusal, store::StoreError,
};

/// One variant per thing a guest can meet.
#[derive(Debug, Error)]
pub enum AppError {
    /// The body is not the JSON asked for.
    #[error("the body is not the expected json: {0}")]
    InvalidJson(String),
    /// The body is not declared as JSON.
    #[error("the body is not declared as application/json")]
    UnsupportedMediaType,
    /// The body is larger than any valid one.
    #[error("the body is too large")]
    BodyTooLarge,
    /// `X-Gp` is missing or names no site.
    #[error("the x-gp header is missing or names no site")]
    MissingHeader,
    /// The request is another origin's.
    #[error("the request comes from another origin")]
    CrossSite,
    /// The name cannot be taken.
    #[error("the name {0}")]
    InvalidName(Refusal),
    /// The topic is missing, or none of the site's.
    #[error("the topic is none of the site's")]
    InvalidTopic,
    /// The site asks for an e-mail address, and this is none.
    #[error("the e-mail address is missing or none")]
    InvalidEmail,
    /// Nobody gets in but whom the site's back end vouches for.
    #[error("the site takes nobody without a signed identity")]
    IdentityRequired,
    /// The browser has not worked for its session.
    #[error("the proof of work is missing or not good any more")]
    ProofMissing,
    /// It is only looked at how the page would be.
    #[error("a preview does nothing")]
    PreviewOnly,
    /// The identity is not believed.
    #[error("the signed identity was refused: {0}")]
    IdentityRefused(IdentityRefusal),
    /// The guest has not agreed to the site's terms.
    #[error("the guest has not agreed to the site's terms")]
    ConsentMissing,
    /// The message cannot be taken.
    #[error("the message {0}")]
    InvalidMessage(Refusal),
    /// The browser's id of a message is no UUID.
    #[error("the client message id is not a uuid")]
    InvalidClientMessageId,
    /// The browser's id was used for another message.
    #[error("the client message id was used for another message")]
    ClientMessageIdReused,
    /// A parameter cannot be read.
    #[error("the parameter {0} cannot be read")]
    InvalidParameter(&'static str),
    /// Nobody is signed in.
    #[error("not signed in")]
    NotSignedIn,
    /// No such room, or not this guest's: which of the two is not told.
    #[error("no such room")]
    RoomNotFound,
    /// No such address.
    #[error("no such address")]
    NotFound,
    /// The address does not do that.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The form of an upload is not as it should be.
    #[error("the form is not a message and a file")]
    InvalidForm,
    /// The file is larger than the site takes.
    #[error("the file is larger than {limit} bytes")]
    FileTooLarge {
        /// How large it may be, in bytes.
        limit: u64,
    },
    /// Files of this kind are not taken.
    #[error("the file is of a kind that is not taken")]
    FileTypeRefused,
    /// The file is a picture of more pixels than can be shown.
    #[error("the picture has more pixels than are taken")]
    PictureTooLarge,
    /// The file did not arrive whole.
    #[error("the file did not arrive whole")]
    FileIncomplete,
    /// The file is harmful.
    #[error("the file is harmful")]
    FileInfected,
    /// Nobody can tell whether the file is harmful.
    #[error("the file could not be scanned")]
    FileUnscanned,
    /// There is no room for more files.
    #[error("there is no room for more files")]
    SpoolFull,
    /// The guest sends enough files at once already.
    #[error("the guest sends enough files at once")]
    TooManyUploads,
    /// Somebody does something more often than a limit allows.
    #[error("more than the limit {rule:?} allows")]
    TooMuch {
        /// Which limit.
        rule: Rule,
        /// After how long it will be taken.
        wait: std::time::Duration,
    },
    /// Too much of the guest's waits to be sent.
    #[error("too much of the guest's waits to be sent")]
    OutboxFull,
    /// The session has enough streams open.
    #[error("enough streams of the session are open")]
    TooManyStreams,
    /// The address has enough streams open.
    #[error("enough streams of the address are open")]
    TooManyStreamsHere,
    /// There is no such file any more, or the ticket was used.
    #[error("the file is gone")]
    FileGone,
    /// Webex still looks for malware in the file.
    #[error("the file is being scanned")]
    FileScanning,
    /// The message is somebody else's, or can no longer be changed.
    #[error("the message cannot be changed")]
    NotEditable,
    /// The site offers no meetings.
    #[error("meetings are not offered")]
    MeetingsUnavailable,
    /// Nobody is there.
    #[error("it is outside working hours")]
    OutsideHours,
    /// The broker gives no links at the moment.
    #[error("the meeting's links are not ready")]
    LinksNotReady,
    /// The guest asked for meetings, or left notes, again and again.
    #[error("the guest asked for too many meetings")]
    TooManyVisits {
        /// After how long they may again.
        wait: std::time::Duration,
    },
    /// No such visit, or not this guest's.
    #[error("no such visit")]
    VisitNotFound,
    /// The visit is over.
    #[error("the visit is over")]
    VisitOver,
    /// Nobody has taken the visit yet.
    #[error("nobody has taken the visit yet")]
    VisitTooEarly,
    /// The claim can be neither taken nor ended as it stands; a sentence for staff says how that is.
    #[error("the claim stands otherwise")]
    ClaimStands(String),
    /// A guest opened a link for staff.
    #[error("a guest opened a link for staff")]
    ForStaffOnly,
    /// No API key, or none that is good.
    #[error("the api key is missing or not good")]
    KeyRefused,
    /// What claims to come from Webex is not signed by it.
    #[error("what claims to come from webex is not signed by it")]
    NotSigned,
    /// The API key is not good for this.
    #[error("the api key has not the scope {0}")]
    KeyLacksScope(&'static str),
    /// A field of a program's request is wrong: which one, and what it must be.
    #[error("the field {0} is wrong: {1}")]
    InvalidField(String, String),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The same request has not been answered yet.
    #[error("the same request is still under way")]
    RequestUnderWay,
    /// Instant Connect gave no links.
    #[error("{0}")]
    Broker(crate::instant_connect::BrokerError),
    /// The portal is stopping.
    #[error("the portal is stopping")]
    Stopping,
    /// Webex does not answer.
    #[error("{0}")]
    Webex(crate::webex::WebexError),
    /// Something failed inside.
    #[error("{0}")]
    Internal(String),
}

impl AppError {
    fn kind(&self) -> ProblemKind {
        match self {
            Self::InvalidJson(_) => ProblemKind::InvalidJson,
            Self::UnsupportedMediaType => ProblemKind::UnsupportedMediaType,
            Self::BodyTooLarge => ProblemKind::BodyTooLarge,
            Self::MissingHeader => ProblemKind::MissingHeader,
            Self::CrossSite => ProblemKind::CrossSite,
            Self::InvalidName(_) => ProblemKind::InvalidName,
            Self::InvalidTopic => ProblemKind::InvalidTopic,
            Self::ConsentMissing => ProblemKind::ConsentMissing,
            Self::PreviewOnly => ProblemKind::Unknown,
            Self::InvalidEmail => ProblemKind::InvalidEmail,
            Self::ProofMissing => ProblemKind::ProofMissing,
            Self::IdentityRequired => ProblemKind::IdentityRequired,
            Self::IdentityRefused(_) => ProblemKind::IdentityRefused,
            Self::InvalidMessage(Refusal::Empty) => ProblemKind::MessageEmpty,
            Self::InvalidMessage(Refusal::TooLong { .. }) => ProblemKind::MessageTooLong,
            Self::InvalidClientMessageId => ProblemKind::InvalidClientMessageId,
            Self::ClientMessageIdReused => ProblemKind::ClientMessageIdReused,
            Self::InvalidParameter(_) => ProblemKind::InvalidParameter,
            Self::NotSignedIn => ProblemKind::NotSignedIn,
            Self::RoomNotFound => ProblemKind::RoomNotFound,
            Self::NotFound => ProblemKind::NotFound,
            Self::MethodNotAllowed => ProblemKind::MethodNotAllowed,
            Self::InvalidForm => ProblemKind::InvalidJson,
            Self::FileTooLarge { .. } => ProblemKind::FileTooLarge,
            Self::FileTypeRefused | Self::PictureTooLarge | Self::FileInfected => ProblemKind::FileTypeRefused,
            Self::FileIncomplete => ProblemKind::FileIncomplete,
            Self::SpoolFull
            | Self::FileUnscanned
            | Self::TooManyUploads
            | Self::TooManyVisits { .. }
            | Self::TooMuch { .. }
            | Self::TooManyStreams
            | Self::TooManyStreamsHere
            | Self::OutboxFull => ProblemKind::RateLimited,
            Self::FileGone => ProblemKind::FileGone,
            Self::FileScanning => ProblemKind::FileScanning,
            Self::NotEditable => ProblemKind::NotEditable,
            Self::MeetingsUnavailable => ProblemKind::MeetingsUnavailable,
            Self::OutsideHours => ProblemKind::OutsideHours,
            Self::LinksNotReady => ProblemKind::WebexUnreachable,
            Self::VisitNotFound => ProblemKind::VisitNotFound,
            Self::VisitOver | Self::VisitTooEarly | Self::ClaimStands(_) => ProblemKind::VisitOver,
            Self::ForStaffOnly => ProblemKind::CrossSite,
            Self::KeyRefused | Self::NotSigned => ProblemKind::KeyRefused,
            Self::KeyLacksScope(_) => ProblemKind::KeyLacksScope,
            Self::InvalidField(..) => ProblemKind::InvalidParameter,
            Self::IdempotencyKeyReused => ProblemKind::IdempotencyKeyReused,
            Self::RequestUnderWay => ProblemKind::RequestUnderWay,
            Self::Broker(error) if error.is_passing() => ProblemKind::WebexUnreachable,
            Self::Broker(_) => ProblemKind::WebexRefused,
            Self::Stopping => ProblemKind::ShuttingDown,
            Self::Webex(error) if error.is_passing() => ProblemKind::WebexUnreachable,
            Self::Webex(_) => ProblemKind::WebexRefused,
            Self::Internal(_) => ProblemKind::Internal,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidJson(_) | Self::MissingHeader | Self::InvalidParameter(_) | Self::InvalidForm | Self::FileIncomplete => {
                StatusCode::BAD_REQUEST
            }
            Self::FileTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FileTypeRefused | Self::PictureTooLarge | Self::FileInfected => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::FileUnscanned => StatusCode::SERVICE_UNAVAILABLE,
            Self::SpoolFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::TooManyUploads
            | Self::TooManyVisits { .. }
            | Self::TooMuch { .. }
            | Self::TooManyStreams
            | Self::TooManyStreamsHere
            | Self::OutboxFull => StatusCode::TOO_MANY_REQUESTS,
            Self::FileGone => StatusCode::GONE,
            Self::FileScanning => StatusCode::LOCKED,
            Self::NotEditable | Self::VisitOver | Self::VisitTooEarly | Self::ClaimStands(_) => StatusCode::CONFLICT,
            Self::MeetingsUnavailable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::OutsideHours => StatusCode::CONFLICT,
            Self::LinksNotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::VisitNotFound => StatusCode::NOT_FOUND,
            Self::ForStaffOnly => StatusCode::FORBIDDEN,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::CrossSite | Self::ProofMissing | Self::PreviewOnly | Self::IdentityRequired | Self::IdentityRefused(_) => {
                StatusCode::FORBIDDEN
            }
            Self::InvalidName(_)
            | Self::InvalidTopic
            | Self::ConsentMissing
            | Self::InvalidEmail
            | Self::InvalidMessage(_)
            | Self::InvalidClientMessageId
            | Self::ClientMessageIdReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::RoomNotFound | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::KeyRefused | Self::NotSigned => StatusCode::UNAUTHORIZED,
            Self::KeyLacksScope(_) => StatusCode::FORBIDDEN,
            Self::InvalidField(..) => StatusCode::BAD_REQUEST,
            Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RequestUnderWay => StatusCode::CONFLICT,
            Self::Broker(error) if error.is_passing() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broker(_) => StatusCode::BAD_GATEWAY,
            Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::Webex(error) if error.is_passing() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Webex(_) => StatusCode::BAD_GATEWAY,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::InvalidJson(reason) => format!("The request is not the JSON that is expected here ({reason})."),
            Self::UnsupportedMediaType => "Send the request as application/json.".into(),
            Self::BodyTooLarge => "The request is too large.".into(),
            Self::MissingHeader => "The header X-Gp must name a site of this portal.".into(),
            Self::CrossSite => "This request must come from the portal's own page.".into(),
            Self::InvalidName(Refusal::Empty) => "Please enter your name.".into(),
            Self::InvalidName(Refusal::TooLong { .. }) => format!("Please shorten your name to {MAX_NAME_CHARS} characters."),
            Self::InvalidTopic => "Please choose what it is about. If it is not offered any more, reload the page.".into(),
            Self::ConsentMissing => "Please agree to the terms first. If they are not shown, reload the page.".into(),
            Self::InvalidEmail => "Please enter an e-mail address, such as ada@example.com.".into(),
            Self::PreviewOnly => "This is a preview: nothing is sent from here.".into(),
            Self::ProofMissing => "Please reload the page and try again.".into(),
            Self::IdentityRequired => "Please sign in on the web site first; the chat opens there.".into(),
            Self::IdentityRefused(reason) => format!("The web site's signed identity was refused: {reason}."),
            Self::InvalidMessage(Refusal::Empty) => "Please write something first.".into(),
            Self::InvalidMessage(Refusal::TooLong { length, .. }) => {
                format!("The message is {length} bytes long. Please shorten it to {MAX_MESSAGE_BYTES}.")
            }
            Self::InvalidClientMessageId => "The message needs an id that is a UUID.".into(),
            Self::ClientMessageIdReused => "The message's id was already used for another message. Send it with a new one.".into(),
            Self::InvalidParameter(name) => format!("The parameter {name} cannot be read."),
            Self::NotSignedIn => "Please start the chat again.".into(),
            Self::RoomNotFound => "This chat does not exist.".into(),
            Self::NotFound => "There is nothing at this address.".into(),
            Self::MethodNotAllowed => "This address does not do that.".into(),
            Self::InvalidForm => "Send a form whose first part is the message and whose second is the file.".into(),
            Self::FileTooLarge { limit: 0 } => "Files cannot be sent here.".into(),
            Self::FileTooLarge { limit } => format!("This file is too large. Files of up to {} can be sent.", readable_limit(*limit)),
            Self::FileTypeRefused => {
                "Files of this kind cannot be sent. Images, PDF, text, Office documents, audio, video and ZIP archives can.".into()
            }
            Self::PictureTooLarge => "This picture is too large. Pictures of up to 40 million pixels can be sent.".into(),
            Self::FileInfected => "This file is harmful and was not sent.".into(),
            Self::FileUnscanned => "Files cannot be checked at the moment. This is tried again by itself.".into(),
            Self::FileIncomplete => "The file did not arrive whole. Please send it again.".into(),
            Self::SpoolFull => "Files cannot be taken at the moment. Please write instead, or try again later.".into(),
            Self::TooManyVisits { wait } => {
                format!(
                    "You asked for many meetings lately. Please write instead, or ask again in {} minutes.",
                    wait.as_secs().div_ceil(60)
                )
            }
            Self::TooMuch { wait, .. } => format!("That was a lot at once. Please wait {} seconds.", whole_secs(*wait).max(1)),
            Self::OutboxFull => "Many of your messages are still waiting to be sent. Please wait until they have arrived.".into(),
            Self::TooManyStreams => "The chat is open in many tabs. Please close one of them.".into(),
            Self::TooManyStreamsHere => "Many people use this chat from where you are. Please try again in a moment.".into(),
            Self::TooManyUploads => "Files of yours are on their way already. Please wait until they have arrived.".into(),
            Self::FileGone => "This file is no longer there.".into(),
            Self::FileScanning => "Webex is still checking this file for malware. Please try again in a moment.".into(),
            Self::NotEditable => "This message cannot be changed any more.".into(),
            Self::MeetingsUnavailable => "Meetings are not offered here. Please write instead.".into(),
            Self::OutsideHours => "Nobody is there for a meeting at the moment. Please leave a message.".into(),
            Self::LinksNotReady => "Webex is still preparing the meeting. Please try again in a moment.".into(),
            Self::VisitNotFound => "There is no such meeting request.".into(),
            Self::VisitOver => "This meeting request is over. Ask for a new one.".into(),
            Self::VisitTooEarly => "Nobody has taken this meeting request yet. Please wait a moment.".into(),
            Self::ClaimStands(sentence) => sentence.clone(),
            Self::ForStaffOnly => "This link is for staff. Please go back to the chat.".into(),
            Self::KeyRefused => {
                "Send the header Authorization: Bearer with a key of this portal; `guest-portal key make` makes one.".into()
            }
            Self::NotSigned => "The header X-Spark-Signature is not that of these bytes.".into(),
            Self::KeyLacksScope(scope) => format!("This key is not for that; make one with the scope `{scope}`."),
            Self::InvalidField(field, remedy) => format!("`{field}` {remedy}."),
            Self::IdempotencyKeyReused => "This Idempotency-Key was used for another request. Send a new one with it.".into(),
            Self::RequestUnderWay => "The same request is still being answered. Ask again in a moment.".into(),
            Self::Broker(error) if error.is_passing() => {
                "Webex makes no meeting links at the moment. Ask again; with the same Idempotency-Key it is the same meeting.".into()
            }
            Self::Broker(_) => "Webex refuses to make meeting links. The operator should run `guest-portal check`.".into(),
            Self::Stopping => "The portal is stopping. Ask again in a moment.".into(),
            Self::Webex(error) if error.is_passing() => {
                "Webex does not answer at the moment. Please wait; this is tried again by itself.".into()
            }
            Self::Webex(_) => "Webex refuses this. Please tell the site's owner.".into(),
            Self::Internal(_) => "Something went wrong here. Please try again; if it stays, tell the site's owner the request id.".into(),
        }
    }

    /// The problem as the guest's page gets it.
    pub(crate) fn to_problem(&self) -> Problem {
        let is_passing = matches!(self, Self::SpoolFull | Self::FileUnscanned | Self::TooManyUploads)
            || matches!(self.kind(), ProblemKind::WebexUnreachable | ProblemKind::FileScanning);
        let retry_after_secs = match self {
            Self::Broker(error) => Some(error.retry_after().map_or(if error.is_passing() { 5 } else { 60 }, whole_secs)),
            Self::RequestUnderWay | Self::Stopping => Some(5),
            Self::TooMuch { wait, .. } | Self::TooManyVisits { wait } => Some(whole_secs(*wait).max(1)),
            Self::TooManyStreams | Self::TooManyStreamsHere | Self::OutboxFull => Some(30),
            _ => is_passing.then_some(5),
        };
        Problem { kind: self.kind(), status: self.status().as_u16(), detail: self.detail(), request_id: None, retry_after_secs }
    }
}

/// No less than it is.
fn whole_secs(duration: std::time::Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

/// A limit as people write it, and as the page does: never more than it is.
fn readable_limit(bytes: u64) -> String {
    let tenths = |unit: u64, name: &str| {
        let tenths = bytes / (unit / 10);
        if tenths.is_multiple_of(10) || tenths >= 1000 {
            format!("{} {name}", tenths / 10)
        } else {
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
    };
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => tenths(1_000, "kB"),
        _ => tenths(1_000_000, "MB"),
    }
}

impl IntoResponse for AppError {
    /// The problem travels in the response's extensions until the outermost layer, which knows the
    /// request's id, writes it out and logs it.
    fn into_response(self) -> Response {
        if self.status().is_server_error() {
            tracing::error!(error = %self, "a request failed");
        } else {
            tracing::debug!(error = %self, "a request was refused");
        }
        let problem = self.to_problem();
        let mut response = problem_response(&problem);
        if problem.kind == ProblemKind::KeyRefused {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(problem);
        response
    }
}

/// A problem as a response.
pub(crate) fn problem_response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_string(problem).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
    if let Some(secs) = problem.retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<SecretsError> for AppError {
    fn from(error: SecretsError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<IdentityRefusal> for AppError {
    fn from(refusal: IdentityRefusal) -> Self {
        Self::IdentityRefused(refusal)
    }
}

impl From<HistoryError> for AppError {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Webex(error) => Self::Webex(error),
            HistoryError::Store(error) => error.into(),
        }
    }
}

impl From<AcceptError> for AppError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Reused => Self::ClientMessageIdReused,
            AcceptError::Full => Self::OutboxFull,
            AcceptError::Store(error) => error.into(),
        }
    }
}
