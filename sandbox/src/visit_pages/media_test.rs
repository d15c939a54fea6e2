//! `/mediatest`: whether camera, microphone and speaker work, before anybody waits.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::page::{file, html};
use crate::app::App;

const MAIN: &str = r#"<main class="visit" id="test" data-state="test">
<h1 class="visit__heading">Test your camera and microphone</h1>
<p class="visit__text">Nothing is recorded and nothing is sent.</p>
<div class="self self--video"><video class="self__video" id="picture" muted playsinline hidden></video><p class="self__note" id="picture-note">The camera is off.</p></div>
<div class="meter"><div class="meter__level" id="level"></div></div>
<p class="visit__text" id="result" role="status"></p>
<div class="buttons">
<button class="button button--quiet" type="button" id="camera">Test Video</button>
<button class="button button--quiet" type="button" id="microphone">Test Audio</button>
<button class="button button--quiet" type="button" id="speaker">Test Speaker</button>
</div>
</main>
<script type="module" src="/meet/mediatest.js"></script>"#;

pub(super) async fn show(State(app): State<App>) -> Response {
    html(&app, StatusCode::OK, MAIN)
}

pub(super) async fn js() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("mediatest.js"))
}
