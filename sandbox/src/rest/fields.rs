//! The body of a request, whichever of its forms it came in.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::answer::ApiError;
use super::upload::{self, Upload};
use crate::app::App;

/// What JSON and plain forms may be long.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Named values. Absent, `null` and empty are the same; nobody minds a name too many.
#[derive(Debug, Default)]
pub(super) struct Fields {
    values: Map<String, Value>,
    /// Only a form in parts has one.
    pub(super) upload: Option<Upload>,
}

impl Fields {
    /// Whether anything is there at all, whatever it is.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(ApiError::malformed()),
        }
    }

    pub(super) fn owned(&self, name: &str) -> Result<Option<String>, ApiError> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    /// A form has only the words.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "" => Ok(None),
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                _ => Err(ApiError::malformed()),
            },
            Some(_) => Err(ApiError::malformed()),
        }
    }

    pub(super) fn list(&self, name: &str) -> Result<&[Value], ApiError> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            // A plain form has no lists.
            Some(Value::String(text)) if text.is_empty() => Ok(&[]),
            Some(one @ Value::String(_)) => Ok(std::slice::from_ref(one)),
            Some(_) => Err(ApiError::malformed()),
        }
    }

    pub(super) fn object(&self, name: &str) -> Result<Map<String, Value>, ApiError> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(object)) => Ok(object.clone()),
            Some(_) => Err(ApiError::malformed()),
        }
    }

    /// An empty body is empty whatever its header says: one client announces JSON on everything.
    fn parse(content_type: &str, body: &[u8]) -> Result<Self, ApiError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/json" => match serde_json::from_slice(body) {
                Ok(Value::Object(values)) => Ok(Self::from(values)),
                _ => Err(ApiError::malformed()),
            },
            "application/x-www-form-urlencoded" => {
                let pairs = form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
                Ok(Self::from(pairs.collect::<Map<_, _>>()))
            }
            other => Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Content type '{other}' not supported"))),
        }
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(values: Map<String, Value>) -> Self {
        Self { values, upload: None }
    }
}

impl FromRequest<App> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        if let Ok(boundary) = multer::parse_boundary(&content_type) {
            let (values, upload) = upload::read(request.into_body(), &boundary, &app.contents).await?;
            return Ok(Self { values, upload });
        }
        let body = to_bytes(request.into_body(), MAX_BYTES).await.map_err(|error| match error.into_inner().is::<LengthLimitError>() {
            true => ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
            false => ApiError::malformed(),
        })?;
        Self::parse(&content_type, &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_forms_say_the_same() {
        let json = Fields::parse("application/json;charset=utf-8", br#"{"title":"a b","isLocked":true,"teamId":null}"#).unwrap();
        let form = Fields::parse("application/x-www-form-urlencoded", b"title=a+b&isLocked=true&teamId=").unwrap();
        for fields in [json, form] {
            assert_eq!(fields.text("title").unwrap(), Some("a b"));
            assert_eq!(fields.flag("isLocked").unwrap(), Some(true));
            assert_eq!(fields.text("teamId").unwrap(), None);
        }
    }

    #[test]
    fn an_empty_body_is_not_parsed() {
        assert!(Fields::parse("application/json", b"").is_ok());
    }

    #[test]
    fn other_bodies_are_refused() {
        assert_eq!(Fields::parse("text/plain", b"x").unwrap_err().message, "Content type 'text/plain' not supported");
        assert_eq!(Fields::parse("application/json", b"[]").unwrap_err().status, StatusCode::BAD_REQUEST);
    }
}
