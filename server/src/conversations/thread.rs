//! A thread, from its first message on, for a guest who opens it.

use shared::{MessageId, MessagePage};

use super::history::{History, HistoryError};
use crate::store::Conversation;

/// So many pages of answers are fetched; of a longer thread the newest.
const MOST_PAGES: usize = 5;

impl History {
    /// The message that began a thread, if it is still there, and its answers, oldest first.
    pub async fn thread(&self, conversation: &Conversation, root: &MessageId) -> Result<MessagePage, HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(MessagePage::default()) };
        let mut items = Vec::new();
        let mut before: Option<MessageId> = None;
        for _ in 0..MOST_PAGES {
            let oldest = before.as_ref().map(MessageId::as_str);
            let answers =
                self.ears.ask(conversation, |webex, token| async move { webex.replies(token, webex_room_id, root.as_str(), oldest).await });
            let page = answers.await?;
            let has_more = page.next.is_some();
            let read = self.read(conversation, webex_room_id, page.items).await?;
            before = read.first().map(|message| message.id.clone());
            items.splice(0..0, read);
            if !has_more || before.is_none() {
                break;
            }
        }
        items.splice(0..0, self.find(conversation, root).await?);
        Ok(MessagePage { items, ..MessagePage::default() })
    }
}
