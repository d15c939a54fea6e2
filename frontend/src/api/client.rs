//! Typed calls, one per thing a page can ask.

use gloo_net::http::Method;
use shared::{MessageId, MessagePage, NewMessage, NewSession, Pending, RoomId, RoomList, Session, SiteId, SiteProfile, path};
use web_sys::AbortSignal;

use super::ApiError;
use super::decode::{Decode, decode};
use super::json::Json;
use super::request::{Request, text};

/// Longer than this no answer is waited for; asking again is always safe.
const PATIENCE_MILLIS: u32 = 20_000;

/// Calls in the name of one site.
#[derive(Clone)]
pub struct Client {
    site_id: SiteId,
}

impl Client {
    /// A client of this site.
    pub fn new(site_id: SiteId) -> Self {
        Self { site_id }
    }

    /// Which site.
    pub fn site_id(&self) -> &SiteId {
        &self.site_id
    }

    /// What the page needs to draw itself.
    pub async fn site(&self) -> Result<SiteProfile, ApiError> {
        read(&self.call(Method::GET, path::SITE, None).await?)
    }

    /// Who is signed in.
    pub async fn session(&self) -> Result<Session, ApiError> {
        read(&self.call(Method::GET, path::SESSION, None).await?)
    }

    /// Signs in.
    pub async fn sign_in(&self, new: &NewSession) -> Result<Session, ApiError> {
        let NewSession { display_name } = new;
        let body = Json::record(&[("display_name", Json::of(display_name))]);
        read(&self.call(Method::POST, path::SESSION, Some(body.write())).await?)
    }

    /// Leaves.
    pub async fn leave(&self) -> Result<(), ApiError> {
        self.call(Method::DELETE, path::SESSION, None).await.map(|_| ())
    }

    /// The guest's rooms.
    pub async fn rooms(&self) -> Result<RoomList, ApiError> {
        read(&self.call(Method::GET, path::ROOMS, None).await?)
    }

    /// The newest messages of a room, or those before one.
    pub async fn messages(&self, room_id: &RoomId, before: Option<&MessageId>) -> Result<MessagePage, ApiError> {
        let path = match before {
            Some(message_id) => path::room_messages_before(room_id, message_id),
            None => path::room_messages(room_id),
        };
        read(&self.call(Method::GET, &path, None).await?)
    }

    /// Sends a message; repeating it never sends twice.
    pub async fn create_message(&self, room_id: &RoomId, new: &NewMessage) -> Result<Pending, ApiError> {
        let NewMessage { client_message_id, text } = new;
        let body = Json::record(&[("client_message_id", Json::of(client_message_id.as_str())), ("text", Json::of(text))]);
        read(&self.call(Method::POST, &path::room_messages(room_id), Some(body.write())).await?)
    }

    async fn call(&self, method: Method, path: &str, body: Option<String>) -> Result<String, ApiError> {
        let signal = Some(AbortSignal::timeout_with_u32(PATIENCE_MILLIS));
        let request = Request { method, path, site_id: self.site_id.as_str(), body, last_event_id: None, signal };
        text(&request.send().await?).await
    }
}

fn read<T: Decode>(text: &str) -> Result<T, ApiError> {
    decode(text).ok_or(ApiError::Unreadable)
}
