//! The keys by which other programs are known: `gpk_` and 256 random bits, of which only a hash is kept.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    app::App,
    config::SiteConfig,
    error::AppError,
    limits::{ClientAddress, Rule},
    secrets::{SecretsError, random_token, token_hash},
};

/// What a key begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "gpk_";
/// A key's last use is written at most this often.
const TOUCH_MILLIS: i64 = 5 * 60 * 1000;

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Meeting links.
    Meetings,
    /// Arranging, following and cancelling visits.
    Visits,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Meetings, Self::Visits];

    /// Its name.
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Meetings => "meetings",
            Self::Visits => "visits",
        }
    }

    /// From its name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_word() == word)
    }
}

/// A scope as a type: what [`ApiKey`] asks for.
pub trait ScopeOf {
    /// Which one.
    const SCOPE: Scope;
}

/// Asks for [`Scope::Meetings`].
pub struct ForMeetings;

/// Asks for [`Scope::Visits`].
pub struct ForVisits;

impl ScopeOf for ForMeetings {
    const SCOPE: Scope = Scope::Meetings;
}

impl ScopeOf for ForVisits {
    const SCOPE: Scope = Scope::Visits;
}

/// A program that has a key of this scope: in a handler's arguments it means that nobody else gets in.
pub struct ApiKey<S> {
    /// The site its key is for.
    pub site: Arc<SiteConfig>,
    /// What its key is called.
    pub name: String,
    scope: PhantomData<S>,
}

/// A new key, and the hash that is kept of it.
pub(crate) fn make() -> Result<(SecretString, Vec<u8>), SecretsError> {
    let key = format!("{PREFIX}{}", random_token()?.expose_secret());
    let key_hash = token_hash(&key);
    Ok((key.into(), key_hash))
}

impl<S: ScopeOf> FromRequestParts<App> for ApiKey<S> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = given.and_then(|given| given.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let key = bearer.map(|(_, key)| key.trim()).filter(|key| key.starts_with(PREFIX)).ok_or(AppError::KeyRefused)?;
        let key_hash = token_hash(key);
        let Some(row) = app.store.api_key(&key_hash)? else {
            // Whoever guesses is slowed down.
            let address = parts.extensions.get::<ClientAddress>().copied().unwrap_or(ClientAddress::unknown());
            app.limits.count(Rule::LinksPerAddress, address)?;
            return Err(AppError::KeyRefused);
        };
        app.limits.count(Rule::CallsPerKey, &key_hash)?;
        let site = app.config.shared_site(&row.site_id).cloned().ok_or(AppError::KeyRefused)?;
        if !row.scopes.split(' ').any(|word| word == S::SCOPE.as_word()) {
            return Err(AppError::KeyLacksScope(S::SCOPE.as_word()));
        }
        let now = app.clock.now();
        if row.last_used_at.is_none_or(|used_at| now.as_millis() - used_at.as_millis() >= TOUCH_MILLIS) {
            app.store.touch_api_key(key_hash, now).await?;
        }
        Ok(Self { site, name: row.name, scope: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_marked_and_known_by_its_hash() {
        let (key, hash) = make().unwrap();
        assert_eq!((key.expose_secret().len(), hash.len()), (47, 32));
        assert!(key.expose_secret().starts_with("gpk_"));
        assert_ne!(make().unwrap().1, hash);
    }

    #[test]
    fn a_scope_is_found_by_its_name() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_word(scope.as_word()), Some(scope));
        }
        assert_eq!(Scope::from_word("everything"), None);
    }
}
