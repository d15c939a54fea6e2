//! Webhooks: what Webex is asked to tell, and what it tells.

use serde::{Deserialize, Serialize};

use crate::json;

/// Everything that happens to messages in the rooms the caller is in.
pub const MESSAGES: &str = "messages";
const EVERY_EVENT: &str = "all";
/// A message was written.
pub const CREATED: &str = "created";
/// It says something else now.
pub const UPDATED: &str = "updated";
/// A webhook that is told of what happens.
pub const ACTIVE: &str = "active";

/// A webhook as Webex keeps it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// WEBHOOK id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Where it is told.
    pub target_url: String,
    /// `active`, or `inactive` after Webex could not tell it too often.
    #[serde(default)]
    pub status: Option<String>,
}

/// Asks to be told of every event of messages.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewWebhook<'a> {
    name: &'a str,
    target_url: &'a str,
    resource: &'static str,
    event: &'static str,
    secret: &'a str,
}

impl<'a> NewWebhook<'a> {
    /// With the secret that what it is told is signed with.
    pub fn of_messages(name: &'a str, target_url: &'a str, secret: &'a str) -> Self {
        Self { name, target_url, resource: MESSAGES, event: EVERY_EVENT, secret }
    }
}

/// Changes a webhook. Webex wants name and target every time, and takes no other status.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedWebhook<'a> {
    /// What its owner calls it.
    pub name: &'a str,
    /// Where it is told.
    pub target_url: &'a str,
    /// What it is signed with from now on.
    pub secret: &'a str,
    /// Always [`ACTIVE`].
    pub status: &'static str,
}

/// What a webhook is told: that something happened, not what was said.
#[derive(Debug, Deserialize)]
pub struct Delivery {
    /// WEBHOOK id.
    pub id: String,
    /// What it happened to.
    pub resource: String,
    /// What happened: [`CREATED`], [`UPDATED`] or `deleted`.
    pub event: String,
    /// To which message.
    #[serde(deserialize_with = "json::object")]
    pub data: DeliveredMessage,
}

/// The part of a message that a webhook is told.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredMessage {
    /// MESSAGE id.
    pub id: String,
    /// ROOM id.
    pub room_id: String,
}
