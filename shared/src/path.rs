//! Every path of the portal's own API, written once for router and page.
//!
//! Constants are route patterns; functions of the same name fill them in. Every API call carries the
//! header [`SITE_HEADER`].

use crate::{ClientMessageId, FileRef, MessageId, RoomId, SiteId, VisitId};

/// The header every API call must carry; its value is the site's id. A page of another origin
/// cannot send it without being refused first.
pub const SITE_HEADER: &str = "x-gp";

/// Sent by a page in a frame of another site, with [`FRAMED_ACROSS_SITES`]: its cookies must be of the kind that
/// browsers keep there.
pub const FRAME_HEADER: &str = "x-gp-frame";
/// The value of [`FRAME_HEADER`].
pub const FRAMED_ACROSS_SITES: &str = "cross-site";
/// Another value of [`FRAME_HEADER`]: the browser keeps no cookie at all. The session is a bearer token that the page holds
/// in its memory: an answer brings it in [`BEARER_HEADER`], requests carry it as `Authorization`.
pub const WITHOUT_COOKIES: &str = "no-cookies";
/// See [`WITHOUT_COOKIES`].
pub const BEARER_HEADER: &str = "x-gp-bearer";

/// Sent by a page whose guest the site's back end has vouched for: without a session they are nobody new.
pub const IDENTIFIED_HEADER: &str = "x-gp-identified";

/// Sent with signing in where the site asks for work: what [`PROOF`] gave, a dot and the number that was found.
pub const PROOF_HEADER: &str = "x-gp-proof";

/// How large the file of an upload is, in bytes: with it one that is too large is refused before it is sent.
pub const FILE_BYTES_HEADER: &str = "x-gp-file-bytes";

/// `GET`: the site's [`crate::SiteProfile`].
pub const SITE: &str = "/api/site";
/// `POST` signs in, `GET` says who is signed in, `DELETE` leaves.
pub const SESSION: &str = "/api/session";
/// `POST`: a signed identity of the site's back end.
pub const IDENTITY: &str = "/api/identity";
/// `GET`: what to work on before signing in, a [`crate::Proof`].
pub const PROOF: &str = "/api/proof";
/// `GET`: the guest's rooms.
pub const ROOMS: &str = "/api/rooms";
/// `GET`: a page of messages, `POST`: send one.
pub const ROOM_MESSAGES: &str = "/api/rooms/{room_id}/messages";
/// `PATCH`: edit one's own message, `DELETE`: take it back (`?client_message_id=`).
pub const ROOM_MESSAGE: &str = "/api/rooms/{room_id}/messages/{message_id}";
/// `GET`: who is in a room.
pub const ROOM_MEMBERS: &str = "/api/rooms/{room_id}/members";
/// `POST`: the guest writes, or has stopped.
pub const ROOM_TYPING: &str = "/api/rooms/{room_id}/typing";
/// `POST`: the guest has read up to a message.
pub const ROOM_READ: &str = "/api/rooms/{room_id}/read";
/// `DELETE`: give up a message that failed.
pub const OUTBOX: &str = "/api/outbox/{client_message_id}";
/// `POST`: a ticket for a file of a message.
pub const FILE_TICKET: &str = "/api/files/{message_id}/{index}/ticket";
/// `GET`: the file a ticket stands for.
pub const FILE_DOWNLOAD: &str = "/api/files/dl/{ticket}";
/// `POST`: ask for a meeting.
pub const VISITS: &str = "/api/visits";
/// `GET`: follow a visit, `DELETE`: cancel it.
pub const VISIT: &str = "/api/visits/{visit_id}";
/// `POST`: the guest opens the link.
pub const VISIT_JOIN: &str = "/api/visits/{visit_id}/join";
/// `POST`: the guest has left the meeting.
pub const VISIT_LEAVE: &str = "/api/visits/{visit_id}/leave";
/// `POST`: leave a message for staff where guests do not write otherwise.
pub const NOTES: &str = "/api/notes";
/// `GET`: the page of a guest whose meeting was agreed on.
pub const APPOINTMENT: &str = "/visit/{invitation}";
/// `POST`: the guest opens the link: answers its address.
pub const APPOINTMENT_JOIN: &str = "/visit/{invitation}/join";
/// `POST`: the guest has left the meeting.
pub const APPOINTMENT_LEAVE: &str = "/visit/{invitation}/leave";
/// `POST`: the guest takes it back.
pub const APPOINTMENT_CANCEL: &str = "/visit/{invitation}/cancel";
/// `GET`: a word that changes whenever the page would.
pub const APPOINTMENT_VERSION: &str = "/visit/{invitation}/version";
/// `GET`: the appointment for a calendar.
pub const APPOINTMENT_CALENDAR: &str = "/visit/{invitation}/meeting.ics";
/// `GET`: the page where staff take a visit, `POST`: take it.
pub const CLAIM: &str = "/host/{claim}";
/// `POST`: the visit is over, says who took it.
pub const CLAIM_END: &str = "/host/{claim}/end";
/// `GET`: a word that changes whenever the page would.
pub const CLAIM_VERSION: &str = "/host/{claim}/version";
/// `GET`: the appointment for a calendar.
pub const CLAIM_CALENDAR: &str = "/host/{claim}/meeting.ics";
/// `POST`: a meeting's links, for programs with a key.
pub const MEETINGS: &str = "/api/v1/meetings";
/// `POST`: arrange a meeting for later, for programs with a key.
pub const BOOKINGS: &str = "/api/v1/visits";
/// `GET`: how a visit stands, `DELETE`: call it off; for programs with a key.
pub const BOOKING: &str = "/api/v1/visits/{visit_id}";
/// `GET`: the event stream.
pub const EVENTS: &str = "/api/events";
/// `GET`: a site's page.
pub const SITE_PAGE: &str = "/s/{site_id}";
/// `GET`: the words of a language; the name changes with them.
pub const WORDS: &str = "/words/{file}";
/// `GET`: a site's own picture.
pub const LOGO: &str = "/logo/{site_id}";
/// `GET`: a site's widget, to be framed.
pub const EMBED_PAGE: &str = "/embed/{site_id}";
/// The same for pages made for Cisco's Space widget: `?destination=` names whom it called.
pub const EMBED_DESTINATION: &str = "/embed";
/// The script that owners put on their pages.
pub const EMBED_SCRIPT: &str = "/embed.js";

/// The same for pages made for Cisco's Space widget.
pub const SPACE_WIDGET_SCRIPT: &str = "/space-widget.js";

/// `GET`: all of this described for programs, in OpenAPI 3.1.
pub const OPENAPI: &str = "/openapi.json";

/// Where Webex tells that something happened: the last part is a secret.
pub const WEBHOOK: &str = "/hooks/webex/{token}";

/// [`WEBHOOK`] with its secret.
pub fn webhook(token: &str) -> String {
    fill(WEBHOOK, token)
}

/// [`WORDS`] of one language.
pub fn words(file: &str) -> String {
    fill(WORDS, file)
}

/// [`ROOM_MESSAGES`] of one room; room ids need no escaping.
pub fn room_messages(room_id: &RoomId) -> String {
    fill(ROOM_MESSAGES, room_id.as_str())
}

/// [`ROOM_MESSAGES`] of one room, the page before a message.
pub fn room_messages_before(room_id: &RoomId, before: &MessageId) -> String {
    format!("{}?before={}", room_messages(room_id), before)
}

/// [`ROOM_MESSAGES`] of one room, a thread of it.
pub fn room_thread(room_id: &RoomId, root: &MessageId) -> String {
    format!("{}?thread={root}", room_messages(room_id))
}

/// [`ROOM_MESSAGE`] of one message: Webex's ids are base64 text and need no escaping.
pub fn room_message(room_id: &RoomId, message_id: &MessageId) -> String {
    format!("{}/{message_id}", room_messages(room_id))
}

/// [`ROOM_MESSAGE`] of one message, to take it back.
pub fn room_message_deletion(room_id: &RoomId, message_id: &MessageId, client_message_id: &ClientMessageId) -> String {
    format!("{}?client_message_id={client_message_id}", room_message(room_id, message_id))
}

/// [`ROOM_MEMBERS`] of one room.
pub fn room_members(room_id: &RoomId) -> String {
    fill(ROOM_MEMBERS, room_id.as_str())
}

/// [`ROOM_TYPING`] of one room.
pub fn room_typing(room_id: &RoomId) -> String {
    fill(ROOM_TYPING, room_id.as_str())
}

/// [`ROOM_READ`] of one room.
pub fn room_read(room_id: &RoomId) -> String {
    fill(ROOM_READ, room_id.as_str())
}

/// [`OUTBOX`] of one message.
pub fn outbox(client_message_id: &ClientMessageId) -> String {
    fill(OUTBOX, client_message_id.as_str())
}

/// [`FILE_TICKET`] of one file.
pub fn file_ticket(file: &FileRef) -> String {
    format!("/api/files/{}/{}/ticket", file.message_id, file.index)
}

/// [`FILE_DOWNLOAD`] of one ticket.
pub fn file_download(ticket: &str) -> String {
    fill(FILE_DOWNLOAD, ticket)
}

/// [`VISIT`] of one visit.
pub fn visit(visit_id: &VisitId) -> String {
    fill(VISIT, visit_id.as_str())
}

/// [`VISIT_JOIN`] of one visit.
pub fn visit_join(visit_id: &VisitId) -> String {
    fill(VISIT_JOIN, visit_id.as_str())
}

/// [`VISIT_LEAVE`] of one visit.
pub fn visit_leave(visit_id: &VisitId) -> String {
    fill(VISIT_LEAVE, visit_id.as_str())
}

/// [`CLAIM`] of one claim.
pub fn claim(token: &str) -> String {
    fill(CLAIM, token)
}

/// [`APPOINTMENT`] of one guest.
pub fn appointment(token: &str) -> String {
    fill(APPOINTMENT, token)
}

/// [`SITE_PAGE`] of one site.
pub fn site_page(site_id: &SiteId) -> String {
    fill(SITE_PAGE, site_id.as_str())
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

/// The pattern with this in the place of its one `{name}`. Searching for a text of several letters is machinery that the page
/// would carry for nothing else.
fn fill(pattern: &str, value: &str) -> String {
    let (before, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
    let (_, after) = rest.split_once('}').unwrap_or_default();
    [before, value, after].concat()
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
