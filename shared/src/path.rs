//! Every path of the portal's own API, written once for router and page.
//!
//! Constants are route patterns; functions of the same name fill them in. Every API call carries the
//! header [`SITE_HEADER`].

use crate::{MessageId, RoomId, SiteId};

/// The header every API call must carry; its value is the site's id. A page of another origin
/// cannot send it without being refused first.
pub const SITE_HEADER: &str = "x-gp";

/// `GET`: the site's [`crate::SiteProfile`].
pub const SITE: &str = "/api/site";
/// `POST` signs in, `GET` says who is signed in, `DELETE` leaves.
pub const SESSION: &str = "/api/session";
/// `GET`: the guest's rooms.
pub const ROOMS: &str = "/api/rooms";
/// `GET`: a page of messages, `POST`: send one.
pub const ROOM_MESSAGES: &str = "/api/rooms/{room_id}/messages";
/// `GET`: the event stream.
pub const EVENTS: &str = "/api/events";
/// `GET`: a site's page.
pub const SITE_PAGE: &str = "/s/{site_id}";
/// `GET`: a site's widget, to be framed.
pub const EMBED_PAGE: &str = "/embed/{site_id}";

/// [`ROOM_MESSAGES`] of one room; room ids need no escaping.
pub fn room_messages(room_id: &RoomId) -> String {
    ROOM_MESSAGES.replace("{room_id}", room_id.as_str())
}

/// [`ROOM_MESSAGES`] of one room, the page before a message.
pub fn room_messages_before(room_id: &RoomId, before: &MessageId) -> String {
    format!("{}?before={}", room_messages(room_id), before)
}

/// [`SITE_PAGE`] of one site.
pub fn site_page(site_id: &SiteId) -> String {
    SITE_PAGE.replace("{site_id}", site_id.as_str())
}

/// The site a page's address names: `/s/{site}` and `/embed/{site}`; `None` on `/`, which is the
/// default site's page.
pub fn site_of_page(path: &str) -> Option<SiteId> {
    let mut segments = path.trim_matches('/').split('/');
    let kind = segments.next()?;
    let site = segments.next()?;
    let is_page = matches!(kind, "s" | "embed") && segments.next().is_none() && SiteId::is_well_formed(site);
    is_page.then(|| SiteId::new(site))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_site_from_its_address() {
        assert_eq!(site_of_page("/s/demo"), Some(SiteId::new("demo")));
        assert_eq!(site_of_page("/embed/demo/"), Some(SiteId::new("demo")));
        for none in ["/", "", "/s/", "/s/A", "/x/demo", "/s/demo/more"] {
            assert_eq!(site_of_page(none), None, "{none}");
        }
    }

    #[test]
    fn paths_fill_their_patterns() {
        assert_eq!(room_messages(&RoomId::new("r1")), "/api/rooms/r1/messages");
        assert_eq!(room_messages_before(&RoomId::new("r1"), &MessageId::new("m")), "/api/rooms/r1/messages?before=m");
        assert_eq!(site_page(&SiteId::new("demo")), "/s/demo");
    }
}
