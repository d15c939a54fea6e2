//! Asks for a meeting, and takes a visit further.

use shared::{NewVisit, RoomId, Visit, VisitId, VisitState};
use wasm_bindgen::JsValue;

use super::state::{headline, outlook};
use crate::api::{ApiError, Step};
use crate::platform::task::spawn;
use crate::platform::{host, window};
use crate::portal::Portal;
use crate::sign_in::Farewell;
use crate::timeline::Timeline;
use crate::ui::announcer::announce;
use crate::words::words;

/// The guest asks for a meeting.
pub fn ask(portal: Portal, room_id: &RoomId, topic: Option<String>) {
    if portal.is_asking_visit.get_untracked() {
        return;
    }
    portal.is_asking_visit.set(true);
    let new = NewVisit { room_id: room_id.clone(), topic };
    spawn(async move {
        let round = portal.running().round();
        let answer = portal.client().ask_for_visit(&new).await;
        if portal.running().round() == round {
            portal.is_asking_visit.set(false);
            // The button that was pressed makes way for the card.
            let card = answer.as_ref().ok().map(|visit| visit.id.to_string());
            answered(portal, answer.map(Some));
            if let Some(card) = card {
                window::after(60, move || portal.wanted.set(card));
            }
        }
    });
}

/// The guest cancels a visit, opens its link, or has left the meeting.
pub fn step(portal: Portal, visit_id: &str, step: Step) {
    let visit_id = VisitId::new(visit_id);
    spawn(async move {
        let round = portal.running().round();
        let answer = portal.client().step(&visit_id, step).await;
        if portal.running().round() == round {
            answered(portal, answer);
        }
    });
}

/// How a visit stands, from an answer or an event.
pub fn heard(portal: Portal, visit: Visit) {
    let room_id = visit.room_id.clone();
    let (is_claimed, now) = (visit.state == VisitState::Claimed, visit.state_at);
    let sentence = words().sentences(&headline(&visit), &outlook(&visit));
    let is_news = portal.change_timeline(&room_id, |timeline| timeline.visit(visit)) == Some(true);
    let is_open = portal.rooms.with_untracked(|rooms| rooms.open_room().is_some_and(|room| room.id == room_id));
    if is_news && is_claimed {
        // Somebody waits: the title of the tab says so where the page is not seen.
        portal.rooms.update(|rooms| rooms.heard(&room_id, now, false, window::is_hidden()));
    }
    if is_news {
        host::tell("visit", &JsValue::from_str(&sentence));
    }
    if is_news && is_open {
        announce(&sentence);
    }
}

/// Whether the guest's room has a visit that is not over.
pub fn has_active(portal: Portal, room_id: &RoomId) -> bool {
    portal.with_timeline(room_id, |timeline: &Timeline| timeline.active_visit().is_some()) == Some(true)
}

fn answered(portal: Portal, answer: Result<Option<Visit>, ApiError>) {
    match answer {
        Ok(visit) => visit.into_iter().filter(|visit| !is_overtaken(portal, visit)).for_each(|visit| heard(portal, visit)),
        Err(error) if error.is_signed_out() => portal.end(Farewell::Expired),
        Err(error) => portal.tell(error.sentence()),
    }
}

/// Whether an event has said as much already, and perhaps more: an answer may come after it.
fn is_overtaken(portal: Portal, visit: &Visit) -> bool {
    let is_it =
        |timeline: &Timeline| timeline.visits().iter().any(|held| held.value.id == visit.id && held.value.state_at >= visit.state_at);
    portal.with_timeline(&visit.room_id, is_it) == Some(true)
}
