//! `/applications`: how a developer gets the tokens of a service app that an organisation has authorised.

use axum::extract::State;

use super::access_token::Tokens;
use super::answer::{Answer, ApiError};
use super::caller::Caller;
use super::fields::Fields;
use super::segment::Segment;
use crate::app::App;
use crate::ids::{OrganisationId, is_application};
use crate::state::Refusal;

pub(super) async fn create_token(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(application): Segment,
    fields: Fields,
) -> Result<Answer<Tokens>, ApiError> {
    let own = &app.credentials.service_app.client_id;
    if application != *own && !is_application(&application, own) {
        return Err(Refusal::no_such_resource().into());
    }
    let required =
        |name: &'static str| fields.text(name)?.ok_or_else(|| ApiError::from(Refusal::invalid(format!("{name} cannot be null"))));
    let (client_id, client_secret, organisation_id) = (required("clientId")?, required("clientSecret")?, required("targetOrgId")?);
    let target = OrganisationId::parse(organisation_id).ok_or_else(Refusal::no_such_resource)?;
    let tokens = app.world.change(|organisation| organisation.service_app_tokens(caller, target, client_id, client_secret))?;
    Ok(Answer::new(Tokens::new(tokens)))
}
