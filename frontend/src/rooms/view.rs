//! The list of spaces.

use leptos::prelude::*;
use shared::{Room, RoomId};

use super::state::Rooms;
use crate::platform::clock;
use crate::shelf::Shelf;
use crate::ui::avatar;
use crate::view;
use crate::words::words;

/// One line of the list.
#[derive(Clone, PartialEq)]
struct Line {
    room: Room,
    unread: usize,
    is_open: bool,
}

/// The list of spaces.
#[component]
pub fn RoomList(
    /// The spaces.
    rooms: Shelf<Rooms>,
    /// The guest chooses one.
    on_open: Callback<RoomId>,
) -> impl IntoView {
    let lines = move || {
        rooms.with(|rooms| {
            let open = rooms.open_room().map(|room| room.id.clone());
            let line = |room: &Room| Line { room: room.clone(), unread: rooms.unread(&room.id), is_open: Some(&room.id) == open.as_ref() };
            rooms.all().iter().map(line).collect::<Vec<_>>()
        })
    };
    let is_empty = Memo::new(move |_| rooms.with(|rooms| rooms.is_known() && rooms.all().is_empty()));
    view! {
        <nav class="rooms" aria-labelledby="rooms-title">
            <h2 class="rooms__title" id="rooms-title">{words().spaces}</h2>
            {move || is_empty.get().then(|| view! { <p class="rooms__empty">{words().no_spaces}</p> })}
            <ul class="rooms__list">
                {move || lines().into_iter().map(|line| draw(line, on_open)).collect::<Vec<_>>()}
            </ul>
        </nav>
    }
}

fn draw(line: Line, on_open: Callback<RoomId>) -> AnyView {
    let Line { room, unread, is_open } = line;
    let Room { id, title, last_activity_at, .. } = room;
    let (name, key) = (title.clone(), id.to_string());
    view! {
        <li>
            <button
                type="button"
                class="rooms__room"
                class:rooms__room--open=is_open
                aria-current=is_open.then_some("true")
                on:click=move |_| on_open.run(id.clone())
            >
                <span class=avatar::class_of(&key) aria-hidden="true">{avatar::initials(&name)}</span>
                <span class="rooms__name" dir="auto">{title}</span>
                <span class="rooms__side">
                    {last_activity_at.map(|at| view! { <time datetime=clock::machine_text(at)>{clock::short_text(at)}</time> })}
                    {(unread > 0).then(|| view! {
                        <span class="rooms__unread">
                            <span aria-hidden="true">{unread.min(99)}</span>
                            <span class="hidden">{(words().unread)(unread)}</span>
                        </span>
                    })}
                </span>
            </button>
        </li>
    }
    .into_any()
}
