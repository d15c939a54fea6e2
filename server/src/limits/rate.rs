//! How often something may be done, as it is written in the configuration: `60/min burst 30`.

use std::{fmt, num::NonZeroU32, time::Duration};

/// So often in a while, and so often at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    period: Period,
    burst: NonZeroU32,
}

/// How long it may take until all of a burst may be done again.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
    Hour,
}

impl Period {
    const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    const fn as_word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }

    const fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
        })
    }
}

impl Rate {
    /// Reads `60/min burst 30`; without a burst it is the count.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (count, period) = words.next()?.split_once('/')?;
        let count = count.parse().ok()?;
        let period = Period::ALL.into_iter().find(|known| known.as_word() == period)?;
        let burst = match (words.next(), words.next(), words.next()) {
            (None, ..) => count,
            (Some("burst"), Some(burst), None) => burst.parse().ok()?,
            _ => return None,
        };
        let rate = Self { count, period, burst };
        // Reckoned in nanoseconds: no interval must be none, and all of a burst no longer than anybody waits.
        (rate.interval() > Duration::ZERO && rate.interval().checked_mul(burst.get())? <= LONGEST).then_some(rate)
    }

    /// How often something may be done at once.
    pub fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// After how long it may be done once more.
    pub fn interval(self) -> Duration {
        self.period.duration() / self.count.get()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{} burst {}", self.count, self.period.as_word(), self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_it_is_written() {
        let rate = Rate::parse("60/min burst 30").unwrap();
        assert_eq!((rate.interval(), rate.burst().get()), (Duration::from_secs(1), 30));
        assert_eq!(rate.to_string(), "60/min burst 30");
        assert_eq!(Rate::parse("2/s").unwrap().to_string(), "2/s burst 2");
        assert_eq!(Rate::parse("10/h burst 1").unwrap().interval(), Duration::from_secs(360));
        for wrong in [
            "",
            "60",
            "60/day",
            "0/s",
            "2/s burst 0",
            "2/s burst",
            "2/s burst 3 4",
            "2/s bursts 3",
            "-1/s",
            "60 / min",
            "2000000000/s",
            "1/h burst 4294967295",
        ] {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
    }
}
