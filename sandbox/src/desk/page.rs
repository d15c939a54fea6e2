//! The files of the page, with a policy that lets nothing else in.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::IntoResponse;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// One of them, and where it is served.
pub(super) struct PageFile {
    pub(super) path: &'static str,
    content_type: &'static str,
    body: &'static str,
}

macro_rules! script {
    ($name:literal) => {
        PageFile {
            path: concat!("/desk/", $name),
            content_type: "text/javascript; charset=utf-8",
            body: include_str!(concat!("page/", $name)),
        }
    };
}

macro_rules! sheet {
    ($name:literal) => {
        PageFile { path: concat!("/desk/", $name), content_type: "text/css; charset=utf-8", body: include_str!(concat!("page/", $name)) }
    };
}

/// All of them, in reading order.
pub(super) static FILES: &[PageFile] = &[
    PageFile { path: "/desk", content_type: "text/html; charset=utf-8", body: include_str!("page/desk.html") },
    PageFile { path: "/desk/icon.svg", content_type: "image/svg+xml", body: include_str!("page/icon.svg") },
    sheet!("desk.css"),
    sheet!("forms.css"),
    sheet!("talk.css"),
    sheet!("card.css"),
    sheet!("controls/controls.css"),
    script!("desk.js"),
    script!("ask.js"),
    script!("dom.js"),
    script!("spaces.js"),
    script!("talk.js"),
    script!("thread.js"),
    script!("place.js"),
    script!("entries.js"),
    script!("edit.js"),
    script!("files.js"),
    script!("card.js"),
    script!("card-inputs.js"),
    script!("card-text.js"),
    script!("composer.js"),
    script!("names.js"),
    script!("typing.js"),
    script!("begin.js"),
    script!("people.js"),
    script!("sheet.js"),
    script!("controls/drawer.js"),
    script!("controls/switches.js"),
    script!("controls/fold.js"),
    script!("controls/fields.js"),
    script!("controls/settings.js"),
    script!("controls/faults.js"),
    script!("controls/fault-words.js"),
    script!("controls/clock.js"),
    script!("controls/limits.js"),
    script!("controls/scans.js"),
    script!("controls/log-list.js"),
    script!("controls/journal.js"),
    script!("controls/deliveries.js"),
];

pub(super) async fn serve(file: &'static PageFile) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, file.content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, file.body)
}
