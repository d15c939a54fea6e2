//! Fetches a room's messages.

use shared::RoomId;

use super::state::Timeline;
use crate::api::ApiError;
use crate::outbox;
use crate::platform::backoff::Backoff;
use crate::platform::random;
use crate::platform::sleep::sleep;
use crate::platform::task::spawn;
use crate::portal::Portal;
use crate::sign_in::Farewell;

/// Fetches the newest messages of a room and merges them with what is held; again and again until the
/// answer is fresh and nothing was overtaken by it, unless somebody else asks meanwhile.
pub fn load_newest(portal: Portal, room_id: &RoomId) {
    let room_id = room_id.clone();
    let round = portal.running().round();
    if portal.peek_timeline(&room_id, |_| ()).is_none() {
        let timeline = begin(portal, &room_id);
        portal.timelines.update(|timelines| timelines.push((room_id.clone(), timeline)));
    }
    let Some(mut refresh) = portal.change_timeline(&room_id, Timeline::refreshing) else { return };
    spawn(async move {
        let mut backoff = Backoff::default();
        loop {
            let answer = portal.client().messages(&room_id, None).await;
            if portal.running().round() != round {
                return;
            }
            match answer {
                Ok(page) => {
                    let is_stale = page.is_stale;
                    portal.change_timeline(&room_id, |timeline| timeline.refreshed(page, &refresh));
                    crate::chat::effects::note_seen(portal, &room_id);
                    outbox::effects::settle(portal, &room_id);
                    if !is_stale && portal.peek_timeline(&room_id, Timeline::is_overtaken) != Some(true) {
                        return;
                    }
                }
                Err(error) if error.is_signed_out() => return portal.end(Farewell::Expired),
                Err(error) => {
                    portal.change_timeline(&room_id, |timeline| timeline.refresh_failed(error));
                }
            }
            sleep(backoff.next_millis(random::fraction())).await;
            let is_over = portal.running().round() != round;
            if is_over || portal.peek_timeline(&room_id, |timeline| timeline.is_superseded(&refresh)) != Some(false) {
                return;
            }
            match portal.change_timeline(&room_id, Timeline::refreshing) {
                Some(next) => refresh = next,
                None => return,
            }
        }
    });
}

/// Fetches the messages before those held, if there are any and nobody does already.
pub fn load_older(portal: Portal, room_id: &RoomId) {
    if portal.peek_timeline(room_id, Timeline::can_load_older) != Some(true) {
        return;
    }
    let Some(older) = portal.change_timeline(room_id, Timeline::loading_older).flatten() else { return };
    let room_id = room_id.clone();
    let round = portal.running().round();
    spawn(async move {
        let answer = portal.client().messages(&room_id, Some(&older.before)).await;
        if portal.running().round() != round {
            return;
        }
        if answer.as_ref().is_err_and(ApiError::is_signed_out) {
            return portal.end(Farewell::Expired);
        }
        portal.change_timeline(&room_id, |timeline| timeline.older(&older, answer));
    });
}

/// Fetches the open thread of a room.
pub fn load_thread(portal: Portal, room_id: &RoomId) {
    let root = |timeline: &mut Timeline| {
        timeline.thread_loading();
        timeline.thread().map(|thread| thread.root.clone())
    };
    let Some(root) = portal.change_timeline(room_id, root).flatten() else { return };
    let (room_id, round) = (room_id.clone(), portal.running().round());
    spawn(async move {
        let answer = portal.client().thread(&room_id, &root).await;
        if portal.running().round() != round {
            return;
        }
        if answer.as_ref().is_err_and(ApiError::is_signed_out) {
            return portal.end(Farewell::Expired);
        }
        portal.change_timeline(&room_id, |timeline| timeline.thread_fetched(&root, answer));
    });
}

/// Fetches the newest messages after a while; asked for several times meanwhile, once.
pub fn load_later(portal: Portal, room_id: &RoomId, millis: u32) {
    let round = portal.running().round();
    if portal.is_loading_later.get_untracked() {
        return;
    }
    portal.is_loading_later.set(true);
    let room_id = room_id.clone();
    spawn(async move {
        sleep(millis).await;
        portal.is_loading_later.set(false);
        if portal.running().round() == round {
            load_newest(portal, &room_id);
        }
    });
}

/// Asks who is in a room.
pub fn load_members(portal: Portal, room_id: &RoomId) {
    let round = portal.running().round();
    let room_id = room_id.clone();
    spawn(async move {
        // It is only told, and asked again when somebody unknown writes: nobody need hear that it failed.
        if let Ok(list) = portal.client().members(&room_id).await
            && portal.running().round() == round
        {
            portal.change_timeline(&room_id, |timeline| timeline.set_members(list.items));
        }
    });
}

/// A conversation as the browser remembers it: what was written and is not known to be sent.
fn begin(portal: Portal, room_id: &RoomId) -> Timeline {
    let mut timeline =
        portal.outbox.with_untracked(|outbox| Timeline::restored(outbox.items().iter().filter(|item| item.room_id == *room_id)));
    if !timeline.echoes().is_empty() {
        // What became of them, the stream does not say again.
        timeline.gap();
    }
    timeline.looks_away(portal.drawer().and_then(|drawer| drawer.seen(room_id)));
    for id in portal.drawer().map(|drawer| drawer.discarded()).unwrap_or_default() {
        timeline.discarded(&id);
    }
    timeline
}
