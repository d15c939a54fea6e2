//! What staff read of a visit.

use shared::{ClientMessageId, VisitId};

use crate::content::markdown::escape;

const ASKS: &str = "asks-";
const MISSED: &str = "missed-";

/// The id of the notice that a guest asks for a meeting.
pub(crate) fn asks_id(visit_id: &VisitId) -> String {
    format!("{ASKS}{visit_id}")
}

/// What the ids of the messages that ask staff begin with.
pub(crate) fn bells_of(visit_id: &VisitId) -> String {
    format!("bell-{visit_id}-")
}

/// The id of the notice that nobody came.
pub(super) fn missed_id(visit_id: &VisitId) -> String {
    format!("{MISSED}{visit_id}")
}

/// Whether this is the id of a notice in the guest's space that is meant for staff.
pub fn is_notice_for_staff(id: &ClientMessageId) -> bool {
    [ASKS, MISSED].iter().any(|begin| id.as_str().starts_with(begin))
}

/// What everybody in the guest's space reads; no link, for the guest reads it, too.
pub(super) fn asks(guest_name: &str) -> String {
    format!("{guest_name} asks for a meeting.")
}

/// What everybody in the guest's space reads when nobody came.
pub(super) fn missed(guest_name: &str) -> String {
    format!("Nobody could take the meeting that {guest_name} asked for. Please answer here.")
}

/// What each member of staff gets, one to one, with their own link.
pub(super) fn ring(guest_name: &str, site_name: &str, topic: Option<&str>, link: &str) -> String {
    let about = topic.map(|topic| format!(" about **{}**", escape(topic))).unwrap_or_default();
    format!(
        "**{}** asks for a meeting{about} ({}).\n\n[Take this visit]({link})\n\nThis link is yours alone; please do not pass it on.",
        escape(guest_name),
        escape(site_name),
    )
}

/// What each of them gets when nobody came and there is no space to answer in.
pub(super) fn missed_alone(guest_name: &str, site_name: &str, topic: Option<&str>) -> String {
    let about = topic.map(|topic| format!(" about **{}**", escape(topic))).unwrap_or_default();
    format!("Nobody took the meeting that **{}** asked for{about} ({}).", escape(guest_name), escape(site_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_name_cannot_bring_markup_or_mentions_into_what_staff_read() {
        let text = ring("[x](https://evil.example) <@all> **b**", "Acme", Some("Sales"), "https://chat.example.com/host/t");
        assert!(
            !text.contains("](https://evil") && !text.contains("<@all>") && text.contains("](https://chat.example.com/host/t)"),
            "{text}"
        );
    }
}
