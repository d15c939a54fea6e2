//! What changed between what the portal knows of a room and what Webex lists now. Pure.

use std::{collections::HashMap, time::Duration};

use shared::{Message, MessageId};

/// A message and since when, by the clock's elapsed time, the portal knows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) message: Message,
    pub(super) since: Duration,
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    Posted(Message),
    Edited(Message),
    Deleted(MessageId),
}

/// Brings `known`, oldest first, to what `listed` says and tells the differences in the order they are to be told.
///
/// `listed` is what Webex has from its oldest message there on; `is_whole` says that nothing is older.
/// A message known only since the listing began may be missing from it without being gone.
pub(super) fn bring_up_to_date(
    known: &mut Vec<Known>,
    listed: Vec<Message>,
    is_whole: bool,
    listing_began: Duration,
    now: Duration,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let from = listed.iter().map(|message| message.created_at).min();
    // Within one millisecond only the listing tells what came first: ids do not sort by time.
    let places: HashMap<MessageId, usize> = listed.iter().enumerate().map(|(place, message)| (message.id.clone(), place)).collect();
    known.retain(|entry| {
        let is_covered = is_whole || from.is_some_and(|from| entry.message.created_at > from);
        let is_gone = is_covered && entry.since < listing_began && !places.contains_key(&entry.message.id);
        if is_gone {
            changes.push(Change::Deleted(entry.message.id.clone()));
        }
        !is_gone
    });
    for message in listed {
        match known.iter_mut().find(|entry| entry.message.id == message.id) {
            Some(entry) => {
                let is_newer = entry.message.edited_at <= message.edited_at;
                let has_changed = entry.message.edited_at != message.edited_at
                    || entry.message.content != message.content
                    || entry.message.files != message.files;
                if is_newer && has_changed {
                    let client_message_id = message.client_message_id.clone().or(entry.message.client_message_id.take());
                    entry.message = Message { client_message_id, ..message };
                    changes.push(Change::Edited(entry.message.clone()));
                }
            }
            None => {
                changes.push(Change::Posted(message.clone()));
                known.push(Known { message, since: now });
            }
        }
    }
    known.sort_by_key(|entry| {
        let place = places.get(&entry.message.id).copied();
        (entry.message.created_at, place.unwrap_or(if entry.since < listing_began { 0 } else { usize::MAX }))
    });
    changes
}

/// Adds one message, told if it is new. Nothing is taken for changed or gone.
pub(super) fn insert(known: &mut Vec<Known>, message: Message, now: Duration) -> Option<Change> {
    if known.iter().any(|entry| entry.message.id == message.id) {
        return None;
    }
    known.push(Known { message: message.clone(), since: now });
    known.sort_by_key(|entry| entry.message.created_at);
    Some(Change::Posted(message))
}

/// A known message says something else now, unless something newer is known.
pub(super) fn replace(known: &mut [Known], message: Message) -> Option<Change> {
    let entry = known.iter_mut().find(|entry| entry.message.id == message.id)?;
    if entry.message.edited_at > message.edited_at || entry.message == message {
        return None;
    }
    let client_message_id = message.client_message_id.clone().or(entry.message.client_message_id.take());
    entry.message = Message { client_message_id, ..message };
    Some(Change::Edited(entry.message.clone()))
}

/// A known message is gone.
pub(super) fn remove(known: &mut Vec<Known>, id: &MessageId) -> Option<Change> {
    let place = known.iter().position(|entry| entry.message.id == *id)?;
    known.remove(place);
    Some(Change::Deleted(id.clone()))
}

#[cfg(test)]
pub(super) mod tests {
    use shared::{Author, AuthorKind, PersonId, Timestamp, rich_text::from_plain_text};

    use super::*;

    pub(in crate::conversations) fn message(id: &str, at: i64, text: &str) -> Message {
        Message {
            id: MessageId::new(id),
            author: Author { person_id: PersonId::new("p"), display_name: "P".into(), kind: AuthorKind::Staff },
            content: from_plain_text(text),
            files: Vec::new(),
            parent_id: None,
            created_at: Timestamp::from_millis(at),
            edited_at: None,
            client_message_id: None,
        }
    }

    const BEGAN: Duration = Duration::from_secs(10);
    const NOW: Duration = Duration::from_secs(11);

    fn known(messages: &[Message]) -> Vec<Known> {
        messages.iter().map(|message| Known { message: message.clone(), since: Duration::ZERO }).collect()
    }

    #[test]
    fn what_is_new_changed_or_gone_is_told_once() {
        let (a, b, c) = (message("a", 1, "a"), message("b", 2, "b"), message("c", 3, "c"));
        let mut state = known(&[a.clone(), b]);
        let edited = Message { edited_at: Some(Timestamp::from_millis(9)), ..message("a", 1, "A!") };
        let listed = vec![edited.clone(), c.clone()];
        let changes = bring_up_to_date(&mut state, listed.clone(), true, BEGAN, NOW);
        assert_eq!(changes, [Change::Deleted(MessageId::new("b")), Change::Edited(edited), Change::Posted(c)]);
        assert_eq!(bring_up_to_date(&mut state, listed, true, BEGAN, NOW), []);
    }

    #[test]
    fn what_is_older_than_the_listing_stays() {
        let mut state = known(&[message("old", 1, "x"), message("gone", 5, "y")]);
        let changes = bring_up_to_date(&mut state, vec![message("new", 4, "z")], false, BEGAN, NOW);
        assert_eq!(changes, [Change::Deleted(MessageId::new("gone")), Change::Posted(message("new", 4, "z"))]);
        assert_eq!(state.iter().map(|entry| entry.message.id.as_str()).collect::<Vec<_>>(), ["old", "new"]);
    }

    #[test]
    fn messages_of_one_millisecond_stand_as_webex_lists_them() {
        let mut state = known(&[message("m", 1, "second"), message("z", 0, "first")]);
        let listed = ["z", "m", "a", "0"].map(|id| message(id, i64::from(id != "z"), id)).to_vec();
        bring_up_to_date(&mut state, listed.clone(), true, BEGAN, NOW);
        bring_up_to_date(&mut state, listed, true, BEGAN, NOW);
        assert_eq!(state.iter().map(|entry| entry.message.id.as_str()).collect::<Vec<_>>(), ["z", "m", "a", "0"]);
    }

    #[test]
    fn a_message_sent_while_the_listing_was_under_way_is_not_taken_for_deleted() {
        let mut state = vec![Known { message: message("mine", 5, "x"), since: BEGAN }];
        assert_eq!(bring_up_to_date(&mut state, vec![message("other", 4, "y")], true, BEGAN, NOW).len(), 1);
        assert_eq!(state.len(), 2);
    }

    #[test]
    fn a_message_is_inserted_in_its_place_and_told_once() {
        let mut state = known(&[message("a", 1, "x"), message("c", 3, "z")]);
        assert_eq!(insert(&mut state, message("b", 2, "y"), NOW), Some(Change::Posted(message("b", 2, "y"))));
        assert_eq!(insert(&mut state, message("b", 2, "y"), NOW), None);
        assert_eq!(state.iter().map(|entry| entry.message.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_listing_older_than_an_edit_does_not_undo_it() {
        let edited = Message { edited_at: Some(Timestamp::from_millis(9)), ..message("a", 1, "new") };
        let mut state = known(std::slice::from_ref(&edited));
        assert_eq!(bring_up_to_date(&mut state, vec![message("a", 1, "old")], true, BEGAN, NOW), []);
        assert_eq!(state[0].message, edited);
    }
}
