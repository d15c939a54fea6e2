//! One row of the log, drawn.

use std::sync::Arc;

use leptos::prelude::*;
use shared::{ClientMessageId, Message, Timestamp, rich_text::from_plain_text};

use super::rich_text::blocks;
use super::rows::{Body, Row};
use super::state::{Echo, Progress};
use crate::platform::clock;
use crate::ui::{Avatar, Icon, icon};
use crate::view;
use crate::words::words;

/// What a row may ask for.
#[derive(Clone, Copy)]
pub struct Wishes {
    /// A failed message is to be sent after all.
    pub on_again: Callback<ClientMessageId>,
    /// A failed message is given up.
    pub on_discard: Callback<ClientMessageId>,
    /// Nothing leaves the browser just now.
    pub is_waiting: Signal<bool>,
}

/// Draws a row; `is_new` if it just came while the guest looked on.
pub fn draw(row: Row, is_new: bool, wishes: Wishes) -> AnyView {
    let Row { key, body } = row;
    match body {
        Body::Day(at) => view! { <li class="timeline__day" data-day=""><span>{clock::day_text(at)}</span></li> }.into_any(),
        Body::Notice(message) => notice(&message, is_new),
        Body::Theirs(message) => theirs(&message, key.is_first, key.is_last, is_new),
        Body::Mine(message) => {
            let content = blocks(&message.content);
            let foot = mine_foot(&message, key.is_last);
            mine(content, foot, key.is_first, key.is_last, is_new, false)
        }
        Body::Echo(echo) => {
            let content = blocks(&from_plain_text(&echo.text));
            let is_wrong = echo.progress.is_final();
            let foot = echo_foot(echo, key.is_last, wishes);
            mine(content, foot, key.is_first, key.is_last, is_new, is_wrong)
        }
    }
}

fn notice(message: &Arc<Message>, is_new: bool) -> AnyView {
    view! {
        <li class="timeline__notice" class:timeline__row--new=is_new title=clock::full_text(message.created_at)>
            <div class="rich-text">{blocks(&message.content)}</div>
        </li>
    }
    .into_any()
}

fn theirs(message: &Arc<Message>, is_first: bool, is_last: bool, is_new: bool) -> AnyView {
    let author = &message.author;
    let name = author.display_name.clone();
    let avatar = (is_last, name.clone(), author.person_id.to_string());
    view! {
        <li class="timeline__row" class:timeline__row--first=is_first class:timeline__row--last=is_last class:timeline__row--new=is_new>
            <div class="timeline__face">{avatar.0.then(|| view! { <Avatar name={avatar.1} id={avatar.2} /> })}</div>
            <div class="timeline__said">
                {if is_first {
                    view! {
                        <div class="timeline__head">
                            <bdi class="timeline__name">{name}</bdi>
                            {time(message.created_at)}
                        </div>
                    }.into_any()
                } else {
                    view! { <span class="hidden">{name}</span> }.into_any()
                }}
                <div class="timeline__bubble rich-text">{blocks(&message.content)}</div>
                {message.edited_at.map(|at| view! { <div class="timeline__foot">{edited(at)}</div> })}
            </div>
        </li>
    }
    .into_any()
}

fn mine(content: Vec<AnyView>, foot: AnyView, is_first: bool, is_last: bool, is_new: bool, is_wrong: bool) -> AnyView {
    view! {
        <li
            class="timeline__row timeline__row--mine"
            class:timeline__row--first=is_first
            class:timeline__row--last=is_last
            class:timeline__row--new=is_new
            class:timeline__row--wrong=is_wrong
        >
            <div class="timeline__said">
                <span class="hidden">{words().you}</span>
                <div class="timeline__bubble rich-text">{content}</div>
                {foot}
            </div>
        </li>
    }
    .into_any()
}

fn mine_foot(message: &Arc<Message>, is_last: bool) -> AnyView {
    let edited = message.edited_at.map(edited);
    if !is_last && edited.is_none() {
        return ().into_any();
    }
    view! {
        <div class="timeline__foot">
            {edited}
            {is_last.then(|| view! { <>{time(message.created_at)} <span class="timeline__state">{icon(Icon::Check)}{words().sent}</span></> })}
        </div>
    }
    .into_any()
}

fn echo_foot(echo: Echo, is_last: bool, wishes: Wishes) -> AnyView {
    let Wishes { on_again, on_discard, is_waiting } = wishes;
    let Echo { client_message_id: id, at, progress, problem, .. } = echo;
    match progress {
        Progress::Sent if !is_last => ().into_any(),
        Progress::Sent => view! {
            <div class="timeline__foot">{time(at)} <span class="timeline__state">{icon(Icon::Check)}{words().sent}</span></div>
        }
        .into_any(),
        Progress::Queued | Progress::Accepted | Progress::InFlight => {
            let waits_here = progress == Progress::Queued;
            let text = move || if waits_here && is_waiting.get() { words().waiting } else { words().sending };
            let why = problem.map(|problem| view! { <div class="timeline__why" dir="auto">{problem.detail}</div> });
            // Nobody need read "Sending…" twice: the last of a group speaks for it.
            if !is_last && why.is_none() {
                return ().into_any();
            }
            view! {
                <div class="timeline__foot">{time(at)} <span class="timeline__state">{icon(Icon::Clock)}{text}</span></div>
                {why}
            }
            .into_any()
        }
        Progress::NotConfirmed => view! {
            <div class="timeline__foot timeline__foot--doubt">
                {time(at)} <span class="timeline__state">{icon(Icon::Alert)}{words().not_confirmed}</span>
            </div>
            <div class="timeline__why timeline__why--doubt">{words().not_confirmed_hint}</div>
        }
        .into_any(),
        Progress::Refused | Progress::Failed => {
            let why = problem.map(|problem| problem.detail).filter(|detail| !detail.is_empty());
            let other_id = id.clone();
            view! {
                <div class="timeline__foot timeline__foot--failed">
                    {time(at)} <span class="timeline__state">{icon(Icon::Alert)}{words().failed}</span>
                </div>
                <div class="timeline__why timeline__why--failed" dir="auto">{why.unwrap_or_else(|| words().failed_hint.to_owned())}</div>
                <div class="timeline__choices">
                    <button type="button" class="button button--small" on:click=move |_| on_again.run(id.clone())>{words().try_again}</button>
                    <button type="button" class="button button--small" on:click=move |_| on_discard.run(other_id.clone())>
                        {words().discard}
                    </button>
                </div>
            }
            .into_any()
        }
    }
}

fn time(at: Timestamp) -> AnyView {
    view! { <time class="timeline__time" datetime=clock::machine_text(at) title=clock::full_text(at)>{clock::time_text(at)}</time> }
        .into_any()
}

fn edited(at: Timestamp) -> AnyView {
    view! { <span class="timeline__edited" title=clock::full_text(at)>{words().edited}</span> }.into_any()
}
