//! The event stream as the page reads it: its own parser, its place kept by `Last-Event-ID`, back after every end.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::RequestBuilder;
use shared::PortalEvent;
use tokio::sync::mpsc;

use crate::canaries;

/// The wait before connecting again, in real time.
const RECONNECT_AFTER: Duration = Duration::from_millis(20);

/// What a tab has heard so far, over all its connections.
#[derive(Clone, Default)]
pub struct Heard {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    last_event_id: Option<String>,
    events: Vec<PortalEvent>,
    raw: String,
}

impl Heard {
    /// Every event, in the order it came.
    pub fn events(&self) -> Vec<PortalEvent> {
        self.inner.lock().expect("no test panics with it").events.clone()
    }

    /// The place to go on from.
    pub fn last_event_id(&self) -> Option<String> {
        self.inner.lock().expect("no test panics with it").last_event_id.clone()
    }

    /// Goes on from there.
    pub(crate) fn begin_at(&self, event_id: Option<String>) {
        self.inner.lock().expect("no test panics with it").last_event_id = event_id;
    }

    /// Every byte of every stream.
    pub fn raw(&self) -> String {
        self.inner.lock().expect("no test panics with it").raw.clone()
    }

    fn note(&self, read: Read) -> Option<PortalEvent> {
        let mut inner = self.inner.lock().expect("no test panics with it");
        match read {
            Read::Id(id) => {
                inner.last_event_id = Some(id);
                None
            }
            Read::Event(event) => {
                inner.events.push((*event).clone());
                Some(*event)
            }
        }
    }

    fn note_raw(&self, text: &str) {
        canaries::note_stream(text);
        self.inner.lock().expect("no test panics with it").raw.push_str(text);
    }
}

/// A tab that listens, until it is dropped.
pub(crate) struct Listening {
    pub(crate) events: mpsc::UnboundedReceiver<PortalEvent>,
    task: tokio::task::AbortHandle,
}

impl Listening {
    /// Connects, and again whenever the stream ends, until it is refused.
    pub(crate) fn start(connect: impl Fn(Option<String>) -> RequestBuilder + Send + 'static, heard: Heard) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                match connect(heard.last_event_id()).send().await {
                    Ok(response) if response.status().is_success() => read_stream(response, &heard, &sender).await,
                    // Not signed in any more: a page shows the sign-in form.
                    Ok(_) => return,
                    Err(_) => {}
                }
                tokio::time::sleep(RECONNECT_AFTER).await;
            }
        });
        Self { events, task: task.abort_handle() }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_stream(mut response: reqwest::Response, heard: &Heard, sender: &mpsc::UnboundedSender<PortalEvent>) {
    let mut parser = Parser::default();
    while let Ok(Some(chunk)) = response.chunk().await {
        let text = String::from_utf8(chunk.to_vec()).expect("frames are not cut inside a character");
        heard.note_raw(&text);
        for read in parser.push(&text) {
            if let Some(event) = heard.note(read) {
                let _ = sender.send(event);
            }
        }
    }
}

pub(crate) enum Read {
    Id(String),
    Event(Box<PortalEvent>),
}

/// Server-sent events, the part of them that the portal uses.
#[derive(Default)]
pub(crate) struct Parser {
    rest: String,
}

impl Parser {
    pub(crate) fn push(&mut self, text: &str) -> Vec<Read> {
        self.rest.push_str(text);
        let mut read = Vec::new();
        while let Some(end) = self.rest.find("\n\n") {
            let frame: String = self.rest.drain(..end + 2).collect();
            let mut event = None;
            for line in frame.lines() {
                match line.split_once(':') {
                    Some(("id", id)) => read.push(Read::Id(id.trim().to_owned())),
                    Some(("data", data)) => event = Some(serde_json::from_str(data.trim()).expect("an event is JSON")),
                    Some(("" | "retry", _)) | None => {}
                    Some((field, _)) => panic!("a field that the page does not read: {field}"),
                }
            }
            read.extend(event.map(Read::Event));
        }
        read
    }
}
