//! `/webhooks`.

use axum::extract::State;
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use url::Url;

use super::answer::{Answer, ApiError, Items};
use super::caller::Caller;
use super::fields::Fields;
use super::paging::Params;
use super::segment::Segment;
use crate::app::App;
use crate::ids::WebhookId;
use crate::loopback;
use crate::moment::Moment;
use crate::state::{NewWebhook, Organisation, Refusal, Webhook, WebhookChange};
use crate::webhooks::{Filter, Topic};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookAnswer {
    id: String,
    name: String,
    target_url: String,
    resource: String,
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    org_id: String,
    created_by: String,
    app_id: String,
    owned_by: &'static str,
    status: &'static str,
    created: Moment,
}

impl WebhookAnswer {
    fn new(organisation: &Organisation, webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.public(),
            name: webhook.name.clone(),
            target_url: webhook.target_url.clone(),
            resource: webhook.topic.resource.clone(),
            event: webhook.topic.event.clone(),
            filter: webhook.filter.as_ref().map(|filter| filter.as_str().to_owned()),
            secret: webhook.secret.clone(),
            org_id: organisation.home().public(),
            created_by: webhook.owner.public(),
            app_id: organisation.app_id_of(webhook.owner),
            owned_by: "creator",
            status: if webhook.is_active { "active" } else { "inactive" },
            created: webhook.created,
        }
    }
}

pub(super) async fn list_webhooks(
    State(app): State<App>,
    Caller(caller): Caller,
    params: Params,
) -> Result<Answer<Items<WebhookAnswer>>, ApiError> {
    refuse_the_organisations(params.get("ownedBy"))?;
    let max = params.max(100, 1000)?;
    app.world.read(|organisation| {
        let key = |webhook: &&Webhook| format!("{:020}:{}", webhook.created.ms(), webhook.id.uuid());
        let (page, next) = params.page("cursor", max, organisation.webhooks_of(caller), key)?;
        Ok(Answer::page(page.into_iter().map(|webhook| WebhookAnswer::new(organisation, webhook)).collect(), next))
    })
}

pub(super) async fn create_webhook(
    State(app): State<App>,
    Caller(caller): Caller,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Answer<WebhookAnswer>, ApiError> {
    refuse_the_organisations(fields.text("ownedBy")?)?;
    let (name, target_url) = name_and_target(&headers, &fields)?;
    let (resource, event) = (fields.text("resource")?, fields.text("event")?);
    let resource = resource.ok_or_else(|| Refusal::invalid("resource cannot be null"))?;
    let event = event.ok_or_else(|| Refusal::invalid("event cannot be null"))?;
    let topic =
        Topic::new(resource, event).ok_or_else(|| Refusal::invalid(format!("'{event}' is not an event of the resource '{resource}'.")))?;
    let filter = fields.text("filter")?.map(|filter| Filter::parse(filter, resource)).transpose();
    let filter = filter.map_err(|key| Refusal::invalid(format!("'{key}' is not a filter of the resource '{resource}'.")))?;
    let new = NewWebhook { name, target_url, topic, filter, secret: fields.owned("secret")? };
    app.world.change(|organisation| {
        let webhook = organisation.create_webhook(caller, new)?;
        Ok(Answer::new(WebhookAnswer::new(organisation, &webhook)))
    })
}

pub(super) async fn get_webhook(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
) -> Result<Answer<WebhookAnswer>, ApiError> {
    let id = webhook_id(&id)?;
    app.world.read(|organisation| Ok(Answer::new(WebhookAnswer::new(organisation, organisation.webhook(caller, id)?))))
}

pub(super) async fn change_webhook(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Answer<WebhookAnswer>, ApiError> {
    let id = webhook_id(&id)?;
    let (name, target_url) = name_and_target(&headers, &fields)?;
    let is_activated = match fields.text("status")? {
        None => false,
        Some("active") => true,
        Some(_) => return Err(Refusal::invalid("status can only be set to active.").into()),
    };
    let change = WebhookChange { name, target_url, secret: fields.owned("secret")?, is_activated };
    app.world.change(|organisation| {
        let webhook = organisation.change_webhook(caller, id, change)?;
        Ok(Answer::new(WebhookAnswer::new(organisation, &webhook)))
    })
}

pub(super) async fn delete_webhook(State(app): State<App>, Caller(caller): Caller, Segment(id): Segment) -> Result<StatusCode, ApiError> {
    let id = webhook_id(&id)?;
    app.world.change(|organisation| organisation.delete_webhook(caller, id))?;
    Ok(StatusCode::NO_CONTENT)
}

fn webhook_id(text: &str) -> Result<WebhookId, ApiError> {
    WebhookId::parse(text).ok_or_else(|| Refusal::no_such_resource().into())
}

/// Those of an organisation are for its compliance officers.
fn refuse_the_organisations(owned_by: Option<&str>) -> Result<(), ApiError> {
    match owned_by {
        None | Some("creator") => Ok(()),
        Some("org") => Err(Refusal::forbidden("Only compliance officers may have webhooks of the organization.").into()),
        Some(_) => Err(Refusal::invalid("ownedBy must be creator or org.").into()),
    }
}

fn name_and_target(headers: &HeaderMap, fields: &Fields) -> Result<(String, String), ApiError> {
    let name = fields.owned("name")?.filter(|name| !name.trim().is_empty()).ok_or_else(|| Refusal::invalid("name cannot be empty"))?;
    let target_url = fields.owned("targetUrl")?.ok_or_else(|| Refusal::invalid("targetUrl cannot be null"))?;
    let is_web = Url::parse(&target_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_web {
        return Err(Refusal::invalid("targetUrl must be an absolute URL of http or https.").into());
    }
    refuse_strange_pages(headers)?;
    Ok((name, target_url))
}

/// A page of somebody else in this machine's browser knows the tokens, too: they are everybody's. It must not be able to
/// send this program to addresses that only this machine reaches.
pub(super) fn refuse_strange_pages(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get(ORIGIN) {
        Some(origin) if !loopback::is_loopback_origin(origin) => {
            Err(Refusal::forbidden("Only pages of this machine may make the simulator call addresses.").into())
        }
        _ => Ok(()),
    }
}
