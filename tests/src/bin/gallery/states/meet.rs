//! Meetings in each of their states, and a site outside its hours.

use std::time::Duration;

use shared::path;
use tests::{browser::TestBrowser, portal::GRACE};

use super::{pictures::Pictures, speech::Speech, stage::Stage};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "{site}"
welcome = "{welcome}"
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 600
"#;

const CLOSED_SITE: &str = r#"
[[site]]
id = "demo"
name = "{site}"
welcome = "{welcome}"
staff = ["grace@sandbox.example"]
[site.hours]
time_zone = "UTC"
away = "{away}"
{week}
[site.meetings]
"#;

const MINUTE: i64 = 60_000;

pub(super) async fn show(speech: &Speech, pictures: &Pictures) {
    away(speech, pictures).await;
    visits(speech, pictures).await;
}

async fn away(speech: &Speech, pictures: &Pictures) {
    let opens_at = jiff::Timestamp::now().as_millisecond() / MINUTE + 200;
    let at = |minutes: i64| {
        let time = jiff::Timestamp::from_millisecond(minutes * MINUTE).expect("a time").to_zoned(jiff::tz::TimeZone::UTC);
        time.strftime("%H:%M").to_string()
    };
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week: String = days.iter().map(|day| format!("{day} = [\"{}-{}\"]\n", at(opens_at), at(opens_at + 60))).collect();
    let site = CLOSED_SITE.replace("{away}", speech.talk.away).replace("{week}", &week);
    let stage = Stage::begin(speech, pictures, &site).await;
    stage.sign_in().await;
    stage.guest.sees(speech.talk.away).await;
    stage.say(speech.talk.order).await;
    stage.take("away").await;
    stage.end().await;
}

async fn visits(speech: &Speech, pictures: &Pictures) {
    let stage = Stage::begin(speech, pictures, SITE).await;
    stage.sign_in().await;
    stage.say(speech.talk.order).await;
    stage.answer(GRACE, speech.talk.answers[0]).await;
    stage.press("join_meeting").await;
    stage.sees_words("visit_next").await;
    stage.take("visit-requested").await;
    stage.pass(Duration::from_secs(601)).await;
    stage.sees_words("visit_missed").await;
    stage.take("missed").await;

    for number in 0..5 {
        let other = stage.portal.guest(&format!("Other {number}")).await;
        let visit = other.ask_for_meeting().await;
        stage.portal.take_it(&stage.portal.claim(GRACE, 2 + number).await).await;
        other.cancel(&visit.id).await;
    }
    let mut waiting = Vec::new();
    for name in ["Eve", "Bob"] {
        let other = stage.portal.guest(name).await;
        waiting.push((other.ask_for_meeting().await.id, other));
    }
    stage.portal.claim(GRACE, 8).await;
    stage.press("join_meeting").await;
    stage.sees_words("visit_place").await;
    let claim = stage.portal.claim(GRACE, 9).await;
    stage.take("queue-place").await;
    for (visit, other) in waiting {
        other.cancel(&visit).await;
    }
    let host = TestBrowser::start().await;
    host.goto(&format!("{}{}", stage.portal.base_url(), path::claim(&claim))).await;
    host.press("Take this visit").await;
    stage.guest.link(speech.say("join_now")).await;
    stage.take("claimed").await;
    let chat = stage.guest.this_tab().await;
    stage.guest.follow_to_new_tab(speech.say("join_now")).await;
    stage.guest.turn_to(&chat).await;
    stage.guest.button(speech.say("leave_meeting")).await;
    stage.take("joined").await;
    stage.press("leave_meeting").await;
    stage.sees_words("visit_ended").await;
    stage.take("ended").await;
    host.close().await;
    stage.end().await;
}
