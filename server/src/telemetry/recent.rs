//! What went wrong lately, for the operations page: each kind of warning and error once, with how often and what it said last.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use shared::Timestamp;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

use crate::clock::Clock;

/// So many kinds are kept; that which was quiet for longest goes first.
const KEPT: usize = 20;

/// A kind of warning or error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// When it was told last.
    pub(crate) at: Timestamp,
    /// How often since the start.
    pub(crate) count: u64,
    /// Whether it is worse than a warning.
    pub(crate) is_error: bool,
    /// What it says.
    pub(crate) message: String,
    /// What it said besides, the last time.
    pub(crate) about: String,
}

static LATELY: Mutex<Vec<Told>> = Mutex::new(Vec::new());

/// The newest first.
pub(crate) fn lately() -> Vec<Told> {
    LATELY.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
}

fn note(told: &mut Vec<Told>, new: Told) {
    let before = told.iter().position(|one| one.message == new.message).map(|place| told.remove(place).count);
    told.push(Told { count: before.unwrap_or_default().saturating_add(1), ..new });
    if told.len() > KEPT {
        told.remove(0);
    }
}

/// Notes what this process logs of its own.
pub(super) struct Recent(pub(super) Clock);

impl<S: Subscriber> Layer<S> for Recent {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::WARN || !event.metadata().target().starts_with("server") {
            return;
        }
        let mut words = Words::default();
        event.record(&mut words);
        let new = Told {
            at: self.0.now(),
            count: 1,
            is_error: level == Level::ERROR,
            message: words.message,
            about: words.about.trim_end().into(),
        };
        note(&mut LATELY.lock().unwrap_or_else(PoisonError::into_inner), new);
    }
}

#[derive(Default)]
struct Words {
    message: String,
    about: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        use fmt::Write;
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.about, "{name}={value:?} "),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn each_kind_is_kept_once_with_what_it_said_last() {
        let subscriber = tracing_subscriber::registry().with(Recent(Clock::system()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("nobody need know");
            tracing::warn!(target: "hyper", "others have their own words");
            for number in 0..3 {
                tracing::warn!(number, error = %"broken", "a line for this test");
                tracing::error!("another line for this test");
            }
        });
        let told = lately();
        assert_eq!((told[0].message.as_str(), told[0].is_error, told[0].count), ("another line for this test", true, 3));
        assert_eq!((told[1].message.as_str(), told[1].about.as_str()), ("a line for this test", "number=2 error=broken"));
        assert!(!told[1].is_error && told.iter().all(|one| !one.message.contains("others") && !one.message.contains("nobody")));
    }

    #[test]
    fn only_so_many_kinds_are_kept() {
        let mut told = Vec::new();
        for number in 0..KEPT + 5 {
            let message = number.to_string();
            note(&mut told, Told { at: Timestamp::from_millis(0), count: 1, is_error: false, message, about: String::new() });
        }
        assert_eq!((told.len(), told[0].message.as_str()), (KEPT, "5"));
    }
}
