//! A conversation as rows: a line per day, and messages grouped by author and minute.

use std::sync::Arc;

use shared::{AuthorKind, Message, MessageId, PendingKind, PersonId, Timestamp, Visit};

use super::state::{Echo, Held, History, Timeline};

/// One row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What names it, and changes whenever it must be drawn anew.
    pub key: RowKey,
    /// What it shows.
    pub body: Body,
}

/// What names a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowKey {
    /// The id of a message or an echo, or the number of a day.
    pub id: String,
    /// Changes with its content.
    pub revision: u32,
    /// Changes with what stands beside it: a change on its way, a question, the message it replies to, how many reply.
    pub beside: [u32; 4],
    /// First of its group.
    pub is_first: bool,
    /// Last of its group.
    pub is_last: bool,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A day begins.
    Day(Timestamp),
    /// What follows the guest has not seen.
    Unread(Timestamp),
    /// The portal says something.
    Notice(Arc<Message>),
    /// Somebody else says something.
    Theirs(Arc<Message>, Thread),
    /// The guest says something.
    Mine(Arc<Message>, Thread, Change),
    /// The guest says something that is not known to be in Webex yet.
    Echo(Echo),
    /// The guest wants to meet.
    Visit(Arc<Visit>),
}

/// What of its thread is told beside a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thread {
    /// What it replies to.
    pub reply: Reply,
    /// How many reply to it.
    pub replies: u32,
}

/// What a message replies to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reply {
    /// Nothing, or what stands above it in the open thread.
    #[default]
    None,
    /// A message that is not held.
    Unheld,
    /// This one.
    To(Arc<Message>),
}

/// What is becoming of a message of the guest.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Nothing.
    None,
    /// Nothing, and somebody has read it.
    Read,
    /// The guest is asked before it is deleted.
    Asked,
    /// It is being edited or deleted, or that failed.
    Moving(Echo),
}

impl Body {
    /// When it was said.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Day(at) | Self::Unread(at) => *at,
            Self::Notice(message) | Self::Theirs(message, _) | Self::Mine(message, ..) => message.created_at,
            Self::Echo(echo) => echo.at,
            Self::Visit(visit) => visit.requested_at,
        }
    }

    /// Rows with the same voice within a minute are one group.
    fn voice(&self) -> Voice<'_> {
        match self {
            Self::Day(_) | Self::Unread(_) | Self::Notice(_) | Self::Visit(_) => Voice::Nobody,
            Self::Theirs(message, _) => Voice::Other(&message.author.person_id),
            Self::Mine(_, _, Change::None | Change::Read) => Voice::Me { is_sent: true },
            Self::Mine(..) => Voice::Nobody,
            // Has something of its own to say below it.
            Self::Echo(echo) if echo.progress.is_refused() => Voice::Nobody,
            Self::Echo(echo) => Voice::Me { is_sent: echo.progress.is_sent() },
        }
    }
}

#[derive(PartialEq)]
enum Voice<'a> {
    Nobody,
    /// The last of a group says how far all of it has come.
    Me {
        is_sent: bool,
    },
    Other(&'a PersonId),
}

/// The rows of a conversation; `day_of` numbers the local day of an instant.
pub fn rows(timeline: &Timeline, me: Option<&PersonId>, day_of: &dyn Fn(Timestamp) -> i64) -> Vec<Row> {
    let mut rows = Vec::with_capacity(timeline.messages().len() + timeline.echoes().len() + 8);
    let mut day = None;
    let mut unseen = timeline.seen_until.filter(|_| timeline.thread().is_none());
    let bodies = if timeline.thread().is_some() { thread_bodies(timeline, me) } else { bodies(timeline, me) };
    for (key, body) in bodies {
        let at = body.at();
        let its_day = day_of(at);
        // An echo written while the clock was a little behind begins no earlier day.
        if day.is_none_or(|day| its_day > day) {
            day = Some(its_day);
            rows.push(Row { key: key_of(&format!("day {its_day}"), 0), body: Body::Day(at) });
        }
        // Not above everything: then all of it is new, and nothing need part it.
        if matches!(body, Body::Theirs(..)) && unseen.is_some_and(|seen_until| at > seen_until) {
            unseen = None;
            if rows.len() > 1 {
                rows.push(Row { key: key_of("unread", 0), body: Body::Unread(at) });
            }
        }
        rows.push(Row { key, body });
    }
    group(&mut rows);
    rows
}

fn key_of(id: &str, revision: u32) -> RowKey {
    RowKey { id: id.to_owned(), revision, beside: [0; 4], is_first: true, is_last: true }
}

/// The messages of the open thread, and what the guest adds to it.
fn thread_bodies(timeline: &Timeline, me: Option<&PersonId>) -> Vec<(RowKey, Body)> {
    let root = timeline.thread().map(|thread| &thread.root);
    let messages = timeline.thread_messages().into_iter().map(|held| {
        let (mut key, body) = said(timeline, held, me, Thread::default(), 0);
        // It is drawn otherwise than in the conversation.
        key.beside[3] = u32::MAX;
        (key, body)
    });
    let echoes = timeline.echoes().iter().filter(|held| held.value.kind == PendingKind::Post && held.value.parent_id.as_ref() == root);
    messages.chain(echoes.map(draw_echo)).collect()
}

fn draw_echo(held: &Held<Echo>) -> (RowKey, Body) {
    (key_of(held.value.client_message_id.as_str(), held.revision), Body::Echo(held.value.clone()))
}

/// Messages with visits and with what has stopped on its way, each at its time, and what is still moving at the end.
fn bodies(timeline: &Timeline, me: Option<&PersonId>) -> Vec<(RowKey, Body)> {
    let echoes = timeline.echoes().iter().filter(|held| held.value.kind == PendingKind::Post);
    let (stopped, moving): (Vec<_>, Vec<_>) = echoes.partition(|held| held.value.progress.is_refused());
    // A visit older than the messages held belongs to those that are not; they bring it back.
    let begins_at = timeline.messages().first().filter(|_| *timeline.history() != History::Beginning).map(|held| held.value.created_at);
    let is_in_view = |visit: &Visit| !visit.state.is_over() || begins_at.is_none_or(|begins_at| visit.requested_at >= begins_at);
    let mut placed: Vec<(RowKey, Body)> = stopped.into_iter().map(draw_echo).collect();
    for held in timeline.visits().iter().filter(|held| is_in_view(&held.value)) {
        let place = placed.partition_point(|(_, body)| body.at() <= held.value.requested_at);
        placed.insert(place, (key_of(held.value.id.as_str(), held.revision), Body::Visit(held.value.clone())));
    }
    let mut placed = placed.into_iter().peekable();
    let mut bodies = Vec::new();
    let threads = timeline.threads();
    let thread_of = |id: &MessageId| threads.iter().find(|thread| thread.root == id);
    for held in timeline.messages() {
        let message = &held.value;
        let parent = message.parent_id.as_ref().map(|id| thread_of(id).and_then(|thread| thread.parent));
        let reply = match parent {
            None => Reply::None,
            Some(None) => Reply::Unheld,
            Some(Some(parent)) => Reply::To(parent.value.clone()),
        };
        let thread = Thread { reply, replies: thread_of(&message.id).map_or(0, |thread| thread.count) };
        let parent_revision = parent.flatten().map_or(0, |parent| parent.revision);
        while let Some(before) = placed.next_if(|(_, body)| body.at() < message.created_at) {
            bodies.push(before);
        }
        bodies.push(said(timeline, held, me, thread, parent_revision));
    }
    bodies.extend(placed);
    bodies.extend(moving.into_iter().map(draw_echo));
    bodies
}

/// A message with what stands beside it.
fn said(timeline: &Timeline, held: &Held<Arc<Message>>, me: Option<&PersonId>, thread: Thread, parent_revision: u32) -> (RowKey, Body) {
    let message = &held.value;
    let mut key = key_of(message.id.as_str(), held.revision);
    if message.author.kind == AuthorKind::Portal {
        return (key, Body::Notice(message.clone()));
    }
    if !timeline.is_mine(message, me) {
        key.beside = [0, 0, parent_revision, thread.replies];
        return (key, Body::Theirs(message.clone(), thread));
    }
    let change = timeline.change_of(&message.id);
    let asked = timeline.asked_about().filter(|held| held.value == message.id);
    key.beside = [change.map_or(0, |held| held.revision), asked.map_or(0, |held| held.revision), parent_revision, thread.replies];
    let change = match (asked, change) {
        (Some(_), _) => Change::Asked,
        (None, Some(held)) => Change::Moving(held.value.clone()),
        (None, None) if timeline.read_until >= Some(message.created_at) => {
            key.beside[1] = u32::MAX;
            Change::Read
        }
        (None, None) => Change::None,
    };
    (key, Body::Mine(message.clone(), thread, change))
}

fn group(rows: &mut [Row]) {
    for place in 1..rows.len() {
        let (above, below) = rows.split_at_mut(place);
        if let (Some(before), Some(row)) = (above.last_mut(), below.first_mut())
            && belongs_together(&before.body, &row.body)
        {
            before.key.is_last = false;
            row.key.is_first = false;
        }
    }
}

fn belongs_together(before: &Body, after: &Body) -> bool {
    let minute = |body: &Body| body.at().as_millis().div_euclid(60_000);
    before.voice() != Voice::Nobody && before.voice() == after.voice() && minute(before) == minute(after)
}

#[cfg(test)]
mod tests {
    use shared::{Author, ClientMessageId, MessagePage, RoomId, VisitId, VisitState, rich_text};

    use super::*;
    use crate::outbox::{Item, Stage};

    fn message(id: &str, person: &str, at: i64) -> Message {
        let kind = if person == "portal" { AuthorKind::Portal } else { AuthorKind::Staff };
        Message {
            id: MessageId::new(id),
            author: Author { person_id: PersonId::new(person), display_name: person.into(), kind },
            content: rich_text::from_plain_text(id),
            files: vec![],
            parent_id: None,
            created_at: Timestamp::from_millis(at),
            edited_at: None,
            client_message_id: None,
        }
    }

    fn item(id: &str, at: i64) -> Item {
        Item {
            client_message_id: ClientMessageId::new(id),
            room_id: RoomId::new("r"),
            kind: PendingKind::Post,
            message_id: None,
            parent_id: None,
            text: id.into(),
            file: None,
            written_at: Timestamp::from_millis(at),
            stage: Stage::Queued,
        }
    }

    fn visit(id: &str, at: i64, state: VisitState) -> Visit {
        Visit {
            id: VisitId::new(id),
            room_id: RoomId::new("r"),
            topic: None,
            state,
            requested_at: Timestamp::from_millis(at),
            state_at: Timestamp::from_millis(at),
            starts_at: None,
            invite_urls: Vec::new(),
            place: None,
            wait_secs: None,
            staff_name: None,
            join_url: None,
            expires_at: None,
            problem: None,
        }
    }

    fn drawn(timeline: &Timeline) -> Vec<String> {
        let day_of = |at: Timestamp| at.as_millis().div_euclid(86_400_000);
        let rows = rows(timeline, Some(&PersonId::new("me")), &day_of);
        rows.iter()
            .map(|row| {
                let kind = match &row.body {
                    Body::Day(_) => "day",
                    Body::Unread(_) => "new",
                    Body::Notice(_) => "notice",
                    Body::Theirs(..) => "theirs",
                    Body::Mine(_, _, Change::None) => "mine",
                    Body::Mine(_, _, Change::Read) => "read",
                    Body::Mine(_, _, Change::Asked) => "asked",
                    Body::Mine(_, _, Change::Moving(_)) => "moving",
                    Body::Echo(_) => "echo",
                    Body::Visit(_) => "visit",
                };
                let place = match (row.key.is_first, row.key.is_last) {
                    (true, true) => "alone",
                    (true, false) => "first",
                    (false, false) => "middle",
                    (false, true) => "last",
                };
                format!("{kind} {} {place}", row.key.id)
            })
            .collect()
    }

    #[test]
    fn rows_are_grouped_by_author_and_minute_and_parted_by_days() {
        let mut timeline = Timeline::default();
        let refresh = timeline.refreshing();
        let items = vec![
            message("a", "ben", 0),
            message("b", "ben", 1_000),
            message("c", "ben", 59_999),
            message("d", "ben", 60_000),
            message("e", "me", 60_001),
            message("f", "portal", 60_002),
            message("g", "ben", 86_400_000),
        ];
        timeline.refreshed(MessagePage { items, ..MessagePage::default() }, &refresh);
        assert_eq!(
            drawn(&timeline),
            [
                "day day 0 alone",
                "theirs a first",
                "theirs b middle",
                "theirs c last",
                "theirs d alone",
                "mine e alone",
                "notice f alone",
                "day day 1 alone",
                "theirs g alone"
            ]
        );
    }

    #[test]
    fn what_moves_is_last_and_what_stopped_stays_in_its_place() {
        let problem = serde_json::from_str(r#"{"kind":"internal","status":400,"detail":"No."}"#).unwrap();
        let mut timeline = Timeline::default();
        timeline.written(&Item { stage: Stage::Refused(problem), ..item("x", 500) });
        timeline.written(&item("y", 600));
        timeline.upsert(message("a", "ben", 100));
        timeline.upsert(message("b", "me", 700));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "theirs a alone", "echo x alone", "mine b alone", "echo y alone"]);
    }

    #[test]
    fn what_somebody_has_read_is_told_and_draws_its_row_anew() {
        let mut timeline = Timeline::default();
        timeline.upsert(message("a", "me", 100));
        timeline.upsert(message("b", "me", 200));
        timeline.upsert(message("c", "ben", 300));
        let key = |timeline: &Timeline| rows(timeline, Some(&PersonId::new("me")), &|_| 0)[1].key.clone();
        let before = key(&timeline);
        timeline.read_by_others(&MessageId::new("a"));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "read a first", "mine b last", "theirs c alone"]);
        assert_ne!(key(&timeline), before);
        timeline.read_by_others(&MessageId::new("c"));
        timeline.read_by_others(&MessageId::new("a"));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "read a first", "read b last", "theirs c alone"], "nobody unreads");
    }

    #[test]
    fn a_visit_stands_where_it_was_asked_for_and_part_of_no_group() {
        let mut timeline = Timeline::default();
        timeline.visit(visit("v2", 900, VisitState::Ringing));
        timeline.visit(visit("v1", 400, VisitState::Ended));
        timeline.upsert(message("a", "ben", 100));
        timeline.upsert(message("b", "ben", 700));
        timeline.written(&item("y", 650));
        assert_eq!(
            drawn(&timeline),
            ["day day 0 alone", "theirs a alone", "visit v1 alone", "theirs b alone", "visit v2 alone", "echo y alone"]
        );
    }

    #[test]
    fn a_line_stands_before_what_came_while_the_guest_looked_away() {
        let mut timeline = Timeline::default();
        timeline.upsert(message("a", "ben", 100));
        timeline.looks_away(None);
        timeline.looks_again();
        timeline.upsert(message("b", "ben", 200));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "theirs a first", "theirs b last"], "nothing came while they were away");
        timeline.looks_away(None);
        timeline.upsert(message("c", "me", 300));
        timeline.upsert(message("d", "ben", 400));
        timeline.looks_again();
        timeline.upsert(message("e", "ben", 500));
        let rows = ["day day 0 alone", "theirs a first", "theirs b last", "mine c alone"];
        assert_eq!(drawn(&timeline), [&rows[..], &["new unread alone", "theirs d first", "theirs e last"]].concat());
        timeline.written(&item("y", 600));
        assert_eq!(drawn(&timeline)[4..], ["theirs d first", "theirs e last", "echo y alone"], "who answers has read");
        let mut loaded = Timeline::default();
        loaded.looks_away(Some(Timestamp::from_millis(150)));
        loaded.upsert(message("a", "ben", 100));
        loaded.upsert(message("b", "ben", 200));
        assert_eq!(drawn(&loaded), ["day day 0 alone", "theirs a alone", "new unread alone", "theirs b alone"]);
    }

    #[test]
    fn an_old_visit_waits_for_the_messages_of_its_time_but_one_that_goes_on_is_always_seen() {
        let mut timeline = Timeline::default();
        let refresh = timeline.refreshing();
        let visits = vec![visit("old", 10, VisitState::Ended), visit("new", 60, VisitState::Ended)];
        let older = Some(MessageId::new("b"));
        timeline.refreshed(MessagePage { items: vec![message("b", "ben", 50)], older, visits, ..MessagePage::default() }, &refresh);
        assert_eq!(drawn(&timeline), ["day day 0 alone", "theirs b alone", "visit new alone"]);
        timeline.visit(visit("now", 20, VisitState::Ringing));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "visit now alone", "theirs b alone", "visit new alone"]);
        let before = timeline.loading_older().unwrap();
        timeline.older(&before, Ok(MessagePage { items: vec![message("a", "ben", 5)], ..MessagePage::default() }));
        assert_eq!(
            drawn(&timeline),
            ["day day 0 alone", "theirs a alone", "visit old alone", "visit now alone", "theirs b alone", "visit new alone"]
        );
    }

    #[test]
    fn a_change_belongs_to_its_message_and_is_no_row_of_its_own() {
        let mut timeline = Timeline::default();
        timeline.upsert(message("a", "me", 100));
        timeline.upsert(message("b", "me", 200));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "mine a first", "mine b last"]);
        let edit = Item { kind: PendingKind::Edit, message_id: Some(MessageId::new("a")), ..item("e", 300) };
        timeline.written(&edit);
        assert_eq!(drawn(&timeline), ["day day 0 alone", "moving a alone", "mine b alone"]);
        timeline.ask_about(Some(MessageId::new("b")));
        assert_eq!(drawn(&timeline), ["day day 0 alone", "moving a alone", "asked b alone"]);
        timeline.ask_about(None);
        timeline.discarded(&edit.client_message_id);
        assert_eq!(drawn(&timeline), ["day day 0 alone", "mine a first", "mine b last"]);
    }

    #[test]
    fn a_reply_is_drawn_anew_once_what_it_replies_to_is_there() {
        let me = PersonId::new("me");
        let key = |timeline: &Timeline, id: &str| {
            let rows = rows(timeline, Some(&me), &|_| 0);
            rows.into_iter().find(|row| row.key.id == id).map(|row| row.key)
        };
        let mut timeline = Timeline::default();
        timeline.upsert(Message { parent_id: Some(MessageId::new("p")), ..message("r", "ben", 100) });
        let before = key(&timeline, "r");
        timeline.upsert(message("p", "me", 50));
        assert_ne!(key(&timeline, "r"), before);
    }
}
