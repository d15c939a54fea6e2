//! Typed calls, one per thing a page can ask.

use gloo_net::http::Method;
use shared::{
    ClientMessageId, FileRef, FileTicket, MemberList, MessageId, MessagePage, NewSession, NewVisit, Pending, PendingKind, RoomId, RoomList,
    Session, SiteId, SiteProfile, Visit, VisitId, path,
};
use web_sys::AbortSignal;

use super::ApiError;
use super::decode::{Decode, decode};
use super::json::Json;
use super::request::{Request, asset, text};
use super::upload;
use crate::outbox::Item;

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

    /// The words of a language.
    pub async fn words(&self, file: &str) -> Result<String, ApiError> {
        let signal = Some(AbortSignal::timeout_with_u32(PATIENCE_MILLIS));
        text(&asset(&path::words(file), signal).await?).await
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
        let NewSession { display_name, email, topic, consent } = new;
        let mut fields = vec![("display_name", Json::of(display_name))];
        fields.extend(email.as_ref().map(|email| ("email", Json::of(email))));
        fields.extend(topic.as_ref().map(|topic| ("topic", Json::of(topic))));
        fields.extend(consent.as_ref().map(|consent| ("consent", Json::of(consent))));
        read(&self.call(Method::POST, path::SESSION, Some(Json::record(&fields).write())).await?)
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

    /// A thread of a room: the message that began it, and those that answer it.
    pub async fn thread(&self, room_id: &RoomId, root: &MessageId) -> Result<MessagePage, ApiError> {
        read(&self.call(Method::GET, &path::room_thread(room_id, root), None).await?)
    }

    /// Sends a message, or a change to one, with the file that goes with it; repeating it never does it twice.
    pub async fn send(&self, item: &Item, file: Option<web_sys::File>) -> Result<Pending, ApiError> {
        let id = &item.client_message_id;
        let mut fields = vec![("client_message_id", Json::of(id.as_str())), ("text", Json::of(&item.text))];
        fields.extend(item.parent_id.as_ref().map(|parent_id| ("parent_id", Json::of(parent_id.as_str()))));
        let body = Json::record(&fields).write();
        let messages = path::room_messages(&item.room_id);
        let answer = match (item.kind, &item.message_id, file) {
            (PendingKind::Edit, Some(message_id), _) => {
                self.call(Method::PATCH, &path::room_message(&item.room_id, message_id), Some(body)).await
            }
            (PendingKind::Delete, Some(message_id), _) => {
                self.call(Method::DELETE, &path::room_message_deletion(&item.room_id, message_id, id), None).await
            }
            (_, _, Some(file)) => upload::send(&messages, self.site_id.as_str(), id.as_str(), &body, &file).await,
            (_, _, None) => self.call(Method::POST, &messages, Some(body)).await,
        };
        read(&answer?)
    }

    /// Gives up a message that failed.
    pub async fn give_up(&self, id: &ClientMessageId) -> Result<(), ApiError> {
        self.call(Method::DELETE, &path::outbox(id), None).await.map(|_| ())
    }

    /// Who is in a room.
    pub async fn members(&self, room_id: &RoomId) -> Result<MemberList, ApiError> {
        read(&self.call(Method::GET, &path::room_members(room_id), None).await?)
    }

    /// Where to fetch a file, once.
    pub async fn file_ticket(&self, file: &FileRef) -> Result<FileTicket, ApiError> {
        read(&self.call(Method::POST, &path::file_ticket(file), None).await?)
    }

    /// Asks for a meeting.
    pub async fn ask_for_visit(&self, new: &NewVisit) -> Result<Visit, ApiError> {
        let NewVisit { room_id, topic } = new;
        let mut fields = vec![("room_id", Json::of(room_id.as_str()))];
        fields.extend(topic.as_ref().map(|topic| ("topic", Json::of(topic))));
        read(&self.call(Method::POST, path::VISITS, Some(Json::record(&fields).write())).await?)
    }

    /// Leaves a message for staff where guests do not write otherwise.
    pub async fn leave_note(&self, room_id: &RoomId, note: &str) -> Result<(), ApiError> {
        self.tell(path::NOTES, &[("room_id", Json::of(room_id.as_str())), ("text", Json::of(note))]).await
    }

    /// Tells what nothing is answered to.
    pub async fn tell(&self, path: &str, fields: &[(&str, Json)]) -> Result<(), ApiError> {
        self.call(Method::POST, path, Some(Json::record(fields).write())).await.map(|_| ())
    }

    /// Takes a visit one step further; what became of it, if the portal says so at once.
    pub async fn step(&self, visit_id: &VisitId, step: Step) -> Result<Option<Visit>, ApiError> {
        let (method, path) = match step {
            Step::Cancel => (Method::DELETE, path::visit(visit_id)),
            Step::Join => (Method::POST, path::visit_join(visit_id)),
            Step::Leave => (Method::POST, path::visit_leave(visit_id)),
        };
        Ok(decode(&self.call(method, &path, None).await?))
    }

    async fn call(&self, method: Method, path: &str, body: Option<String>) -> Result<String, ApiError> {
        let signal = Some(AbortSignal::timeout_with_u32(PATIENCE_MILLIS));
        let request = Request { method, path, site_id: self.site_id.as_str(), body, last_event_id: None, signal };
        text(&request.send().await?).await
    }
}

/// What a guest does with a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Takes the request back.
    Cancel,
    /// Opens the link.
    Join,
    /// Has left the meeting.
    Leave,
}

fn read<T: Decode>(text: &str) -> Result<T, ApiError> {
    decode(text).ok_or(ApiError::Unreadable)
}
