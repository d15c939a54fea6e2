//! Files that a message names by their address: fetched as Webex does it, and kept.

use std::time::Duration;

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use futures_util::StreamExt;
use reqwest::Response;
use url::Url;

use super::answer::ApiError;
use super::file_name;
use super::upload::{Upload, keep};
use crate::app::App;
use crate::state::Refusal;

/// How long the whole of it may take.
const PATIENCE: Duration = Duration::from_secs(30);
const NAMELESS: &str = "file";

/// Whatever goes wrong is the sender's to mend: 400.
pub(super) async fn fetch(app: &App, url: &str) -> Result<Upload, ApiError> {
    let problem = |what: &str| ApiError::from(Refusal::invalid(format!("The file could not be fetched from its URL: {what}.")));
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or_else(|| problem("it is not an absolute URL of http or https"))?;
    let answer = app.postman.client().get(url.clone()).timeout(PATIENCE).send().await;
    let answer = answer.map_err(|_| problem("nobody answers there"))?;
    if !answer.status().is_success() {
        return Err(problem(&format!("the answer was {}", answer.status())));
    }
    let header = |name| answer.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let media_type = header(CONTENT_TYPE).unwrap_or_else(|| "application/octet-stream".to_owned());
    let name = header(CONTENT_DISPOSITION).as_deref().and_then(file_name::of_disposition).unwrap_or_else(|| last_part(&url));
    let chunks = Response::bytes_stream(answer).map(|chunk| chunk.map_err(|_| problem("the connection broke off")));
    keep(chunks, &name, &media_type, &app.contents).await
}

/// What the address ends in.
fn last_part(url: &Url) -> String {
    let last = url.path().rsplit('/').next().unwrap_or_default();
    // A plus is a plus in a path.
    let query = format!("name={}", last.replace('+', "%2B"));
    let decoded = url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default();
    let name = file_name::without_path(&decoded);
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_file() {
        let name = |url| last_part(&Url::parse(url).unwrap());
        assert_eq!(name("http://a.example/x/b%20c+d.pdf?e=f"), "b c+d.pdf");
        assert_eq!(name("http://a.example/"), "file");
        assert_eq!(name("http://a.example/..%2Fetc%2Fpasswd"), "passwd");
    }
}
