//! Whatever order answers, pages and events come in, changes are done once and visits go forward only.

use shared::{Delivery, Message, MessageId, Pending, PendingKind, RoomId, Visit, VisitId, VisitState, rich_text};

use super::state::{Progress, Source, Timeline};
use super::state_tests::{at, hi_in_webex, ids, item, orders, page, pending, problem};
use crate::outbox::Item;

/// An edit or a deletion of the message `hi`.
fn change(kind: PendingKind, text: &str) -> Item {
    Item { kind, message_id: Some(MessageId::new("hi")), text: text.into(), ..item() }
}

fn change_pending(item: &Item, delivery: Delivery) -> Pending {
    Pending { kind: item.kind, text: item.text.clone(), message_id: item.message_id.clone(), ..pending(delivery) }
}

fn edited(text: &str, millis: i64) -> Message {
    Message { content: rich_text::from_plain_text(text), edited_at: Some(at(millis)), client_message_id: None, ..hi_in_webex() }
}

fn with_hi() -> Timeline {
    let mut timeline = Timeline::default();
    timeline.upsert(Message { client_message_id: None, ..hi_in_webex() });
    timeline
}

#[test]
fn in_whatever_order_an_edit_is_heard_of_it_is_done_once_and_stays_done() {
    let edit = change(PendingKind::Edit, "hello there");
    for order in orders(3) {
        let mut timeline = with_hi();
        timeline.written(&edit);
        for step in &order {
            match step {
                0 => timeline.pending(&change_pending(&edit, Delivery::Accepted), Source::Answer),
                1 => timeline.pending(&change_pending(&edit, Delivery::Sent), Source::Event),
                _ => timeline.upsert(edited("hello there", 2_000)),
            }
            let shown = timeline.change_of(&MessageId::new("hi")).map(|held| held.value.text.clone());
            let said = super::rich_text::plain(&timeline.messages()[0].value.content);
            assert_eq!(shown.unwrap_or(said), "hello there", "the old words are not seen again: {order:?}");
        }
        assert_eq!(timeline.change_of(&MessageId::new("hi")), None, "{order:?}");
        assert_eq!(timeline.messages().len(), 1);
    }
}

#[test]
fn an_edit_by_somebody_else_does_not_end_an_edit_under_way() {
    let edit = change(PendingKind::Edit, "mine");
    let mut timeline = with_hi();
    timeline.written(&edit);
    timeline.upsert(edited("theirs", 1_500));
    assert!(timeline.change_of(&MessageId::new("hi")).is_some());
    timeline.refused(&edit.client_message_id, problem());
    assert_eq!(timeline.change_of(&MessageId::new("hi")).map(|held| held.value.progress), Some(Progress::Refused));
    timeline.discarded(&edit.client_message_id);
    assert_eq!(super::rich_text::plain(&timeline.messages()[0].value.content), "theirs");
}

#[test]
fn in_whatever_order_a_deletion_is_heard_of_the_message_is_gone() {
    let deletion = change(PendingKind::Delete, "");
    for order in orders(3) {
        let mut timeline = with_hi();
        timeline.written(&deletion);
        for step in &order {
            match step {
                0 => timeline.pending(&change_pending(&deletion, Delivery::InFlight), Source::Answer),
                1 => timeline.pending(&change_pending(&deletion, Delivery::Sent), Source::Event),
                _ => timeline.deleted(&MessageId::new("hi")),
            }
        }
        assert_eq!((ids(&timeline), timeline.echoes().len()), (vec![], 0), "{order:?}");
    }
}

#[test]
fn a_change_the_portal_names_no_more_is_done() {
    let edit = change(PendingKind::Edit, "hello there");
    let mut timeline = with_hi();
    timeline.written(&edit);
    timeline.pending(&change_pending(&edit, Delivery::InFlight), Source::Event);
    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![edited("Hello there!", 2_000)], vec![]), &refresh);
    assert_eq!(timeline.change_of(&MessageId::new("hi")), None);
}

#[test]
fn a_visit_goes_forward_only() {
    let visit = |state, millis, place| Visit {
        id: VisitId::new("v"),
        room_id: RoomId::new("r"),
        topic: None,
        state,
        requested_at: at(1),
        state_at: at(millis),
        starts_at: None,
        invite_urls: Vec::new(),
        place,
        wait_secs: None,
        staff_name: None,
        join_url: None,
        expires_at: None,
        problem: None,
    };
    let mut timeline = Timeline::default();
    assert!(timeline.visit(visit(VisitState::Ringing, 10, Some(2))), "new");
    assert!(!timeline.visit(visit(VisitState::Ringing, 10, Some(1))), "no news, but the place is told");
    assert_eq!(timeline.visits()[0].value.place, Some(1));
    assert!(timeline.visit(visit(VisitState::Claimed, 20, None)));
    assert!(!timeline.visit(visit(VisitState::Ringing, 10, Some(1))), "an answer that was overtaken");
    assert_eq!(timeline.active_visit().map(|visit| visit.state), Some(VisitState::Claimed));
    assert!(timeline.visit(visit(VisitState::Ended, 30, None)));
    assert!(!timeline.visit(visit(VisitState::Joined, 30, None)));
    assert_eq!((timeline.active_visit(), timeline.visits().len()), (None, 1));
}
