//! Where a request was sent: every address in its answer begins so.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use uuid::Uuid;

use crate::app::App;
use crate::cloud::Cloud;
use crate::ids::RoomId;

pub(super) const CONVERSATION: &str = "/conversation/api/v1";
pub(super) const WDM: &str = "/wdm/api/v1";

/// A host, with what the paths of a cloud begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base(Arc<str>);

impl Base {
    pub(super) fn new(host: &str, cloud: Cloud) -> Self {
        Self(format!("{host}{}", cloud.prefix()).into())
    }

    /// `host:port`.
    pub(super) fn authority(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.0)
    }

    pub(super) fn conversation(&self, room: RoomId) -> String {
        self.url(&format!("{CONVERSATION}/conversations/{}", room.uuid()))
    }

    pub(super) fn activity(&self, id: Uuid) -> String {
        self.url(&format!("{CONVERSATION}/activities/{id}"))
    }

    pub(super) fn device(&self, id: Uuid) -> String {
        self.url(&format!("{WDM}/devices/{id}"))
    }

    pub(super) fn socket(&self, id: Uuid) -> String {
        format!("ws://{}/v1/apps/wx2/registrations/{id}/messages", self.0)
    }
}

impl FromRequestParts<App> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        Ok(Self::new(host, app.cloud))
    }
}
