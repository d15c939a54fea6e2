//! `/attachment/actions`: what people fill into cards and send.

use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::{Answer, ApiError};
use super::caller::Caller;
use super::fields::Fields;
use super::segment::Segment;
use crate::app::App;
use crate::content::is_too_deep;
use crate::ids::{ActionId, MessageId};
use crate::moment::Moment;
use crate::state::{Action, Organisation, Refusal};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActionAnswer {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    message_id: String,
    inputs: Map<String, Value>,
    person_id: String,
    room_id: String,
    created: Moment,
}

impl ActionAnswer {
    fn new(organisation: &Organisation, action: &Action) -> Self {
        let cluster = organisation.cluster();
        Self {
            id: action.id.public(cluster),
            kind: "submit",
            message_id: action.message.public(cluster),
            inputs: action.inputs.clone(),
            person_id: action.person.public(),
            room_id: action.room.public(cluster),
            created: action.created,
        }
    }
}

/// 200: the documents say 202, one of the clients insists on 200.
pub(super) async fn create_action(
    State(app): State<App>,
    Caller(caller): Caller,
    fields: Fields,
) -> Result<Answer<ActionAnswer>, ApiError> {
    match fields.text("type")? {
        Some("submit") => {}
        Some(_) => return Err(Refusal::invalid("type must be submit.").into()),
        None => return Err(Refusal::invalid("type cannot be null").into()),
    }
    let message = fields.text("messageId")?.ok_or_else(|| Refusal::invalid("messageId cannot be null"))?;
    let message = MessageId::parse(message).ok_or_else(|| Refusal::not_found("Unable to get message."))?;
    let inputs = fields.object("inputs")?;
    if inputs.values().any(is_too_deep) {
        return Err(Refusal::invalid("The inputs are nested too deeply.").into());
    }
    app.world.change(|organisation| {
        let action = organisation.submit(caller, message, inputs)?;
        Ok(Answer::new(ActionAnswer::new(organisation, &action)))
    })
}

pub(super) async fn get_action(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
) -> Result<Answer<ActionAnswer>, ApiError> {
    let id = ActionId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    app.world.read(|organisation| Ok(Answer::new(ActionAnswer::new(organisation, organisation.action(caller, id)?))))
}
