//! Whatever order answers, pages and events come in, a message is drawn once and says how far it has come.

use shared::{
    Author, AuthorKind, ClientMessageId, Delivery, Message, MessageId, MessagePage, Pending, PendingKind, PersonId, Problem, ProblemKind,
    RoomId, Timestamp, rich_text,
};

use super::state::{History, Progress, Refresh, Source, Timeline};
use crate::api::ApiError;
use crate::outbox::{Item, Stage};

const HI: &str = "01936b1e-7a5c-7c3e-9a41-0123456789ab";

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn message(id: &str, millis: i64) -> Message {
    Message {
        id: MessageId::new(id),
        author: Author { person_id: PersonId::new("ben"), display_name: "Ben".into(), kind: AuthorKind::Staff },
        content: rich_text::from_plain_text(id),
        files: vec![],
        parent_id: None,
        created_at: at(millis),
        edited_at: None,
        client_message_id: None,
    }
}

/// What the guest wrote, once it is in Webex.
pub(super) fn hi_in_webex() -> Message {
    let mut message = message("hi", 1_000);
    message.author.person_id = PersonId::new("ada");
    message.client_message_id = Some(ClientMessageId::new(HI));
    message
}

pub(super) fn item() -> Item {
    Item {
        client_message_id: ClientMessageId::new(HI),
        room_id: RoomId::new("r"),
        kind: PendingKind::Post,
        message_id: None,
        parent_id: None,
        text: "hi".into(),
        file: None,
        written_at: at(990),
        stage: Stage::Queued,
    }
}

pub(super) fn pending(delivery: Delivery) -> Pending {
    let is_sent = delivery == Delivery::Sent;
    Pending {
        client_message_id: ClientMessageId::new(HI),
        room_id: RoomId::new("r"),
        kind: PendingKind::Post,
        text: "hi".into(),
        file: None,
        delivery,
        queued_at: at(995),
        message_id: is_sent.then(|| MessageId::new("hi")),
        parent_id: None,
        problem: (delivery == Delivery::Failed).then(problem),
    }
}

pub(super) fn problem() -> Problem {
    Problem { kind: ProblemKind::WebexRefused, status: 400, detail: "No.".into(), request_id: None, retry_after_secs: None }
}

pub(super) fn page(items: Vec<Message>, pending: Vec<Pending>) -> MessagePage {
    MessagePage { items, pending, ..MessagePage::default() }
}

pub(super) fn ids(timeline: &Timeline) -> Vec<&str> {
    timeline.messages().iter().map(|held| held.value.id.as_str()).collect()
}

fn progress(timeline: &Timeline) -> Option<Progress> {
    assert!(timeline.echoes().len() <= 1, "an echo is drawn once");
    timeline.echoes().first().map(|held| held.value.progress)
}

/// Each order of the numbers below `count`.
pub(super) fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let shorter = orders(count - 1);
    let insert = |order: &Vec<usize>, place: usize| {
        let mut order = order.clone();
        order.insert(place, count - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..count).map(move |place| insert(order, place))).collect()
}

/// One thing the network brings, at any moment.
#[derive(Clone, Debug)]
enum Heard {
    Answer(Delivery),
    Event(Delivery),
    Posted,
    Page(MessagePage),
}

fn hear(timeline: &mut Timeline, heard: Heard) {
    match heard {
        Heard::Answer(delivery) => timeline.pending(&pending(delivery), Source::Answer),
        Heard::Event(delivery) => timeline.pending(&pending(delivery), Source::Event),
        Heard::Posted => timeline.upsert(hi_in_webex()),
        Heard::Page(page) => {
            let refresh = timeline.refreshing();
            timeline.refreshed(page, &refresh);
        }
    }
}

#[test]
fn in_whatever_order_a_sent_message_is_heard_of_it_is_drawn_once() {
    let with_message = || Heard::Page(page(vec![message("hello", 500), hi_in_webex()], vec![]));
    let with_pending = || Heard::Page(page(vec![message("hello", 500)], vec![pending(Delivery::InFlight)]));
    let with_both = || Heard::Page(page(vec![message("hello", 500), hi_in_webex()], vec![pending(Delivery::Sent)]));
    let campaigns = [
        vec![Heard::Answer(Delivery::Accepted), Heard::Event(Delivery::Sent), Heard::Posted, with_message()],
        vec![Heard::Answer(Delivery::Accepted), Heard::Event(Delivery::Sent), Heard::Posted, with_pending()],
        vec![Heard::Answer(Delivery::Sent), Heard::Event(Delivery::InFlight), Heard::Posted, with_both()],
        vec![Heard::Answer(Delivery::Accepted), Heard::Event(Delivery::NotConfirmed), Heard::Posted, with_pending()],
        vec![
            Heard::Answer(Delivery::Accepted),
            Heard::Event(Delivery::InFlight),
            Heard::Posted,
            with_pending(),
            with_both(),
            Heard::Posted,
        ],
    ];
    for campaign in campaigns {
        for is_other_tab in [false, true] {
            for order in orders(campaign.len()) {
                let mut timeline = Timeline::default();
                if !is_other_tab {
                    timeline.written(&item());
                }
                for &step in &order {
                    hear(&mut timeline, campaign[step].clone());
                    assert!(
                        timeline.echoes().len() + timeline.messages().iter().filter(|held| held.value.id.as_str() == "hi").count() <= 1
                    );
                }
                assert_eq!(progress(&timeline), None, "{campaign:?} {order:?}");
                assert_eq!(ids(&timeline), ["hello", "hi"], "{campaign:?} {order:?}");
                let hi = &timeline.messages()[1].value;
                assert!(timeline.is_mine(hi, None), "the id alone says whose it is");
            }
        }
    }
}

#[test]
fn an_answer_that_was_overtaken_takes_nothing_back() {
    let deliveries = [Delivery::Sent, Delivery::NotConfirmed, Delivery::Failed, Delivery::InFlight];
    for known in deliveries {
        let mut timeline = Timeline::default();
        timeline.written(&item());
        timeline.pending(&pending(known), Source::Event);
        let before = progress(&timeline);
        timeline.pending(&pending(Delivery::Accepted), Source::Answer);
        assert_eq!(progress(&timeline), before);
    }
}

#[test]
fn an_event_is_the_latest_word_but_sent_is_for_ever() {
    let mut timeline = Timeline::default();
    timeline.written(&item());
    timeline.pending(&pending(Delivery::NotConfirmed), Source::Event);
    timeline.pending(&pending(Delivery::InFlight), Source::Event);
    assert_eq!(progress(&timeline), Some(Progress::InFlight), "the portal found out and sends it again");
    timeline.pending(&pending(Delivery::Sent), Source::Event);
    timeline.pending(&pending(Delivery::InFlight), Source::Event);
    assert_eq!(progress(&timeline), Some(Progress::Sent));
}

#[test]
fn a_message_that_came_without_its_browser_id_still_retires_the_echo() {
    let mut bare = hi_in_webex();
    bare.client_message_id = None;
    for order in orders(2) {
        let mut timeline = Timeline::default();
        timeline.written(&item());
        for step in order {
            if step == 0 {
                timeline.upsert(bare.clone());
            } else {
                timeline.pending(&pending(Delivery::Sent), Source::Event);
            }
        }
        assert_eq!((progress(&timeline), ids(&timeline)), (None, vec!["hi"]));
    }
}

#[test]
fn what_the_portal_had_and_names_no_more_is_sent() {
    let mut timeline = Timeline::default();
    timeline.written(&item());
    timeline.pending(&pending(Delivery::Accepted), Source::Answer);
    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![message("hello", 500)], vec![]), &refresh);
    assert_eq!(progress(&timeline), Some(Progress::Sent));

    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![message("hello", 500)], vec![]), &refresh);
    assert_eq!(progress(&timeline), Some(Progress::Sent), "until its message comes by the stream");

    timeline.gap();
    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![message("hello", 500)], vec![]), &refresh);
    assert_eq!(progress(&timeline), None, "it was deleted in the gap");
}

#[test]
fn an_answer_that_was_under_way_over_a_gap_is_asked_about_again() {
    let mut timeline = Timeline::default();
    timeline.written(&item());
    timeline.gap();
    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![], vec![]), &refresh);
    assert!(!timeline.is_overtaken(), "the portal may not have it yet");
    timeline.pending(&pending(Delivery::Accepted), Source::Answer);
    assert!(timeline.is_overtaken());
    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![], vec![]), &refresh);
    assert_eq!(progress(&timeline), None, "sent and deleted in the gap");
    assert!(!timeline.is_overtaken());
}

#[test]
fn what_stands_above_what_was_fetched_waits_until_somebody_reads_there() {
    let mut timeline = Timeline::default();
    let refresh = timeline.refreshing();
    timeline.refreshed(MessagePage { items: vec![message("c", 3)], older: Some(MessageId::new("c")), ..MessagePage::default() }, &refresh);
    timeline.upsert(Message { edited_at: Some(at(9)), ..message("a", 1) });
    assert_eq!(ids(&timeline), ["c"]);
    timeline.upsert(message("d", 4));
    timeline.deleted(&MessageId::new("c"));
    let older = timeline.loading_older().unwrap();
    assert_eq!(older.before, MessageId::new("d"), "webex knows nothing before what is not there");
    timeline.older(&older, Ok(page(vec![message("a", 1), message("b", 2)], vec![])));
    assert_eq!(ids(&timeline), ["a", "b", "d"]);
}

#[test]
fn an_older_page_stands_above_what_is_held_even_if_all_was_said_within_one_millisecond() {
    let mut timeline = Timeline::default();
    let refresh = timeline.refreshing();
    timeline.refreshed(
        MessagePage { items: vec![message("c", 5), message("d", 5)], older: Some(MessageId::new("c")), ..MessagePage::default() },
        &refresh,
    );
    let older = timeline.loading_older().unwrap();
    timeline.older(&older, Ok(page(vec![message("a", 5), message("b", 5), message("c", 5)], vec![])));
    assert_eq!(ids(&timeline), ["a", "b", "c", "d"]);
}

#[test]
fn what_was_accepted_after_the_page_was_asked_for_is_not_taken_for_sent() {
    let mut timeline = Timeline::default();
    timeline.written(&item());
    let refresh = timeline.refreshing();
    timeline.pending(&pending(Delivery::Accepted), Source::Answer);
    timeline.refreshed(page(vec![], vec![]), &refresh);
    assert_eq!(progress(&timeline), Some(Progress::Accepted));
}

#[test]
fn an_echo_whose_message_is_further_up_than_the_page_is_retired() {
    let mut timeline = Timeline::default();
    timeline.written(&item());
    timeline.pending(&pending(Delivery::InFlight), Source::Event);
    let refresh = timeline.refreshing();
    let newest = MessagePage { items: vec![message("later", 9_000)], older: Some(MessageId::new("later")), ..MessagePage::default() };
    timeline.refreshed(newest, &refresh);
    assert_eq!(progress(&timeline), None);
}

#[test]
fn a_failed_message_can_be_given_up_and_no_page_brings_it_back() {
    let mut timeline = Timeline::default();
    timeline.written(&item());
    timeline.pending(&pending(Delivery::Failed), Source::Event);
    assert_eq!(timeline.echoes()[0].value.problem, Some(problem()));
    timeline.discarded(&ClientMessageId::new(HI));
    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![], vec![pending(Delivery::Failed)]), &refresh);
    assert_eq!(progress(&timeline), None);
}

#[test]
fn a_refusal_counts_only_while_the_portal_has_not_accepted() {
    let mut timeline = Timeline::default();
    timeline.written(&item());
    timeline.refused(&ClientMessageId::new(HI), problem());
    assert_eq!(progress(&timeline), Some(Progress::Refused));

    let mut timeline = Timeline::default();
    timeline.written(&item());
    timeline.pending(&pending(Delivery::InFlight), Source::Event);
    timeline.refused(&ClientMessageId::new(HI), problem());
    assert_eq!(progress(&timeline), Some(Progress::InFlight));
}

#[test]
fn an_edit_or_a_deletion_is_not_undone_by_an_older_page() {
    let mut timeline = Timeline::default();
    let old = || page(vec![message("a", 1), message("b", 2)], vec![]);
    let refresh = timeline.refreshing();
    timeline.refreshed(old(), &refresh);
    let mut edited = message("a", 1);
    edited.edited_at = Some(at(50));
    edited.content = rich_text::from_plain_text("changed");
    timeline.upsert(edited.clone());
    timeline.deleted(&MessageId::new("b"));
    timeline.refreshed(old(), &Refresh::default());
    assert_eq!(ids(&timeline), ["a"]);
    assert_eq!(*timeline.messages()[0].value, edited);
}

#[test]
fn what_was_deleted_while_nobody_listened_is_gone_after_a_refresh() {
    let mut timeline = Timeline::default();
    for (id, millis) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        timeline.upsert(message(id, millis));
    }
    let newest = MessagePage { items: vec![message("b", 2), message("d", 4)], older: Some(MessageId::new("b")), ..MessagePage::default() };
    timeline.gap();
    let refresh = timeline.refreshing();
    timeline.upsert(message("e", 5));
    timeline.refreshed(newest, &refresh);
    assert_eq!(ids(&timeline), ["b", "d", "e"], "nobody said that the oldest is there still; the newest was heard since");
}

#[test]
fn a_stale_page_removes_nothing() {
    let mut timeline = Timeline::default();
    timeline.upsert(message("a", 1));
    timeline.upsert(message("b", 2));
    timeline.upsert(message("c", 3));
    let refresh = timeline.refreshing();
    timeline.refreshed(MessagePage { items: vec![message("a", 1), message("c", 3)], is_stale: true, ..MessagePage::default() }, &refresh);
    assert_eq!(ids(&timeline), ["a", "b", "c"]);
    assert!(timeline.is_stale());
}

#[test]
fn a_hole_between_what_is_held_and_the_newest_page_is_not_papered_over() {
    let mut timeline = Timeline::default();
    timeline.upsert(message("a", 1));
    timeline.gap();
    let refresh = timeline.refreshing();
    timeline
        .refreshed(MessagePage { items: vec![message("x", 100)], older: Some(MessageId::new("x")), ..MessagePage::default() }, &refresh);
    assert_eq!(ids(&timeline), ["x"]);
    assert_eq!(*timeline.history(), History::More(MessageId::new("x")));
}

#[test]
fn older_pages_are_fetched_one_at_a_time_until_the_beginning() {
    let mut timeline = Timeline::default();
    assert_eq!(timeline.loading_older(), None, "nothing is known yet");
    let refresh = timeline.refreshing();
    timeline.refreshed(MessagePage { items: vec![message("c", 3)], older: Some(MessageId::new("c")), ..MessagePage::default() }, &refresh);
    let before = timeline.loading_older().unwrap();
    assert_eq!(timeline.loading_older(), None, "one is on its way");
    timeline.older(&before, Err(ApiError::Offline));
    let before = timeline.loading_older().unwrap();
    timeline.older(&before, Ok(MessagePage { items: vec![message("b", 2)], older: Some(MessageId::new("b")), ..MessagePage::default() }));
    timeline.older(&before, Ok(page(vec![message("zombie", 1)], vec![])));
    let before = timeline.loading_older().unwrap();
    timeline.older(&before, Ok(page(vec![message("a", 1)], vec![])));
    assert_eq!(ids(&timeline), ["a", "b", "c"]);
    assert_eq!(timeline.loading_older(), None);
    assert_eq!(*timeline.history(), History::Beginning);
}

#[test]
fn messages_stand_in_the_order_of_webex_whatever_order_they_come_in() {
    for order in orders(4) {
        let mut timeline = Timeline::default();
        for step in order {
            timeline.upsert(message(["a", "b", "c", "d"][step], [1, 2, 3, 4][step]));
        }
        assert_eq!(ids(&timeline), ["a", "b", "c", "d"]);
    }
}

#[test]
fn messages_of_one_millisecond_stand_as_they_come_because_ids_do_not_sort_by_time() {
    let mut timeline = Timeline::default();
    for _ in 0..2 {
        for (id, at) in [("m", 1), ("z", 2), ("a", 2), ("0", 2), ("b", 3)] {
            timeline.upsert(message(id, at));
        }
    }
    assert_eq!(ids(&timeline), ["m", "z", "a", "0", "b"]);
}

#[test]
fn what_is_drawn_changes_its_number_and_only_then() {
    let mut timeline = Timeline::default();
    timeline.upsert(message("a", 1));
    let first = timeline.messages()[0].revision;
    timeline.upsert(message("a", 1));
    assert_eq!(timeline.messages()[0].revision, first);
    timeline.upsert(Message { content: vec![], ..message("a", 1) });
    assert_ne!(timeline.messages()[0].revision, first);
}

#[test]
fn a_hole_is_found_though_asking_failed_at_first_and_something_new_came_meanwhile() {
    let mut timeline = Timeline::default();
    let refresh = timeline.refreshing();
    timeline.refreshed(page(vec![message("old", 1)], vec![]), &refresh);
    timeline.gap();
    let failed = timeline.refreshing();
    timeline.refresh_failed(ApiError::Offline);
    timeline.upsert(message("new", 90));
    assert!(!timeline.is_superseded(&failed));
    let refresh = timeline.refreshing();
    assert!(timeline.is_superseded(&failed));
    let newest = vec![message("fifty", 50), message("new", 90)];
    timeline.refreshed(MessagePage { items: newest, older: Some(MessageId::new("fifty")), ..MessagePage::default() }, &refresh);
    assert_eq!(ids(&timeline), ["fifty", "new"], "what lies between 1 and 50 is not known");
    assert_eq!(*timeline.history(), History::More(MessageId::new("fifty")));
}

#[test]
fn what_the_portal_remembers_does_not_tell_where_the_conversation_begins() {
    let mut timeline = Timeline::default();
    let refresh = timeline.refreshing();
    timeline.refreshed(MessagePage { is_stale: true, ..MessagePage::default() }, &refresh);
    assert_eq!(*timeline.history(), History::Opening);
    assert!(timeline.is_stale());
    let refresh = timeline.refreshing();
    timeline.refreshed(MessagePage { items: vec![message("b", 2)], older: Some(MessageId::new("b")), ..MessagePage::default() }, &refresh);
    assert_eq!(*timeline.history(), History::More(MessageId::new("b")));
    assert!(!timeline.is_stale());
}
