//! Webex's own JSON, the part of it the portal reads. Nothing outside `webex/` parses or writes it.
//!
//! Fields Webex may leave out are optional; fields the portal does not need are not here.

pub mod mercury;
pub mod webhooks;

use serde::{Deserialize, Serialize};

/// A list as Webex answers it.
#[derive(Debug, Deserialize)]
pub struct Items<T> {
    /// The page's items.
    pub items: Vec<T>,
}

/// The body of a refusal.
#[derive(Debug, Default, Deserialize)]
pub struct ErrorBody {
    /// What Webex says.
    #[serde(default)]
    pub message: Option<String>,
    /// The tracking id, also in a header.
    #[serde(default, rename = "trackingId")]
    pub tracking_id: Option<String>,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// PEOPLE id.
    pub id: String,
    /// The name shown in Webex.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Whose person it is.
    #[serde(default)]
    pub org_id: Option<String>,
    /// `person`, `bot` or `appuser`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// A room.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// ROOM id.
    pub id: String,
    /// As the caller sees it.
    #[serde(default)]
    pub title: String,
    /// `direct` or `group`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Changes with every message and membership.
    #[serde(default)]
    pub last_activity: Option<String>,
}

/// A membership.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// Whose.
    pub person_id: String,
    /// The name shown in Webex.
    #[serde(default)]
    pub person_display_name: Option<String>,
}

/// A message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// MESSAGE id.
    pub id: String,
    /// The first message of the thread this one replies to.
    #[serde(default)]
    pub parent_id: Option<String>,
    /// Where it is.
    #[serde(default)]
    pub room_id: String,
    /// Addresses of the files that came with it.
    #[serde(default)]
    pub files: Vec<String>,
    /// A card, at most one.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Author.
    pub person_id: String,
    /// Plain text; absent for a file or card alone.
    #[serde(default)]
    pub text: Option<String>,
    /// Present when it was written as markdown or in a rich client.
    #[serde(default)]
    pub html: Option<String>,
    /// When it was written.
    pub created: String,
    /// When it was last edited; absent if never.
    #[serde(default)]
    pub updated: Option<String>,
}

/// What is attached to a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// What it is: an adaptive card has `application/vnd.microsoft.card.adaptive`.
    pub content_type: String,
    /// The card itself.
    #[serde(default)]
    pub content: serde_json::Value,
}

/// Asks for a room.
#[derive(Debug, Serialize)]
pub struct NewRoom<'a> {
    /// Its title.
    pub title: &'a str,
}

/// Asks for somebody to be let into a room.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMembership<'a> {
    /// Which room.
    pub room_id: &'a str,
    /// Whom, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<&'a str>,
    /// Whom, by address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_email: Option<&'a str>,
}

/// Asks for a message to be posted, as plain text: nothing in it is markup. Exactly one destination is given.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage<'a> {
    /// Which room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<&'a str>,
    /// Whom, one to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_person_email: Option<&'a str>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// What it says, with markup: only for what the portal itself writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<&'a str>,
    /// The message that began the thread it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<&'a str>,
}

/// The parameter that names the other person of a conversation of two.
pub const DIRECT_WITH: &str = "personEmail";

/// The names of the parts of an upload.
pub mod upload_part {
    /// Which room.
    pub const ROOM: &str = "roomId";
    /// Whom, one to one.
    pub const EMAIL: &str = "toPersonEmail";
    /// The message that began the thread it goes to.
    pub const PARENT: &str = "parentId";
    /// What it says.
    pub const TEXT: &str = "text";
    /// The same, with formatting.
    pub const MARKDOWN: &str = "markdown";
    /// The file.
    pub const FILE: &str = "files";
}

/// What mentions somebody in markdown; Webex shows the name. The name must hold none of `<`, `>` and `|`.
pub fn mention(person_id: &str, name: &str) -> String {
    format!("<@personId:{person_id}|{name}>")
}

/// Asks for a message to say something else.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EditedMessage<'a> {
    /// Where it is.
    pub room_id: &'a str,
    /// What it says from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// The same with formatting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<&'a str>,
}

/// Asks a service app's organisation to vouch for a guest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewGuestToken<'a> {
    /// The guest's lasting identifier.
    pub subject: &'a str,
    /// The name shown in Webex.
    pub display_name: &'a str,
}

/// A guest's token.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestToken {
    /// The guest's PEOPLE id.
    pub id: String,
    /// The bearer token.
    pub access_token: String,
    /// Seconds it lives.
    pub expires_in: i64,
}

/// What a guest's JWT is exchanged for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JwtLogin {
    /// The bearer token.
    pub token: String,
    /// Seconds it lives.
    pub expires_in: i64,
}

/// Asks for fresh tokens, as a form.
#[derive(Serialize)]
pub struct RefreshForm<'a> {
    /// Always `refresh_token`.
    pub grant_type: &'a str,
    /// The app's id.
    pub client_id: &'a str,
    /// The app's secret.
    pub client_secret: &'a str,
    /// The newest refresh token.
    pub refresh_token: &'a str,
}

/// Fresh tokens.
#[derive(Deserialize)]
pub struct RefreshedToken {
    /// The bearer token.
    pub access_token: String,
    /// Seconds it lives.
    pub expires_in: i64,
    /// The refresh token from now on; may be the same.
    #[serde(default)]
    pub refresh_token: Option<String>,
}

/// A date of Webex in milliseconds since 1970. Accepts any offset and fraction, though Webex writes `.mmmZ`.
pub fn millis(date: &str) -> Option<i64> {
    date.parse::<jiff::Timestamp>().ok().map(|timestamp| timestamp.as_millisecond())
}

/// An id as it is compared: some clients pad the base64 text, Webex does not.
pub fn unpadded(id: &str) -> &str {
    id.trim_end_matches('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form_seen() {
        assert_eq!(millis("1970-01-01T00:00:01.500Z"), Some(1500));
        assert_eq!(millis("1970-01-01T01:00:01+01:00"), Some(1000));
        assert_eq!(millis("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(millis("yesterday"), None);
    }

    #[test]
    fn a_message_with_only_what_webex_always_sends_is_read() {
        let message: Message =
            serde_json::from_str(r#"{"id":"m","roomId":"r","personId":"p","created":"2026-01-01T00:00:00.000Z","newField":{}}"#).unwrap();
        assert_eq!(message.text, None);
    }
}
