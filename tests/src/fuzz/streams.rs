//! What goes out to browsers as server-sent events. The judge reads as the standard says: exactly one event comes of each, with its own
//! words in it and nothing more.

use futures_util::FutureExt;
use server::{
    clock::Clock,
    fanout::{Audience, Hub},
};
use shared::{Author, AuthorKind, Block, Inline, Message, MessageId, PersonId, PortalEvent, RoomId, Timestamp};

pub(super) fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let event = serde_json::from_slice::<PortalEvent>(bytes).unwrap_or_else(|_| saying(&text));
    let hub = Hub::new(Clock::system()).expect("a hub");
    let audience = Audience::Room(RoomId::new("room"));
    // Whatever somebody says they have heard before, only this hub's own numbers mean something.
    let mut listener = hub.listen(vec![audience.clone()], Some(&text));
    assert!(!listener.is_resumed() || text == hub.position(), "{text:?}");
    hub.publish(audience, &event);
    let frame = listener.next().now_or_never().flatten().expect("an event");
    let read = read(std::str::from_utf8(&frame).expect("text"));
    assert_eq!(read.len(), 1, "{frame:?}");
    let (name, id, data) = &read[0];
    assert_eq!((name.as_str(), id.as_str()), ("", &*hub.position()), "{frame:?}");
    assert_eq!(serde_json::from_str::<PortalEvent>(data).expect("the event"), event);
}

fn saying(text: &str) -> PortalEvent {
    let author = Author { person_id: PersonId::new(text), display_name: text.into(), kind: AuthorKind::Staff };
    let message = Message {
        id: MessageId::new(text),
        author,
        content: vec![Block::Paragraph { inlines: vec![Inline::text(text)] }],
        files: Vec::new(),
        parent_id: None,
        created_at: Timestamp::from_millis(0),
        edited_at: None,
        client_message_id: None,
    };
    PortalEvent::MessagePosted { room_id: RoomId::new("room"), message }
}

/// Name, id and data of each event, read as the HTML standard says.
fn read(stream: &str) -> Vec<(String, String, String)> {
    let mut events = Vec::new();
    let (mut name, mut id, mut data) = (String::new(), String::new(), String::new());
    for line in stream.replace("\r\n", "\n").replace('\r', "\n").split('\n') {
        if line.is_empty() {
            if !data.is_empty() {
                data.pop();
                events.push((name.clone(), id.clone(), data.clone()));
            }
            (name, data) = (String::new(), String::new());
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => data.extend([value, "\n"]),
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            _ => {}
        }
    }
    events
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "hello",
        "a\r\n\r\ndata: {\"type\":\"bye\"}\n\n",
        "\r\rid: 7\revent: x\r",
        "\u{feff}data: x\u{2028}data: y\u{85}",
        r#"{"type":"bye"}"#,
        r#"{"type":"hello","build":"b\r\n\r\n","is_resumed":true}"#,
        r#"{"type":"message_deleted","room_id":"r","message_id":"m\u0000\n"}"#,
    ])
}
