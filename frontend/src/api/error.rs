//! Why a call brought nothing.

use shared::Problem;

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
            Self::Offline => words().unreachable.to_owned(),
            Self::Problem(problem) if problem.detail.is_empty() => words().unreadable.to_owned(),
            Self::Problem(problem) => problem.detail.clone(),
            Self::Unreadable => words().unreadable.to_owned(),
        }
    }
}
