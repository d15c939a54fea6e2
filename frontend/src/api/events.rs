//! The event stream: `fetch` and a reader, since `EventSource` can send no header.

use std::cell::Cell;
use std::collections::VecDeque;

use gloo_net::http::Method;
use js_sys::{Reflect, Uint8Array};
use shared::path;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use super::request::Request;
use super::sse::{Frame, Parser};
use super::{ApiError, Client};

/// The server says something every 20 seconds; silence this long means that it is gone.
const SILENCE_MILLIS: i32 = 60_000;

/// An open stream; dropping it ends the request.
pub struct EventStream {
    reader: ReadableStreamDefaultReader,
    parser: Parser,
    heard: VecDeque<Frame>,
    watchdog: Watchdog,
}

impl EventStream {
    /// Connects, to go on after `last_event_id` if the server still can.
    pub async fn open(client: &Client, last_event_id: Option<&str>) -> Result<Self, ApiError> {
        let watchdog = Watchdog::new().ok_or(ApiError::Offline)?;
        let site_id = client.site_id().as_str();
        let signal = Some(watchdog.controller.signal());
        let response = Request { method: Method::GET, path: path::EVENTS, site_id, body: None, last_event_id, signal }.send().await?;
        let body = response.body().ok_or(ApiError::Unreadable)?;
        let reader = body.get_reader().dyn_into().map_err(|_| ApiError::Unreadable)?;
        Ok(Self { reader, parser: Parser::default(), heard: VecDeque::new(), watchdog })
    }

    /// The next thing said; `None` once the stream has ended, in whatever way.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.heard.pop_front() {
                return Some(frame);
            }
            let chunk = JsFuture::from(self.reader.read()).await.ok()?;
            if Reflect::get(&chunk, &JsValue::from_str("done")).is_ok_and(|done| done.is_truthy()) {
                return None;
            }
            let bytes: Uint8Array = Reflect::get(&chunk, &JsValue::from_str("value")).ok()?.dyn_into().ok()?;
            self.watchdog.restart();
            let heard = &mut self.heard;
            self.parser.push(&bytes.to_vec(), &mut |frame| heard.push_back(frame));
        }
    }

    /// What ends this stream from outside.
    pub fn controller(&self) -> AbortController {
        self.watchdog.controller.clone()
    }
}

/// Ends the request when nothing was heard for too long, and when dropped.
struct Watchdog {
    controller: AbortController,
    timer: Cell<Option<i32>>,
    bite: Closure<dyn Fn()>,
}

impl Watchdog {
    fn new() -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let bitten = controller.clone();
        let watchdog = Self { controller, timer: Cell::default(), bite: Closure::new(move || bitten.abort()) };
        watchdog.restart();
        Some(watchdog)
    }

    fn restart(&self) {
        self.stop();
        let Some(window) = web_sys::window() else { return };
        let timer = window.set_timeout_with_callback_and_timeout_and_arguments_0(self.bite.as_ref().unchecked_ref(), SILENCE_MILLIS);
        self.timer.set(timer.ok());
    }

    fn stop(&self) {
        if let (Some(timer), Some(window)) = (self.timer.take(), web_sys::window()) {
            window.clear_timeout_with_handle(timer);
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop();
        self.controller.abort();
    }
}
