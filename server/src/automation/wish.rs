//! What a program wants of a meeting: its fields, each with a remedy if it is wrong, and the site's settings for the rest. Pure.

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::{
    config::MeetingsConfig,
    error::AppError,
    instant_connect::{
        ContentEncryption, Encryption, HostLogin, KeyWrapping, MAX_LINKS, MeetingRequest, RequestProblem, SignatureAlgorithm, Vertical,
        is_sip_address,
    },
};

/// Clocks differ: a link is good from a minute before the meeting starts, in seconds.
const CLOCK_SKEW_SECS: i64 = 60;
const MAX_SUBJECT_CHARS: usize = 128;
const MAX_DEVICES: usize = 10;
/// As long as links may last.
const MAX_MINUTES: u64 = 400 * 24 * 60;

const FIELDS: &[&str] =
    &["subject", "starts_at", "minutes", "hosts", "guests", "vertical", "host_login", "long_links", "devices", "encryption"];
const ENCRYPTION_FIELDS: &[&str] = &["key_wrapping", "salt_bytes", "iterations", "content", "signature"];

/// A meeting that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// What it is to be called, if the program cares.
    pub(super) subject: Option<String>,
    /// When it begins, in seconds since 1970.
    pub(super) starts_at_secs: i64,
    /// What to ask the broker for; the subject is still to be filled in.
    pub(super) request: MeetingRequest,
}

impl Wish {
    /// Reads a request's body.
    pub(super) fn read(body: &Map<String, Value>, meetings: &MeetingsConfig, now_secs: i64) -> Result<Self, AppError> {
        let fields = Fields::of(body, "", FIELDS)?;
        let (general, defaults) = (&meetings.general, &meetings.general.links);
        let subject = fields.take("subject", "must be a text of 1 to 128 characters; people in the meeting see it", |value| {
            let subject = value.as_str()?.trim();
            let is_good = !subject.is_empty() && subject.chars().count() <= MAX_SUBJECT_CHARS && !subject.contains(char::is_control);
            is_good.then(|| subject.to_owned())
        })?;
        let starts_at = fields.take("starts_at", "must be a time such as 2026-12-24T09:00:00Z", |value| {
            value.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
        })?;
        let starts_at_secs = starts_at.unwrap_or(now_secs);
        let minutes = fields.take("minutes", "must be a whole number from 1 to 576000: how long the links live", |value| {
            value.as_u64().filter(|minutes| (1..=MAX_MINUTES).contains(minutes)).and_then(|minutes| i64::try_from(minutes).ok())
        })?;
        let count = |name, default| {
            let read = |value: &Value| value.as_u64().and_then(|count| u16::try_from(count).ok()).filter(|count| *count <= MAX_LINKS);
            Ok::<_, AppError>(fields.take(name, "must be a whole number from 0 to 100", read)?.unwrap_or(default))
        };
        let devices =
            fields.take("devices", "must be a list of at most 10 SIP addresses, such as [\"room@example.calls.webex.com\"]", |value| {
                let devices = value.as_array()?.iter().map(|device| device.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
                (devices.len() <= MAX_DEVICES && devices.iter().all(|device| is_sip_address(device))).then_some(devices)
            })?;
        let vertical = fields.word("vertical", "must be `general` or `healthcare`", Vertical::from_setting)?;
        let host_login = fields.word("host_login", "must be `none`, `choice` or `required`", HostLogin::from_setting)?;
        let long_links = fields.take("long_links", "must be true or false", Value::as_bool)?;
        let object = fields.take("encryption", "must be an object", |value| value.as_object().cloned())?;
        let request = MeetingRequest {
            subject: String::new(),
            not_before_secs: Some(starts_at_secs.saturating_sub(CLOCK_SKEW_SECS)),
            expires_at_secs: starts_at_secs.saturating_add(minutes.unwrap_or_else(|| i64::from(general.link_minutes)) * 60),
            hosts: count("hosts", 1)?,
            guests: count("guests", 1)?,
            vertical: vertical.unwrap_or(defaults.vertical),
            host_login: host_login.unwrap_or(defaults.host_login),
            long_links: long_links.unwrap_or(defaults.long_links),
            devices: devices.unwrap_or_else(|| defaults.devices.clone()),
            encryption: object.map_or(Ok(defaults.encryption), |object| encryption(&object, defaults.encryption))?,
        };
        // The subject is checked above, or the portal's own.
        let with_subject = MeetingRequest { subject: "gp".into(), ..request.clone() };
        with_subject.check(now_secs).map_err(|problem| AppError::InvalidField(field_of(problem).to_owned(), problem.to_string()))?;
        Ok(Self { subject, starts_at_secs, request })
    }
}

fn encryption(object: &Map<String, Value>, defaults: Encryption) -> Result<Encryption, AppError> {
    let fields = Fields::of(object, "encryption.", ENCRYPTION_FIELDS)?;
    let salt = |value: &Value| value.as_u64().and_then(|bytes| u8::try_from(bytes).ok());
    let rounds = |value: &Value| value.as_u64().and_then(|rounds| u16::try_from(rounds).ok());
    Ok(Encryption {
        key_wrapping: fields
            .word("key_wrapping", "must be one such as PBES2-HS512+A256KW", KeyWrapping::from_word)?
            .or(defaults.key_wrapping),
        salt_bytes: fields.take("salt_bytes", "must be a whole number from 8 to 128", salt)?.or(defaults.salt_bytes),
        iterations: fields.take("iterations", "must be a whole number from 1000 to 32767", rounds)?.or(defaults.iterations),
        contents: fields.word("content", "must be one such as A256GCM", ContentEncryption::from_word)?.or(defaults.contents),
        signature: fields.word("signature", "must be one such as HS512", SignatureAlgorithm::from_word)?.or(defaults.signature),
    })
}

/// Which field a problem is about.
fn field_of(problem: RequestProblem) -> &'static str {
    match problem {
        RequestProblem::NoSubject => "subject",
        RequestProblem::Nobody | RequestProblem::TooMany => "hosts",
        RequestProblem::EndsInThePast | RequestProblem::EndsBeforeItBegins => "starts_at",
        RequestProblem::EndsTooLate => "minutes",
        RequestProblem::Device => "devices",
        RequestProblem::Salt => "encryption.salt_bytes",
        RequestProblem::Iterations => "encryption.iterations",
    }
}
