//! When somebody is there, for a site and for a topic: each day of a week is looked at before it opens.

use std::time::Duration;

use jiff::{ToSpan, Zoned, civil::Weekday, tz::TimeZone};
use shared::{Away, SiteProfile, path};
use tests::portal::TestPortal;

use super::{Row, Seen, all_act, changed, for_portal};

const OPEN: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.hours]
time_zone = "UTC"
monday = ["09:00-10:00"]
tuesday = ["09:00-10:00"]
wednesday = ["09:00-10:00"]
thursday = ["09:00-10:00"]
friday = ["09:00-10:00"]
saturday = ["09:00-10:00"]
sunday = ["09:00-10:00"]
[[site.meetings.topic]]
name = "Support"
[site.meetings.topic.hours]
monday = ["08:00-09:00"]
tuesday = ["08:00-09:00"]
wednesday = ["08:00-09:00"]
thursday = ["08:00-09:00"]
friday = ["08:00-09:00"]
saturday = ["08:00-09:00"]
"#;

/// Every day is looked at half an hour after its beginning in UTC, when it is half past nine in Tokyo.
pub(super) const ROWS: &[Row] = &[
    Row { key: "site.hours.time_zone", changed: r#""Asia/Tokyo""#, seen: "02:00 in UTC" },
    Row { key: "site.hours.monday", changed: r#"["11:00-12:00"]"#, seen: "11:00 in Tokyo" },
    Row { key: "site.hours.tuesday", changed: r#"["12:00-13:00"]"#, seen: "12:00 in Tokyo" },
    Row { key: "site.hours.wednesday", changed: r#"["13:00-14:00"]"#, seen: "13:00 in Tokyo" },
    Row { key: "site.hours.thursday", changed: r#"["14:00-15:00"]"#, seen: "14:00 in Tokyo" },
    Row { key: "site.hours.friday", changed: r#"["15:00-16:00"]"#, seen: "15:00 in Tokyo" },
    Row { key: "site.hours.saturday", changed: r#"["16:00-17:00"]"#, seen: "16:00 in Tokyo" },
    Row { key: "site.hours.sunday", changed: r#"["17:30-18:00"]"#, seen: "17:30 in Tokyo" },
    Row { key: "site.hours.holidays", changed: r#"["A HOLIDAY"]"#, seen: "closed all day" },
    Row { key: "site.hours.away", changed: r#""We are at home.""#, seen: "We are at home." },
    Row { key: "site.meetings.topic.hours.monday", changed: r#"["18:00-19:00"]"#, seen: "18:00 in Tokyo" },
    Row { key: "site.meetings.topic.hours.tuesday", changed: r#"["19:00-20:00"]"#, seen: "19:00 in Tokyo" },
    Row { key: "site.meetings.topic.hours.wednesday", changed: r#"["20:00-21:00"]"#, seen: "20:00 in Tokyo" },
    Row { key: "site.meetings.topic.hours.thursday", changed: r#"["21:00-22:00"]"#, seen: "21:00 in Tokyo" },
    Row { key: "site.meetings.topic.hours.friday", changed: r#"["22:00-23:00"]"#, seen: "22:00 in Tokyo" },
    Row { key: "site.meetings.topic.hours.saturday", changed: r#"["23:00-24:00"]"#, seen: "23:00 in Tokyo" },
];

const DAYS: [[&str; 2]; 7] = [
    ["site.hours.monday", "site.meetings.topic.hours.monday"],
    ["site.hours.tuesday", "site.meetings.topic.hours.tuesday"],
    ["site.hours.wednesday", "site.meetings.topic.hours.wednesday"],
    ["site.hours.thursday", "site.meetings.topic.hours.thursday"],
    ["site.hours.friday", "site.meetings.topic.hours.friday"],
    ["site.hours.saturday", "site.meetings.topic.hours.saturday"],
    ["site.hours.sunday", "site.meetings.topic.hours.sunday"],
];

/// When somebody is back, by the clock of a city.
fn back(away: Option<&Away>, zone: &str) -> Zoned {
    let until = away.and_then(|away| away.until).expect("it is closed");
    jiff::Timestamp::from_millisecond(until.as_millis()).unwrap().in_tz(zone).unwrap()
}

fn advance_to(portal: &TestPortal, time: &Zoned) {
    let ahead = time.timestamp().as_millisecond() - portal.clock.now().as_millis();
    portal.advance(Duration::from_millis(u64::try_from(ahead).unwrap()));
}

async fn look_at_a_week(changes: &[Row]) -> Seen {
    let now = Zoned::now().with_time_zone(TimeZone::UTC);
    let monday = now.nth_weekday(1, Weekday::Monday).unwrap().start_of_day().unwrap().checked_add(30.minutes()).unwrap();
    let holiday = monday.checked_add(14.days()).unwrap();
    let configuration = for_portal(changed(OPEN, changes)).replace("A HOLIDAY", &holiday.date().to_string());
    let portal = TestPortal::start_with_sites(&configuration).await;
    let profile = async || portal.visitor().get(path::SITE).await.json::<SiteProfile>();
    let mut seen = Seen::new();
    for (ahead, [of_site, of_topic]) in DAYS.into_iter().enumerate() {
        advance_to(&portal, &monday.checked_add(i64::try_from(ahead).unwrap().days()).unwrap());
        let away = profile().await.away;
        let in_tokyo = |away: Option<&Away>| format!("{} in Tokyo", back(away, "Asia/Tokyo").strftime("%H:%M"));
        seen.insert(of_site, in_tokyo(away.as_ref()));
        let topic = portal.guest("Ada").await.rooms().await.remove(0).topics.remove(0);
        seen.insert(of_topic, in_tokyo(topic.away.as_ref()));
        if ahead == 0 {
            seen.insert("site.hours.time_zone", format!("{} in UTC", back(away.as_ref(), "UTC").strftime("%H:%M")));
            seen.insert("site.hours.away", away.and_then(|away| away.text).unwrap_or_default());
        }
    }
    advance_to(&portal, &holiday);
    let is_closed = back(profile().await.away.as_ref(), "UTC").date() > holiday.date();
    seen.insert("site.hours.holidays", if is_closed { "closed all day" } else { "open later" }.to_owned());
    seen
}

#[tokio::test]
async fn when_somebody_is_there_is_as_configured() {
    all_act(ROWS, look_at_a_week).await;
}
