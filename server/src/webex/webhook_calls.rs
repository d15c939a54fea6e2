//! The calls about webhooks, one short function each.

use reqwest::Method;
use secrecy::SecretString;
use url::Url;

use super::{
    calls::segment,
    error::WebexError,
    send::{ListPage, WebexClient},
    wire::webhooks::{ChangedWebhook, NewWebhook, Webhook},
};

impl WebexClient {
    /// `GET /webhooks`: the caller's own.
    pub async fn webhooks(&self, token: SecretString) -> Result<ListPage<Webhook>, WebexError> {
        self.request(Method::GET, "webhooks")?.token(&token).query(&[("max", "100")]).send_list().await
    }

    /// The next page of them.
    pub async fn more_webhooks(&self, token: SecretString, next: Url) -> Result<ListPage<Webhook>, WebexError> {
        self.request_url(Method::GET, next).token(&token).send_list().await
    }

    /// `POST /webhooks`.
    pub async fn create_webhook(&self, token: SecretString, new: &NewWebhook<'_>) -> Result<Webhook, WebexError> {
        self.request(Method::POST, "webhooks")?.token(&token).json(new).send().await
    }

    /// `PUT /webhooks/{id}`; refused with 404 where it is gone.
    pub async fn change_webhook(&self, token: SecretString, webhook_id: &str, changed: &ChangedWebhook<'_>) -> Result<Webhook, WebexError> {
        self.request(Method::PUT, &format!("webhooks/{}", segment(webhook_id)))?.token(&token).json(changed).send().await
    }

    /// `DELETE /webhooks/{id}`; one that is gone is as good as deleted.
    pub async fn delete_webhook(&self, token: SecretString, webhook_id: &str) -> Result<(), WebexError> {
        let deleted = self.request(Method::DELETE, &format!("webhooks/{}", segment(webhook_id)))?.token(&token).send_for_nothing().await;
        match deleted {
            Err(WebexError::Status { status: 404, .. }) => Ok(()),
            other => other,
        }
    }
}
