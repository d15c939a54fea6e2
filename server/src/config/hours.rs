//! `[site.hours]`, and the same under a topic: when somebody is there.

use jiff::tz::TimeZone;

use super::reader::Section;
use crate::hours::{Holiday, Hours, Span};

const MAX_AWAY_CHARS: usize = 300;
const MAX_HOLIDAYS: usize = 200;

impl Hours {
    /// `None` without the section: somebody is always there. What the section does not say is taken from `outer`, the
    /// site's own hours.
    pub(super) fn read(section: &Section<'_, '_>, outer: Option<&Self>) -> Option<Self> {
        if section.is_empty() {
            return outer.cloned();
        }
        let zone = section.parsed("time_zone", "a time zone, such as `Europe/Berlin` or `UTC`", |text| TimeZone::get(text).ok());
        // Where it is wrong any will do: what takes it over must not be reported as well.
        let zone = zone.unwrap_or(Some(TimeZone::UTC)).or_else(|| outer.map(|outer| outer.zone.clone())).unwrap_or_else(|| {
            section.report("time_zone", "is missing; name the one the hours are meant in, such as `Europe/Berlin` or `UTC`");
            TimeZone::UTC
        });
        let mut holidays = outer.map(|outer| outer.holidays.clone()).unwrap_or_default();
        let listed = section.texts("holidays");
        if listed.len() > MAX_HOLIDAYS {
            section.report("holidays", format!("has too many days; at most {MAX_HOLIDAYS}"));
        }
        for text in &listed {
            match Holiday::parse(text) {
                Some(holiday) => holidays.push(holiday),
                None => section.report("holidays", format!("`{text}` is no day; write 2026-12-24, or 12-25 for every year")),
            }
        }
        let away = section.text("away").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if away.as_ref().is_some_and(|text| text.chars().count() > MAX_AWAY_CHARS) {
            section.report("away", format!("is too long; at most {MAX_AWAY_CHARS} characters"));
        }
        let away = away.or_else(|| outer.and_then(|outer| outer.away.clone()));
        let days = [
            ("monday", section.texts("monday")),
            ("tuesday", section.texts("tuesday")),
            ("wednesday", section.texts("wednesday")),
            ("thursday", section.texts("thursday")),
            ("friday", section.texts("friday")),
            ("saturday", section.texts("saturday")),
            ("sunday", section.texts("sunday")),
        ];
        let is_any_day_given = days.iter().any(|(day, _)| section.has(day));
        let week = days.map(|(day, texts)| read_day(section, day, &texts));
        section.finish();
        let week = if is_any_day_given { week } else { outer.map(|outer| outer.week.clone()).unwrap_or(week) };
        if week.iter().all(Vec::is_empty) {
            section.report(
                "monday",
                "no day of the week has hours; write when somebody is there: monday = [\"09:00-12:00\", \"13:00-17:00\"]",
            );
        }
        Some(Self { zone, week, holidays, away })
    }
}

fn read_day(section: &Section<'_, '_>, day: &str, texts: &[String]) -> Vec<Span> {
    let mut spans: Vec<Span> = texts
        .iter()
        .filter_map(|text| {
            let span = Span::parse(text);
            if span.is_none() {
                section.report(day, format!("`{text}` is no time of the day; write from and to with two digits each: \"09:00-17:30\""));
            }
            span
        })
        .collect();
    spans.sort_by_key(|span| span.from);
    spans
}
