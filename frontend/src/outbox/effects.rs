//! Sends what is in the outbox: in order, one message in flight per room, again until the portal has
//! said yes or no.

use shared::{ClientMessageId, Delivery, NewMessage, Pending, RoomId};
use wasm_bindgen_futures::spawn_local;

use super::state::{Item, Stage, Verdict, verdict};
use crate::chat::state::Stream;
use crate::platform::backoff::Backoff;
use crate::platform::sleep::{Sleeper, sleep};
use crate::platform::{clock, random, window};
use crate::portal::Portal;
use crate::sign_in::Farewell;
use crate::timeline::Timeline;
use crate::timeline::state::Source;

/// The guest sends a message: it is drawn and kept at once, and posted when its turn comes.
pub fn send(portal: Portal, room_id: &RoomId, text: String) {
    let item = Item {
        client_message_id: random::client_message_id(),
        room_id: room_id.clone(),
        text,
        written_at: clock::now(),
        stage: Stage::Queued,
    };
    let is_kept = portal.drawer().is_some_and(|drawer| drawer.keep(&item));
    if !is_kept {
        portal.connection.update(|connection| connection.is_forgetful = true);
    }
    portal.change_timeline(room_id, |timeline| timeline.written(&item));
    portal.outbox.update(|outbox| outbox.add(item));
    drain(portal, room_id);
}

/// The guest wants a failed message sent after all: it was surely not taken, so it goes as a new one.
pub fn send_again(portal: Portal, room_id: &RoomId, id: &ClientMessageId) {
    let refused = |timeline: &Timeline| timeline.echo(id).filter(|echo| echo.progress.is_refused()).map(|echo| echo.text.clone());
    let text = portal.peek_timeline(room_id, refused).flatten();
    if let Some(text) = text {
        discard(portal, room_id, id);
        send(portal, room_id, text);
    }
}

/// The guest gives a failed message up.
pub fn discard(portal: Portal, room_id: &RoomId, id: &ClientMessageId) {
    if let Some(drawer) = portal.drawer() {
        drawer.discard(id);
    }
    forget(portal, id);
    portal.change_timeline(room_id, |timeline| timeline.discarded(id));
}

/// The portal says how far a message of this guest has come.
pub fn heard(portal: Portal, pending: &Pending, source: Source) {
    portal.change_timeline(&pending.room_id, |timeline| timeline.pending(pending, source));
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
        spawn_local(async move {
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
        if !window::is_online() && !is_live {
            sleeper.sleep(backoff.next_millis(random::fraction())).await;
        } else {
            let new = NewMessage { client_message_id: item.client_message_id.clone(), text: item.text };
            let answer = portal.client().create_message(room_id, &new).await;
            if portal.running().round() != round {
                return;
            }
            match answer {
                Ok(pending) => {
                    backoff.reset();
                    heard(portal, &pending, Source::Answer);
                }
                Err(error) => match verdict(&error) {
                    Verdict::SignIn => return portal.end(Farewell::Expired),
                    Verdict::Refused(problem) => {
                        advance(portal, &new.client_message_id, Stage::Refused(problem.clone()));
                        portal.change_timeline(room_id, |timeline| timeline.refused(&new.client_message_id, problem));
                    }
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
