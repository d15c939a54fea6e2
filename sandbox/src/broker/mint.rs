//! `POST /api/v2/joseencrypt`, and `/api/v1/joseencrypt` as older callers use it.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::Value;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::jose::{self, Chance, JoseError};
use super::links::{Claims, draw_short, secrets, short_url};
use super::log::{BrokerEntry, DecodedCipher};
use super::request::{self, AUDIENCE, LinkRequest};
use super::switches::Activation;
use crate::app::App;
use crate::moment::Moment;
use crate::rest::{ApiError, Caller};
use crate::state::{Link, Refusal};

/// Nothing else is in the answer: no id, no expiry, no subject.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Minted {
    host: Vec<MintedLink>,
    guest: Vec<MintedLink>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
}

#[derive(Serialize)]
struct MintedLink {
    cipher: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<String>,
}

/// Ciphers and nothing about them.
#[derive(Serialize)]
struct MintedV1 {
    host: Vec<String>,
    guest: Vec<String>,
}

pub(super) async fn mint_v2(State(app): State<App>, _: Caller, body: Result<Bytes, BytesRejection>) -> Result<Response, ApiError> {
    let links = mint(&app, 2, body).await?;
    let of = |is_host: bool| {
        let links = links.iter().filter(|link| link.is_host == is_host);
        links.map(|link| MintedLink { cipher: link.cipher.clone(), short: link.short.clone() }).collect()
    };
    let base_url = links.iter().any(|link| link.short.is_some()).then(|| short_url(&app.credentials.broker.base, app.cloud, ""));
    Ok(Json(Minted { host: of(true), guest: of(false), base_url }).into_response())
}

pub(super) async fn mint_v1(State(app): State<App>, _: Caller, body: Result<Bytes, BytesRejection>) -> Result<Response, ApiError> {
    let links = mint(&app, 1, body).await?;
    let of = |is_host: bool| links.iter().filter(|link| link.is_host == is_host).map(|link| link.cipher.clone()).collect();
    Ok(Json(MintedV1 { host: of(true), guest: of(false) }).into_response())
}

async fn mint(app: &App, version: u8, body: Result<Bytes, BytesRejection>) -> Result<Vec<Link>, ApiError> {
    let now = app.world.now();
    let organisation = app.world.read(|organisation| organisation.home().uuid());
    let mut entry = BrokerEntry {
        arrived_at: now.to_string(),
        organisation: organisation.to_string(),
        version,
        status: StatusCode::OK.as_u16(),
        subject: None,
        problem: None,
        lints: Vec::new(),
        ciphers: Vec::new(),
    };
    let outcome = mint_noted(app, version, body, now, organisation, &mut entry).await;
    if let Err(error) = &outcome {
        entry.status = error.status().as_u16();
        entry.problem = Some(error.message().to_owned());
    }
    app.broker_log.note(entry);
    outcome
}

async fn mint_noted(
    app: &App,
    version: u8,
    body: Result<Bytes, BytesRejection>,
    now: Moment,
    organisation: Uuid,
    entry: &mut BrokerEntry,
) -> Result<Vec<Link>, ApiError> {
    app.world.wait(app.instant_connect.latency()).await;
    let switched = app.instant_connect.get();
    // The texts are ours: no source shows Webex's.
    match switched.activation {
        Activation::Active => {}
        Activation::NotActivated => return Err(Refusal::forbidden("Instant Connect is not activated for this organization.").into()),
        Activation::NoGuestToGuestSite => {
            return Err(Refusal::forbidden("No Guest-to-Guest meeting site is configured for this organization.").into());
        }
    }
    let body = body.map_err(|rejection| ApiError::new(rejection.status(), rejection.body_text()))?;
    entry.subject = subject_in(&body);
    let request = request::read(&body, switched.is_strict, now.secs(), &mut entry.lints).map_err(Refusal::Invalid)?;
    let roles = std::iter::repeat_n(true, request.hosts).chain(std::iter::repeat_n(false, request.guests));
    let sealing = roles.map(|is_host| seal(&request, is_host, organisation, now));
    let sealed = try_join_all(sealing).await?;
    let mut links = Vec::with_capacity(sealed.len());
    for (link, cipher) in sealed {
        entry.ciphers.push(cipher);
        links.push(link);
    }
    app.world.change(|organisation| {
        if request.wants_shorts && version > 1 {
            for link in &mut links {
                let mut short = draw_short().map_err(no_chance)?;
                while organisation.link_of_short(&short).is_some() {
                    short = draw_short().map_err(no_chance)?;
                }
                link.short = Some(short);
            }
        }
        organisation.add_links(&request.subject, &request.devices, links.clone());
        Ok(links)
    })
}

/// One cipher, on a thread where nobody waits for it: the key takes long to derive.
async fn seal(request: &LinkRequest, is_host: bool, organisation: Uuid, now: Moment) -> Result<(Link, DecodedCipher), ApiError> {
    let claims = Claims {
        sub: request.subject.clone(),
        aud: AUDIENCE,
        iss: organisation.to_string(),
        iat: now.secs(),
        nbf: request.not_before,
        exp: request.expires_at,
        is_host,
        jti: Uuid::new_v4(),
        flow: request.flow.clone(),
    };
    let (recipe, salt_length, iterations) = (request.recipe, request.salt_length, request.iterations);
    let sealing = spawn_blocking(move || {
        let salt = jose::random_bytes(match salt_length {
            Some(length) => length,
            None => random_between(8, 128)? as usize,
        })?;
        let iterations = match iterations {
            Some(iterations) => iterations,
            None => random_between(1000, 32_767)?,
        };
        let chance = Chance::with(salt, iterations, recipe.content)?;
        let cipher = jose::seal(recipe, &chance, AUDIENCE, &claims.iss, &claims, &secrets())?;
        Ok::<_, JoseError>((cipher, claims))
    });
    let (cipher, claims) = sealing.await.map_err(|error| ApiError::from(Refusal::Storage(error.to_string())))?.map_err(no_chance)?;
    let decoded =
        DecodedCipher { header: jose::header(&cipher).unwrap_or_default(), claims: serde_json::to_value(&claims).unwrap_or_default() };
    let link = Link {
        id: claims.jti,
        subject: claims.sub,
        is_host,
        cipher,
        short: None,
        vertical: request.vertical,
        asks_to_log_in: is_host && request.asks_hosts_to_log_in,
        not_before: request.not_before,
        expires_at: request.expires_at,
        order: 0,
    };
    Ok((link, decoded))
}

/// Both ends included.
fn random_between(least: u32, most: u32) -> Result<u32, JoseError> {
    let random = getrandom::u32().map_err(|_| JoseError::NoChance)?;
    Ok(least + random % (most - least + 1))
}

fn no_chance(error: JoseError) -> ApiError {
    Refusal::Storage(error.to_string()).into()
}

/// For the log, even of a body that is refused.
fn subject_in(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer("/jwt/sub")?.as_str().map(str::to_owned)
}
