//! What the portal answered, kept as it came: tests look at it, and the search for secrets goes through all of it.

use std::fmt;

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use shared::Problem;

/// One whole answer.
#[derive(Clone)]
pub struct Answer {
    /// What was asked, such as `GET /api/rooms`.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("headers are text")).unwrap_or_default()
    }

    /// The body of a success.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!((200..300).contains(&self.status), "{self}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self}"))
    }

    /// The problem of a refusal, checked for being one.
    pub fn problem(&self) -> Problem {
        assert!(self.status >= 400, "{self}");
        assert_eq!(self.header("content-type"), shared::problem::MEDIA_TYPE, "{self}");
        let problem: Problem = serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self}"));
        assert_eq!(problem.status, self.status, "{self}");
        assert!(!problem.detail.is_empty(), "{self}");
        let request_id = problem.request_id.as_deref().unwrap_or_else(|| panic!("no request id in {self}"));
        assert_eq!(request_id, self.header("x-request-id"), "{self}");
        problem
    }

    /// Every `Set-Cookie`.
    pub fn set_cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("cookies are text").to_owned()).collect()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} -> {}: {}", self.asked, self.status, self.body)
    }
}
