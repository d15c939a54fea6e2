//! The calls the portal makes, one short function each.

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    error::WebexError,
    send::{ListPage, WebexClient},
    wire,
};

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

    /// `POST /messages`: posts plain text into a room.
    pub async fn post_text(&self, token: SecretString, room_id: &str, text: &str) -> Result<wire::Message, WebexError> {
        self.request(Method::POST, "messages")?.token(&token).json(&wire::NewMessage { room_id, text }).send().await
    }
}

/// An id as one segment of a path: base64 letters only, so nothing in it can lead elsewhere.
fn segment(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=')).collect()
}
