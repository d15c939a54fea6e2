//! A meeting that a program arranges for later: its fields, and what is answered. Pure.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use shared::{Timestamp, Visit};

use super::fields::Fields;
use crate::{
    config::is_email,
    error::AppError,
    visits::{Appointment, NewAppointment, as_word},
    webhooks::rfc3339,
};

const FIELDS: &[&str] = &["guest_name", "guest_email", "topic", "starts_at", "minutes", "staff"];
const MAX_TEXT_CHARS: usize = 200;
const DEFAULT_MINUTES: u32 = 30;

/// Reads a request's body.
pub(super) fn read(body: &Map<String, Value>) -> Result<NewAppointment, AppError> {
    let fields = Fields::of(body, "", FIELDS)?;
    let text = |name: &str, remedy: &str| {
        fields.take(name, remedy, |value| {
            let text = value.as_str()?.trim();
            (!text.is_empty() && text.chars().count() <= MAX_TEXT_CHARS && !text.contains(char::is_control)).then(|| text.to_owned())
        })
    };
    // As long as that of a guest who signs in: the same places show it.
    let guest_name =
        fields.take("guest_name", "must be a name of 1 to 64 characters", |value| shared::outgoing::guest_name(value.as_str()?).ok())?;
    let missing = |name: &str, what: &str| AppError::InvalidField(name.to_owned(), format!("is missing; it is {what}"));
    let starts_at = fields.take("starts_at", "must be a time such as 2026-12-24T09:00:00Z", |value| {
        value.as_str()?.parse::<jiff::Timestamp>().ok().map(|at| Timestamp::from_millis(at.as_millisecond()))
    })?;
    let minutes = fields.take("minutes", "must be a whole number from 5 to 1440: how long the meeting is meant to last", |value| {
        value.as_u64().and_then(|minutes| u32::try_from(minutes).ok())
    })?;
    let staff = fields.take("staff", "must be a list of Webex e-mail addresses: those who are asked to take it", |value| {
        value.as_array()?.iter().map(|email| email.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    })?;
    let email = text("guest_email", "must be an e-mail address")?;
    if email.as_ref().is_some_and(|email| !is_email(email)) {
        return Err(AppError::InvalidField("guest_email".into(), "must be an e-mail address".into()));
    }
    Ok(NewAppointment {
        guest_name: guest_name.ok_or_else(|| missing("guest_name", "who is expected"))?,
        guest_email: email,
        topic: text("topic", "must be one of the site's topics")?,
        starts_at: starts_at.ok_or_else(|| missing("starts_at", "when the meeting begins, such as 2026-12-24T09:00:00Z"))?,
        minutes: minutes.unwrap_or(DEFAULT_MINUTES),
        staff: staff.unwrap_or_default(),
    })
}

/// What is answered: the guest's link is told here and nowhere else.
pub(super) fn answer(appointment: &Appointment) -> SecretString {
    let body = json!({
        "visit_id": appointment.visit_id,
        "guest_url": appointment.guest_url.expose_secret(),
        "starts_at": rfc3339(appointment.starts_at),
        "when": appointment.when,
    });
    body.to_string().into()
}

/// How a visit stands, for a program.
pub(crate) fn standing(visit: &Visit) -> Value {
    json!({
        "visit_id": visit.id,
        "state": as_word(visit.state),
        "topic": visit.topic,
        "requested_at": rfc3339(visit.requested_at),
        "starts_at": visit.starts_at.map(rfc3339),
        "staff_name": visit.staff_name,
    })
}
