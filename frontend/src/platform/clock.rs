//! What time it is, and how times are written.

use js_sys::Date;
use shared::Timestamp;
use wasm_bindgen::JsValue;

use super::intl;
use crate::words::words;

const DAY_MILLIS: i64 = 86_400_000;

/// Now, by the browser's clock.
pub fn now() -> Timestamp {
    Timestamp::from_millis(Date::now() as i64)
}

/// The number of the local day an instant falls on; equal for instants of one day.
pub fn day_of(at: Timestamp) -> i64 {
    let offset_minutes = date(at).get_timezone_offset();
    let offset_minutes = if offset_minutes.is_finite() { offset_minutes as i64 } else { 0 };
    at.as_millis().saturating_sub(offset_minutes.saturating_mul(60_000)).div_euclid(DAY_MILLIS)
}

/// The time of day, as people here write it.
pub fn time_text(at: Timestamp) -> String {
    format(at, &[("hour", "numeric"), ("minute", "2-digit")])
}

/// The day: *Today*, *Yesterday*, or its date.
pub fn day_text(at: Timestamp) -> String {
    let now = now();
    match day_of(now).saturating_sub(day_of(at)) {
        0 => words().today().to_owned(),
        1 => words().yesterday().to_owned(),
        2..=180 => format(at, &[("weekday", "long"), ("day", "numeric"), ("month", "long")]),
        _ => format(at, &[("day", "numeric"), ("month", "long"), ("year", "numeric")]),
    }
}

/// The date, with the day of the week and the year.
pub fn date_text(at: Timestamp) -> String {
    format(at, &[("dateStyle", "full")])
}

/// Date and time in full, for who points at a time.
pub fn full_text(at: Timestamp) -> String {
    format(at, &[("dateStyle", "full"), ("timeStyle", "short")])
}

/// The time today, the day before that: for lists.
pub fn short_text(at: Timestamp) -> String {
    match day_of(now()).saturating_sub(day_of(at)) {
        0 => time_text(at),
        1 => words().yesterday().to_owned(),
        _ => format(at, &[("day", "numeric"), ("month", "short")]),
    }
}

/// A moment that is still to come: the time today, day and time later.
pub fn coming_text(at: Timestamp) -> String {
    let clock = ("hour", "numeric");
    let minutes = ("minute", "2-digit");
    match day_of(at).saturating_sub(day_of(now())) {
        ..=0 => time_text(at),
        1..=6 => format(at, &[("weekday", "long"), clock, minutes]),
        _ => format(at, &[("day", "numeric"), ("month", "long"), clock, minutes]),
    }
}

/// The form `<time datetime>` takes.
pub fn machine_text(at: Timestamp) -> String {
    let date = date(at);
    // `toISOString` throws where the date is none.
    if date.get_time().is_nan() { String::new() } else { date.to_iso_string().into() }
}

fn date(at: Timestamp) -> Date {
    Date::new(&JsValue::from_f64(at.as_millis() as f64))
}

fn format(at: Timestamp, options: &[(&str, &str)]) -> String {
    let date = date(at);
    if date.get_time().is_nan() {
        return String::new();
    }
    intl::date_text(&words().locale, &date, options)
}
