//! The calls the portal makes, one short function each.

use reqwest::{Method, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    error::WebexError,
    send::{ListPage, WebexClient},
    wire,
};
use crate::content::outgoing::Outgoing;

/// A file is read in pieces of this size.
const UPLOAD_CHUNK: usize = 64 * 1024;
/// How many messages make a page: Webex's own default.
const MESSAGES_PER_PAGE: usize = 50;

impl WebexClient {
    /// `GET /people/me`: whose token this is.
    pub async fn me(&self, token: SecretString) -> Result<wire::Person, WebexError> {
        self.request(Method::GET, "people/me")?.token(&token).send().await
    }

    /// `GET /people/{id}`.
    pub async fn person(&self, token: SecretString, person_id: &str) -> Result<wire::Person, WebexError> {
        self.request(Method::GET, &format!("people/{}", segment(person_id)))?.token(&token).send().await
    }

    /// `POST /guests/token`: vouches for a guest; the same subject is the same person.
    pub async fn guest_token(&self, token: SecretString, subject: &str, display_name: &str) -> Result<wire::GuestToken, WebexError> {
        self.request(Method::POST, "guests/token")?.token(&token).json(&wire::NewGuestToken { subject, display_name }).send().await
    }

    /// `POST /access_token`: fresh tokens for a service app.
    pub async fn refresh(
        &self,
        client_id: &str,
        client_secret: &SecretString,
        refresh_token: &SecretString,
    ) -> Result<wire::RefreshedToken, WebexError> {
        let form = wire::RefreshForm {
            grant_type: "refresh_token",
            client_id,
            client_secret: client_secret.expose_secret(),
            refresh_token: refresh_token.expose_secret(),
        };
        self.request(Method::POST, "access_token")?.form(&form).send().await
    }

    /// `GET /rooms?sortBy=lastactivity`: own rooms, most recently active first.
    pub async fn rooms_by_activity(&self, token: SecretString) -> Result<ListPage<wire::Room>, WebexError> {
        self.request(Method::GET, "rooms")?.token(&token).query(&[("sortBy", "lastactivity"), ("max", "100")]).send_list().await
    }

    /// `GET /rooms?sortBy=created`: own rooms, newest first.
    pub async fn rooms_by_age(&self, token: SecretString) -> Result<ListPage<wire::Room>, WebexError> {
        self.request(Method::GET, "rooms")?.token(&token).query(&[("sortBy", "created"), ("max", "100")]).send_list().await
    }

    /// `GET /rooms/{id}`: one of the caller's own rooms; refused with 404 where they are not in it.
    pub async fn room(&self, token: SecretString, room_id: &str) -> Result<wire::Room, WebexError> {
        self.request(Method::GET, &format!("rooms/{}", segment(room_id)))?.token(&token).send().await
    }

    /// `DELETE /rooms/{id}`: for everybody. One that is gone already is as good as deleted.
    pub async fn delete_room(&self, token: SecretString, room_id: &str) -> Result<(), WebexError> {
        let deleted = self.request(Method::DELETE, &format!("rooms/{}", segment(room_id)))?.token(&token).send_for_nothing().await;
        match deleted {
            Err(WebexError::Status { status: 404, .. }) => Ok(()),
            other => other,
        }
    }

    /// The next page of a list of rooms.
    pub async fn more_rooms(&self, token: SecretString, next: Url) -> Result<ListPage<wire::Room>, WebexError> {
        self.request_url(Method::GET, next).token(&token).send_list().await
    }

    /// `POST /rooms`: makes a group room with the caller in it.
    pub async fn create_room(&self, token: SecretString, title: &str) -> Result<wire::Room, WebexError> {
        self.request(Method::POST, "rooms")?.token(&token).json(&wire::NewRoom { title }).send().await
    }

    /// `POST /memberships` by person id; somebody who is there already is as good as added.
    pub async fn add_person(&self, token: SecretString, room_id: &str, person_id: &str) -> Result<(), WebexError> {
        self.add(token, wire::NewMembership { room_id, person_id: Some(person_id), person_email: None }).await
    }

    /// `POST /memberships` by e-mail address; somebody who is there already is as good as added.
    pub async fn add_email(&self, token: SecretString, room_id: &str, email: &str) -> Result<(), WebexError> {
        self.add(token, wire::NewMembership { room_id, person_id: None, person_email: Some(email) }).await
    }

    async fn add(&self, token: SecretString, membership: wire::NewMembership<'_>) -> Result<(), WebexError> {
        let added: Result<wire::Membership, _> = self.request(Method::POST, "memberships")?.token(&token).json(&membership).send().await;
        match added {
            Err(WebexError::Status { status: 409, .. }) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// `GET /memberships?roomId=`: who is in a room.
    pub async fn members(&self, token: SecretString, room_id: &str) -> Result<ListPage<wire::Membership>, WebexError> {
        self.request(Method::GET, "memberships")?.token(&token).query(&[("roomId", room_id), ("max", "100")]).send_list().await
    }

    /// `GET /messages?roomId=`: a page of a room's messages, newest first, optionally those before one.
    pub async fn messages(&self, token: SecretString, room_id: &str, before: Option<&str>) -> Result<ListPage<wire::Message>, WebexError> {
        let max = MESSAGES_PER_PAGE.to_string();
        let mut query = vec![("roomId", room_id), ("max", &*max)];
        query.extend(before.map(|before| ("beforeMessage", before)));
        self.request(Method::GET, "messages")?.token(&token).query(&query).send_list().await
    }

    /// `GET /messages/direct`: the newest messages of a conversation of two; refused with 404 where there is none.
    pub async fn direct_messages(&self, token: SecretString, email: &str) -> Result<ListPage<wire::Message>, WebexError> {
        self.request(Method::GET, "messages/direct")?.token(&token).query(&[(wire::DIRECT_WITH, email)]).send_list().await
    }

    /// `GET /messages/{id}`.
    pub async fn message(&self, token: SecretString, message_id: &str) -> Result<wire::Message, WebexError> {
        self.request(Method::GET, &message_path(message_id))?.token(&token).send().await
    }

    /// `GET /messages?roomId=&parentId=`: a page of a thread's answers, newest first, optionally those before one.
    pub async fn replies(
        &self,
        token: SecretString,
        room_id: &str,
        parent_id: &str,
        before: Option<&str>,
    ) -> Result<ListPage<wire::Message>, WebexError> {
        let max = MESSAGES_PER_PAGE.to_string();
        let mut query = vec![("roomId", room_id), ("parentId", parent_id), ("max", &*max)];
        query.extend(before.map(|before| ("beforeMessage", before)));
        self.request(Method::GET, "messages")?.token(&token).query(&query).send_list().await
    }

    /// `POST /messages`: posts what a guest wrote, optionally in a thread.
    pub async fn post_message(
        &self,
        token: SecretString,
        target: Target<'_>,
        parent_id: Option<&str>,
        words: &Outgoing,
    ) -> Result<wire::Message, WebexError> {
        let (text, markdown) = fields(words);
        let message = wire::NewMessage { text, markdown, parent_id, ..target.message() };
        self.request(Method::POST, "messages")?.token(&token).json(&message).send().await
    }

    /// `POST /messages`: posts markup that the portal itself wrote.
    pub async fn post_markdown(&self, token: SecretString, target: Target<'_>, markdown: &str) -> Result<wire::Message, WebexError> {
        let message = wire::NewMessage { markdown: Some(markdown), ..target.message() };
        self.request(Method::POST, "messages")?.token(&token).json(&message).send().await
    }

    /// `POST /messages` with a file, which is read as it is sent.
    pub async fn post_file(
        &self,
        token: SecretString,
        target: Target<'_>,
        parent_id: Option<&str>,
        words: &Outgoing,
        file: Upload,
    ) -> Result<wire::Message, WebexError> {
        let inside = |error: &dyn std::fmt::Display| WebexError::Inside(error.to_string());
        let body = reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::with_capacity(file.content, UPLOAD_CHUNK));
        let part = reqwest::multipart::Part::stream_with_length(body, file.size).file_name(file.name);
        let part = part.mime_str(&file.media_type).map_err(|error| inside(&error))?;
        let form = match target {
            Target::Room(room_id) => reqwest::multipart::Form::new().text(wire::upload_part::ROOM, room_id.to_owned()),
            Target::Email(email) => reqwest::multipart::Form::new().text(wire::upload_part::EMAIL, email.to_owned()),
        };
        let form = match parent_id {
            Some(parent_id) => form.text(wire::upload_part::PARENT, parent_id.to_owned()),
            None => form,
        };
        let form = match words {
            Outgoing::Text(text) if text.is_empty() => form,
            Outgoing::Text(text) => form.text(wire::upload_part::TEXT, text.clone()),
            Outgoing::Markdown(markdown) => form.text(wire::upload_part::MARKDOWN, markdown.clone()),
        };
        let form = form.part(wire::upload_part::FILE, part);
        // Whoever refuses an upload early may close the connection a moment later: nothing else must be sent on it.
        self.request(Method::POST, "messages")?.token(&token).multipart(form).alone().with_time_for(file.size).send().await
    }

    /// `PUT /messages/{id}`: one's own message says something else.
    pub async fn edit_message(
        &self,
        token: SecretString,
        message_id: &str,
        room_id: &str,
        words: &Outgoing,
    ) -> Result<wire::Message, WebexError> {
        let (text, markdown) = fields(words);
        self.request(Method::PUT, &message_path(message_id))?
            .token(&token)
            .json(&wire::EditedMessage { room_id, text, markdown })
            .send()
            .await
    }

    /// The same with formatting, for what the portal itself wrote.
    pub async fn edit_markdown(
        &self,
        token: SecretString,
        message_id: &str,
        room_id: &str,
        markdown: &str,
    ) -> Result<wire::Message, WebexError> {
        let edited = wire::EditedMessage { room_id, text: None, markdown: Some(markdown) };
        self.request(Method::PUT, &message_path(message_id))?.token(&token).json(&edited).send().await
    }

    /// `DELETE /messages/{id}`: takes one's own message back; one that is gone is as good as deleted.
    pub async fn delete_message(&self, token: SecretString, message_id: &str) -> Result<(), WebexError> {
        let deleted = self.request(Method::DELETE, &message_path(message_id))?.token(&token).send_for_nothing().await;
        match deleted {
            Err(WebexError::Status { status: 404, .. }) => Ok(()),
            other => other,
        }
    }

    /// `HEAD /contents/{id}`: what a file is called, its type and size.
    pub async fn content_head(&self, token: SecretString, content_id: &str) -> Result<HeaderMap, WebexError> {
        self.request(Method::HEAD, &content_path(content_id))?.token(&token).send_for_headers().await
    }

    /// `GET /contents/{id}`: the bytes as they come.
    pub async fn content(&self, token: SecretString, content_id: &str) -> Result<reqwest::Response, WebexError> {
        self.request(Method::GET, &content_path(content_id))?.token(&token).send_for_stream().await
    }

    /// `POST /jwt/login`: exchanges a guest's JWT for a token.
    pub async fn jwt_login(&self, jwt: &SecretString) -> Result<wire::JwtLogin, WebexError> {
        self.request(Method::POST, "jwt/login")?.token(jwt).send().await
    }

    /// `GET /people?email=`: somebody of one's own organisation.
    pub async fn person_by_email(&self, token: SecretString, email: &str) -> Result<Option<wire::Person>, WebexError> {
        let found = self.request(Method::GET, "people")?.token(&token).query(&[("email", email)]).send_list::<wire::Person>().await?;
        Ok(found.items.into_iter().next())
    }

    /// `GET /memberships`: one's own; one is enough to know that one may ask.
    pub async fn own_memberships(&self, token: SecretString) -> Result<ListPage<wire::Membership>, WebexError> {
        self.request(Method::GET, "memberships")?.token(&token).query(&[("max", "1")]).send_list().await
    }
}

/// Where a message goes.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Into a room.
    Room(&'a str),
    /// To somebody, one to one.
    Email(&'a str),
}

impl<'a> Target<'a> {
    fn message(self) -> wire::NewMessage<'a> {
        match self {
            Self::Room(room_id) => wire::NewMessage { room_id: Some(room_id), ..Default::default() },
            Self::Email(email) => wire::NewMessage { to_person_email: Some(email), ..Default::default() },
        }
    }
}

/// A file to be sent.
pub struct Upload {
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How many bytes there are.
    pub size: u64,
    /// The bytes.
    pub content: tokio::fs::File,
}

/// The id in the address of a file: the host in it may be an older one, so that only the id is taken.
pub fn content_id(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let (_, id) = url.path().rsplit_once("/contents/")?;
    let id = segment(id.trim_end_matches('/'));
    (!id.is_empty()).then_some(id)
}

/// As `text` and as `markdown`: Webex is given one of them.
fn fields(words: &Outgoing) -> (Option<&str>, Option<&str>) {
    match words {
        Outgoing::Text(text) => (Some(text), None),
        Outgoing::Markdown(markdown) => (None, Some(markdown)),
    }
}

fn message_path(message_id: &str) -> String {
    format!("messages/{}", segment(message_id))
}

fn content_path(content_id: &str) -> String {
    format!("contents/{}", segment(content_id))
}

/// An id as one segment of a path: base64 letters only, so nothing in it can lead elsewhere.
pub(super) fn segment(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=')).collect()
}
