//! A message with a file: `XMLHttpRequest`, since `fetch` tells nobody how far an upload has come.

use std::cell::RefCell;

use futures_channel::oneshot;
use shared::path;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

use super::ApiError;
use super::request::{frame, refused};
use crate::platform::window;
use crate::words::words;

/// The element that says how far the upload of a message with this id has come; see [`share`].
pub const PROGRESS_ID: &str = "upload-";

/// An upload under way.
struct Upload {
    id: String,
    request: XmlHttpRequest,
    /// From 0 to 100.
    percent: u32,
}

thread_local! {
    /// One per room at most.
    static UPLOADS: RefCell<Vec<Upload>> = const { RefCell::new(Vec::new()) };
}

/// Sends a message with its file, and gives the text of the answer.
pub async fn send(path: &str, site_id: &str, id: &str, message: &str, file: &File) -> Result<String, ApiError> {
    let (done, ended) = oneshot::channel();
    let done = RefCell::new(Some(done));
    let on_end = Closure::<dyn Fn()>::new(move || {
        if let Some(done) = done.borrow_mut().take() {
            let _ = done.send(());
        }
    });
    let name = id.to_owned();
    let on_progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| advanced(&name, event.loaded(), event.total()));
    let request = XmlHttpRequest::new().map_err(|_| ApiError::Offline)?;
    let begun = || {
        request.open("POST", path)?;
        request.set_request_header(path::SITE_HEADER, site_id)?;
        request.set_request_header(path::FRAME_HEADER, &frame())?;
        // One that is too large is refused before it is sent.
        request.set_request_header(path::FILE_BYTES_HEADER, &(file.size() as u64).to_string())?;
        request.set_onloadend(Some(on_end.as_ref().unchecked_ref()));
        request.upload()?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
        let form = FormData::new()?;
        form.append_with_str("message", message)?;
        form.append_with_blob_and_filename("file", file, &file.name())?;
        request.send_with_opt_form_data(Some(&form))
    };
    begun().map_err(|_| ApiError::Offline)?;
    UPLOADS.with_borrow_mut(|uploads| uploads.push(Upload { id: id.to_owned(), request: request.clone(), percent: 0 }));
    let _ = ended.await;
    UPLOADS.with_borrow_mut(|uploads| uploads.retain(|upload| upload.id != id));
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status().unwrap_or_default() {
        0 => Err(ApiError::Offline),
        200..300 => Ok(text),
        status => Err(refused(status, &text)),
    }
}

/// Breaks an upload off; its [`send`] ends.
pub fn stop(id: &str) {
    let request = UPLOADS.with_borrow(|uploads| uploads.iter().find(|upload| upload.id == id).map(|upload| upload.request.clone()));
    if let Some(request) = request {
        let _ = request.abort();
    }
}

/// How far an upload has come, in percent; `None` while it has not begun.
pub fn share(id: &str) -> Option<u32> {
    UPLOADS.with_borrow(|uploads| uploads.iter().find(|upload| upload.id == id).map(|upload| upload.percent))
}

/// How far it has come, in words.
pub fn text(percent: u32) -> String {
    if percent < 100 { words().uploading(percent as usize) } else { words().sending().to_owned() }
}

/// The row is not drawn anew for it: the guest may be about to press *Cancel* there.
fn advanced(id: &str, loaded: f64, total: f64) {
    let percent = if total > 0.0 { (loaded / total * 100.0) as u32 } else { 0 };
    UPLOADS.with_borrow_mut(|uploads| {
        uploads.iter_mut().filter(|upload| upload.id == id).for_each(|upload| upload.percent = percent);
    });
    if let Some(element) = window::element(&(PROGRESS_ID.to_owned() + id)) {
        element.set_text_content(Some(&text(percent)));
        // From here on the portal has it whole, and may have taken it.
        if percent >= 100
            && let Ok(Some(foot)) = element.closest(".timeline__foot")
        {
            let _ = foot.class_list().add_1("timeline__foot--arrived");
        }
    }
}
