//! Every operation of the REST API, with a request that makes sense and what it takes to spoil it.

use super::fixture::Spare;
use super::judge::Place;
use super::valid::*;
use super::wire::Sketch;
use super::{controls, fixture::Fixture};

/// One operation.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) place: Place,
    pub(super) method: &'static str,
    /// As it is routed; `{id}` is where an id stands.
    pub(super) path: &'static str,
    /// Another request that makes sense, every time.
    pub(super) valid: fn(&mut Fixture) -> Sketch,
    pub(super) spare: Spare,
    /// Fields without which it is refused.
    pub(super) required: &'static [&'static str],
    /// Fields of words, which are refused with anything but words.
    pub(super) words: &'static [&'static str],
    /// Values that are refused, in JSON.
    pub(super) bad_fields: &'static [(&'static str, &'static str)],
    /// Pairs that are refused; the value stands for whatever was asked.
    pub(super) bad_pairs: &'static [(&'static str, &'static str)],
    pub(super) needs_token: bool,
    /// Whether its body is read.
    pub(super) reads_body: bool,
}

const BASE: Subject = Subject {
    place: Place::Rest,
    method: "GET",
    path: "",
    valid: get_me,
    spare: Spare::None,
    required: &[],
    words: &[],
    bad_fields: &[],
    bad_pairs: &[],
    needs_token: true,
    reads_body: false,
};

const fn get(path: &'static str, valid: fn(&mut Fixture) -> Sketch) -> Subject {
    Subject { path, valid, ..BASE }
}

const fn asking(subject: Subject, bad_pairs: &'static [(&'static str, &'static str)]) -> Subject {
    Subject { bad_pairs, ..subject }
}

const fn delete(path: &'static str, valid: fn(&mut Fixture) -> Sketch, spare: Spare) -> Subject {
    Subject { method: "DELETE", path, valid, spare, ..BASE }
}

const fn writing(
    method: &'static str,
    path: &'static str,
    valid: fn(&mut Fixture) -> Sketch,
    required: &'static [&'static str],
    words: &'static [&'static str],
    bad_fields: &'static [(&'static str, &'static str)],
) -> Subject {
    Subject { method, path, valid, required, words, bad_fields, reads_body: true, ..BASE }
}

/// Numbers of items that are none, and cursors.
const BAD_MAX: (&str, &str) = ("max", "many");
const BAD_MAX_TOO: (&str, &str) = ("max", "1.5");
/// One more than 5.1 allows.
const TOO_MANY_IDS: &str = "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a";

const REST: [Subject; 32] = [
    asking(get("/v1/people", list_people), &[BAD_MAX, BAD_MAX_TOO, ("max", "%FF"), ("max", "0x10"), ("id", TOO_MANY_IDS)]),
    get("/v1/people/me", get_me),
    get("/v1/people/{id}", get_person),
    asking(
        get("/v1/rooms", list_rooms),
        &[BAD_MAX, BAD_MAX_TOO, ("type", "team"), ("type", "%00"), ("sortBy", "size"), ("cursor", "%25%25%25"), ("cursor", "%D7%A9")],
    ),
    writing(
        "POST",
        "/v1/rooms",
        create_room,
        &["title"],
        &["title"],
        &[
            ("title", "\"\""),
            ("title", "\" \\t \""),
            ("isLocked", "5"),
            ("isLocked", "\"perhaps\""),
            ("isPublic", "[true]"),
            ("isAnnouncementOnly", "{}"),
            ("description", "7"),
        ],
    ),
    get("/v1/rooms/{id}", get_room),
    writing(
        "PUT",
        "/v1/rooms/{id}",
        change_room,
        &["title"],
        &["title"],
        &[("title", "\"\""), ("isLocked", "5"), ("isLocked", "\"yes\""), ("isPublic", "[]"), ("description", "true")],
    ),
    delete("/v1/rooms/{id}", delete_room, Spare::Rooms),
    asking(
        get("/v1/memberships", list_memberships),
        &[BAD_MAX, BAD_MAX_TOO, ("roomId", "nothing"), ("roomId", "%FF%FE"), ("roomId", ".."), ("cursor", "%3F")],
    ),
    writing(
        "POST",
        "/v1/memberships",
        create_membership,
        &["roomId", "personEmail"],
        &["roomId", "personEmail"],
        &[
            ("roomId", "\"nothing\""),
            ("personEmail", "\"nobody\""),
            ("personEmail", "\"@\""),
            ("personEmail", "\"a@b@c.example\""),
            ("personEmail", "\"grace@sandbox.example\""),
            ("personId", "\"both\""),
            ("isModerator", "\"perhaps\""),
            ("isModerator", "1"),
        ],
    ),
    get("/v1/memberships/{id}", get_membership),
    writing(
        "PUT",
        "/v1/memberships/{id}",
        change_membership,
        &[],
        &[],
        &[("isModerator", "1"), ("isModerator", "\"no idea\""), ("isModerator", "{\"a\":true}"), ("isRoomHidden", "[]")],
    ),
    delete("/v1/memberships/{id}", delete_membership, Spare::Memberships),
    asking(
        get("/v1/messages", list_messages),
        &[
            BAD_MAX,
            BAD_MAX_TOO,
            ("roomId", ""),
            ("roomId", "nothing"),
            ("roomId", "%F0%9F"),
            ("before", "yesterday"),
            ("before", "2026-13-01T00:00:00.000Z"),
            ("before", "-1"),
            ("beforeMessage", "nothing"),
            ("beforeMessage", "%00"),
            ("parentId", "%2e%2e%2f"),
            ("mentionedPeople", "you"),
        ],
    ),
    writing(
        "POST",
        "/v1/messages",
        create_message,
        &["roomId"],
        &["roomId", "text", "markdown", "html", "parentId"],
        &[
            ("roomId", "\"nothing\""),
            ("toPersonId", "\"both\""),
            ("toPersonEmail", "\"linus@sandbox.example\""),
            ("parentId", "\"nothing\""),
            ("files", "5"),
            ("files", "[5]"),
            ("files", "[null]"),
            ("files", "[\"nowhere\"]"),
            ("files", "[\"ftp://127.0.0.1/a\"]"),
            ("files", "[\"http://127.0.0.1:1/a\"]"),
            ("files", "[\"http://[::1]:1/a\", \"http://[::1]:1/b\"]"),
            ("files", "{}"),
            ("attachments", "[{}]"),
            ("attachments", "[null]"),
            ("attachments", "[[]]"),
            ("attachments", "5"),
            (
                "attachments",
                "[{\"contentType\":\"application/vnd.microsoft.card.adaptive\",\"content\":{\"type\":\"AdaptiveCard\",\"version\":\"99999999999999999999.0\"}}]",
            ),
        ],
    ),
    asking(
        get("/v1/messages/direct", list_direct),
        &[("personId", ""), ("personId", "nothing"), ("personId", "%FF"), ("personEmail", "nobody"), ("parentId", "nothing")],
    ),
    get("/v1/messages/{id}", get_message),
    Subject {
        spare: Spare::Messages,
        ..writing(
            "PUT",
            "/v1/messages/{id}",
            edit_message,
            &["roomId"],
            &["roomId", "text", "markdown"],
            &[("roomId", "\"nothing\""), ("attachments", "[5]"), ("html", "5")],
        )
    },
    delete("/v1/messages/{id}", delete_message, Spare::Messages),
    get("/v1/contents/{id}", get_content),
    writing(
        "POST",
        "/v1/attachment/actions",
        create_action,
        &["type", "messageId"],
        &["type", "messageId"],
        &[("type", "\"press\""), ("messageId", "\"nothing\""), ("inputs", "5"), ("inputs", "[]"), ("inputs", "\"words\"")],
    ),
    get("/v1/attachment/actions/{id}", get_action),
    asking(get("/v1/webhooks", list_webhooks), &[BAD_MAX, BAD_MAX_TOO, ("ownedBy", "org"), ("ownedBy", "nobody"), ("cursor", "%FF")]),
    writing(
        "POST",
        "/v1/webhooks",
        create_webhook,
        &["name", "targetUrl", "resource", "event"],
        &["name", "targetUrl", "resource", "event", "filter", "secret", "ownedBy"],
        &[
            ("name", "\" \""),
            ("targetUrl", "\"nowhere\""),
            ("targetUrl", "\"javascript:alert(1)\""),
            ("targetUrl", "\"http://\""),
            ("resource", "\"people\""),
            ("event", "\"exploded\""),
            ("filter", "\"colour=red\""),
            ("filter", "\"&=&\""),
            ("ownedBy", "\"org\""),
            ("ownedBy", "\"me\""),
        ],
    ),
    get("/v1/webhooks/{id}", get_webhook),
    writing(
        "PUT",
        "/v1/webhooks/{id}",
        change_webhook,
        &["name", "targetUrl"],
        &["name", "targetUrl", "secret", "status"],
        &[("name", "\"\""), ("targetUrl", "\"file:///etc/passwd\""), ("status", "\"inactive\"")],
    ),
    delete("/v1/webhooks/{id}", delete_webhook, Spare::Webhooks),
    writing(
        "POST",
        "/v1/guests/token",
        create_guest_token,
        &["subject", "displayName"],
        &["subject", "displayName"],
        &[("subject", "\"\""), ("subject", "\"  \""), ("displayName", "\"\\n\"")],
    ),
    get("/v1/guests/count", count_guests),
    Subject { needs_token: false, method: "POST", ..get("/v1/jwt/login", log_in) },
    Subject {
        needs_token: false,
        ..writing(
            "POST",
            "/v1/access_token",
            refresh,
            &["grant_type", "client_id", "client_secret", "refresh_token"],
            &["grant_type", "client_id", "client_secret", "refresh_token"],
            &[("grant_type", "\"password\""), ("client_id", "\"C0\""), ("client_secret", "\"wrong\""), ("refresh_token", "\"wrong\"")],
        )
    },
    writing(
        "POST",
        "/v1/applications/C0/token",
        create_app_token,
        &["clientId", "clientSecret", "targetOrgId"],
        &["clientId", "clientSecret", "targetOrgId"],
        &[("clientId", "\"C0\""), ("clientSecret", "\"wrong\""), ("targetOrgId", "\"nothing\"")],
    ),
];

/// All of them, the broker and the switches too.
pub(super) fn subjects() -> Vec<Subject> {
    type Mint = (&'static str, fn(&mut Fixture) -> Sketch);
    let mints: [Mint; 2] = [("/api/v1/joseencrypt", controls::mint_v1), ("/api/v2/joseencrypt", controls::mint_v2)];
    let broker = mints.map(|(path, mint)| Subject {
        place: Place::Broker,
        ..writing(
            "POST",
            path,
            mint,
            &["aud", "jwt"],
            &["aud", "verticalType", "jweAlg", "enc", "jwsAlg"],
            &[
                ("aud", "\"somebody\""),
                ("jwt", "[]"),
                ("jwt", "{\"sub\":5}"),
                ("jwt", "{\"sub\":\"a\",\"exp\":\"soon\"}"),
                ("jwt", "{\"sub\":\"a\",\"exp\":1e-300}"),
                ("jwt", "{\"sub\":\"a\",\"flow\":{\"id\":\"sip-no-knock\",\"data\":[{\"uri\":5}]}}"),
                ("numHost", "-9223372036854775808"),
                ("numHost", "9223372036854775807"),
                ("numGuest", "18446744073709551615"),
                ("numGuest", "1.5"),
                ("saltLength", "0"),
                ("saltLength", "1000000"),
                ("iterations", "2147483648"),
                ("iterations", "-1"),
                ("loginUrlForHost", "7"),
                ("provideShortUrls", "\"perhaps\""),
            ],
        )
    });
    let mut all = REST.to_vec();
    all.extend(broker);
    all.extend(controls::SUBJECTS.map(|(method, path, valid, required, bad_fields)| Subject {
        place: Place::Control,
        method,
        path,
        valid,
        required,
        bad_fields,
        bad_pairs: if (method, path) == ("GET", "/sandbox/journal") {
            &[("newest", "many"), ("newest", "-1"), ("newest", "%FF")]
        } else {
            &[]
        },
        needs_token: false,
        reads_body: !required.is_empty() || !bad_fields.is_empty(),
        ..BASE
    }));
    all
}
