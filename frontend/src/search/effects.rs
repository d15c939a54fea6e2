//! Looks through what is held, and fetches older messages while nothing was found in it.

use shared::RoomId;

use super::Search;
use super::highlight::mark;
use crate::platform::{intl, window};
use crate::portal::Portal;
use crate::timeline::pane::ROWS_ID;
use crate::timeline::{self, Timeline};

/// The id of the text box.
pub const SEARCH_ID: &str = "search";
/// So many pages above what is held one search goes by itself; pressing *Previous hit* goes on.
const MOST_PAGES: u32 = 20;

/// Opens the search.
pub fn open(portal: Portal) {
    portal.search.set(Search { is_open: true, ..Search::default() });
    window::focus_soon(SEARCH_ID);
}

/// The guest looks for something else.
pub fn typed(portal: Portal, room_id: &RoomId, query: String) {
    portal.search.update(|search| {
        search.query = query;
        search.at = None;
    });
    portal.search_pages.set(MOST_PAGES);
    look(portal, room_id);
}

/// Looks again: the conversation has more in it.
pub fn look(portal: Portal, room_id: &RoomId) {
    if !portal.search.with_untracked(|search| search.is_open) {
        return;
    }
    let before = portal.search.with_untracked(|search| search.at.clone());
    let looked = |timeline: &Timeline| {
        let mut search = portal.search.with_untracked(Clone::clone);
        search.look(timeline, intl::folded);
        search
    };
    let Some(search) = portal.peek_timeline(room_id, looked) else { return };
    if search.at != before {
        lead_to(portal, &search);
    }
    if portal.search.with_untracked(|known| *known != search) {
        portal.search.set(search.clone());
    }
    mark_in_log(&search);
    let pages = portal.search_pages.get_untracked();
    if search.wants_older() && search.hits.is_empty() && pages > 0 && portal.peek_timeline(room_id, Timeline::can_load_older) == Some(true)
    {
        portal.search_pages.set(pages - 1);
        timeline::effects::load_older(portal, room_id);
    }
}

/// To the next hit above or below. Above the first one older messages are fetched, and looked through.
pub fn go(portal: Portal, room_id: &RoomId, is_up: bool) {
    let is_at_first = portal.search.with_untracked(Search::wants_older);
    if is_up && is_at_first {
        portal.search_pages.set(MOST_PAGES);
        timeline::effects::load_older(portal, room_id);
        return;
    }
    let search = portal.search.update(|search| {
        search.go(is_up);
        search.clone()
    });
    mark_in_log(&search);
    lead_to(portal, &search);
}

fn mark_in_log(search: &Search) {
    if let Some(rows) = window::element(ROWS_ID) {
        mark(&rows, search);
    }
}

fn lead_to(portal: Portal, search: &Search) {
    if let Some(at) = &search.at {
        portal.wanted.set(at.to_string());
    }
}
