//! Addresses that may be followed. The judge reads the scheme by hand, as browsers do, and the rest by what must never stand in one.

use server::content::rich_text::safe_address;

pub(super) fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let scheme = scheme(&text);
    let Some(address) = safe_address(&text) else { return };
    assert!(matches!(scheme.as_deref(), Some("http" | "https" | "mailto")), "{text:?} has the scheme {scheme:?}");
    assert!(address.starts_with(&format!("{}:", scheme.unwrap_or_default())), "{text:?} became {address:?}");
    assert!(!address.contains(|c: char| c.is_whitespace() || c.is_control() || !c.is_ascii()), "{address:?}");
    if let Some(rest) = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")) {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
        assert!(!host.is_empty() && !host.contains(['\\', '%', '<', '>', '^', '|']), "{address:?} leads to {host:?}");
        let path = rest.split_once('/').unwrap_or_default().1;
        assert!(!path.contains(['<', '>', '"']), "{address:?}");
    } else {
        assert!(address.starts_with("mailto:"), "{address:?} has no host");
    }
    assert_eq!(safe_address(&address).as_deref(), Some(&*address), "read again it is another one");
}

/// Blanks and controls around do not count, nor do tabs and line breaks anywhere.
fn scheme(text: &str) -> Option<String> {
    let trimmed = text.trim().trim_matches(|c: char| c <= ' ');
    let plain: String = trimmed.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let (scheme, _) = plain.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then(|| scheme.to_ascii_lowercase())
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "https://a.example/x?a=1#b",
        "http://user:pass@a.example:8080/",
        "mailto:a@a.example?subject=x y",
        " JaVaScRiPt:alert(1)",
        "java\nscript:x",
        "https:\\\\a.example\\x",
        "https://[::1]/",
        "https://0x7f.1/",
        "https://xn--80ak6aa92e.example/",
        "https://аpple.example/",
        "//a.example",
        "https://a.example\u{3002}b/",
        "data:text/html,x",
        "blob:https://a.example/x",
        "https://a b/",
        "\u{1}https://a.example/\u{202e}x",
    ])
}
