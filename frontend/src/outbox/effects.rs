//! Sends what is in the outbox: in order, one message in flight per room, again until the portal has
//! said yes or no.

use shared::{ClientMessageId, Delivery, MessageId, Pending, PendingFile, PendingKind, Problem, ProblemKind, RoomId};

use super::held;
use super::state::{Item, Stage, Verdict, verdict};
use crate::api::{error, upload};
use crate::chat::state::Stream;
use crate::platform::backoff::Backoff;
use crate::platform::sleep::{Sleeper, sleep};
use crate::platform::task::spawn;
use crate::platform::{clock, random, window};
use crate::portal::Portal;
use crate::sign_in::Farewell;
use crate::timeline::entry::failed_word;
use crate::timeline::state::{Echo, Source};
use crate::timeline::{self, Timeline};
use crate::ui::announcer::announce;
use crate::words::words;

/// The guest sends a message: it is drawn and kept at once, and posted when its turn comes.
pub fn send(portal: Portal, room_id: &RoomId, parent_id: Option<MessageId>, text: String, file: Option<PendingFile>) {
    let item = Item { file, parent_id, ..new_item(room_id, PendingKind::Post, text) };
    if item.file.is_some() {
        held::attach(&item.client_message_id);
    }
    put(portal, item);
}

/// The guest edits a message, or deletes it.
pub fn change(portal: Portal, room_id: &RoomId, kind: PendingKind, message_id: &MessageId, text: String) {
    // What failed before has been told; this takes its place.
    let failed = |timeline: &Timeline| {
        let change = timeline.change_of(message_id).map(|held| &held.value);
        change.filter(|echo| echo.progress.is_refused()).map(|echo| echo.client_message_id.clone())
    };
    if let Some(id) = portal.peek_timeline(room_id, failed).flatten() {
        discard(portal, room_id, &id);
    }
    put(portal, Item { message_id: Some(message_id.clone()), ..new_item(room_id, kind, text) });
}

/// The guest wants what failed done after all: it was surely not done, so it goes as something new.
pub fn send_again(portal: Portal, room_id: &RoomId, id: &ClientMessageId) {
    let refused = |timeline: &Timeline| timeline.echo(id).filter(|echo| echo.progress.is_refused()).cloned();
    let Some(Echo { kind, text, file, message_id, parent_id, .. }) = portal.peek_timeline(room_id, refused).flatten() else { return };
    let item = Item { file, message_id, parent_id, ..new_item(room_id, kind, text) };
    held::move_to(id, &item.client_message_id);
    discard(portal, room_id, id);
    put(portal, item);
}

/// The guest gives a message up: one that failed, or one whose file is still on its way to the portal.
pub fn discard(portal: Portal, room_id: &RoomId, id: &ClientMessageId) {
    upload::stop(id.as_str());
    if let Some(drawer) = portal.drawer() {
        drawer.discard(id);
    }
    let is_at_portal = portal.peek_timeline(room_id, |timeline| timeline.echo(id).is_some_and(|echo| echo.progress.is_at_portal()));
    if is_at_portal == Some(true) {
        let id = id.clone();
        // The browser remembers it too: whether the portal hears of it now changes nothing here.
        spawn(async move {
            let _ = portal.client().give_up(&id).await;
        });
    }
    forget(portal, id);
    portal.change_timeline(room_id, |timeline| timeline.discarded(id));
}

fn new_item(room_id: &RoomId, kind: PendingKind, text: String) -> Item {
    Item {
        client_message_id: random::client_message_id(),
        room_id: room_id.clone(),
        kind,
        message_id: None,
        parent_id: None,
        text,
        file: None,
        written_at: clock::now(),
        stage: Stage::Queued,
    }
}

fn put(portal: Portal, item: Item) {
    let room_id = item.room_id.clone();
    let is_kept = portal.drawer().is_some_and(|drawer| drawer.keep(&item));
    if !is_kept {
        portal.connection.update(|connection| connection.is_forgetful = true);
    }
    portal.change_timeline(&room_id, |timeline| timeline.written(&item));
    portal.outbox.update(|outbox| outbox.add(item));
    drain(portal, &room_id);
}

/// The portal says how far a message of this guest has come.
pub fn heard(portal: Portal, pending: &Pending, source: Source) {
    portal.change_timeline(&pending.room_id, |timeline| timeline.pending(pending, source));
    if pending.delivery == Delivery::Failed && source == Source::Event {
        announce_failure(pending.kind, pending.problem.as_ref());
    }
    if pending.delivery == Delivery::Sent {
        forget(portal, &pending.client_message_id);
    } else {
        advance(portal, &pending.client_message_id, Stage::Accepted);
    }
}

/// A message is in Webex: the browser keeps it no longer.
pub fn forget(portal: Portal, id: &ClientMessageId) {
    let is_here = portal.outbox.with_untracked(|outbox| outbox.items().iter().any(|item| item.client_message_id == *id));
    if is_here {
        portal.outbox.update(|outbox| {
            outbox.remove(id);
        });
        if let Some(drawer) = portal.drawer() {
            drawer.drop_item(id);
        }
    }
    held::drop_file(id);
}

/// After a page: what the portal accepted and the conversation knows to be in Webex is kept no longer.
pub fn settle(portal: Portal, room_id: &RoomId) {
    let sent = portal.peek_timeline(room_id, |timeline| {
        portal.outbox.with_untracked(|outbox| {
            let items = outbox.items().iter().filter(|item| item.room_id == *room_id && item.stage == Stage::Accepted);
            let is_sent = |item: &&Item| timeline.echo(&item.client_message_id).is_none_or(|echo| echo.progress.is_sent());
            items.filter(is_sent).map(|item| item.client_message_id.clone()).collect::<Vec<_>>()
        })
    });
    sent.iter().flatten().for_each(|id| forget(portal, id));
}

/// Sends what waits in any room.
pub fn drain_all(portal: Portal) {
    portal.outbox.with_untracked(super::Outbox::waiting_rooms).iter().for_each(|room_id| drain(portal, room_id));
}

/// Sends what waits in a room, unless somebody does.
fn drain(portal: Portal, room_id: &RoomId) {
    let running = portal.running();
    if let Some(sleeper) = running.take_lane(room_id) {
        let room_id = room_id.clone();
        spawn(async move {
            let round = running.round();
            send_in_order(portal, &room_id, round, &sleeper).await;
            if running.round() == round {
                running.free_lane(&room_id);
            }
        });
    }
}

async fn send_in_order(portal: Portal, room_id: &RoomId, round: u32, sleeper: &Sleeper) {
    let mut backoff = Backoff::default();
    let next = || portal.outbox.with_untracked(|outbox| outbox.next_in(room_id).cloned());
    while let Some(item) = next() {
        // A browser may be wrong about having no network; a stream that is there proves it.
        let is_live = portal.connection.with_untracked(|connection| connection.stream == Stream::Live);
        let id = &item.client_message_id;
        let file = held::get(id);
        if !window::is_online() && !is_live {
            sleeper.sleep(backoff.next_millis(random::fraction())).await;
        } else if item.file.is_some() && file.is_none() {
            // The page was loaded again before the file had arrived.
            refuse(portal, &item, no_file());
        } else {
            let answer = portal.client().send(&item, file).await;
            if portal.running().round() != round {
                return;
            }
            // The guest may have broken it off.
            let is_wanted = portal.outbox.with_untracked(|outbox| outbox.items().iter().any(|item| item.client_message_id == *id));
            match answer {
                Ok(pending) => {
                    backoff.reset();
                    heard(portal, &pending, Source::Answer);
                    if portal.peek_timeline(room_id, Timeline::is_overtaken) == Some(true) {
                        timeline::effects::load_newest(portal, room_id);
                    }
                }
                Err(_) if !is_wanted => {}
                Err(error) => match verdict(&error) {
                    Verdict::SignIn => return portal.end(Farewell::Expired),
                    Verdict::Refused(problem) => refuse(portal, &item, problem),
                    // Told how long to wait: nothing cuts that short.
                    Verdict::Retry(Some(secs)) => sleep(secs.saturating_mul(1000).max(250)).await,
                    Verdict::Retry(None) => sleeper.sleep(backoff.next_millis(random::fraction())).await,
                },
            }
        }
        if portal.running().round() != round {
            return;
        }
    }
}

fn refuse(portal: Portal, item: &Item, problem: Problem) {
    let id = &item.client_message_id;
    advance(portal, id, Stage::Refused(problem.clone()));
    announce_failure(item.kind, Some(&problem));
    portal.change_timeline(&item.room_id, |timeline| timeline.refused(id, problem));
}

/// Screen readers are told, too.
fn announce_failure(kind: PendingKind, problem: Option<&Problem>) {
    let why = problem.map(error::sentence).unwrap_or_default();
    announce(&(failed_word(kind).to_owned() + ". " + &why));
}

/// Said by the page itself: a file that never arrived is gone with the page that held it.
fn no_file() -> Problem {
    let detail = words().file_lost().to_owned();
    Problem { kind: ProblemKind::FileIncomplete, status: 0, detail, request_id: None, retry_after_secs: None }
}

fn advance(portal: Portal, id: &ClientMessageId, stage: Stage) {
    let is_new =
        portal.outbox.with_untracked(|outbox| outbox.items().iter().any(|item| item.client_message_id == *id && item.stage != stage));
    if !is_new {
        return;
    }
    let item = portal.outbox.update(|outbox| outbox.advance(id, stage));
    if let Some((drawer, item)) = portal.drawer().zip(item) {
        drawer.keep(&item);
    }
}
