//! The body of a new message: JSON, or a form with the JSON and a file, which goes to disk as it arrives.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Multipart, Path, Request, multipart::Field},
    http::{HeaderMap, header},
};
use futures_util::{StreamExt, stream};
use shared::{GuestId, NewMessage, RoomId, path::FILE_BYTES_HEADER};

use super::{
    body::{Json, MAX_JSON_BYTES, is_of_type},
    messages::writable,
};
use crate::{
    app::App,
    clock::Clock,
    content::files::FileRefusal,
    error::AppError,
    outbox::{FileSender, Received, Spool, SpoolError},
    session::{CurrentSite, SignedIn},
};

/// The names of the form's parts.
const MESSAGE: &str = "message";
const FILE: &str = "file";
/// What may follow the file: the last boundary.
const END_BYTES: u64 = 1024;
/// A sender who is silent so long has gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Even the smallest file has so long to arrive.
const PATIENCE: Duration = Duration::from_secs(60);
/// Slower than this nobody needs to wait for the end: a bad phone line.
const MIN_BYTES_PER_SEC: u64 = 10_000;

/// A message to be accepted; its file, if there is one, is on disk.
pub struct NewContent {
    /// What it says.
    pub new: NewMessage,
    /// What comes with it.
    pub file: Option<Received>,
}

impl FromRequest<App> for NewContent {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &App) -> Result<Self, AppError> {
        if !is_of_type(request.headers(), "multipart/form-data") {
            let Json(new) = Json::from_request(request, app).await?;
            return Ok(Self { new, file: None });
        }
        let (mut parts, body) = request.into_parts();
        let CurrentSite(site) = CurrentSite::from_request_parts(&mut parts, app).await?;
        let SignedIn { guest, .. } = <SignedIn as FromRequestParts<App>>::from_request_parts(&mut parts, app).await?;
        let Path(room_id) = Path::<RoomId>::from_request_parts(&mut parts, app).await.map_err(|_| AppError::RoomNotFound)?;
        // Whatever can be refused is, before a byte of the body is read.
        writable(app, &guest, &room_id)?;
        let announced = announced_bytes(&parts.headers);
        let is_too_large = announced.map_or_else(
            || content_length(&parts.headers).is_some_and(|length| length > site.max_file_bytes + MAX_JSON_BYTES as u64),
            |bytes| bytes > site.max_file_bytes,
        );
        if is_too_large {
            return Err(AppError::FileTooLarge { limit: site.max_file_bytes });
        }
        let _under_way = app.uploads.begin(&guest.id).ok_or(AppError::TooManyUploads)?;
        let waiting_bytes = || Ok(app.store.spooled_bytes(&guest.id)?);
        let form = Request::from_parts(parts, body);
        read_form(form, &app.clock, &app.spool, &guest.id, waiting_bytes, site.max_file_bytes).await
    }
}

/// Reads a form as it arrives: the message, then its file of at most so many bytes, which is on disk when this returns.
/// `waiting_bytes` says how much of the guest's lies there already.
///
/// # Errors
///
/// What is wrong with the form or its file; nothing of it stays.
pub async fn read_form(
    request: Request,
    clock: &Clock,
    spool: &Spool,
    guest_id: &GuestId,
    waiting_bytes: impl FnOnce() -> Result<u64, AppError>,
    max_file_bytes: u64,
) -> Result<NewContent, AppError> {
    let (parts, body) = request.into_parts();
    let (announced, length) = (announced_bytes(&parts.headers), content_length(&parts.headers));
    let budget = Budget::new(2 * MAX_JSON_BYTES as u64);
    let request = Request::from_parts(parts, budget.limit(body));
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| AppError::InvalidForm)?;
    let message = next_field(clock, &mut form).await?.filter(|field| field.name() == Some(MESSAGE)).ok_or(AppError::InvalidForm)?;
    let new = read_message(clock, message).await?;
    let file = next_field(clock, &mut form).await?.filter(|field| field.name() == Some(FILE)).ok_or(AppError::InvalidForm)?;
    budget.add(max_file_bytes + MAX_JSON_BYTES as u64);
    let sender = FileSender { guest_id, waiting_bytes: waiting_bytes()? };
    // Room is kept for what comes, not for the most that might: no body is longer than its length.
    let most = length.map_or(max_file_bytes, |bytes| bytes.min(max_file_bytes));
    let received = receive(clock, spool, sender, file, most).await?;
    budget.leave(END_BYTES);
    let is_the_end = matches!(next_field(clock, &mut form).await, Ok(None));
    let is_whole = announced.is_none_or(|bytes| bytes == received.file.size) && is_the_end;
    if !is_whole {
        return Err(AppError::FileIncomplete);
    }
    Ok(NewContent { new, file: Some(received) })
}

/// How many bytes of a body may still come. The reader of forms keeps a part's head in memory until it is
/// whole: without this, an endless one would fill it.
#[derive(Clone)]
struct Budget {
    left: Arc<AtomicU64>,
}

impl Budget {
    fn new(bytes: u64) -> Self {
        Self { left: Arc::new(AtomicU64::new(bytes)) }
    }

    fn add(&self, bytes: u64) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So much may still come, and no more.
    fn leave(&self, bytes: u64) {
        self.left.store(bytes, Ordering::Relaxed);
    }

    fn limit(&self, body: Body) -> Body {
        let left = self.left.clone();
        let limited = body.into_data_stream().map(move |chunk| {
            let chunk = chunk.map_err(io::Error::other)?;
            let take = |left: u64| left.checked_sub(chunk.len() as u64);
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).map_err(|_| io::Error::other("the body is too large"))?;
            Ok::<_, io::Error>(chunk)
        });
        Body::from_stream(limited)
    }
}

async fn receive(clock: &Clock, spool: &Spool, sender: FileSender<'_>, field: Field<'_>, max_bytes: u64) -> Result<Received, AppError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let media_type = field.content_type().unwrap_or_default().to_owned();
    let chunks = stream::unfold(Some(field), async move |field| {
        let mut field = field?;
        let chunk = tokio::select! {
            chunk = field.chunk() => chunk.map_err(|_| ()),
            () = clock.sleep(SILENCE) => Err(()),
        };
        match chunk {
            Ok(None) => None,
            Ok(Some(bytes)) => Some((Ok(bytes), Some(field))),
            Err(()) => Some((Err(()), None)),
        }
    });
    let received = tokio::select! {
        received = spool.receive(sender, &name, &media_type, max_bytes, chunks) => received,
        () = clock.sleep(PATIENCE + Duration::from_secs(max_bytes / MIN_BYTES_PER_SEC)) => Err(SpoolError::Incomplete),
    };
    received.map_err(|error| match error {
        SpoolError::Refused(refusal) => {
            tracing::debug!(?refusal, "a file is of a kind that is not taken");
            match refusal {
                FileRefusal::Pixels => AppError::PictureTooLarge,
                FileRefusal::Kind | FileRefusal::Declared | FileRefusal::Contents => AppError::FileTypeRefused,
            }
        }
        SpoolError::Infected => AppError::FileInfected,
        SpoolError::Unscanned => AppError::FileUnscanned,
        SpoolError::TooLarge => AppError::FileTooLarge { limit: max_bytes },
        SpoolError::Incomplete => AppError::FileIncomplete,
        SpoolError::Full => AppError::SpoolFull,
        SpoolError::Disk(error) => AppError::Internal(error.to_string()),
    })
}

async fn next_field<'a>(clock: &Clock, form: &'a mut Multipart) -> Result<Option<Field<'a>>, AppError> {
    tokio::select! {
        field = form.next_field() => field.map_err(|_| AppError::FileIncomplete),
        () = clock.sleep(SILENCE) => Err(AppError::FileIncomplete),
    }
}

async fn read_message(clock: &Clock, mut field: Field<'_>) -> Result<NewMessage, AppError> {
    let mut json = Vec::new();
    loop {
        let chunk: Option<Bytes> = tokio::select! {
            chunk = field.chunk() => chunk.map_err(|_| AppError::FileIncomplete)?,
            () = clock.sleep(SILENCE) => return Err(AppError::FileIncomplete),
        };
        let Some(chunk) = chunk else { break };
        json.extend_from_slice(&chunk);
        if json.len() > MAX_JSON_BYTES {
            return Err(AppError::BodyTooLarge);
        }
    }
    crate::json::from_slice(&json).map_err(|_| AppError::InvalidJson("in the part `message`".into()))
}

/// How large the page says the file is: a form's own length says it only roughly.
fn announced_bytes(headers: &HeaderMap) -> Option<u64> {
    headers.get(FILE_BYTES_HEADER)?.to_str().ok()?.parse().ok()
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
