//! A file of a message: its name, how large it is, and a way to it; an image as itself.

use shared::{FileInfo, FileState, Message, PendingFile};

use super::pictures;
use crate::api::upload;
use crate::platform::intl;
use crate::timeline::Echo;
use crate::timeline::entry::{Act, act, state};
use crate::ui::Icon;
use crate::ui::element::{Drawn, element, picture};
use crate::ui::{button, picture_button};
use crate::words::words;

/// Of a longer name the middle is left out.
const MAX_NAME_CHARS: usize = 72;
/// So much of its end stays.
const NAME_END_CHARS: usize = 16;
/// Images up to this size are shown at once.
const MAX_SHOWN_BYTES: u64 = 5_000_000;

/// The files of a message.
pub fn draw_all(message: &Message) -> impl Iterator<Item = Drawn> {
    message.files.iter().enumerate().map(|(index, file)| draw(file, &(message.id.to_string() + "/" + &index.to_string())))
}

fn draw(file: &FileInfo, to: &str) -> Drawn {
    let name = if file.name.is_empty() { words().a_file() } else { file.name.as_str() };
    if is_shown(file) {
        let image = element("img", "file__image").with("alt", name);
        let image = match pictures::held(to) {
            Some(url) => image.with("src", &url),
            None => image.with(pictures::WANTED, to).class_if(pictures::WANTED_CLASS, true),
        };
        let frame = element("button", "file__frame").with("type", "button").with("aria-label", &words().enlarge(name)).child(image);
        return element("div", "file file--picture").child(act(frame, Act::Enlarge, to)).child(card(file, name, to));
    }
    element("div", "file").child(card(file, name, to))
}

fn is_shown(file: &FileInfo) -> bool {
    let is_image = matches!(file.media_type.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp");
    is_image && file.state == FileState::Ready && file.size.is_some_and(|size| size <= MAX_SHOWN_BYTES)
}

fn card(file: &FileInfo, name: &str, to: &str) -> Drawn {
    let size = file.size.map(size_text).unwrap_or_default();
    let (note, can_fetch) = match file.state {
        FileState::Ready | FileState::Unknown => (size.as_str(), true),
        FileState::Scanning => (words().file_scanning(), false),
        FileState::Removed => (words().file_removed(), false),
        FileState::Refused => (words().file_refused(), false),
    };
    let download = can_fetch.then(|| {
        let label = words().download(name);
        act(picture_button("file__download", &label, Icon::Download), Act::Download, to)
    });
    face(name, note).class_if(pictures::SCANNING_CLASS, file.state == FileState::Scanning).maybe(download)
}

/// A file on its way.
pub fn draw_pending(file: &PendingFile) -> Drawn {
    element("div", "file").child(face(&file.name, &size_text(file.size)))
}

/// A name that fits on two or three lines: of a longer one the middle is left out, for its ending tells what kind of file it is.
fn short_name(name: &str) -> String {
    let count = name.chars().count();
    if count <= MAX_NAME_CHARS {
        return name.to_owned();
    }
    let ahead = name.chars().take(MAX_NAME_CHARS - NAME_END_CHARS);
    ahead.chain(['…']).chain(name.chars().skip(count - NAME_END_CHARS)).collect()
}

/// Picture, name, and a line about it.
pub fn face(name: &str, note: &str) -> Drawn {
    let text = element("div", "file__text")
        .child(element("div", "file__name").with("title", name).child(element("bdi", "").text(&short_name(name))))
        .child(element("div", "file__note").text(note));
    element("div", "file__card").child(element("span", "file__mark").child(picture(Icon::File))).child(text)
}

/// Below a file the portal has not got yet: how far it has come, and a way to stop it.
pub fn upload_foot(echo: &Echo) -> Drawn {
    let id = echo.client_message_id.as_str();
    let percent = upload::share(id).unwrap_or_default();
    let moving = state(Icon::Clock, "").class_if("timeline__state--moving", true);
    let moving = moving.child(element("span", "").with("id", &(upload::PROGRESS_ID.to_owned() + id)).text(&upload::text(percent)));
    let waiting = state(Icon::Clock, words().waiting()).class_if("timeline__state--waiting", true);
    let cancel = act(button("button button--small", words().cancel(), None), Act::Discard, id);
    element("div", "timeline__foot").class_if("timeline__foot--arrived", percent >= 100).child(moving).child(waiting).child(cancel)
}

/// A size as people write it.
pub fn size_text(bytes: u64) -> String {
    let (tenths, unit) = rounded(bytes);
    // Beyond a hundred nobody needs tenths.
    let decimals = u32::from(tenths < 1_000);
    intl::size_text(&words().locale, tenths as f64 / 10.0, unit, decimals)
}

/// Rounded up, in tenths of a unit of `Intl`.
fn rounded(bytes: u64) -> (u64, &'static str) {
    match bytes {
        0..1_000 => (bytes * 10, "byte"),
        1_000..1_000_000 => (bytes.div_ceil(100), "kilobyte"),
        1_000_000..1_000_000_000 => (bytes.div_ceil(100_000), "megabyte"),
        _ => (bytes.div_ceil(100_000_000), "gigabyte"),
    }
}

/// A limit as people write it: never more than it is.
pub fn limit_text(bytes: u64) -> String {
    size_text(limit(bytes))
}

fn limit(bytes: u64) -> u64 {
    let step = if bytes < 1_000_000 { 100 } else { 100_000 };
    bytes - bytes % step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_never_too_small_and_limits_never_too_large() {
        let sizes = [(0, 0, "byte"), (999, 9_990, "byte"), (1_000, 10, "kilobyte"), (1_550, 16, "kilobyte"), (26_214_400, 263, "megabyte")];
        for (bytes, tenths, unit) in sizes.into_iter().chain([(2_000_000_000, 20, "gigabyte")]) {
            assert_eq!(rounded(bytes), (tenths, unit));
        }
        for (bytes, tenths) in [(26_214_400, 262), (100_000_000, 1_000), (1_550, 15)] {
            assert_eq!(rounded(limit(bytes)).0, tenths);
        }
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_ending() {
        let name = "é".repeat(90) + ".tar.gz";
        let short = short_name(&name);
        assert_eq!((short.chars().count(), short.ends_with("ééééé.tar.gz"), short.starts_with("ééé")), (73, true, true));
        assert_eq!(short_name(&"a".repeat(72)), "a".repeat(72));
    }

    #[test]
    fn only_small_images_of_known_kinds_are_shown() {
        let image = |media_type: &str, size, state| FileInfo { name: "x".into(), media_type: media_type.into(), size, state };
        assert!(is_shown(&image("image/png", Some(5_000_000), FileState::Ready)));
        assert!(!is_shown(&image("image/png", Some(5_000_001), FileState::Ready)));
        assert!(!is_shown(&image("image/png", None, FileState::Ready)));
        assert!(!is_shown(&image("image/svg+xml", Some(1), FileState::Ready)));
        assert!(!is_shown(&image("image/jpeg", Some(1), FileState::Scanning)));
    }
}
