//! The page's window: its address, its head, its timers and what it hears.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, DragEvent, Element, Event, HtmlElement};

use super::host;

/// The page's document.
pub fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// The page's body.
pub fn body() -> Option<HtmlElement> {
    document()?.body()
}

/// The element that has the focus.
pub fn focused() -> Option<Element> {
    document()?.active_element()
}

/// The element with this id.
pub fn element(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
}

/// The path of the page's address.
pub fn path() -> String {
    web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// What stands in the page's address behind `?name=`, if it is plain.
pub fn parameter(name: &str) -> String {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    let mut pairs = search.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// The languages the guest reads, as the browser knows them, the preferred one first.
pub fn languages() -> Vec<String> {
    let languages = web_sys::window().map(|window| window.navigator().languages());
    languages.map(|languages| languages.iter().filter_map(|tag| tag.as_string()).collect()).unwrap_or_default()
}

/// What the server filled into a `<meta>`; `None` where it is still the placeholder, as under `trunk serve`.
pub fn meta(name: &str) -> Option<String> {
    let element = document()?.query_selector(&format!("meta[name={name}]")).ok()??;
    let content = element.get_attribute("content")?;
    (!content.is_empty() && !content.starts_with("__")).then_some(content)
}

/// Names the page and says which language it speaks.
pub fn set_title(title: &str, lang: &str, dir: &str) {
    let Some(document) = document() else { return };
    document.set_title(title);
    if let Some(root) = document.document_element() {
        let _ = root.set_attribute("lang", lang);
        let _ = root.set_attribute("dir", dir);
    }
}

/// Whether the page is written from right to left.
pub fn is_rtl() -> bool {
    let root = document().and_then(|document| document.document_element());
    root.is_some_and(|root| root.get_attribute("dir").as_deref() == Some("rtl"))
}

/// Fetches what stands at an address into a file of this name.
pub fn follow(url: &str, name: &str) {
    let link = document().and_then(|document| document.create_element("a").ok()).and_then(|link| link.dyn_into::<HtmlElement>().ok());
    let Some((link, body)) = link.zip(body()) else { return };
    let _ = (link.set_attribute("href", url), link.set_attribute("download", name), body.append_child(&link));
    link.click();
    link.remove();
}

/// Prints the page.
pub fn print() {
    if let Some(window) = web_sys::window() {
        let _ = window.print();
    }
}

/// Loads the page again.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

/// Whether the browser believes to have a network.
pub fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Whether the guest points with something precise: then moving the focus raises no keyboard over the page.
pub fn has_fine_pointer() -> bool {
    web_sys::window().and_then(|window| window.match_media("(pointer: fine)").ok().flatten()).is_some_and(|query| query.matches())
}

/// Calls back each time the window hears such an event, as long as the page is there.
pub fn on(event: &str, action: impl Fn(Event) + 'static) {
    let callback = Closure::<dyn Fn(Event)>::new(action);
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref());
    }
    callback.forget();
}

/// Whether the page is behind another tab, or its window or panel is put away.
pub fn is_hidden() -> bool {
    document().is_some_and(|document| document.hidden()) || host::is_away()
}

/// Whether the guest works in the page's window.
pub fn has_focus() -> bool {
    document().is_some_and(|document| document.has_focus().unwrap_or_default())
}

/// Whether the page stands in a frame of another.
pub fn is_framed() -> bool {
    web_sys::window().is_some_and(|window| window.parent().ok().flatten().is_some_and(|parent| parent != window))
}

/// Whether the browser has such a thing.
pub fn knows(name: &str) -> bool {
    js_sys::Reflect::has(&js_sys::global(), &JsValue::from_str(name)).unwrap_or_default()
}

/// Brings the page's window forward when a notification is pressed.
pub fn focus_on_click(notification: &web_sys::Notification) {
    let callback = Closure::once_into_js(|| {
        if let Some(window) = web_sys::window() {
            let _ = window.focus();
        }
    });
    notification.set_onclick(Some(callback.unchecked_ref()));
}

/// Whether files are dragged, and not words or a link.
pub fn has_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&JsValue::from_str("Files"), 0))
}

/// Calls back once, after so many milliseconds.
pub fn after(millis: u32, action: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(action);
    if let Some(window) = web_sys::window() {
        let millis = i32::try_from(millis).unwrap_or(i32::MAX);
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), millis);
    }
}

/// Gives an element the focus once the page has been drawn; in a frame only while the guest works there, not in the page around.
pub fn focus_soon(id: &'static str) {
    after(0, move || {
        if is_framed() && !has_focus() {
            return;
        }
        if let Some(element) = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// The element the page is drawn in.
pub fn root() -> Option<HtmlElement> {
    element("app")?.dyn_into().ok()
}

/// A line for the developer.
pub fn log(text: &str) {
    web_sys::console::warn_1(&JsValue::from_str(text));
}
