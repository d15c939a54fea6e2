//! What an open page hears and does. Hearing changes nothing but presence; everything else is a `POST`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Json, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use crate::app::App;
use crate::rest::ApiError;
use crate::state::{Organisation, PageKey, Refusal, World};

/// How long the time may pass unnoticed: a link expires although nobody does anything.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// A page that is gone is found out by this.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
const MAX_PARTICIPANT_BYTES: usize = 64;

#[derive(Deserialize)]
pub(super) struct Who {
    participant: String,
    #[serde(default)]
    login: bool,
}

fn key(link: &str, who: &Who) -> Result<PageKey, ApiError> {
    let id = Uuid::try_parse(link).map_err(|_| Refusal::no_such_resource())?;
    if who.participant.is_empty() || who.participant.len() > MAX_PARTICIPANT_BYTES {
        return Err(Refusal::invalid("participant is missing or too long.").into());
    }
    Ok((id, who.participant.clone()))
}

/// A connected page; letting go of it is leaving the page.
struct Connection {
    world: Arc<World>,
    key: PageKey,
    revisions: watch::Receiver<u64>,
    last: String,
}

impl Connection {
    /// The next scene that differs. The end of the world, or of the link, ends the stream.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            self.revisions.mark_unchanged();
            let scene = self.world.change(|organisation| organisation.scene(&self.key)).ok()?;
            let scene = serde_json::to_string(&scene).ok()?;
            if scene != self.last {
                self.last = scene.clone();
                return Some((Ok(Event::default().event("scene").data(scene)), self));
            }
            let _ = timeout(LOOK_AGAIN, self.revisions.changed()).await;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.world.change(|organisation| {
            organisation.disconnect(&self.key);
            Ok::<_, Refusal>(())
        });
    }
}

pub(super) async fn events(
    State(app): State<App>,
    Path(link): Path<String>,
    Query(who): Query<Who>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let key = key(&link, &who)?;
    app.world.change(|organisation| organisation.connect(&key, who.login))?;
    let connection = Connection { world: app.world.clone(), key, revisions: app.world.revisions(), last: String::new() };
    let scenes = stream::unfold(connection, Connection::next).take_until(app.stopping.clone().cancelled_owned());
    Ok(Sse::new(scenes).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Who logs in; nobody, for those who join as a guest.
#[derive(Deserialize)]
pub(super) struct Login {
    #[serde(default)]
    name: Option<String>,
}

pub(super) async fn log_in(app: State<App>, link: Path<String>, who: Query<Who>, Json(login): Json<Login>) -> Result<StatusCode, ApiError> {
    act(app, link, who, |organisation, key| {
        let is_staff = |name: &String| organisation.staff().any(|person| person.display_name == *name);
        let name = login.name.filter(is_staff);
        organisation.pass_login(key, name)
    })
}

pub(super) async fn start(app: State<App>, link: Path<String>, who: Query<Who>) -> Result<StatusCode, ApiError> {
    act(app, link, who, Organisation::start_meeting)
}

pub(super) async fn leave(app: State<App>, link: Path<String>, who: Query<Who>) -> Result<StatusCode, ApiError> {
    act(app, link, who, Organisation::leave_meeting)
}

pub(super) async fn rejoin(app: State<App>, link: Path<String>, who: Query<Who>) -> Result<StatusCode, ApiError> {
    act(app, link, who, Organisation::rejoin_meeting)
}

pub(super) async fn end(app: State<App>, link: Path<String>, who: Query<Who>) -> Result<StatusCode, ApiError> {
    act(app, link, who, Organisation::end_meeting)
}

/// Something said to everyone.
#[derive(Deserialize)]
pub(super) struct Line {
    text: String,
}

pub(super) async fn chat(app: State<App>, link: Path<String>, who: Query<Who>, Json(line): Json<Line>) -> Result<StatusCode, ApiError> {
    act(app, link, who, |organisation, key| organisation.say_in_meeting(key, &line.text))
}

fn act(
    State(app): State<App>,
    Path(link): Path<String>,
    Query(who): Query<Who>,
    act: impl FnOnce(&mut Organisation, &PageKey) -> Result<(), Refusal>,
) -> Result<StatusCode, ApiError> {
    let key = key(&link, &who)?;
    app.world.change(|organisation| act(organisation, &key))?;
    Ok(StatusCode::NO_CONTENT)
}
