//! How a browser holds its session.

use axum::http::HeaderMap;
use shared::path::{FRAME_HEADER, FRAMED_ACROSS_SITES, WITHOUT_COOKIES};

/// How a browser holds its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionMode {
    /// By a cookie for the portal's own pages, and for frames of the same site.
    Strict,
    /// By a cookie for frames of another site.
    Partitioned,
    /// By a token in the page's memory: the browser keeps no cookie. It is gone with the page.
    Bearer,
}

impl SessionMode {
    /// As the page says of itself. One that says otherwise only gets what its browser does not keep.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get(FRAME_HEADER).and_then(|value| value.to_str().ok()) {
            Some(FRAMED_ACROSS_SITES) => Self::Partitioned,
            Some(WITHOUT_COOKIES) => Self::Bearer,
            _ => Self::Strict,
        }
    }

    /// The word in the store.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Partitioned => "partitioned",
            Self::Bearer => "bearer",
        }
    }
}
