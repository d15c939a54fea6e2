//! Calendar files (RFC 5545) of meetings that were agreed on, for both sides.

use icalendar::{Alarm, Calendar, CalendarDateTime, Component, Event, EventLike, EventStatus, Trigger};
use shared::{Timestamp, VisitState};

use crate::store::VisitRow;

/// The file of a visit; `None` if none was agreed on. `link` is the reader's own page of it.
pub(super) fn file(visit: &VisitRow, title: &str, link: &str, remind_minutes: u32, now: Timestamp) -> Option<String> {
    let starts_at = visit.starts_at?;
    let ends_at = starts_at.plus_millis(i64::from(visit.minutes.unwrap_or(60)) * 60_000);
    let status = if visit.state == VisitState::Cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed };
    let reminder = Alarm::display(title, Trigger::before_start(chrono::Duration::minutes(remind_minutes.into())));
    let event = Event::new()
        // The same for every file of the visit, so that a later one replaces it.
        .uid(&format!("{}@guest-portal", visit.id))
        .sequence(u32::from(visit.state.is_over()))
        .timestamp(instant(now)?)
        .starts(CalendarDateTime::Utc(instant(starts_at)?))
        .ends(CalendarDateTime::Utc(instant(ends_at)?))
        .summary(title)
        .description(&format!("Open this link shortly before it begins: {link}"))
        .url(link)
        .status(status)
        .alarm(reminder)
        .done();
    Some(Calendar::new().push(event).done().to_string())
}

fn instant(at: Timestamp) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::from_timestamp_millis(at.as_millis())
}
