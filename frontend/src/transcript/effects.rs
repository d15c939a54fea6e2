//! Fetches the whole conversation and gives it to the guest.

use js_sys::Array;
use shared::RoomId;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url};

use super::lines::{Line, Moments, as_text, lines};
use crate::chat::view::site_name_now;
use crate::platform::sleep::sleep;
use crate::platform::task::spawn;
use crate::platform::{clock, window};
use crate::portal::Portal;
use crate::timeline::state::History;
use crate::timeline::{self, Timeline};
use crate::ui::element::{Drawn, element};
use crate::words::words;

/// How a saved page looks.
const LOOKS: &str = "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\
    h2{font-size:1rem;margin-top:2rem}p{margin:.25rem 0;white-space:pre-wrap}time{color:#5a6170;font-size:.8125rem}";

/// How the conversation is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file of text.
    Text,
    /// A file that is a page.
    Html,
    /// On paper.
    Print,
}

/// The guest wants to keep the conversation, all of it.
pub fn save(portal: Portal, room_id: &RoomId, form: Form) {
    let room_id = room_id.clone();
    let round = portal.running().round();
    spawn(async move {
        while portal.running().round() == round {
            match portal.peek_timeline(&room_id, |timeline| timeline.history().clone()) {
                Some(History::More(_)) => timeline::effects::load_older(portal, &room_id),
                Some(History::Loading(_) | History::Opening) => sleep(50).await,
                // Half of it would be taken for all of it.
                Some(History::Failed(..) | History::Closed(_)) => return portal.tell(words().cannot_load().to_owned()),
                _ => break,
            }
        }
        if portal.running().round() != round {
            return;
        }
        let me = portal.session.with_untracked(|session| session.as_ref().and_then(|session| session.person_id.clone()));
        let moments = Moments { day_of: &clock::day_of, day: &clock::date_text, time: &clock::time_text };
        let kept = portal.peek_timeline(&room_id, |timeline: &Timeline| lines(timeline, me.as_ref(), &moments)).unwrap_or_default();
        let title = words().transcript_title(&site_name_now(portal));
        let saved = words().transcript_saved(&clock::full_text(clock::now()));
        match form {
            Form::Text => download(&title, ".txt", "text/plain;charset=utf-8", &as_text(&title, &saved, &kept)),
            Form::Html => download(&title, ".html", "text/html;charset=utf-8", &page(&title, &saved, &kept)),
            Form::Print => print(&title, &saved, &kept),
        }
    });
}

fn download(title: &str, extension: &str, media_type: &str, content: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(content)), &options);
    let Some(url) = blob.ok().and_then(|blob| Url::create_object_url_with_blob(&blob).ok()) else { return };
    window::follow(&url, &(title.to_owned() + extension));
    // By then the browser has it.
    window::after(60_000, move || {
        let _ = Url::revoke_object_url(&url);
    });
}

/// Beside the page, which is not printed: of its log only a part is drawn.
fn print(title: &str, saved: &str, lines: &[Line]) {
    let Some((paper, body)) = paper(title, saved, lines).done().zip(window::body()) else { return };
    let _ = body.append_child(&paper);
    window::print();
    paper.remove();
}

/// A page that needs nothing else. The browser writes it, so that nothing anybody said becomes markup.
fn page(title: &str, saved: &str, lines: &[Line]) -> String {
    let head = element("head", "")
        .child(element("meta", "").with("charset", "utf-8"))
        .child(element("title", "").text(title))
        .child(element("style", "").text(LOOKS));
    let words = words();
    let page = element("html", "").with("lang", words.lang).with("dir", words.dir());
    let page = page.child(head).child(element("body", "").child(paper(title, saved, lines))).done();
    page.map(|page| "<!DOCTYPE html>".to_owned() + &page.outer_html()).unwrap_or_default()
}

fn paper(title: &str, saved: &str, lines: &[Line]) -> Drawn {
    let paper = element("div", "paper").child(element("h1", "").text(title)).child(element("p", "").text(saved));
    paper.children(lines.iter().map(|line| match line {
        Line::Day(day) => element("h2", "").text(day),
        Line::Said { time, name, text } => {
            let said = element("p", "paper__said").with("dir", "auto").child(element("b", "").child(element("bdi", "").text(name)));
            said.text(" ").child(element("time", "").text(time)).text("\n").text(text)
        }
    }))
}
