//! Why a socket ends.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Message};

/// What the client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    code: u16,
    reason: Cow<'static, str>,
}

/// The connection just ends: no client is ever told so by a frame.
const WITHOUT_A_WORD: u16 = 1006;
/// A frame that says nothing.
const WITHOUT_A_CODE: u16 = 1005;
/// A control frame has no room for more.
const MAX_REASON_BYTES: usize = 123;

impl Close {
    pub(super) const DEVICE_DELETED: Self = Self::known(1000, "device deleted");
    pub(super) const GOING_AWAY: Self = Self::known(1001, "going away");
    pub(super) const NOT_AUTHORISED_IN_TIME: Self = Self::known(1008, "authorization timed out");
    pub(super) const TOO_SLOW: Self = Self::known(1011, "too slow");
    pub(super) const REPLACED: Self = Self::known(4000, "replaced");
    pub(super) const BAD_REQUEST: Self = Self::known(4400, "bad request");
    pub(super) const UNAUTHORISED: Self = Self::known(4401, "unauthorized");
    pub(super) const FORBIDDEN: Self = Self::known(4403, "forbidden");

    const fn known(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// As somebody wants it.
    pub(crate) fn new(code: u16, reason: &str) -> Result<Self, String> {
        if !(1000..5000).contains(&code) {
            return Err("code goes from 1000 to 4999".to_owned());
        }
        if reason.len() > MAX_REASON_BYTES {
            return Err(format!("reason has {MAX_REASON_BYTES} bytes at most"));
        }
        Ok(Self { code, reason: Cow::Owned(reason.to_owned()) })
    }

    /// The last frame; `None` where there is none.
    pub(super) fn frame(&self) -> Option<Message> {
        match self.code {
            WITHOUT_A_WORD => None,
            WITHOUT_A_CODE => Some(Message::Close(None)),
            code => Some(Message::Close(Some(CloseFrame { code, reason: self.reason.as_ref().into() }))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_frame_can_say_is_refused() {
        assert!(Close::new(999, "").is_err() && Close::new(5000, "").is_err());
        assert!(Close::new(1011, &"x".repeat(124)).is_err());
        assert!(matches!(Close::new(4000, "why").unwrap().frame(), Some(Message::Close(Some(_)))));
        assert!(matches!(Close::new(1005, "why").unwrap().frame(), Some(Message::Close(None))));
        assert!(Close::new(1006, "why").unwrap().frame().is_none());
    }
}
