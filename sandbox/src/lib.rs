//! Webex as its clients see it.
