//! Links by which staff take a visit are not for guests: whoever opens one becomes the host.

use std::borrow::Cow;

/// What stands before the token in such a link.
const BEFORE: &str = "/host/";
/// A token has 43 characters; whatever looks nearly like one goes, too.
const MIN_TOKEN: usize = 32;
/// What stands in its place.
const INSTEAD: &str = "…";

/// The text or HTML with every claim's token taken out.
pub fn without_claim_links(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEFORE) {
        let (before, token_on) = rest.split_at(at + BEFORE.len());
        let length = token_on.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
        kept.push_str(before);
        let (token, after) = token_on.split_at(length);
        kept.push_str(if length >= MIN_TOKEN { INSTEAD } else { token });
        rest = after;
    }
    if kept.is_empty() {
        return Cow::Borrowed(text);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_link_loses_its_token_and_everything_else_stays() {
        let token = "A-b_".repeat(11);
        let html =
            format!(r#"<p>Take it: <a href="https://chat.example.com/host/{token}">https://chat.example.com/host/{token}</a>, é</p>"#);
        let clean = without_claim_links(&html);
        assert!(!clean.contains(&token) && clean.ends_with(", é</p>") && clean.matches("/host/…").count() == 2, "{clean}");
        for harmless in ["nothing", "see /host/abc and /host/", "/hosts/"] {
            assert_eq!(without_claim_links(harmless), harmless);
        }
    }
}
