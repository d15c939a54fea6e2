//! A guest's browser: writes until it is told that it was taken, in order; hears the stream and loses it.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::body::{Body, to_bytes};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::json;
use server::clock::Clock;
use shared::{ClientMessageId, Delivery, Message, MessageId, MessagePage, PortalEvent, RoomId, RoomList, Timestamp, path};

use super::{Dice, plan::Nap, process::Door};
use crate::{
    guest::plain_text,
    listening::{Parser, Read},
};

const MAX_BYTES: usize = 4 * 1024 * 1024;
/// A browser waits so long at most before it tries again.
const TRY_AGAIN_MS: u64 = 1500;

/// A message that the portal took.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) id: ClientMessageId,
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

pub(crate) struct Guest {
    number: usize,
    door: Door,
    clock: Clock,
    dice: Dice,
    state: Mutex<State>,
    tabs: Vec<Mutex<Tab>>,
}

#[derive(Default)]
struct State {
    cookies: BTreeMap<String, String>,
    room_id: Option<RoomId>,
    taken: Vec<Taken>,
    others: Vec<String>,
    /// Whether the guest was ever told that a message of theirs is in doubt.
    was_in_doubt: bool,
}

#[derive(Default)]
struct Tab {
    last_event_id: Option<String>,
    screen: Screen,
}

/// What a page shows, by the page it took last and what it heard since.
#[derive(Default)]
struct Screen {
    shown: BTreeMap<MessageId, Message>,
    /// Heard since the stream began anew.
    heard: BTreeMap<MessageId, Message>,
    gone: HashSet<MessageId>,
    /// Whether something was missed since the page was taken.
    has_gap: bool,
}

impl Guest {
    pub(crate) fn new(number: usize, tabs: usize, door: Door, clock: Clock, dice: Dice) -> Arc<Self> {
        let tabs = (0..tabs).map(|_| Mutex::default()).collect();
        Arc::new(Self { number, door, clock, dice, state: Mutex::default(), tabs })
    }

    pub(crate) fn name(&self) -> String {
        format!("Guest {}", self.number)
    }

    pub(crate) fn accepted(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    /// What others wrote to this guest, or the guest from somewhere else.
    pub(crate) fn others(&self) -> Vec<String> {
        self.state().others.clone()
    }

    pub(crate) fn note_other(&self, text: String) {
        self.state().others.push(text);
    }

    /// Somebody took it back.
    pub(crate) fn forget_other(&self, text: &str) {
        self.state().others.retain(|other| other != text);
    }

    pub(crate) fn was_in_doubt(&self) -> bool {
        self.state().was_in_doubt
    }

    /// What the stream has brought on each tab's screen: ids, texts, and the browser's ids of the guest's own.
    pub(crate) fn screens(&self) -> Vec<Vec<(MessageId, String, Option<ClientMessageId>)>> {
        let shown = |tab: &Mutex<Tab>| {
            let tab = tab.lock().expect("nobody panics with it");
            let mut shown: Vec<&Message> = tab.screen.shown.values().collect();
            shown.sort_by_key(|message| message.created_at);
            let line = |message: &Message| (message.id.clone(), plain_text(&message.content), message.client_message_id.clone());
            shown.into_iter().map(line).collect()
        };
        self.tabs.iter().map(shown).collect()
    }

    pub(crate) async fn sign_in(&self) {
        while self.json::<serde_json::Value>("POST", path::SESSION, Some(json!({ "display_name": self.name() }))).await.is_none() {
            self.rest().await;
        }
        loop {
            if let Some(rooms) = self.json::<RoomList>("GET", path::ROOMS, None).await
                && let Some(room) = rooms.items.first()
            {
                self.state().room_id = Some(room.id.clone());
                return;
            }
            self.rest().await;
        }
    }

    /// Writes so many messages, each until it is taken.
    pub(crate) async fn talk(self: Arc<Self>, messages: usize, longest_pause_ms: u64) {
        for number in 0..messages {
            tokio::time::sleep(self.dice.pause(longest_pause_ms)).await;
            // People say the same twice.
            let text = if self.dice.roll(|random| random.u8(..4) == 0) { "ok".to_owned() } else { format!("words {number}") };
            let id = ClientMessageId::new(format!("01936b1e-7a5c-7c3e-9a41-{:06x}{number:06x}", self.number));
            let body = json!({ "client_message_id": id, "text": text });
            while self.json::<serde_json::Value>("POST", &path::room_messages(&self.room_id()), Some(body.clone())).await.is_none() {
                self.rest().await;
            }
            let at = self.clock.now();
            self.state().taken.push(Taken { id, text, at });
        }
    }

    pub(crate) async fn page(&self) -> Option<MessagePage> {
        self.json("GET", &path::room_messages(&self.room_id()), None).await
    }

    /// Hears the stream on a tab, loses it now and then, and goes on where it was.
    pub(crate) async fn listen(self: Arc<Self>, tab: usize, nap: Option<Nap>) {
        loop {
            let now = self.clock.elapsed();
            let nap = nap.filter(|nap| nap.until > now);
            if let Some(nap) = nap.filter(|nap| nap.from <= now) {
                self.clock.sleep_until(nap.until).await;
            }
            let connected = self.dice.pause(20_000);
            let connected = nap.filter(|nap| nap.from > now).map_or(connected, |nap| connected.min(nap.from - now));
            let _ = tokio::time::timeout(connected, self.hear(tab)).await;
            tokio::time::sleep(self.dice.pause(3000)).await;
        }
    }

    async fn hear(&self, tab: usize) {
        let mut crashes = self.door.crashes();
        crashes.mark_unchanged();
        let last_event_id = self.tab(tab).last_event_id.clone();
        let Some(answer) = self.ask("GET", path::EVENTS, None, last_event_id).await else { return };
        if !answer.status().is_success() {
            return;
        }
        let mut body = answer.into_body().into_data_stream();
        let mut parser = Parser::default();
        loop {
            let chunk = tokio::select! {
                biased;
                _ = crashes.changed() => return,
                chunk = body.next() => chunk,
            };
            let Some(Ok(chunk)) = chunk else { return };
            for read in parser.push(&String::from_utf8_lossy(&chunk)) {
                match read {
                    Read::Id(id) => self.tab(tab).last_event_id = Some(id),
                    Read::Event(event) => self.apply(tab, *event).await,
                }
            }
        }
    }

    async fn apply(&self, tab: usize, event: PortalEvent) {
        match event {
            PortalEvent::Hello { is_resumed, .. } => {
                if !is_resumed {
                    let mut tab = self.tab(tab);
                    tab.screen.heard.clear();
                    tab.screen.has_gap = true;
                }
                self.close_gap(tab).await;
            }
            PortalEvent::MessagePosted { message, .. } | PortalEvent::MessageEdited { message, .. } => {
                let screen = &mut self.tab(tab).screen;
                if !screen.gone.contains(&message.id) {
                    screen.heard.insert(message.id.clone(), message.clone());
                    screen.shown.insert(message.id.clone(), message);
                }
            }
            PortalEvent::MessageDeleted { message_id, .. } => {
                let screen = &mut self.tab(tab).screen;
                screen.shown.remove(&message_id);
                screen.heard.remove(&message_id);
                screen.gone.insert(message_id);
            }
            PortalEvent::DeliveryChanged { pending } if pending.delivery == Delivery::NotConfirmed => self.state().was_in_doubt = true,
            _ => {}
        }
    }

    /// Takes the page again after a gap; a stream that ends meanwhile changes nothing about it.
    async fn close_gap(&self, tab: usize) {
        while self.tab(tab).screen.has_gap {
            let Some(page) = self.page().await.filter(|page| !page.is_stale) else {
                self.rest().await;
                continue;
            };
            let Screen { shown, heard, gone, has_gap } = &mut self.tab(tab).screen;
            let held = page.items.into_iter().map(|message| (message.id.clone(), message));
            *shown = held.chain(std::mem::take(heard)).filter(|(id, _)| !gone.contains(id)).collect();
            *has_gap = false;
        }
    }

    async fn rest(&self) {
        tokio::time::sleep(self.dice.pause(TRY_AGAIN_MS)).await;
    }

    fn room_id(&self) -> RoomId {
        self.state().room_id.clone().expect("the guest is signed in")
    }

    /// Asks, and reads the answer if it is a good one.
    async fn json<T: DeserializeOwned>(&self, method: &str, path: &str, body: Option<serde_json::Value>) -> Option<T> {
        let answer = self.ask(method, path, body, None).await?;
        let is_good = answer.status().is_success();
        let bytes = to_bytes(answer.into_body(), MAX_BYTES).await.ok()?;
        is_good.then(|| serde_json::from_slice(&bytes).ok()).flatten()
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
        last_event_id: Option<String>,
    ) -> Option<http::Response<Body>> {
        let mut request = http::Request::builder().method(method).uri(path).header("host", "portal.test");
        let headers = [
            (path::SITE_HEADER, "demo"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("origin", "http://portal.test"),
            ("content-type", "application/json"),
        ];
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let cookies: Vec<String> = self.state().cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self.door.ask(request.body(body).expect("a request")).await?;
        let mut state = self.state();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().ok().and_then(|cookie| cookie.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                state.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        drop(state);
        Some(answer)
    }

    fn tab(&self, tab: usize) -> MutexGuard<'_, Tab> {
        self.tabs[tab].lock().expect("nobody panics with it")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }
}
