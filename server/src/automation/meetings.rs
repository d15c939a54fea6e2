//! Gets a meeting's links for a program. A request that carries its own key is answered once, however often it comes.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shared::{SiteId, Timestamp};
use tokio::sync::oneshot;

use super::{booking, wish::Wish};
use crate::{
    app::App,
    config::SiteConfig,
    error::AppError,
    instant_connect::{MeetingLink, MeetingRequest},
    store::Repeated,
    visits::{NewAppointment, random_subject},
    webhooks::rfc3339,
};

/// For so long the same request gets the same answer.
pub(crate) const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What a program asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A meeting's links.
    Links,
    /// A meeting that is arranged for later.
    Visit,
}

/// What was made, as the program is told of it.
pub struct Made {
    /// The answer's body.
    pub body: SecretString,
    /// It was made before.
    pub is_replayed: bool,
}

/// Who is asking right now. Clones share it.
#[derive(Clone, Default)]
pub struct Meetings {
    under_way: Arc<Mutex<HashSet<(SiteId, String)>>>,
}

/// A request under way, until it is dropped.
struct UnderWay {
    meetings: Meetings,
    name: (SiteId, String),
}

impl Meetings {
    /// Makes what is asked for, or answers what the same request was answered. Goes on when the program has hung up, so
    /// that it finds the answer when it asks again.
    pub async fn create(
        &self,
        app: &App,
        site: Arc<SiteConfig>,
        asked: Asked,
        body: Map<String, Value>,
        key: Option<String>,
    ) -> Result<Made, AppError> {
        let under_way = key.map(|key| self.begin(site.id.clone(), key)).transpose()?;
        let (answer, answered) = oneshot::channel();
        let beside = app.clone();
        app.run_beside(async move {
            let made = tokio::select! {
                biased;
                () = beside.stopping.cancelled() => Err(AppError::Stopping),
                made = make(&beside, &site, asked, &body, under_way.as_ref()) => made,
            };
            drop(under_way);
            let _ = answer.send(made);
        });
        answered.await.unwrap_or(Err(AppError::Stopping))
    }

    fn begin(&self, site_id: SiteId, key: String) -> Result<UnderWay, AppError> {
        let name = (site_id, key);
        let is_first = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        if is_first { Ok(UnderWay { meetings: self.clone(), name }) } else { Err(AppError::RequestUnderWay) }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.meetings.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

async fn make(
    app: &App,
    site: &SiteConfig,
    asked: Asked,
    body: &Map<String, Value>,
    under_way: Option<&UnderWay>,
) -> Result<Made, AppError> {
    let now = app.clock.now();
    let work = match asked {
        Asked::Links => {
            let defaults = site.meetings.as_ref().ok_or(AppError::MeetingsUnavailable)?;
            Work::Links(Wish::read(body, defaults, now.as_millis() / 1000)?)
        }
        Asked::Visit => Work::Visit(booking::read(body)?),
    };
    let subject = work.subject()?;
    let Some(UnderWay { name: (site_id, key), .. }) = under_way else {
        return Ok(Made { body: work.done(app, site, subject).await?, is_replayed: false });
    };
    let purpose = format!("idempotency:{site_id}:{key}");
    // Members stand in the order of their names, so that only what is asked for counts.
    let request_hash = Sha256::digest(format!("{asked:?} {}", Value::Object(body.clone()))).to_vec();
    let kept = (now, now.plus_millis(-KEPT_MILLIS));
    match app.store.begin_request(site_id.clone(), key.clone(), request_hash, subject, kept).await? {
        Repeated::Reused => Err(AppError::IdempotencyKeyReused),
        Repeated::Answered(sealed) => Ok(Made { body: app.keys.open(&purpose, &sealed)?, is_replayed: true }),
        Repeated::Unanswered(subject) => {
            let body = work.done(app, site, subject).await?;
            app.store.answer_request(site_id.clone(), key.clone(), app.keys.seal(&purpose, &body)?).await?;
            Ok(Made { body, is_replayed: false })
        }
    }
}

/// What is to be done, read and checked.
enum Work {
    Links(Wish),
    Visit(NewAppointment),
}

impl Work {
    /// What the meeting is known by: the same for each try of one request.
    fn subject(&self) -> Result<String, AppError> {
        match self {
            Self::Links(Wish { subject: Some(subject), .. }) => Ok(subject.clone()),
            Self::Links(_) | Self::Visit(_) => Ok(random_subject()?),
        }
    }

    async fn done(self, app: &App, site: &SiteConfig, subject: String) -> Result<SecretString, AppError> {
        match self {
            Self::Links(wish) => mint(app, site, &wish, subject).await,
            Self::Visit(new) => Ok(booking::answer(&app.visits.schedule(site, new, subject).await?)),
        }
    }
}

/// Asks the broker. Links are keys: they are in the answer and nowhere else.
async fn mint(app: &App, site: &SiteConfig, wish: &Wish, subject: String) -> Result<SecretString, AppError> {
    let connection = app.connections.of_site(&site.id).map_err(AppError::Webex)?;
    let bot = connection.bot.as_ref().ok_or(AppError::MeetingsUnavailable)?;
    let request = MeetingRequest { subject, ..wish.request.clone() };
    let links = connection.instant_connect.mint(&bot.token(), &request).await.map_err(AppError::Broker)?;
    let urls = |links: &[MeetingLink]| links.iter().map(|link| link.best().expose_secret().to_owned()).collect::<Vec<_>>();
    let instant = |secs: i64| rfc3339(Timestamp::from_millis(secs.saturating_mul(1000)));
    let body = json!({
        "subject": request.subject,
        "starts_at": instant(wish.starts_at_secs),
        "expires_at": instant(request.expires_at_secs),
        "hosts": urls(&links.hosts),
        "guests": urls(&links.guests),
    });
    tracing::info!(site.id = %site.id, hosts = links.hosts.len(), guests = links.guests.len(), "links were made for another program");
    Ok(body.to_string().into())
}
