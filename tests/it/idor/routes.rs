//! Everything that takes an id.

use reqwest::Method;

use super::ids::Kind;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// A guest, in whatever browser.
    Guests,
    /// Whoever has the link.
    Everybody,
    /// A program with a key.
    Programs,
}

/// One of them. `{id}` is what is tried, `{room}` and `{message}` are the asker's own, `{new}` is a new id of a message.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) takes: Kind,
    pub(super) whom: For,
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// Empty where none is read.
    pub(super) json: &'static str,
    /// Sent as a form with a file.
    pub(super) is_form: bool,
}

pub(super) fn every() -> Vec<Route> {
    const MESSAGE: &str = r#"{"client_message_id":"{new}","text":"Mine now"}"#;
    let room = |method, path, json| Route { takes: Kind::Room, whom: For::Guests, method, path, json, is_form: false };
    let message = |method, path, json| Route { takes: Kind::Message, ..room(method, path, json) };
    let visit = |method, path| Route { takes: Kind::Visit, ..room(method, path, "") };
    let claim = |method, path| Route { takes: Kind::Claim, whom: For::Everybody, ..room(method, path, "") };
    let invitation = |method, path| Route { takes: Kind::Invitation, whom: For::Everybody, ..room(method, path, "") };
    vec![
        room(Method::GET, "/api/rooms/{id}/messages", ""),
        room(Method::GET, "/api/rooms/{id}/messages?before={message}", ""),
        room(Method::GET, "/api/rooms/{id}/messages?thread={message}", ""),
        room(Method::POST, "/api/rooms/{id}/messages", MESSAGE),
        Route { is_form: true, ..room(Method::POST, "/api/rooms/{id}/messages", MESSAGE) },
        room(Method::PATCH, "/api/rooms/{id}/messages/{message}", MESSAGE),
        room(Method::DELETE, "/api/rooms/{id}/messages/{message}?client_message_id={new}", ""),
        room(Method::GET, "/api/rooms/{id}/members", ""),
        room(Method::POST, "/api/rooms/{id}/typing", r#"{"is_typing":true}"#),
        room(Method::POST, "/api/rooms/{id}/read", r#"{"message_id":"{message}"}"#),
        room(Method::POST, "/api/visits", r#"{"room_id":"{id}"}"#),
        room(Method::POST, "/api/notes", r#"{"room_id":"{id}","text":"A note"}"#),
        message(Method::GET, "/api/rooms/{room}/messages?before={id}", ""),
        message(Method::GET, "/api/rooms/{room}/messages?thread={id}", ""),
        message(Method::PATCH, "/api/rooms/{room}/messages/{id}", MESSAGE),
        message(Method::DELETE, "/api/rooms/{room}/messages/{id}?client_message_id={new}", ""),
        message(Method::POST, "/api/rooms/{room}/read", r#"{"message_id":"{id}"}"#),
        message(Method::POST, "/api/files/{id}/0/ticket", ""),
        message(Method::POST, "/api/files/{id}/1/ticket", ""),
        Route { takes: Kind::ClientMessage, ..room(Method::DELETE, "/api/outbox/{id}", "") },
        Route { takes: Kind::Ticket, whom: For::Everybody, ..room(Method::GET, "/api/files/dl/{id}", "") },
        visit(Method::GET, "/api/visits/{id}"),
        visit(Method::DELETE, "/api/visits/{id}"),
        visit(Method::POST, "/api/visits/{id}/join"),
        visit(Method::POST, "/api/visits/{id}/leave"),
        Route { whom: For::Programs, ..visit(Method::GET, "/api/v1/visits/{id}") },
        Route { whom: For::Programs, ..visit(Method::DELETE, "/api/v1/visits/{id}") },
        claim(Method::GET, "/host/{id}"),
        claim(Method::GET, "/host/{id}/version"),
        claim(Method::GET, "/host/{id}/meeting.ics"),
        claim(Method::POST, "/host/{id}"),
        claim(Method::POST, "/host/{id}/end"),
        invitation(Method::GET, "/visit/{id}"),
        invitation(Method::GET, "/visit/{id}/version"),
        invitation(Method::GET, "/visit/{id}/meeting.ics"),
        invitation(Method::POST, "/visit/{id}/join"),
        invitation(Method::POST, "/visit/{id}/leave"),
        invitation(Method::POST, "/visit/{id}/cancel"),
    ]
}
