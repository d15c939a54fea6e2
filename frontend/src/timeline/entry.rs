//! One row of the log, drawn.

use shared::{Message, Timestamp, rich_text::from_plain_text};

use super::rich_text;
use super::rows::{Body, Row};
use super::state::{Echo, Progress};
use crate::platform::clock;
use crate::ui::Icon;
use crate::ui::avatar::avatar;
use crate::ui::element::{Drawn, element, picture};
use crate::words::words;

/// The attribute of a button that sends a failed message after all; its value is the message's id.
pub const AGAIN: &str = "data-again";
/// The attribute of a button that gives a failed message up; its value is the message's id.
pub const DISCARD: &str = "data-discard";
/// The attribute of the line of a day.
pub const DAY: &str = "data-day";

/// Draws a row.
pub fn draw(row: &Row) -> Drawn {
    let key = &row.key;
    let drawn = match &row.body {
        Body::Day(at) => return element("li", "timeline__day").with(DAY, "").child(element("span", "").text(&clock::day_text(*at))),
        Body::Notice(message) => {
            let said = rich_text::draw(element("div", "rich-text"), &message.content);
            return element("li", "timeline__notice").with("title", &clock::full_text(message.created_at)).child(said);
        }
        Body::Theirs(message) => theirs(message, key.is_first, key.is_last),
        Body::Mine(message) => {
            let said = rich_text::draw(element("div", "timeline__bubble rich-text"), &message.content);
            let foot = message_foot(message, key.is_last);
            mine(element("div", "timeline__said").child(hidden_name(words().you)).child(said).maybe(foot))
        }
        Body::Echo(echo) => {
            let said = rich_text::draw(element("div", "timeline__bubble rich-text"), &from_plain_text(&echo.text));
            let said = element("div", "timeline__said").child(hidden_name(words().you)).child(said);
            mine(echo_foot(said, echo, key.is_last)).class_if("timeline__row--wrong", echo.progress.is_final())
        }
    };
    drawn.class_if("timeline__row--first", key.is_first).class_if("timeline__row--last", key.is_last)
}

fn theirs(message: &Message, is_first: bool, is_last: bool) -> Drawn {
    let author = &message.author;
    let face = is_last.then(|| avatar(&author.display_name, author.person_id.as_str()));
    let head = if is_first {
        let name = element("bdi", "timeline__name").text(&author.display_name);
        element("div", "timeline__head").child(name).child(time(message.created_at))
    } else {
        hidden_name(&author.display_name)
    };
    let said = rich_text::draw(element("div", "timeline__bubble rich-text"), &message.content);
    let foot = message.edited_at.map(|at| element("div", "timeline__foot").child(edited(at)));
    element("li", "timeline__row")
        .child(element("div", "timeline__face").maybe(face))
        .child(element("div", "timeline__said").child(head).child(said).maybe(foot))
}

fn mine(said: Drawn) -> Drawn {
    element("li", "timeline__row timeline__row--mine").child(said)
}

/// Screen readers need to hear who speaks where the eye sees it.
fn hidden_name(name: &str) -> Drawn {
    element("span", "hidden").text(name)
}

fn message_foot(message: &Message, is_last: bool) -> Option<Drawn> {
    let edited = message.edited_at.map(edited);
    (is_last || edited.is_some()).then(|| {
        let foot = element("div", "timeline__foot").maybe(edited);
        if is_last { foot.child(time(message.created_at)).child(state(Icon::Check, words().sent)) } else { foot }
    })
}

/// Adds below an echo how far it has come.
fn echo_foot(said: Drawn, echo: &Echo, is_last: bool) -> Drawn {
    let foot = || element("div", "timeline__foot").child(time(echo.at));
    let why = |class, text: &str| element("div", "timeline__why").with("dir", "auto").class_if(class, true).text(text);
    let reason = echo.problem.as_ref().map(|problem| problem.detail.as_str()).filter(|detail| !detail.is_empty());
    match echo.progress {
        // Nobody need read it twice: the last of a group speaks for it.
        Progress::Sent | Progress::Queued | Progress::Accepted | Progress::InFlight if !is_last && reason.is_none() => said,
        Progress::Sent => said.child(foot().child(state(Icon::Check, words().sent))),
        Progress::Queued => {
            // The sheet shows one of the two: the log knows whether anything leaves the browser.
            let moving = state(Icon::Clock, words().sending).class_if("timeline__state--moving", true);
            let waiting = state(Icon::Clock, words().waiting).class_if("timeline__state--waiting", true);
            said.child(foot().child(moving).child(waiting))
        }
        Progress::Accepted | Progress::InFlight => {
            let reason = reason.map(|reason| why("timeline__why--waiting", reason));
            said.child(foot().child(state(Icon::Clock, words().sending))).maybe(reason)
        }
        Progress::NotConfirmed => {
            let doubt = why("timeline__why--doubt", "").child(picture(Icon::Alert));
            let doubt = doubt.child(element("strong", "").text(words().not_confirmed)).text(words().not_confirmed_hint);
            said.child(foot()).child(doubt)
        }
        Progress::Refused | Progress::Failed => {
            let id = echo.client_message_id.as_str();
            let button = |name, attribute| element("button", "button button--small").with("type", "button").with(attribute, id).text(name);
            let buttons =
                element("div", "timeline__choices").child(button(words().try_again, AGAIN)).child(button(words().discard, DISCARD));
            said.child(foot().class_if("timeline__foot--failed", true).child(state(Icon::Alert, words().failed)))
                .child(why("timeline__why--failed", reason.unwrap_or(words().failed_hint)))
                .child(buttons)
        }
    }
}

fn state(icon: Icon, text: &str) -> Drawn {
    element("span", "timeline__state").child(picture(icon)).text(text)
}

fn time(at: Timestamp) -> Drawn {
    element("time", "timeline__time")
        .with("datetime", &clock::machine_text(at))
        .with("title", &clock::full_text(at))
        .text(&clock::time_text(at))
}

fn edited(at: Timestamp) -> Drawn {
    element("span", "timeline__edited").with("title", &clock::full_text(at)).text(words().edited)
}
