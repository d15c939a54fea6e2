//! Answers guests when nobody plays the staff.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::cloud::Cloud;
use crate::content::Written;
use crate::ids::PersonId;
use crate::state::{Destination, Event, Happened, Message, NewMessage, Organisation, Person, PersonKind};

/// Whether somebody of the staff answers every message of a guest by themselves, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoResponder {
    /// Off at first.
    pub is_on: bool,
    /// What is answered; `{text}` stands for what the guest wrote.
    pub text: String,
    /// How many milliseconds later, by the sandbox's clock.
    pub after_ms: u64,
}

impl Default for AutoResponder {
    fn default() -> Self {
        Self { is_on: false, text: "Thank you for writing. You said: {text}".to_owned(), after_ms: 1500 }
    }
}

#[derive(Default)]
pub(crate) struct Switch {
    now: Mutex<AutoResponder>,
}

impl Switch {
    pub(crate) fn get(&self) -> AutoResponder {
        self.lock().clone()
    }

    /// Words are needed to answer with.
    pub(crate) fn set(&self, switched: AutoResponder) -> Result<(), String> {
        if switched.text.trim().is_empty() {
            return Err("text: write what is to be answered".to_owned());
        }
        *self.lock() = switched;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, AutoResponder> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers, if that was a guest and somebody of the staff is there to answer.
pub(crate) async fn answer(app: &App, cloud: Cloud, happened: &Happened) {
    let AutoResponder { is_on, text, after_ms } = app.auto_responder.get();
    let Event::MessageCreated(message) = &happened.event else { return };
    let world = app.world_of(cloud);
    let Some(staff) = world.read(|organisation| whoever_answers(organisation, happened)).filter(|_| is_on) else { return };
    world.wait(Duration::from_millis(after_ms)).await;
    let outcome = world.change(|organisation| organisation.post(staff, reply(message, &text)));
    if let Err(refusal) = outcome {
        tracing::warn!(%refusal, "the auto-responder cannot answer");
    }
}

/// The first of the staff in the room, by name.
fn whoever_answers(organisation: &Organisation, happened: &Happened) -> Option<PersonId> {
    if !organisation.person(happened.actor).is_some_and(Person::is_guest) {
        return None;
    }
    let members = happened.audience.iter().filter_map(|id| organisation.person(*id));
    let staff = members.filter(|person| person.kind == PersonKind::Staff);
    staff.min_by_key(|person| person.display_name.clone()).map(|person| person.id)
}

fn reply(message: &Message, text: &str) -> NewMessage {
    let words = message.content.text.as_deref().unwrap_or_default();
    // What came in may fill a whole message; the answer has to fit, too.
    let words: String = words.chars().take(500).collect();
    NewMessage {
        destination: Destination::Room(message.room.uuid().to_string()),
        parent: message.parent.map(|parent| parent.uuid().to_string()),
        written: Written::text(text.replace("{text}", &words)),
        files: Vec::new(),
    }
}
