//! What is known of the line to one Webex: whether it answers, whether it is worth asking, and what time it is there.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::{Method, header};
use shared::Timestamp;
use tokio::sync::watch;
use tracing::{Span, field};
use url::Url;

use super::{
    breaker::{Breaker, Change},
    error::WebexError,
    tracking,
};
use crate::{clock::Clock, metrics};

/// Shared by everybody who asks the same Webex.
#[derive(Clone)]
pub(super) struct Line {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    reachable: watch::Sender<bool>,
    /// How far Webex's clock is ahead of the portal's.
    ahead_millis: AtomicI64,
    breakers: [Mutex<Breaker>; ERRANDS.len()],
}

/// What is asked for: one kind that fails does not keep the others from being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// Read messages.
    Read,
    /// Post, edit or delete messages.
    Write,
    /// Read or change rooms and who is in them.
    Rooms,
    /// Fetch files.
    Files,
    /// Be told of what happens.
    Feeds,
    /// Who somebody is, and tokens.
    People,
}

const ERRANDS: [Errand; 6] = [Errand::Read, Errand::Write, Errand::Rooms, Errand::Files, Errand::Feeds, Errand::People];

impl Errand {
    pub(super) fn of(method: &Method, url: &Url) -> Self {
        let known = |segment| match segment {
            "messages" if *method == Method::GET => Some(Self::Read),
            "messages" => Some(Self::Write),
            "rooms" | "memberships" => Some(Self::Rooms),
            "contents" => Some(Self::Files),
            "webhooks" => Some(Self::Feeds),
            _ => None,
        };
        url.path_segments().and_then(|mut segments| segments.find_map(known)).unwrap_or(Self::People)
    }

    pub(super) fn as_word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Rooms => "rooms",
            Self::Files => "files",
            Self::Feeds => "feeds",
            Self::People => "people",
        }
    }
}

/// A request that was begun.
#[derive(Debug)]
pub(super) struct Begun {
    errand: Errand,
    at: Duration,
    span: Span,
}

impl Begun {
    /// In which it is made.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }
}

/// How a request ended, for those who count.
fn word_of(error: Option<&WebexError>) -> &'static str {
    match error {
        None => "ok",
        Some(WebexError::Status { status: 429, .. }) => "limited",
        Some(WebexError::Status { status: 500.., .. }) => "failed",
        Some(WebexError::Status { .. }) => "refused",
        Some(WebexError::Decode { .. }) => "unreadable",
        Some(WebexError::Network { .. }) => "unreachable",
        Some(WebexError::Inside(_) | WebexError::Settling(_) | WebexError::Resting) => "not_asked",
    }
}

impl Line {
    pub(super) fn new(clock: Clock) -> Self {
        let (reachable, ahead_millis) = (watch::Sender::new(true), AtomicI64::new(0));
        Self { inner: Arc::new(Inner { clock, reachable, ahead_millis, breakers: Default::default() }) }
    }

    pub(super) fn reachable(&self) -> watch::Receiver<bool> {
        self.inner.reachable.subscribe()
    }

    /// What Webex's clock showed, or will, when the portal's shows this: clocks differ, by minutes at times.
    pub(super) fn in_webex_time(&self, at: Timestamp) -> Timestamp {
        at.plus_millis(self.inner.ahead_millis.load(Ordering::Relaxed))
    }

    /// How far Webex's clock is ahead of this machine's, in milliseconds.
    pub(super) fn ahead_millis(&self) -> i64 {
        self.inner.ahead_millis.load(Ordering::Relaxed)
    }

    /// What is left alone for a while, because it failed too often.
    pub(super) fn resting(&self) -> Vec<&'static str> {
        ERRANDS.into_iter().filter(|errand| self.breaker(*errand, |breaker| breaker.is_open())).map(Errand::as_word).collect()
    }

    /// How long ago something happened that Webex dates so.
    pub(super) fn age(&self, at: Timestamp) -> Duration {
        let millis = self.in_webex_time(self.inner.clock.now()).as_millis().saturating_sub(at.as_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    /// Before each request: whether it is worth making.
    pub(super) fn begin(&self, errand: Errand) -> Result<Begun, WebexError> {
        let at = self.inner.clock.elapsed();
        let may_ask = self.breaker(errand, |breaker| breaker.may_ask(at));
        if !may_ask {
            return Err(WebexError::Resting);
        }
        let span = tracing::info_span!("webex", errand = errand.as_word(), outcome = field::Empty, webex.tracking_id = field::Empty);
        Ok(Begun { errand, at, span })
    }

    /// After an answer, or none.
    pub(super) fn ended<T>(&self, Begun { errand, at, span }: Begun, outcome: Result<&T, &WebexError>) {
        let word = word_of(outcome.err());
        span.record("outcome", word);
        span.in_scope(|| tracing::debug!("webex was asked"));
        metrics::asked_webex(errand.as_word(), word, self.inner.clock.elapsed().saturating_sub(at));
        let has_failed = match outcome {
            Ok(_) => false,
            Err(WebexError::Inside(_) | WebexError::Settling(_) | WebexError::Resting) => return,
            Err(WebexError::Status { status, .. }) => *status >= 500,
            Err(WebexError::Network { .. } | WebexError::Decode { .. }) => true,
        };
        self.note_reachable(!matches!(outcome, Err(WebexError::Network { .. })));
        let change = self.breaker(errand, |breaker| breaker.ended(self.inner.clock.elapsed(), has_failed));
        match change {
            Some(Change::Opened(rest)) => {
                tracing::warn!(?errand, rest_secs = rest.as_secs(), "webex fails too often and is left alone for a while; nothing is lost");
            }
            Some(Change::Closed) => tracing::info!(?errand, "webex does again what it is asked"),
            None => {}
        }
    }

    fn note_reachable(&self, is_reachable: bool) {
        self.inner.reachable.send_if_modified(|reachable| {
            let is_news = *reachable != is_reachable;
            *reachable = is_reachable;
            if is_news {
                if is_reachable {
                    tracing::info!("webex answers again");
                } else {
                    tracing::warn!("webex cannot be reached; messages are kept and sent when it answers");
                }
            }
            is_news
        });
    }

    /// As soon as the head of an answer is there: its body may take its time.
    pub(super) fn note_head(&self, begun: &Begun, headers: &header::HeaderMap) {
        begun.span.record("webex.tracking_id", tracking::of_answer(headers));
        self.note_date(headers);
    }

    fn note_date(&self, headers: &header::HeaderMap) {
        let date = headers.get(header::DATE).and_then(|value| value.to_str().ok()).and_then(millis_of_date);
        if let Some(date) = date {
            self.inner.ahead_millis.store(date - self.inner.clock.now().as_millis(), Ordering::Relaxed);
        }
    }

    fn breaker<T>(&self, errand: Errand, ask: impl FnOnce(&mut Breaker) -> T) -> T {
        // Nothing in it panics half-way through a change.
        ask(&mut self.inner.breakers[errand as usize].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// HTTP's date has whole seconds: with half of one more it is wrong by that at most.
fn millis_of_date(date: &str) -> Option<i64> {
    DateTimeParser::new().parse_timestamp(date).ok().map(|date| date.as_millisecond() + 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_known_by_the_address() {
        let of = |method: Method, address: &str| Errand::of(&method, &address.parse().unwrap());
        assert_eq!(of(Method::GET, "https://webexapis.com/v1/messages?roomId=x"), Errand::Read);
        assert_eq!(of(Method::DELETE, "https://webexapis.com/v1/messages/x"), Errand::Write);
        assert_eq!(of(Method::GET, "http://127.0.0.1:1/government/v1/rooms"), Errand::Rooms);
        assert_eq!(of(Method::GET, "https://webexapis.com/v1/contents/x"), Errand::Files);
        assert_eq!(of(Method::POST, "https://webexapis.com/v1/guests/token"), Errand::People);
        assert!(ERRANDS.iter().enumerate().all(|(place, errand)| *errand as usize == place));
    }

    #[test]
    fn webexs_clock_is_read_from_its_answers() {
        let clock = Clock::system();
        let line = Line::new(clock.clone());
        let now = clock.now();
        assert_eq!(line.in_webex_time(now), now);
        let hour_ahead = jiff::Timestamp::from_millisecond(now.as_millis() + 3_600_000).unwrap();
        let date = hour_ahead.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let dated = |date: &str| header::HeaderMap::from_iter([(header::DATE, date.parse::<header::HeaderValue>().unwrap())]);
        line.note_date(&dated(&date));
        let ahead = line.in_webex_time(now).as_millis() - now.as_millis();
        assert!((3_598_000..3_602_000).contains(&ahead), "{ahead}");
        assert!(line.age(now) >= Duration::from_millis(3_598_000), "what was written when it showed this is an hour old");
        line.note_date(&dated("yesterday"));
        assert_eq!(line.in_webex_time(now).as_millis() - now.as_millis(), ahead, "nonsense changes nothing");
    }
}
