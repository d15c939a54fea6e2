//! When somebody is there: a week, a time zone, and the days on which nobody is. Pure: whoever asks brings the time.

use jiff::{
    SignedDuration,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use shared::Timestamp;

/// The days of a week in the order of [`Hours::week`].
pub const WEEKDAYS: [Weekday; 7] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday, Weekday::Saturday, Weekday::Sunday];

/// So far ahead the next change is looked for, in days: first a little more than a week, then more than a year.
const HORIZONS: [i64; 2] = [9, 400];
const MINUTES_A_DAY: i16 = 24 * 60;

/// When somebody is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Hours {
    /// Where the clock hangs.
    pub zone: TimeZone,
    /// For Monday to Sunday: from when to when, in order.
    pub week: [Vec<Span>; 7],
    /// Days on which nobody is there.
    pub holidays: Vec<Holiday>,
    /// What guests are told outside these hours.
    pub away: Option<String>,
}

/// From when to when, in minutes since midnight; one that ends no later than it begins ends on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Begins.
    pub from: i16,
    /// Ends.
    pub to: i16,
}

/// A day on which nobody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holiday {
    /// Once.
    On(Date),
    /// Every year: month and day.
    Yearly(i8, i8),
}

/// How it stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Somebody is there.
    pub is_open: bool,
    /// When that changes; `None` if it does not within a year.
    pub changes_at: Option<Timestamp>,
}

impl Span {
    /// From a text such as `09:00-17:30`; the end may be `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let span = Self { from: minutes(from.trim())?, to: minutes(to.trim())? };
        (span.from < MINUTES_A_DAY && span.from != span.to).then_some(span)
    }
}

impl Holiday {
    /// From a text such as `2026-12-24`, or `12-25` for every year.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(date) = text.parse::<Date>() {
            return Some(Self::On(date));
        }
        let (month, day) = text.split_once('-')?;
        let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let (month, day) = (is_number(month).then_some(month)?.parse().ok()?, is_number(day).then_some(day)?.parse().ok()?);
        // A leap year has every day there can be.
        Date::new(2024, month, day).ok().map(|_| Self::Yearly(month, day))
    }

    fn is_on(self, date: Date) -> bool {
        match self {
            Self::On(day) => day == date,
            Self::Yearly(month, day) => (date.month(), date.day()) == (month, day),
        }
    }
}

impl Hours {
    /// Whether somebody is there, and until when that holds.
    pub fn at(&self, now: Timestamp) -> Standing {
        let Ok(instant) = jiff::Timestamp::from_millisecond(now.as_millis()) else {
            return Standing { is_open: false, changes_at: None };
        };
        let today = instant.to_zoned(self.zone.clone()).date();
        let mut standing = Standing { is_open: false, changes_at: None };
        for days in HORIZONS {
            let spans = self.spans(today, days);
            let current = spans.iter().find(|(from, to)| *from <= now && now < *to);
            let next = spans.iter().find(|(from, _)| *from > now);
            standing = Standing { is_open: current.is_some(), changes_at: current.map(|(_, to)| *to).or(next.map(|(from, _)| *from)) };
            // A span that reaches the end of what was looked at may go on behind it.
            let seen_until = spans.last().map(|(_, to)| *to);
            if standing.changes_at.is_some() && (!standing.is_open || standing.changes_at < seen_until) {
                return standing;
            }
        }
        // Open all the year round.
        if standing.is_open { Standing { changes_at: None, ..standing } } else { standing }
    }

    /// When somebody is there, from yesterday on; what adjoins is one.
    fn spans(&self, today: Date, days: i64) -> Vec<(Timestamp, Timestamp)> {
        let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
        for ahead in -1..days {
            let Ok(date) = today.checked_add(SignedDuration::from_hours(24 * ahead)) else { continue };
            if self.holidays.iter().any(|holiday| holiday.is_on(date)) {
                continue;
            }
            let of_day = WEEKDAYS.iter().position(|weekday| *weekday == date.weekday()).and_then(|index| self.week.get(index));
            for span in of_day.into_iter().flatten() {
                let end = if span.to > span.from { span.to } else { span.to + MINUTES_A_DAY };
                let (Some(from), Some(to)) = (self.instant(date, span.from), self.instant(date, end)) else { continue };
                match spans.last_mut() {
                    Some(last) if from <= last.1 => last.1 = last.1.max(to),
                    _ => spans.push((from, to)),
                }
            }
        }
        spans
    }

    /// The instant of a wall clock's time; one that is left out in spring is an hour later, and of two in autumn it is the first.
    fn instant(&self, date: Date, minutes: i16) -> Option<Timestamp> {
        let date = date.checked_add(SignedDuration::from_hours(24 * i64::from(minutes / MINUTES_A_DAY))).ok()?;
        let of_day = minutes % MINUTES_A_DAY;
        let time = Time::new(i8::try_from(of_day / 60).ok()?, i8::try_from(of_day % 60).ok()?, 0, 0).ok()?;
        let zoned = date.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    }
}

/// Minutes since midnight of `09:30`; `24:00` is the end of a day.
fn minutes(text: &str) -> Option<i16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, most: i16| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|number| is_number && *number <= most)
    };
    let total = number(hours, 24)? * 60 + number(minutes, 59)?;
    (total <= MINUTES_A_DAY).then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn spans(texts: &[&str]) -> Vec<Span> {
        texts.iter().map(|text| Span::parse(text).unwrap()).collect()
    }

    /// Monday to Friday in Berlin, with a break at noon.
    fn office() -> Hours {
        let day = spans(&["09:00-12:00", "13:00-17:30"]);
        let week = [day.clone(), day.clone(), day.clone(), day.clone(), day, Vec::new(), Vec::new()];
        Hours { zone: TimeZone::get("Europe/Berlin").unwrap(), week, holidays: Vec::new(), away: None }
    }

    fn standing(hours: &Hours, now: &str) -> (bool, Option<Timestamp>) {
        let Standing { is_open, changes_at } = hours.at(at(now));
        (is_open, changes_at)
    }

    #[test]
    fn a_day_opens_pauses_and_closes_by_the_clock_on_the_wall() {
        let office = office();
        // A Thursday in winter: Berlin is an hour ahead.
        assert_eq!(standing(&office, "2026-11-26T07:59:59Z"), (false, Some(at("2026-11-26T08:00:00Z"))));
        assert_eq!(standing(&office, "2026-11-26T08:00:00Z"), (true, Some(at("2026-11-26T11:00:00Z"))));
        assert_eq!(standing(&office, "2026-11-26T11:00:00Z"), (false, Some(at("2026-11-26T12:00:00Z"))));
        assert_eq!(standing(&office, "2026-11-26T16:29:59Z"), (true, Some(at("2026-11-26T16:30:00Z"))));
        // A Friday evening in summer: over the weekend, two hours ahead.
        assert_eq!(standing(&office, "2026-07-03T15:30:00Z"), (false, Some(at("2026-07-06T07:00:00Z"))));
    }

    #[test]
    fn the_hour_that_is_left_out_and_the_one_that_comes_twice_shift_nothing_else() {
        let mut hours = office();
        hours.week[6] = spans(&["01:00-04:00"]);
        // Clocks go from 2 to 3 on 2026-03-29, and from 3 to 2 on 2026-10-25.
        assert_eq!(standing(&hours, "2026-03-29T00:30:00Z"), (true, Some(at("2026-03-29T02:00:00Z"))));
        assert_eq!(standing(&hours, "2026-10-25T00:30:00Z"), (true, Some(at("2026-10-25T03:00:00Z"))));
        assert_eq!(standing(&hours, "2026-10-25T04:00:00Z"), (false, Some(at("2026-10-26T08:00:00Z"))));
    }

    #[test]
    fn a_holiday_is_closed_once_or_every_year() {
        let holidays = ["2026-11-26", "11-27"].map(|text| Holiday::parse(text).unwrap()).to_vec();
        let hours = Hours { holidays, ..office() };
        assert_eq!(standing(&hours, "2026-11-26T10:00:00Z"), (false, Some(at("2026-11-30T08:00:00Z"))));
        assert_eq!(standing(&hours, "2029-11-26T10:00:00Z"), (true, Some(at("2029-11-26T11:00:00Z"))));
    }

    #[test]
    fn a_night_that_began_yesterday_is_still_open_and_what_adjoins_is_one() {
        let night = spans(&["22:00-02:00"]);
        let week = [night.clone(), night.clone(), night.clone(), night.clone(), night.clone(), night.clone(), night];
        let nights = Hours { week, ..office() };
        assert_eq!(standing(&nights, "2026-11-26T00:30:00Z"), (true, Some(at("2026-11-26T01:00:00Z"))));
        let mut days = office();
        days.week[3] = spans(&["18:00-24:00"]);
        days.week[4] = spans(&["00:00-06:00"]);
        assert_eq!(standing(&days, "2026-11-26T20:00:00Z"), (true, Some(at("2026-11-27T05:00:00Z"))));
    }

    #[test]
    fn always_and_never_do_not_change_and_a_long_holiday_ends() {
        let whole = spans(&["00:00-24:00"]);
        let week = [whole.clone(), whole.clone(), whole.clone(), whole.clone(), whole.clone(), whole.clone(), whole];
        assert_eq!(standing(&Hours { week, ..office() }, "2026-11-26T10:00:00Z"), (true, None));
        let never = Hours { week: Default::default(), ..office() };
        assert_eq!(standing(&never, "2026-11-26T10:00:00Z"), (false, None));
        let summer: Vec<Holiday> = (1..=31).flat_map(|day| [Holiday::Yearly(7, day), Holiday::Yearly(8, day)]).collect();
        let rests = Hours { holidays: summer, ..office() };
        assert_eq!(standing(&rests, "2026-07-01T10:00:00Z"), (false, Some(at("2026-09-01T07:00:00Z"))));
    }

    #[test]
    fn texts_that_are_no_times_and_days_are_refused() {
        for good in ["00:00-24:00", "09:00 - 17:30", "22:00-02:00"] {
            assert!(Span::parse(good).is_some(), "{good}");
        }
        for bad in
            ["", "9-17", "09:00", "09:00-09:00", "24:00-02:00", "09:60-10:00", "25:00-26:00", "-1:00-02:00", "9:00-17:00", "09:00-24:01"]
        {
            assert!(Span::parse(bad).is_none(), "{bad}");
        }
        for bad in ["", "2026-13-01", "02-30", "1-1", "12/25", "christmas"] {
            assert!(Holiday::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(Holiday::parse("02-29"), Some(Holiday::Yearly(2, 29)));
    }

    proptest! {
        #[test]
        fn nothing_changes_before_the_next_change_and_something_does_then(
            minute in 0_i64..600_000,
            offsets in prop::collection::vec((0_i16..1440, 1_i16..1440), 0..4),
            holiday in 1_i8..28,
        ) {
            let of_day: Vec<Span> = offsets.iter().map(|(from, length)| Span { from: *from, to: (from + length) % 1440 }).filter(|span| span.from != span.to).collect();
            let mut sorted = of_day.clone();
            sorted.sort_by_key(|span| span.from);
            let hours = Hours {
                week: [sorted.clone(), Vec::new(), sorted.clone(), sorted.clone(), sorted, Vec::new(), Vec::new()],
                holidays: vec![Holiday::Yearly(3, holiday)],
                ..office()
            };
            let now = at("2026-01-01T00:00:00Z").plus_millis(minute * 60_000);
            let standing = hours.at(now);
            if let Some(changes_at) = standing.changes_at {
                prop_assert!(changes_at > now);
                let last = hours.at(changes_at.plus_millis(-1));
                prop_assert_eq!(last.is_open, standing.is_open);
                prop_assert_eq!(hours.at(changes_at).is_open, !standing.is_open);
            } else {
                prop_assert!(hours.week.iter().all(Vec::is_empty));
            }
        }
    }
}
