//! What staff read of a visit, and the ids of the messages they read it in.

use jiff::tz::TimeZone;
use shared::{ClientMessageId, Timestamp, VisitId, VisitState};

use crate::content::markdown::{escape, unlinked};

/// What the ids of notices in the guest's space begin with; guests are not shown them, they have the visit's card.
const NOTICE: &str = "visit-";

/// A notice in the guest's space: one of each kind for a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The guest asks.
    Asks,
    /// Somebody took it.
    Taken,
    /// It is over, one way or another.
    Over,
}

/// The id of a notice.
pub(crate) fn notice_id(notice: Notice, visit_id: &VisitId) -> String {
    let kind = match notice {
        Notice::Asks => "asks",
        Notice::Taken => "taken",
        Notice::Over => "over",
    };
    format!("{NOTICE}{kind}-{visit_id}")
}

/// What the ids of the messages that ask staff begin with.
pub(crate) fn bells_of(visit_id: &VisitId) -> String {
    format!("bell-{visit_id}-")
}

/// What the ids of the messages begin with that tell staff of a meeting that was agreed on.
pub(crate) fn bookings_of(visit_id: &VisitId) -> String {
    format!("book-{visit_id}-")
}

/// Whether this is the id of a notice in the guest's space that is meant for staff.
pub fn is_notice_for_staff(id: &ClientMessageId) -> bool {
    id.as_str().starts_with(NOTICE)
}

/// Who wants to meet whom about what.
#[derive(Clone, Copy)]
pub(super) struct Matter<'a> {
    pub(super) guest_name: &'a str,
    pub(super) site_name: &'a str,
    pub(super) topic: Option<&'a str>,
}

impl Matter<'_> {
    fn about(&self) -> String {
        self.topic.map(|topic| format!(" about **{}**", escape(topic))).unwrap_or_default()
    }

    /// `**Ada** ... about **Sales** (Acme).`
    fn with(&self, what: &str) -> String {
        format!("**{}** {what}{} ({}).", escape(&unlinked(self.guest_name)), self.about(), escape(self.site_name))
    }

    /// What each member of staff gets, one to one, with their own link.
    pub(super) fn asks(&self, link: &str) -> String {
        format!("{}\n\n[Take this visit]({link})\n\nThis link is yours alone; please do not pass it on.", self.with("asks for a meeting"))
    }

    /// The same for those who are asked because nobody else came.
    pub(super) fn still_asks(&self, link: &str) -> String {
        format!(
            "{} Nobody has taken it yet.\n\n[Take this visit]({link})\n\nThis link is yours alone; please do not pass it on.",
            self.with("asks for a meeting")
        )
    }

    /// What they get when a meeting was agreed on.
    pub(super) fn booked(&self, when: &str, link: &str) -> String {
        format!(
            "{}\n\n{when}\n\n[See it and add it to your calendar]({link})\n\nYou are asked again shortly before. This link is yours alone.",
            self.with("has an appointment for a meeting")
        )
    }

    /// What they get shortly before it begins.
    pub(super) fn begins(&self, when: &str, link: &str) -> String {
        format!(
            "{}\n\n{when}\n\n[Take this visit]({link})\n\nThis link is yours alone; please do not pass it on.",
            self.with("will be there soon for a meeting")
        )
    }

    /// What their message says once somebody took it.
    pub(super) fn was_taken(&self, staff_name: &str) -> String {
        format!("{} **{}** took it.", self.with("asked for a meeting"), escape(staff_name))
    }

    /// What their message says when nothing more comes of it.
    pub(super) fn is_over(&self, state: VisitState) -> String {
        format!("{} {}", self.with("asked for a meeting"), outcome(state))
    }

    /// What each of them gets when nobody came and there is no space to answer in.
    pub(super) fn missed_alone(&self) -> String {
        format!("Nobody took the meeting that {}", self.with("asked for"))
    }

    /// What they get when a guest leaves a message.
    pub(super) fn note(&self, text: &str, email: Option<&str>) -> String {
        let reach = email.map(|email| format!("\n\nE-mail: {}", escape(email))).unwrap_or_default();
        format!("{}\n\n{}{reach}", self.with("left a message"), escape(text))
    }
}

fn outcome(state: VisitState) -> &'static str {
    match state {
        VisitState::Missed => "Nobody could take it in time.",
        VisitState::Cancelled => "It was taken back.",
        VisitState::Expired => "The guest never came.",
        _ => "It is over.",
    }
}

/// What everybody in the guest's space reads; no link, for the guest reads it, too.
pub(super) fn asks(guest_name: &str) -> String {
    format!("{} asks for a meeting.", unlinked(guest_name))
}

/// What everybody in the guest's space reads once somebody took it.
pub(super) fn taken(guest_name: &str, staff_name: &str) -> String {
    format!("{staff_name} took the meeting that {} asked for.", unlinked(guest_name))
}

/// What everybody in the guest's space reads in the end.
pub(super) fn over(guest_name: &str, state: VisitState, minutes: Option<i64>) -> String {
    let guest_name = unlinked(guest_name);
    match state {
        VisitState::Missed => format!("Nobody could take the meeting that {guest_name} asked for. Please answer here."),
        VisitState::Cancelled => format!("{guest_name} no longer asks for a meeting."),
        VisitState::Expired => format!("{guest_name} did not come to the meeting; its links have ended."),
        _ => match minutes {
            Some(minutes @ 2..) => format!("The meeting with {guest_name} is over, after {minutes} minutes."),
            _ => format!("The meeting with {guest_name} is over."),
        },
    }
}

/// When a meeting begins, by the clock on the site's wall.
pub(crate) fn when(at: Timestamp, zone: &TimeZone) -> String {
    let Ok(instant) = jiff::Timestamp::from_millisecond(at.as_millis()) else { return String::new() };
    let zoned = instant.to_zoned(zone.clone());
    let place = zone.iana_name().unwrap_or("local time");
    format!("{} ({place})", zoned.strftime("%A, %-d %B %Y, %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_name_cannot_bring_markup_or_mentions_into_what_staff_read() {
        let matter =
            Matter { guest_name: "[x](https://evil.example) www.evil.example <@all> **b**", site_name: "Acme", topic: Some("Sales") };
        let link = "https://chat.example.com/host/t";
        for text in [matter.asks(link), matter.still_asks(link), matter.booked("", link), matter.begins("", link)] {
            assert!(!text.contains("evil.example") && !text.contains("<@all>") && text.contains(&format!("]({link})")), "{text}");
        }
        for text in [matter.was_taken("Grace"), matter.is_over(VisitState::Missed), matter.note("[y](https://evil.example) <@all>", None)] {
            assert!(!text.contains("](https://evil") && !text.contains("<@all>"), "{text}");
        }
    }

    #[test]
    fn a_time_is_told_by_the_clock_on_the_wall() {
        let at = Timestamp::from_millis(1_796_119_200_000);
        assert_eq!(when(at, &TimeZone::get("Europe/Berlin").unwrap()), "Tuesday, 1 December 2026, 11:00 (Europe/Berlin)");
        assert_eq!(when(at, &TimeZone::UTC), "Tuesday, 1 December 2026, 10:00 (UTC)");
    }
}
