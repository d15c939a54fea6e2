//! Why a call brought nothing.

use shared::{Problem, ProblemKind};

use crate::words::words;

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// Nobody answered: no network, no portal, or too slow. Whether the portal did what was asked is unknown.
    Offline,
    /// The portal refused and says why.
    Problem(Problem),
    /// What was answered is not what was asked for.
    Unreadable,
}

impl ApiError {
    /// Whether the session is over.
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 401)
    }

    /// A sentence for the guest.
    pub fn sentence(&self) -> String {
        match self {
            Self::Offline => words().unreachable().to_owned(),
            Self::Problem(problem) => sentence(problem),
            Self::Unreadable => words().unreadable().to_owned(),
        }
    }
}

/// What a problem says to the guest: the portal's own sentence is English, and says more than the page could.
pub fn sentence(problem: &Problem) -> String {
    let words = words();
    let known = match problem.kind {
        // Without a status the page itself says it.
        _ if problem.status == 0 || (words.is_first() && !problem.detail.is_empty()) => "",
        ProblemKind::RateLimited => return words.wait(problem.retry_after_secs.unwrap_or(60) as usize),
        ProblemKind::InvalidName => words.name_missing(),
        ProblemKind::InvalidEmail => words.email_wrong(),
        ProblemKind::NotSignedIn => words.session_over(),
        ProblemKind::RoomNotFound => words.space_closed(),
        ProblemKind::FileTypeRefused => words.file_type_refused(),
        ProblemKind::FileIncomplete => words.failed_hint(),
        ProblemKind::FileGone => words.file_gone(),
        ProblemKind::FileScanning => words.file_scanning(),
        ProblemKind::NotEditable => words.not_editable(),
        ProblemKind::MeetingsUnavailable => words.no_meetings(),
        ProblemKind::OutsideHours => words.outside_hours(),
        ProblemKind::VisitNotFound | ProblemKind::VisitOver => words.visit_over(),
        ProblemKind::WebexUnreachable => words.stale(),
        ProblemKind::WebexRefused => words.refused(),
        ProblemKind::MessageRefused => words.message_refused(),
        ProblemKind::Internal | ProblemKind::ShuttingDown => words.internal(),
        _ => "",
    };
    let sentence = match (known, problem.detail.as_str()) {
        ("", "") => words.unreadable(),
        ("", detail) => detail,
        (known, _) => known,
    };
    match &problem.request_id {
        // By this the owner finds in the portal's log what went wrong.
        Some(id) if problem.kind == ProblemKind::Internal => format!("{sentence} ({id})"),
        _ => sentence.to_owned(),
    }
}
