//! What somebody filled into a card and sent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Event, Organisation, Refusal};
use crate::ids::{ActionId, MessageId, PersonId, RoomId};
use crate::moment::Moment;

/// One press of a card's button.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Action {
    pub(crate) id: ActionId,
    pub(crate) message: MessageId,
    pub(crate) room: RoomId,
    pub(crate) person: PersonId,
    pub(crate) inputs: Map<String, Value>,
    pub(crate) created: Moment,
}

impl Organisation {
    pub(crate) fn submit(&mut self, caller: PersonId, message: MessageId, inputs: Map<String, Value>) -> Result<Action, Refusal> {
        let message = self.message(caller, message)?;
        if message.content.cards.is_empty() {
            return Err(Refusal::invalid("The message has no card."));
        }
        let (message, room) = (message.id, message.room);
        let action = Action { id: ActionId::new(self.next_uuid()), message, room, person: caller, inputs, created: self.now };
        self.save("action", action.id.uuid().to_string(), &action);
        self.actions.insert(action.id, action.clone());
        self.announce(caller, Event::ActionCreated(action.clone()));
        Ok(action)
    }

    /// Visible to those who may read the message with the card.
    pub(crate) fn action(&self, viewer: PersonId, id: ActionId) -> Result<&Action, Refusal> {
        let action = self.actions.get(&id).filter(|action| self.message(viewer, action.message).is_ok());
        action.ok_or_else(|| Refusal::not_found("Unable to get attachment action."))
    }
}
