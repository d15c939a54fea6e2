//! What guests leave for staff where they do not write otherwise: a message to each who would be asked for a meeting.

use shared::{NewNote, outgoing};

use super::{Visits, known_topic, new_row, not_within_an_hour, random_subject};
use crate::{
    config::{ConversationKind, SiteConfig},
    error::AppError,
    secrets::random_id,
    store::GuestRow,
};

/// A guest may leave so many messages an hour: each goes to everybody who is asked.
const NOTES_AN_HOUR: u32 = 6;
/// What the ids of notes begin with.
const NOTES: &str = "note-";

impl Visits {
    /// A guest leaves a message; it is on its way when this answers.
    pub async fn leave_note(&self, site: &SiteConfig, guest: &GuestRow, new: NewNote) -> Result<(), AppError> {
        let meetings = self.offered(site).filter(|_| takes_notes(site)).ok_or(AppError::MeetingsUnavailable)?;
        let conversation = self.needs().store.conversation_for(&guest.id, &new.room_id)?.ok_or(AppError::RoomNotFound)?;
        let topic = match new.topic {
            None => None,
            topic => known_topic(meetings, topic)?,
        };
        let text = outgoing::message_text(&new.text).map_err(AppError::InvalidMessage)?;
        let now = self.needs().clock.now();
        not_within_an_hour(self.needs().store.nth_latest_row(&guest.id, NOTES, NOTES_AN_HOUR)?, now)?;
        // Never written down: it only says whose the note is and what it is about.
        let row = new_row(guest, conversation.id, topic, random_subject()?, now)?;
        let Some(around) = self.around(&row)? else { return Err(AppError::MeetingsUnavailable) };
        let (note_id, words) = (random_id()?, around.matter(&row).note(&text, guest.email.as_deref()));
        let mut messages = Vec::new();
        for (number, email) in around.policy.staff.iter().enumerate() {
            // The first one's id tells how many notes there are.
            let id = if number == 0 { format!("{NOTES}{note_id}") } else { format!("copy-{NOTES}{note_id}-{number}") };
            messages.push(self.to_staff(&row, &id, email, &words)?);
        }
        self.needs().store.insert_rows(messages).await?;
        tracing::info!(site.id = %site.id, guest.id = %guest.id, "a guest left a message");
        self.needs().outbox.wake_both(&row.room_id, &guest.id);
        Ok(())
    }
}

/// Whether guests leave messages there: where they can write, they write.
pub(crate) fn takes_notes(site: &SiteConfig) -> bool {
    site.conversation == ConversationKind::None && site.meetings.is_some()
}
