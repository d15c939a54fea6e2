//! What must be so once the trouble is over.

use std::{sync::Arc, time::Duration};

use sandbox::Sandbox;
use server::clock::Clock;
use shared::{ClientMessageId, Message, MessageId, MessagePage};

use super::{
    guest::Guest,
    plan::{Mode, Plan},
    process::{GREETING, Process},
};
use crate::guest::plain_text;

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A doubt lasts 15 s; then there are the line, the disk, and the darkness.
const LONGEST_DOUBT: Duration = Duration::from_secs(20);
/// Late copies come up to a minute after the trouble.
const AFTERMATH: Duration = Duration::from_secs(75);

/// Waits for the end and names every promise that was broken.
pub(super) async fn judge(
    plan: &Plan,
    guests: &[Arc<Guest>],
    webex: &Sandbox,
    process: &Process,
    clock: &Clock,
    patience: Duration,
) -> Vec<String> {
    let mut broken = Vec::new();
    if matches!(plan.mode, Mode::Late | Mode::Everything) {
        clock.sleep(AFTERMATH).await;
    }
    let gives_up_at = clock.elapsed() + patience;
    loop {
        broken.clear();
        for guest in guests {
            judge_guest(plan, guest, webex, process, &mut broken).await;
        }
        if broken.is_empty() || clock.elapsed() > gives_up_at {
            break;
        }
        clock.sleep(LOOK_EVERY).await;
    }
    if plan.mode == Mode::Certain && guests.iter().any(|guest| guest.was_in_doubt()) {
        broken.push("a message was in doubt though Webex left none".into());
    }
    if matches!(plan.mode, Mode::Calm | Mode::Crashes | Mode::Nap) && process.missed_by_feed() > 0 {
        broken.push(format!("the feed seems to have missed {} messages", process.missed_by_feed()));
    }
    // A doubt lasts longer than any of the others keeps Webex from doing what it was asked.
    if plan.mode != Mode::Late && process.deletions() > 0 {
        broken.push(format!("{} messages were taken back though none was late", process.deletions()));
    }
    broken
}

async fn judge_guest(plan: &Plan, guest: &Guest, webex: &Sandbox, process: &Process, broken: &mut Vec<String>) {
    let name = guest.name();
    let Some(MessagePage { items, pending, is_stale, .. }) = guest.page().await else {
        broken.push(format!("{name}: no page"));
        return;
    };
    let rooms = webex.rooms().into_iter().filter(|room| room.title.starts_with(&format!("{name} "))).count();
    if rooms != 1 {
        broken.push(format!("{name}: {rooms} rooms"));
    }
    if !pending.is_empty() || is_stale {
        broken.push(format!("{name}: still on its way {pending:?}, stale {is_stale}"));
    }
    let taken = guest.accepted();
    let others = guest.others();
    let in_webex = webex.messages_titled(&name);
    let own: Vec<&str> =
        in_webex.iter().map(|message| message.text.as_str()).filter(|text| *text == "ok" || text.starts_with("words ")).collect();
    let expected: Vec<&str> = taken.iter().map(|taken| taken.text.as_str()).collect();
    if own != expected {
        broken.push(format!("{name}: Webex has {own:?}, taken were {expected:?}"));
    }
    let greetings = in_webex.iter().filter(|message| message.text == GREETING).count();
    // One in doubt is not repeated: a space without it is better than one with two.
    if greetings > 1 || (greetings == 0 && matches!(plan.mode, Mode::Calm | Mode::Nap)) {
        broken.push(format!("{name}: {greetings} greetings"));
    }
    for text in &others {
        let there = in_webex.iter().filter(|message| message.text == *text).count();
        if there != 1 {
            broken.push(format!("{name}: {text:?} of somebody else is there {there} times"));
        }
    }
    let ids: Vec<ClientMessageId> = items.iter().filter_map(|message| message.client_message_id.clone()).collect();
    let expected: Vec<ClientMessageId> = taken.iter().map(|taken| taken.id.clone()).collect();
    if ids != expected {
        broken.push(format!("{name}: the page knows {ids:?} for its own, taken were {expected:?}"));
    }
    let page: Vec<_> =
        items.iter().map(|message| (message.id.clone(), plain_text(&message.content), message.client_message_id.clone())).collect();
    let said: Vec<&str> = page.iter().map(|(_, text, _)| text.as_str()).collect();
    let there: Vec<&str> = in_webex.iter().map(|message| message.text.as_str()).collect();
    if said != there {
        broken.push(format!("{name}: the page has {said:?}, Webex {there:?}"));
    }
    for (tab, shown) in guest.screens().iter().enumerate().filter(|(_, shown)| **shown != page) {
        let texts =
            |shown: &[(MessageId, String, Option<ClientMessageId>)]| shown.iter().map(|(_, text, _)| text.clone()).collect::<Vec<_>>();
        broken.push(format!("{name}: the stream brought {:?} on tab {tab}, the page has {:?}", texts(shown), texts(&page)));
    }
    if plan.mode == Mode::Restless {
        judge_doubts(plan, guest, &items, process, broken);
    }
}

/// Every try may leave a doubt of its own, but no doubt lasts longer for the power being cut meanwhile.
fn judge_doubts(plan: &Plan, guest: &Guest, items: &[Message], process: &Process, broken: &mut Vec<String>) {
    let longest = LONGEST_DOUBT * u32::try_from(process.posts()).unwrap_or(u32::MAX);
    for taken in guest.accepted() {
        let there = items.iter().find(|message| message.client_message_id.as_ref() == Some(&taken.id));
        let took = there.map_or(0, |message| message.created_at.as_millis() - plan.webex_ahead_secs * 1000 - taken.at.as_millis());
        if u128::try_from(took).is_ok_and(|took| took > longest.as_millis()) {
            broken.push(format!("{}: {:?} took {took} ms in {} tries", guest.name(), taken.text, process.posts()));
        }
    }
}
