//! What comes after the question mark, and the link to the next page.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::form_urlencoded;

use super::answer::ApiError;
use crate::app::App;
use crate::cloud::Cloud;
use crate::state::Refusal;

/// The parameters of a request, and where it was sent.
#[derive(Debug, Default)]
pub(super) struct Params {
    base: String,
    path: String,
    pairs: Vec<(String, String)>,
}

impl Params {
    fn new(host: &str, path: &str, query: &str) -> Self {
        Self {
            base: format!("http://{host}"),
            path: path.to_owned(),
            pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        }
    }

    /// Where files are fetched, at the address the request came to.
    pub(super) fn contents_base(&self) -> String {
        format!("{}{}/v1/contents", self.base, Cloud::of_path(&self.path).prefix())
    }

    /// Absent and empty are the same.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Clamped, not refused, where it is too much.
    pub(super) fn max(&self, default: usize, limit: usize) -> Result<usize, ApiError> {
        match self.get("max") {
            None | Some("null") => Ok(default),
            Some(text) => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
                if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
                    return Err(Refusal::invalid("max must be a number.").into());
                }
                // More digits than a number has are more than the limit, too.
                let max = if text.starts_with('-') { 0 } else { digits.parse().unwrap_or(limit) };
                Ok(max.clamp(1, limit))
            }
        }
    }

    /// The same request with other parameters, as the one link a `Link` header carries.
    pub(super) fn next(&self, changed: &[(&str, &str)]) -> Option<HeaderValue> {
        let is_kept = |(name, _): &&(String, String)| changed.iter().all(|(other, _)| name != other);
        let kept = self.pairs.iter().filter(is_kept).map(|(name, value)| (name.as_str(), value.as_str()));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(changed.iter().copied())).finish();
        HeaderValue::from_str(&format!("<{}{}?{query}>; rel=\"next\"", self.base, self.path)).ok()
    }

    /// A page of what is sorted by `key`, and the link to the next. The cursor is the last key, so that nothing is seen
    /// twice however the list moves.
    pub(super) fn page<T>(
        &self,
        cursor_name: &str,
        max: usize,
        mut all: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<HeaderValue>), ApiError> {
        all.sort_by_cached_key(&key);
        if let Some(cursor) = self.get(cursor_name) {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let last = bytes.ok_or_else(|| Refusal::invalid(format!("{cursor_name} is not a cursor.")))?;
            all.retain(|item| key(item) > last);
        }
        let has_more = all.len() > max;
        all.truncate(max);
        let last = all.last().filter(|_| has_more).map(|item| URL_SAFE_NO_PAD.encode(key(item)));
        let next = last.and_then(|cursor| self.next(&[("max", &max.to_string()), (cursor_name, &cursor)]));
        Ok((all, next))
    }
}

/// Sorts the newest first; of one millisecond, the later one by `ticks`.
pub(super) fn newest_first(ms: i64, ticks: u64) -> String {
    format!("{:020}:{:020}", i64::MAX.saturating_sub(ms.max(0)), u64::MAX - ticks)
}

impl FromRequestParts<App> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        Ok(Self::new(host, parts.uri.path(), parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::new("127.0.0.1:1", "/v1/rooms", query)
    }

    #[test]
    fn the_next_link_repeats_what_was_asked() {
        let link = params("type=group&max=5000&cursor=x").next(&[("max", "1000"), ("cursor", "a b")]).unwrap();
        assert_eq!(link, "<http://127.0.0.1:1/v1/rooms?type=group&max=1000&cursor=a+b>; rel=\"next\"");
    }

    #[test]
    fn a_name_that_is_written_in_another_way_is_replaced_all_the_same() {
        let link = params("t%79pe=group&curs%6Fr=x").next(&[("cursor", "y")]).unwrap();
        assert_eq!(link, "<http://127.0.0.1:1/v1/rooms?type=group&cursor=y>; rel=\"next\"");
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        let (mut seen, mut query) = (Vec::new(), "max=2".to_owned());
        loop {
            let params = params(&query);
            let (page, next) = params.page("cursor", 2, vec![5, 1, 4, 2, 3], |number| number.to_string()).unwrap();
            seen.extend(page);
            let Some(next) = next else { break };
            query = next.to_str().unwrap().split(['?', '>']).nth(1).unwrap().to_owned();
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn too_much_is_clamped_and_no_number_is_refused() {
        assert_eq!(params("max=5000").max(100, 1000).unwrap(), 1000);
        assert_eq!(params("max=99999999999999999999999").max(100, 1000).unwrap(), 1000);
        assert_eq!(params("max=0").max(100, 1000).unwrap(), 1);
        assert_eq!(params("max=-5").max(100, 1000).unwrap(), 1);
        assert!(params("max=-").max(100, 1000).is_err());
        assert_eq!(params("max=null").max(100, 1000).unwrap(), 100);
        assert!(params("max=many").max(100, 1000).is_err());
    }

    #[test]
    fn newer_things_sort_first() {
        assert!(newest_first(2, 1) < newest_first(1, 2));
        assert!(newest_first(1, 2) < newest_first(1, 1));
    }
}
