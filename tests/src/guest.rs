//! A guest with a browser: cookies, headers and event stream as a page has them, and verbs to read tests by.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use server::clock::Clock;
use shared::{
    Block, ClientMessageId, Delivery, Inline, Message, MessageId, MessagePage, Pending, PersonId, PortalEvent, Proof, RichText, Room,
    RoomId, RoomList, Session, path,
};

use crate::{
    answer::Answer,
    canaries,
    listening::{Heard, Listening},
    portal::{PATIENCE, until, within},
};

/// While waiting for an event, the clock moves this much this often: the feed polls.
const TICK: Duration = Duration::from_secs(2);
const TICK_EVERY: Duration = Duration::from_millis(10);

type Jar = Arc<Mutex<BTreeMap<String, String>>>;

/// One tab of one browser on one site.
pub struct TestGuest {
    http: reqwest::Client,
    base_url: Arc<Mutex<String>>,
    clock: Clock,
    site: String,
    /// Shared by the tabs of a browser, whatever their site.
    jar: Jar,
    /// Everything the portal answered to this browser.
    answers: Arc<Mutex<Vec<Answer>>>,
    heard: Heard,
    listening: Option<Listening>,
}

impl TestGuest {
    pub(crate) fn new(base_url: Arc<Mutex<String>>, clock: Clock, site: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self {
            http,
            base_url,
            clock,
            site: site.to_owned(),
            jar: Jar::default(),
            answers: Arc::default(),
            heard: Heard::default(),
            listening: None,
        }
    }

    /// Another tab of the same browser.
    pub fn other_tab(&self) -> Self {
        self.tab_at(&self.site)
    }

    /// A tab of the same browser on another site.
    pub fn tab_at(&self, site: &str) -> Self {
        let fresh = Self::new(self.base_url.clone(), self.clock.clone(), site);
        Self { jar: self.jar.clone(), answers: self.answers.clone(), ..fresh }
    }

    /// Another browser with a copy of this one's cookies, such as a thief's.
    pub fn copy_of_browser(&self) -> Self {
        let cookies = self.jar.lock().expect("no test panics with it").clone();
        Self { jar: Arc::new(Mutex::new(cookies)), ..self.tab_at(&self.site) }
    }

    /// Gives a name and gets a session.
    pub async fn sign_in(&self, name: &str) -> Session {
        self.try_sign_in(name).await.json()
    }

    /// Gives a name.
    pub async fn try_sign_in(&self, name: &str) -> Answer {
        self.post(path::SESSION, json!({ "display_name": name })).await
    }

    /// Works as a browser does where the site asks for it; nothing where it does not.
    pub async fn work(&self) -> String {
        let answer = self.get(path::PROOF).await;
        if answer.status == 204 {
            return String::new();
        }
        let Proof { text, bits, .. } = answer.json();
        let is_enough = |proof: &String| {
            let digest = ring::digest::digest(&ring::digest::SHA256, proof.as_bytes());
            let zeros = digest.as_ref().iter().take_while(|byte| **byte == 0).count() * 8;
            let next = digest.as_ref().get(zeros / 8).map_or(0, |byte| byte.leading_zeros() as usize);
            zeros + next >= bits as usize
        };
        (0_u64..).map(|number| format!("{text}.{number}")).find(is_enough).expect("there are enough numbers")
    }

    /// Who the portal takes this browser for.
    pub async fn session(&self) -> Answer {
        self.get(path::SESSION).await
    }

    /// The guest's person in Webex, once Webex has vouched for them.
    pub async fn vouched(&self) -> PersonId {
        self.until("Webex to vouch", async || self.session().await.json::<Session>().person_id).await
    }

    /// Leaves the chat.
    pub async fn leave(&self) -> Answer {
        self.send(self.request(Method::DELETE, path::SESSION)).await
    }

    /// The guest's rooms.
    pub async fn rooms(&self) -> Vec<Room> {
        self.get(path::ROOMS).await.json::<RoomList>().items
    }

    /// The one room of a guest of a site with a space.
    pub async fn room_id(&self) -> RoomId {
        let rooms = self.rooms().await;
        assert_eq!(rooms.len(), 1, "{rooms:?}");
        rooms[0].id.clone()
    }

    /// Writes a message with an id of its own.
    pub async fn say(&self, text: &str) -> Pending {
        let answer = self.say_as(&new_client_message_id(), text).await;
        assert_eq!(answer.status, 202, "{answer}");
        answer.json()
    }

    /// Writes a message with this id.
    pub async fn say_as(&self, client_message_id: &ClientMessageId, text: &str) -> Answer {
        self.say_in(&self.room_id().await, client_message_id, text).await
    }

    /// Writes a message into a room.
    pub async fn say_in(&self, room_id: &RoomId, client_message_id: &ClientMessageId, text: &str) -> Answer {
        self.post(&path::room_messages(room_id), json!({ "client_message_id": client_message_id, "text": text })).await
    }

    /// Gives up a message that failed.
    pub async fn give_up(&self, client_message_id: &ClientMessageId) -> Answer {
        self.send(self.request(Method::DELETE, &path::outbox(client_message_id))).await
    }

    /// The newest page of the guest's room.
    pub async fn messages(&self) -> MessagePage {
        self.get(&path::room_messages(&self.room_id().await)).await.json()
    }

    /// The newest page of one of several rooms.
    pub async fn messages_in(&self, room_id: &RoomId) -> MessagePage {
        self.get(&path::room_messages(room_id)).await.json()
    }

    /// Looks until there is something, moving the clock between two looks.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        until(&self.clock, what, look).await
    }

    /// Makes a message of the guest's room say something else.
    pub async fn edit(&self, message_id: &MessageId, text: &str) -> Answer {
        self.edit_as(&new_client_message_id(), message_id, text).await
    }

    /// The same with this id.
    pub async fn edit_as(&self, id: &ClientMessageId, message_id: &MessageId, text: &str) -> Answer {
        let path = path::room_message(&self.room_id().await, message_id);
        self.send(self.request(Method::PATCH, &path).json(&json!({ "client_message_id": id, "text": text }))).await
    }

    /// Takes a message of the guest's room back.
    pub async fn delete(&self, message_id: &MessageId) -> Answer {
        self.delete_as(&new_client_message_id(), message_id).await
    }

    /// The same with this id.
    pub async fn delete_as(&self, id: &ClientMessageId, message_id: &MessageId) -> Answer {
        let path = path::room_message_deletion(&self.room_id().await, message_id, id);
        self.send(self.request(Method::DELETE, &path)).await
    }

    /// The texts of the newest page, oldest first, once there are so many.
    pub async fn reads(&self, count: usize) -> Vec<String> {
        until(&self.clock, &format!("{count} messages on the page"), async || {
            let page = self.messages().await;
            (page.items.len() >= count).then(|| page.items.iter().map(|message| plain_text(&message.content)).collect())
        })
        .await
    }

    /// Every message of the guest's room, by paging up to its beginning; oldest first.
    pub async fn all_messages(&self) -> Vec<Message> {
        let room_id = self.room_id().await;
        let mut page: MessagePage = self.get(&path::room_messages(&room_id)).await.json();
        let mut all = page.items;
        while let Some(older) = page.older {
            page = self.get(&path::room_messages_before(&room_id, &older)).await.json();
            assert!(!page.items.is_empty(), "a page above a page is not empty");
            all.splice(0..0, page.items.clone());
        }
        all
    }

    /// Reads the rooms as a page does that is opened: the stream begins where they were read.
    pub async fn read_rooms(&mut self) -> RoomList {
        let list = self.get(path::ROOMS).await.json::<RoomList>();
        self.heard.begin_at(list.last_event_id.clone());
        list
    }

    /// Opens the event stream, from where it was left, and hears its beginning; see [`TestGuest::hear_hello`].
    pub async fn listen(&mut self) -> bool {
        self.open_stream();
        self.hear_hello().await
    }

    /// The same for a guest who may be in no room or in many.
    pub async fn listen_anywhere(&mut self) {
        self.open_stream();
        self.hear_until("hello", |event| matches!(event, PortalEvent::Hello { .. }).then_some(())).await;
    }

    fn open_stream(&mut self) {
        let (http, base_url, site, jar) = (self.http.clone(), self.base_url.clone(), self.site.clone(), self.jar.clone());
        let connect = move |last_event_id: Option<String>| {
            let builder = browser_request(&http, &base_url, &site, &jar, Method::GET, path::EVENTS);
            match last_event_id {
                Some(id) => builder.header("last-event-id", id),
                None => builder,
            }
        };
        self.listening = Some(Listening::start(connect, self.heard.clone()));
    }

    /// Listens until a stream begins; answers whether it goes on where the last one ended. If it does not,
    /// the guest's page is fetched again, as a browser would.
    pub async fn hear_hello(&mut self) -> bool {
        let is_resumed = self
            .hear_until("hello", |event| match event {
                PortalEvent::Hello { is_resumed, .. } => Some(*is_resumed),
                _ => None,
            })
            .await;
        if !is_resumed {
            self.messages().await;
        }
        is_resumed
    }

    /// Closes the event stream; its place is kept.
    pub fn stop_listening(&mut self) {
        self.listening = None;
    }

    /// Whether the stream is open or about to be; not once the portal has refused it.
    pub fn is_listening(&self) -> bool {
        self.listening.as_ref().is_some_and(|listening| !listening.events.is_closed())
    }

    /// Whatever is told next.
    pub async fn hear(&mut self) -> PortalEvent {
        let clock = self.clock.clone();
        let listening = self.listening.as_mut().expect("the guest listens");
        let ticking = async {
            loop {
                tokio::time::sleep(TICK_EVERY).await;
                clock.advance(TICK);
            }
        };
        tokio::select! {
            biased;
            event = listening.events.recv() => event.expect("the stream was not refused"),
            () = ticking => unreachable!("it ticks for ever"),
        }
    }

    /// Listens until something is told that is looked for.
    pub async fn hear_until<T>(&mut self, what: &str, mut look: impl FnMut(&PortalEvent) -> Option<T>) -> T {
        let heard = self.heard.clone();
        let listening = async {
            loop {
                if let Some(found) = look(&self.hear().await) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, listening).await {
            Ok(found) => found,
            Err(_) => panic!("waited {PATIENCE:?} to hear {what}; heard {:#?}", heard.events()),
        }
    }

    /// The same while the clock stands still: by what Webex tells by itself.
    pub async fn hear_until_at_once<T>(&mut self, what: &str, mut look: impl FnMut(&PortalEvent) -> Option<T>) -> T {
        let heard = self.heard.clone();
        let listening = self.listening.as_mut().expect("the guest listens");
        let listening = async {
            loop {
                let event = listening.events.recv().await.expect("the stream was not refused");
                if let Some(found) = look(&event) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, listening).await {
            Ok(found) => found,
            Err(_) => panic!("waited {PATIENCE:?} to hear {what} at once; heard {:#?}", heard.events()),
        }
    }

    /// Listens, while the clock stands still, until a message with this text is posted.
    pub async fn hear_message_at_once(&mut self, text: &str) -> Message {
        self.hear_until_at_once(text, |event| posted(event, text)).await
    }

    /// Listens until a message with this text is posted.
    pub async fn hear_message(&mut self, text: &str) -> Message {
        self.hear_until(text, |event| posted(event, text)).await
    }

    /// Listens until the message with this id has come so far.
    pub async fn hear_delivery(&mut self, client_message_id: &ClientMessageId, delivery: Delivery) -> Pending {
        self.hear_until(&format!("{delivery:?}"), |event| match event {
            PortalEvent::DeliveryChanged { pending } if pending.client_message_id == *client_message_id && pending.delivery == delivery => {
                Some(pending.clone())
            }
            _ => None,
        })
        .await
    }

    /// Everything heard so far.
    pub fn heard(&self) -> Vec<PortalEvent> {
        self.heard.events()
    }

    /// How often a message with this text was told as posted since the guest's place was last lost: then a
    /// page forgets what it was told, and asks again.
    pub fn times_told(&self, text: &str) -> usize {
        let heard = self.heard();
        let is_lost = |event: &PortalEvent| matches!(event, PortalEvent::Hello { is_resumed: false, .. });
        let begin = heard.iter().rposition(is_lost).unwrap_or_default();
        let is_it =
            |event: &&PortalEvent| matches!(event, PortalEvent::MessagePosted { message, .. } if plain_text(&message.content) == text);
        heard[begin..].iter().filter(is_it).count()
    }

    /// Every byte of the event streams of this tab.
    pub fn heard_bytes(&self) -> String {
        self.heard.raw()
    }

    /// Every answer to this browser so far.
    pub fn answers(&self) -> Vec<Answer> {
        self.answers.lock().expect("no test panics with it").clone()
    }

    /// The browser's cookies.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.jar.lock().expect("no test panics with it").clone()
    }

    /// Takes a cookie away.
    pub fn forget_cookie(&self, name: &str) {
        let gone = self.jar.lock().expect("no test panics with it").remove(name);
        assert!(gone.is_some(), "there is no cookie {name}");
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Writes JSON.
    pub async fn post(&self, path: &str, body: serde_json::Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// A request as the page would send it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        browser_request(&self.http, &self.base_url, &self.site, &self.jar, method, path)
    }

    /// A request with nothing a browser adds.
    pub fn bare_request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url.lock().expect("no test panics with it")))
    }

    /// Sends a request and keeps the answer and its cookies, as a browser does.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let asked = format!("{} {}", request.method(), request.url().path());
        let answer = within(&asked, async {
            let response = self.http.execute(request).await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let bytes = response.bytes().await.unwrap_or_else(|error| panic!("{asked}: {error:?}")).to_vec();
            Answer { asked: asked.clone(), status, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
        })
        .await;
        self.keep_cookies(&answer);
        canaries::note_answer(&answer);
        self.answers.lock().expect("no test panics with it").push(answer.clone());
        answer
    }

    fn keep_cookies(&self, answer: &Answer) {
        let mut jar = self.jar.lock().expect("no test panics with it");
        for cookie in answer.set_cookies() {
            let (name, rest) = cookie.split_once('=').expect("a cookie has a name");
            let (value, attributes) = rest.split_once("; ").expect("a cookie has attributes");
            if attributes.split("; ").any(|attribute| attribute == "Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn browser_request(http: &reqwest::Client, base_url: &Mutex<String>, site: &str, jar: &Jar, method: Method, path: &str) -> RequestBuilder {
    let base_url = base_url.lock().expect("no test panics with it").clone();
    let mut builder = http
        .request(method.clone(), format!("{base_url}{path}"))
        .header(path::SITE_HEADER, site)
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-dest", "empty");
    if !method.is_safe() {
        builder = builder.header("origin", base_url);
    }
    let jar = jar.lock().expect("no test panics with it");
    if jar.is_empty() {
        return builder;
    }
    let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    builder.header("cookie", cookies.join("; "))
}

/// An id as a browser makes one: a UUIDv7, here counted.
pub fn new_client_message_id() -> ClientMessageId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    ClientMessageId::new(format!("01936b1e-7a5c-7c3e-9a41-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// The words of a message without their form; lines and blocks parted by line feeds.
pub fn plain_text(content: &RichText) -> String {
    content.iter().map(block_text).collect::<Vec<_>>().join("\n")
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Paragraph { inlines } | Block::Heading { inlines, .. } => inlines.iter().map(inline_text).collect(),
        Block::Code { text } => text.clone(),
        Block::Quote { blocks } => plain_text(blocks),
        Block::List { items, .. } => items.iter().map(plain_text).collect::<Vec<_>>().join("\n"),
        Block::Rule | Block::Unknown => String::new(),
    }
}

fn inline_text(inline: &Inline) -> String {
    match inline {
        Inline::Text { text } | Inline::Code { text } | Inline::Mention { text } => text.clone(),
        Inline::Break => "\n".to_owned(),
        Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Deleted { inlines } | Inline::Link { inlines, .. } => {
            inlines.iter().map(inline_text).collect()
        }
        Inline::Unknown => String::new(),
    }
}

fn posted(event: &PortalEvent, text: &str) -> Option<Message> {
    match event {
        PortalEvent::MessagePosted { message, .. } if plain_text(&message.content) == text => Some(message.clone()),
        _ => None,
    }
}
