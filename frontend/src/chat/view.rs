//! The frame of the chat: what is told on top, spaces at the side, the conversation.

use leptos::prelude::*;
use shared::{Room, RoomId};

use super::effects::open_room;
use super::leave::LeaveDialog;
use super::state::{Notice, notice};
use crate::composer::Composer;
use crate::outbox;
use crate::platform::{clock, window};
use crate::portal::Portal;
use crate::rooms::RoomList;
use crate::timeline::{self, Timeline, TimelineView, rows};
use crate::ui::avatar;
use crate::ui::{Banner, Button, Icon, Tone, icon};
use crate::view;
use crate::words::words;

/// The page of a signed-in guest.
#[component]
pub fn Chat(
    /// Everything the page knows.
    portal: Portal,
) -> impl IntoView {
    let is_leaving = RwSignal::new(false);
    // Where it is narrow: whether the list covers the conversation.
    let is_list_shown = RwSignal::new(false);
    // Empty while no room is open.
    let room_id = Memo::new(move |_| portal.rooms.with(|rooms| rooms.open_room().map(|room| room.id.to_string())).unwrap_or_default());
    let open = Callback::new(move |room_id: RoomId| {
        is_list_shown.set(false);
        open_room(portal, &room_id);
    });
    view! {
        <div class="chat" class:chat--list=is_list_shown>
            <aside class="chat__side">
                <div class="chat__site" dir="auto">{move || site_name(portal)}</div>
                <RoomList rooms={portal.rooms} on_open={open} />
                {move || portal.session.with(|session| session.as_ref().map(|session| guest(&session.display_name, session.guest_id.as_str())))}
            </aside>
            <main class="chat__main">
                <Header portal={portal} is_list_shown={is_list_shown} is_leaving={is_leaving} />
                <Notices portal={portal} />
                {move || if room_id.with(String::is_empty) {
                    nothing(portal)
                } else {
                    view! { <Conversation portal={portal} room_id={RoomId::new(room_id.get())} /> }.into_any()
                }}
            </main>
            <div class="hidden" aria-live="polite">{portal.announcement}</div>
            <LeaveDialog portal={portal} is_open={is_leaving} />
        </div>
    }
}

fn site_name(portal: Portal) -> String {
    portal.profile.with(|profile| profile.as_ref().map_or_else(|| words().chat.to_owned(), |profile| profile.name.clone()))
}

fn guest(name: &str, id: &str) -> AnyView {
    let (name, key) = (name.to_owned(), id.to_owned());
    let sentence = (words().signed_in_as)(&name);
    view! {
        <p class="chat__guest">
            <span class=avatar::class_of(&key) aria-hidden="true">{avatar::initials(&name)}</span>
            <span dir="auto">{sentence}</span>
        </p>
    }
    .into_any()
}

/// The conversation's name, the way back to the list, and the way out.
#[component]
fn Header(portal: Portal, is_list_shown: RwSignal<bool>, is_leaving: RwSignal<bool>) -> impl IntoView {
    let title = move || portal.rooms.with(|rooms| rooms.open_room().map(|room| room.title.clone())).unwrap_or_else(|| site_name(portal));
    let has_several = Memo::new(move |_| portal.rooms.with(|rooms| rooms.all().len() > 1));
    let unread = Memo::new(move |_| portal.rooms.with(crate::rooms::Rooms::total_unread));
    let back = move || {
        view! {
            <button type="button" class="chat__back" aria-label=words().back_to_spaces on:click=move |_| is_list_shown.set(true)>
                {icon(Icon::Back)}
                {move || (unread.get() > 0).then(|| view! { <span class="chat__dot"><span class="hidden">{(words().unread)(unread.get())}</span></span> })}
            </button>
        }
    };
    view! {
        <header class="chat__header">
            {move || has_several.get().then(back)}
            <h1 class="chat__title" dir="auto">{title}</h1>
            <Button
                label={words().leave_chat}
                picture={Icon::Leave}
                is_brief={true}
                on_press={Callback::new(move |()| is_leaving.set(true))}
            />
        </header>
    }
}

/// What is told above the conversation.
#[component]
fn Notices(portal: Portal) -> impl IntoView {
    let is_simulated = Memo::new(move |_| portal.profile.with(|profile| profile.as_ref().is_some_and(|profile| profile.is_simulated)));
    let told = Memo::new(move |_| {
        let room_id = portal.rooms.with(|rooms| rooms.open_room().map(|room| room.id.clone()));
        let is_stale = room_id.and_then(|room_id| portal.with_timeline(&room_id, Timeline::is_stale));
        portal.connection.with(|connection| notice(*connection, is_stale.unwrap_or_default()))
    });
    view! {
        <div class="chat__notices">
            {move || is_simulated.get().then(|| view! { <Banner tone={Tone::Quiet} text={words().simulator} /> })}
            <div role="status">{move || told.get().map(draw_notice)}</div>
        </div>
    }
}

fn draw_notice(notice: Notice) -> AnyView {
    let (picture, text) = match notice {
        Notice::Offline => (Icon::CloudOff, words().offline),
        Notice::Reconnecting => (Icon::CloudOff, words().reconnecting),
        Notice::Stale => (Icon::Alert, words().stale),
        Notice::Forgetful => (Icon::Alert, words().not_kept),
        Notice::Outdated => {
            let offer = (words().reload, Callback::new(|()| window::reload()));
            return view! { <Banner tone={Tone::Quiet} text={words().new_version} offer={offer} /> }.into_any();
        }
    };
    view! { <Banner tone={Tone::Warning} picture={picture} text={text} /> }.into_any()
}

fn nothing(portal: Portal) -> AnyView {
    let text = move || portal.rooms.with(|rooms| if rooms.is_known() { words().no_spaces } else { words().loading });
    view! { <p class="chat__nothing">{text}</p> }.into_any()
}

/// One room: its log, and the box to write in.
#[component]
fn Conversation(portal: Portal, room_id: RoomId) -> impl IntoView {
    // The same id for each callback, without a copy in each.
    let room_id = StoredValue::new(room_id);
    let rows = move || {
        let me = portal.me();
        let rows = |timeline: &Timeline| rows::rows(timeline, me.as_ref(), &clock::day_of);
        room_id.with_value(|room_id| portal.with_timeline(room_id, rows)).unwrap_or_default()
    };
    let history = move || {
        let history = |timeline: &Timeline| timeline.history().clone();
        room_id.with_value(|room_id| portal.with_timeline(room_id, history)).unwrap_or_default()
    };
    let is_waiting = Memo::new(move |_| portal.connection.with(|connection| connection.is_broken()));
    let is_closed = Memo::new(move |_| {
        let is_this = |room: &&Room| room_id.with_value(|room_id| room.id == *room_id);
        portal.rooms.with(|rooms| rooms.all().iter().find(is_this).is_some_and(|room| room.is_closed))
    });
    let draft = portal.drawer().map(|drawer| room_id.with_value(|room_id| drawer.draft(room_id))).unwrap_or_default();
    if window::has_fine_pointer() {
        window::focus_soon(crate::composer::view::MESSAGE_ID);
    }
    let keep_draft = Callback::new(move |text: String| {
        if let Some(drawer) = portal.drawer() {
            room_id.with_value(|room_id| drawer.set_draft(room_id, &text));
        }
    });
    view! {
        <TimelineView
            rows={rows}
            history={history}
            is_waiting={is_waiting}
            on_older={Callback::new(move |()| room_id.with_value(|room_id| timeline::effects::load_older(portal, room_id)))}
            on_reload={Callback::new(move |()| room_id.with_value(|room_id| timeline::effects::load_newest(portal, room_id)))}
            on_again={Callback::new(move |id| room_id.with_value(|room_id| outbox::effects::send_again(portal, room_id, &id)))}
            on_discard={Callback::new(move |id| room_id.with_value(|room_id| outbox::effects::discard(portal, room_id, &id)))}
        />
        {move || if is_closed.get() {
            view! { <p class="composer__closed">{words().space_closed}</p> }.into_any()
        } else {
            view! {
                <Composer
                    draft={draft.clone()}
                    on_draft={keep_draft}
                    on_send={Callback::new(move |text| room_id.with_value(|room_id| outbox::effects::send(portal, room_id, text)))}
                />
            }.into_any()
        }}
    }
}
