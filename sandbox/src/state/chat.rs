//! What is said beside a meeting, from the waiting room on. Nobody keeps it over a restart.

use serde::Serialize;

use super::presence::{PageKey, SceneState};
use super::{Organisation, Refusal};

/// Older lines are forgotten.
const CAPACITY: usize = 100;
const MAX_CHARACTERS: usize = 1000;

/// One line.
pub(super) struct ChatLine {
    by: PageKey,
    name: String,
    text: String,
}

/// One line as a page draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ShownLine {
    name: String,
    is_you: bool,
    text: String,
}

impl Organisation {
    pub(crate) fn say_in_meeting(&mut self, key: &PageKey, text: &str) -> Result<(), Refusal> {
        let text: String = text.trim().chars().take(MAX_CHARACTERS).collect();
        if !hears_chat(self.scene(key)?.state) || text.is_empty() {
            return Err(Refusal::invalid("Nothing can be said now."));
        }
        let participant = self.participants.get(key).ok_or_else(Refusal::no_such_resource)?;
        let subject = self.links.get(&key.0).ok_or_else(Refusal::no_such_resource)?.subject.clone();
        let line = ChatLine { by: key.clone(), name: participant.shown_name(), text };
        let lines = self.chats.entry(subject).or_default();
        if lines.len() == CAPACITY {
            lines.remove(0);
        }
        lines.push(line);
        self.is_stirred = true;
        Ok(())
    }

    pub(super) fn chat_for(&self, key: &PageKey, subject: &str, state: SceneState) -> Vec<ShownLine> {
        let lines = self.chats.get(subject).filter(|_| hears_chat(state)).into_iter().flatten();
        lines.map(|line| ShownLine { name: line.name.clone(), is_you: line.by == *key, text: line.text.clone() }).collect()
    }
}

fn hears_chat(state: SceneState) -> bool {
    matches!(state, SceneState::Waiting | SceneState::Ready | SceneState::Alone | SceneState::Meeting)
}
