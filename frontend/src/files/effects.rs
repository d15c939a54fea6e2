//! Fetches files: to be kept by the guest, or to be shown.

use shared::{FileRef, FileTicket, MessageId, RoomId};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, Response, Url};

use super::pictures;
use crate::api::ApiError;
use crate::platform::sleep::sleep;
use crate::platform::task::spawn;
use crate::platform::window;
use crate::portal::Portal;
use crate::sign_in::Farewell;
use crate::timeline::{self, Timeline};
use crate::ui::dialog::open_dialog;

/// The id of the dialog that shows an image.
pub const LIGHTBOX_ID: &str = "lightbox";
/// So often an image is asked for: half a minute in all. Then its place stays empty, and it can still be downloaded.
const FETCH_ATTEMPTS: usize = 6;
const FETCH_AGAIN_MILLIS: u32 = 5_000;
/// Webex takes some seconds to look at a file.
const SCAN_AGAIN_MILLIS: u32 = 8_000;

/// The guest wants to keep a file: the browser asks where, or does as it always does.
pub fn download(portal: Portal, file: &str) {
    let file = file.to_owned();
    spawn(async move {
        match ticket(portal, &file).await {
            Ok(ticket) => {
                // The name comes with the answer.
                window::follow(&ticket.url, "");
            }
            Err(error) if error.is_signed_out() => portal.end(Farewell::Expired),
            Err(error) => portal.tell(error.sentence()),
        }
    });
}

/// Shows an image that is held as large as it goes.
pub fn enlarge(file: &str, name: &str) {
    let dialog = window::element(LIGHTBOX_ID);
    let image = dialog.as_ref().and_then(|dialog| dialog.query_selector("img").ok().flatten());
    if let Some(((dialog, image), url)) = dialog.zip(image).zip(pictures::held(file)) {
        let _ = (dialog.set_attribute("aria-label", name), image.set_attribute("src", &url), image.set_attribute("alt", name));
        open_dialog(LIGHTBOX_ID, true);
    }
}

/// What a file of a conversation is called.
pub fn name_of(timeline: &Timeline, file: &str) -> Option<String> {
    let (message_id, index) = file.rsplit_once('/')?;
    let message = timeline.message(&MessageId::new(message_id))?;
    message.files.get(index.parse::<usize>().ok()?).map(|file| file.name.clone())
}

/// Fetches the images a log shows and does not hold yet, the newest first, and asks again later
/// while a file is being looked at for malware.
pub fn complete(portal: Portal, room_id: &RoomId, log: &Element) {
    let wanted = log.get_elements_by_class_name(pictures::WANTED_CLASS);
    for place in (0..wanted.length()).rev() {
        let Some(image) = wanted.item(place) else { continue };
        let Some(file) = image.get_attribute(pictures::WANTED) else { continue };
        let _ = image.class_list().remove_1(pictures::WANTED_CLASS);
        spawn(async move {
            // Again where the line or the portal failed in passing; what was refused for good is asked for a few times in vain.
            for _ in 0..FETCH_ATTEMPTS {
                if let Ok(url) = fetch(portal, &file).await {
                    let _ = image.set_attribute("src", &url);
                    break;
                }
                sleep(FETCH_AGAIN_MILLIS).await;
            }
        });
    }
    if log.get_elements_by_class_name(pictures::SCANNING_CLASS).length() > 0 {
        timeline::effects::load_later(portal, room_id, SCAN_AGAIN_MILLIS);
    }
}

/// The address of an image, fetched if need be.
async fn fetch(portal: Portal, file: &str) -> Result<String, ApiError> {
    if let Some(url) = pictures::held(file) {
        return Ok(url);
    }
    let round = portal.running().round();
    let ticket = ticket(portal, file).await?;
    let read = async {
        let window = web_sys::window()?;
        let response: Response = JsFuture::from(window.fetch_with_str(&ticket.url)).await.ok()?.dyn_into().ok()?;
        let body = response.ok().then(|| response.blob().ok()).flatten()?;
        let blob: Blob = JsFuture::from(body).await.ok()?.dyn_into().ok()?;
        Url::create_object_url_with_blob(&blob).ok()
    };
    let url = read.await.ok_or(ApiError::Unreadable)?;
    if portal.running().round() == round {
        pictures::hold(file, &url);
    }
    Ok(url)
}

async fn ticket(portal: Portal, file: &str) -> Result<FileTicket, ApiError> {
    let (message_id, index) = file.rsplit_once('/').ok_or(ApiError::Unreadable)?;
    let index = index.parse().map_err(|_| ApiError::Unreadable)?;
    portal.client().file_ticket(&FileRef { message_id: MessageId::new(message_id), index }).await
}
