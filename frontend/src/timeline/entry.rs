//! One row of the log, drawn.

use shared::{Message, PendingKind, Timestamp, rich_text::from_plain_text};

use super::rich_text;
use super::rows::{Body, Change, Reply, Row, Thread};
use super::state::{Echo, Progress, can_edit};
use crate::api::error;
use crate::files::card;
use crate::outbox::held;
use crate::platform::clock;
use crate::ui::Icon;
use crate::ui::avatar::avatar;
use crate::ui::element::{Drawn, element, picture};
use crate::ui::{button, picture_button};
use crate::visit;
use crate::words::words;

/// The attribute of what can be pressed in a row: what it does.
pub const ACT: &str = "data-act";
/// The attribute beside it: to which message, file or visit.
pub const TO: &str = "data-to";
/// The attribute of the button the keyboard comes to when its row is drawn anew, where the first one does harm.
pub const SAFE: &str = "data-safe";
/// The attribute of the line of a day.
pub const DAY: &str = "data-day";

/// What pressing something in a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows what can be done with a message.
    More,
    /// Opens the thread of a message, to answer there.
    Reply,
    /// Sends what failed after all.
    Again,
    /// Gives up what failed, or breaks off an upload.
    Discard,
    /// Edits a message.
    Edit,
    /// Takes what failed back into the box to write in.
    Rewrite,
    /// Asks before a message is deleted.
    Delete,
    /// Deletes it.
    DeleteSurely,
    /// Does not.
    Keep,
    /// Opens the thread of a message, to read it.
    Thread,
    /// Fetches a file.
    Download,
    /// Shows an image as large as it goes.
    Enlarge,
    /// Opens a meeting.
    Join,
    /// Takes the wish to meet back.
    CancelVisit,
    /// Has left a meeting.
    Leave,
}

impl Act {
    const ALL: [Self; 15] = [
        Self::More,
        Self::Reply,
        Self::Again,
        Self::Discard,
        Self::Edit,
        Self::Rewrite,
        Self::Delete,
        Self::DeleteSurely,
        Self::Keep,
        Self::Thread,
        Self::Download,
        Self::Enlarge,
        Self::Join,
        Self::CancelVisit,
        Self::Leave,
    ];

    /// What the attribute [`ACT`] says.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.get(text.parse::<usize>().ok()?).copied()
    }
}

/// Makes an element of a row do something when it is pressed.
pub fn act(drawn: Drawn, act: Act, to: &str) -> Drawn {
    drawn.with(ACT, &(act as u32).to_string()).with(TO, to)
}

/// A small button of a row.
fn small_button(label: &str, what: Act, to: &str) -> Drawn {
    act(button("button button--small", label, None), what, to)
}

/// The id of a row in the page.
pub fn row_id(key: &str) -> String {
    "row-".to_owned() + key
}

/// Draws a row; `test_url` leads to where a guest can try camera and microphone.
pub fn draw(row: &Row, test_url: Option<&str>) -> Drawn {
    let key = &row.key;
    let drawn = match &row.body {
        Body::Day(at) => return element("li", "timeline__day").with(DAY, "").child(element("span", "").text(&clock::day_text(*at))),
        Body::Unread(_) => {
            return element("li", "timeline__day timeline__day--new").with(DAY, "").child(element("span", "").text(words().new_since()));
        }
        Body::Notice(message) => {
            let said = rich_text::draw(element("div", "rich-text"), &message.content);
            return element("li", "timeline__notice").with("title", &clock::full_text(message.created_at)).child(said);
        }
        Body::Visit(visit) => return visit::card::draw(visit, test_url).with("id", &row_id(&key.id)),
        Body::Theirs(message, thread) => theirs(message, thread, key.is_first, key.is_last),
        Body::Mine(message, thread, change) => own(message, thread, change, key.is_last),
        Body::Echo(echo) => {
            let said = element("div", "timeline__said").child(hidden_name(words().you())).maybe(bubble(&from_plain_text(&echo.text)));
            let said = said.maybe(echo.file.as_ref().map(card::draw_pending));
            mine(echo_foot(said, echo, echo.at, key.is_last)).class_if("timeline__row--wrong", echo.progress.is_refused())
        }
    };
    drawn.class_if("timeline__row--first", key.is_first).class_if("timeline__row--last", key.is_last).with("id", &row_id(&key.id))
}

fn theirs(message: &Message, thread: &Thread, is_first: bool, is_last: bool) -> Drawn {
    let author = &message.author;
    let face = is_last.then(|| avatar(&author.display_name, author.person_id.as_str()));
    let head = if is_first {
        let name = element("bdi", "timeline__name").text(&author.display_name);
        element("div", "timeline__head").child(name).child(time(message.created_at))
    } else {
        hidden_name(&author.display_name)
    };
    let foot = message.edited_at.map(|at| element("div", "timeline__foot").child(edited(at)));
    let said = element("div", "timeline__said").child(head).maybe(quote(message, &thread.reply));
    let said = with_more(said, bubble(&message.content), card::draw_all(message), message.id.as_str());
    element("li", "timeline__row")
        .child(element("div", "timeline__face").maybe(face))
        .child(said.maybe(replies(message, thread.replies)).maybe(foot))
}

/// A message of the guest, what can be done with it, and what is becoming of it.
fn own(message: &Message, thread: &Thread, change: &Change, is_last: bool) -> Drawn {
    let id = message.id.as_str();
    let new_text = match change {
        Change::Moving(echo) if echo.kind == PendingKind::Edit => Some(from_plain_text(&echo.text)),
        _ => None,
    };
    let said = element("div", "timeline__said").child(hidden_name(words().you())).maybe(quote(message, &thread.reply));
    let bubble = bubble(new_text.as_ref().unwrap_or(&message.content));
    let files = card::draw_all(message);
    match change {
        Change::None | Change::Read => {
            let said = with_more(said, bubble, files, id).maybe(replies(message, thread.replies));
            mine(said.maybe(message_foot(message, is_last, *change == Change::Read)))
        }
        Change::Asked => {
            let choices = element("div", "timeline__choices")
                .child(small_button(words().delete(), Act::DeleteSurely, id).class_if("button--danger", true))
                .child(small_button(words().keep(), Act::Keep, id).with(SAFE, ""));
            let said = said.maybe(bubble).children(files);
            mine(said.child(element("div", "timeline__why").text(words().delete_question())).child(choices))
        }
        Change::Moving(echo) => {
            let is_vanishing = echo.kind == PendingKind::Delete && !echo.progress.is_refused();
            mine(echo_foot(said.maybe(bubble).children(files), echo, message.created_at, true))
                .class_if("timeline__row--vanishing", is_vanishing)
        }
    }
}

/// What is said, with the button that shows what can be done with it: beside the words, or beside the file where there
/// are none.
fn with_more(said: Drawn, bubble: Option<Drawn>, files: impl Iterator<Item = Drawn>, id: &str) -> Drawn {
    let more = element("button", "timeline__more").with("type", "button").with("aria-label", words().more()).with("aria-expanded", "false");
    let more = act(more, Act::More, id);
    match bubble {
        Some(bubble) => said.child(bubble.child(more)).children(files),
        None => said.children(files).child(more),
    }
}

/// What can be done with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tools {
    /// It can be answered in its thread.
    pub reply: bool,
    /// The guest's own can be changed and taken back.
    pub edit: bool,
}

/// The buttons for what can be done with a row's message, if anything can be.
pub fn tools(row: &Row, can: Tools) -> Option<Drawn> {
    let (message, is_mine) = match &row.body {
        Body::Theirs(message, _) => (message, false),
        Body::Mine(message, _, Change::None | Change::Read) => (message, true),
        _ => return None,
    };
    let tool =
        |can: bool, label, icon, what: Act| can.then(|| act(picture_button("timeline__tool", label, icon), what, message.id.as_str()));
    let may_edit = can.edit && is_mine;
    let tools = [
        tool(can.reply, words().reply(), Icon::Reply, Act::Reply),
        tool(may_edit && can_edit(message), words().edit(), Icon::Edit, Act::Edit),
        tool(may_edit, words().delete(), Icon::Delete, Act::Delete),
    ];
    let bar = element("div", "timeline__tools").with("role", "toolbar").with("aria-label", words().more());
    (can.reply || may_edit).then(|| bar.children(tools.into_iter().flatten()))
}

fn mine(said: Drawn) -> Drawn {
    element("li", "timeline__row timeline__row--mine").child(said)
}

/// What is said; a file alone says nothing.
fn bubble(content: &[shared::Block]) -> Option<Drawn> {
    (!content.is_empty()).then(|| rich_text::draw(element("div", "timeline__bubble rich-text"), content))
}

/// The line above a reply: to whom, and the first words.
fn quote(message: &Message, reply: &Reply) -> Option<Drawn> {
    let sentence = match reply {
        Reply::None => return None,
        Reply::Unheld => words().in_reply().to_owned(),
        Reply::To(parent) => {
            let text: String = rich_text::plain(&parent.content).chars().take(80).collect();
            words().in_reply_to(&parent.author.display_name, &text)
        }
    };
    let line = element("span", "timeline__quoted").with("dir", "auto").text(&sentence);
    let button = element("button", "timeline__quote").with("type", "button").child(picture(Icon::Reply)).child(line);
    Some(act(button, Act::Thread, message.id.as_str()))
}

/// Below a message that began a thread: how many answered, and the way there.
fn replies(message: &Message, count: u32) -> Option<Drawn> {
    let button = || element("button", "timeline__quote").with("type", "button").child(picture(Icon::Thread));
    (count > 0).then(|| act(button().text(&words().replies(count as usize)), Act::Thread, message.id.as_str()))
}

/// Screen readers need to hear who speaks where the eye sees it.
fn hidden_name(name: &str) -> Drawn {
    element("span", "hidden").text(name)
}

fn message_foot(message: &Message, is_last: bool, is_read: bool) -> Option<Drawn> {
    let edited = message.edited_at.map(edited);
    (is_last || edited.is_some()).then(|| {
        let foot = element("div", "timeline__foot").maybe(edited);
        let state = || if is_read { state(Icon::Checks, words().seen()) } else { state(Icon::Check, words().sent()) };
        if is_last { foot.child(time(message.created_at)).child(state()) } else { foot }
    })
}

/// Adds below an echo how far it has come.
fn echo_foot(said: Drawn, echo: &Echo, at: Timestamp, is_last: bool) -> Drawn {
    let foot = || element("div", "timeline__foot").child(time(at));
    let why = |class, text: &str| element("div", "timeline__why").with("dir", "auto").class_if(class, true).text(text);
    let reason = echo.problem.as_ref().filter(|problem| !problem.detail.is_empty()).map(error::sentence);
    let reason = reason.as_deref();
    match echo.progress {
        Progress::Queued if echo.file.is_some() => said.child(card::upload_foot(echo)),
        // Nobody need read it twice: the last of a group speaks for it.
        Progress::Sent | Progress::Queued | Progress::Accepted | Progress::InFlight if !is_last && reason.is_none() => said,
        Progress::Sent => said.child(foot().child(state(Icon::Check, words().sent()))),
        Progress::Queued => {
            // The sheet shows one of the two: the log knows whether anything leaves the browser.
            let moving = state(Icon::Clock, moving_word(echo)).class_if("timeline__state--moving", true);
            let waiting = state(Icon::Clock, words().waiting()).class_if("timeline__state--waiting", true);
            said.child(foot().child(moving).child(waiting))
        }
        Progress::Accepted | Progress::InFlight => {
            let reason = reason.map(|reason| why("timeline__why--waiting", reason));
            said.child(foot().child(state(Icon::Clock, moving_word(echo)))).maybe(reason)
        }
        Progress::NotConfirmed => {
            let doubt = why("timeline__why--doubt", words().checking_hint());
            said.child(foot().child(state(Icon::Clock, words().checking()))).child(doubt)
        }
        Progress::Refused | Progress::Failed => {
            let id = echo.client_message_id.as_str();
            // What never arrived can only be sent again while the page holds its file.
            let is_held = echo.file.is_none() || held::get(&echo.client_message_id).is_some();
            // Nor does a file become smaller, or of another kind.
            let can_go_again = is_held && !echo.problem.as_ref().is_some_and(|problem| matches!(problem.status, 413 | 415));
            let again = can_go_again.then(|| small_button(words().try_again(), Act::Again, id));
            let can_change = echo.kind == PendingKind::Post && echo.file.is_none();
            let rewrite = can_change.then(|| small_button(words().edit(), Act::Rewrite, id));
            let discard = small_button(words().discard(), Act::Discard, id);
            let buttons = element("div", "timeline__choices").maybe(rewrite).maybe(again).child(discard);
            let hint = if echo.kind == PendingKind::Post { words().failed_hint() } else { "" };
            said.child(foot().class_if("timeline__foot--failed", true).child(state(Icon::Alert, failed_word(echo.kind))))
                .child(why("timeline__why--failed", reason.unwrap_or(hint)))
                .child(buttons)
        }
    }
}

/// What did not happen.
pub fn failed_word(kind: PendingKind) -> &'static str {
    match kind {
        PendingKind::Edit => words().not_changed(),
        PendingKind::Delete => words().not_deleted(),
        PendingKind::Post | PendingKind::Unknown => words().failed(),
    }
}

/// What is being done with it, in one word.
fn moving_word(echo: &Echo) -> &'static str {
    match echo.kind {
        PendingKind::Edit => words().saving(),
        PendingKind::Delete => words().deleting(),
        PendingKind::Post | PendingKind::Unknown => words().sending(),
    }
}

/// How far something has come.
pub fn state(icon: Icon, text: &str) -> Drawn {
    element("span", "timeline__state").child(picture(icon)).text(text)
}

/// When it was, with more for who points at it.
pub fn time(at: Timestamp) -> Drawn {
    element("time", "timeline__time")
        .with("datetime", &clock::machine_text(at))
        .with("title", &clock::full_text(at))
        .text(&clock::time_text(at))
}

fn edited(at: Timestamp) -> Drawn {
    element("span", "timeline__edited").with("title", &clock::full_text(at)).text(words().edited())
}
