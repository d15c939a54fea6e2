//! Instants as Webex writes them: UTC, always three digits of a second, always `Z`.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Moment(i64);

impl Moment {
    pub(crate) const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Reads RFC 3339 with any offset and any number of digits: clients are not as strict as Webex.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let timestamp = text.parse().ok().or_else(|| is_end_of_time(text).then_some(jiff::Timestamp::MAX));
        timestamp.map(|timestamp| Self(timestamp.as_millisecond()))
    }

    pub(crate) fn ms(self) -> i64 {
        self.0
    }

    pub(crate) fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub(crate) fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// As an HTTP `Date` header has it.
    pub(crate) fn to_http_date(self) -> String {
        self.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// The last day of all, which clients write for "never", ends after the last timestamp.
fn is_end_of_time(text: &str) -> bool {
    let date = text.strip_suffix(['Z', 'z']).and_then(|date| date.parse::<jiff::civil::DateTime>().ok());
    date.is_some_and(|date| date >= jiff::civil::date(9999, 12, 30).at(0, 0, 0, 0))
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a date"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_second_still_has_three_digits() {
        assert_eq!(Moment::from_ms(1_767_262_800_000).to_string(), "2026-01-01T10:20:00.000Z");
        assert_eq!(Moment::from_ms(1_767_262_800_007).to_string(), "2026-01-01T10:20:00.007Z");
    }

    #[test]
    fn other_spellings_of_a_date_are_understood() {
        let expected = Some(Moment::from_ms(1_767_262_800_000));
        for text in ["2026-01-01T10:20:00.000Z", "2026-01-01T10:20:00Z", "2026-01-01T11:20:00.000000+01:00"] {
            assert_eq!(Moment::parse(text), expected, "{text}");
        }
        assert_eq!(Moment::parse("9999-12-31T23:59:59.999Z"), Some(Moment::from_ms(jiff::Timestamp::MAX.as_millisecond())));
        assert_eq!(Moment::parse("9999-12-32T23:59:59Z"), None);
        assert_eq!(Moment::parse("yesterday"), None);
    }

    #[test]
    fn the_date_header_is_gmt() {
        assert_eq!(Moment::from_ms(1_767_262_800_000).to_http_date(), "Thu, 01 Jan 2026 10:20:00 GMT");
    }
}
