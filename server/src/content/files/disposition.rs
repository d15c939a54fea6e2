//! The header that carries a file's name, written and read.

use super::name::safe_name;

/// The `Content-Disposition` of a download under this name, made safe: nothing in it can end the value or the header.
pub fn attachment(name: &str) -> String {
    let name = safe_name(name);
    // Some browsers undo `%` here, others take `\` for a path.
    let is_plain = |c: char| (c == ' ' || c.is_ascii_graphic()) && !matches!(c, '"' | '\\' | '%');
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let encoded: String =
        name.bytes().map(|byte| if is_attr(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// What stands for itself in an extended parameter (RFC 8187).
fn is_attr(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte)
}

/// The file's name in a `Content-Disposition` header, made safe: `filename*` if it can be read, else `filename`, in which
/// bytes beyond ASCII are UTF-8 or else Latin-1.
pub fn name_from_disposition(value: &[u8]) -> Option<String> {
    let parameters = parameters(value);
    let named = |wanted: &str| {
        let mut found = parameters.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()));
        found.next().map(|(_, value)| value.as_slice())
    };
    let name = named("filename*").and_then(extended).or_else(|| named("filename").map(|bytes| decode(bytes, false)))?;
    (!name.trim().is_empty()).then(|| safe_name(&name))
}

/// The parameters of a header's value; quotes and escapes are undone.
fn parameters(value: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    let (mut name, mut text) = (None, Vec::new());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for byte in value.iter().copied().chain([b';']) {
        match byte {
            _ if is_escaped => {
                text.push(byte);
                is_escaped = false;
            }
            b'\\' if is_quoted => is_escaped = true,
            b'"' if name.is_some() => is_quoted = !is_quoted,
            b'=' if name.is_none() => name = Some(std::mem::take(&mut text).trim_ascii().to_vec()),
            b';' if !is_quoted => {
                let text = std::mem::take(&mut text).trim_ascii().to_vec();
                found.extend(name.take().map(|name| (name, text)));
            }
            _ => text.push(byte),
        }
    }
    // A quote that never ends takes the rest, with the `;` put there above.
    if is_quoted {
        text.pop();
        found.extend(name.map(|name| (name, text)));
    }
    found
}

/// Undoes `charset'language'percent-encoded` (RFC 8187); nothing if it is not that.
fn extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let is_latin_1 = charset.eq_ignore_ascii_case(b"iso-8859-1");
    if !is_latin_1 && !charset.eq_ignore_ascii_case(b"utf-8") {
        return None;
    }
    let mut bytes = Vec::new();
    let mut rest = encoded;
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, others) = others.split_first_chunk::<2>()?;
        let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
        bytes.push(u8::try_from(high? * 16 + low?).ok()?);
        rest = others;
    }
    if !is_latin_1 && std::str::from_utf8(&bytes).is_err() {
        return None;
    }
    Some(decode(&bytes, is_latin_1))
}

fn decode(bytes: &[u8], is_latin_1: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !is_latin_1 => text.to_owned(),
        _ => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::name::tests::any_name, *};

    #[test]
    fn an_attachment_is_named_twice_for_old_and_new_browsers() {
        assert_eq!(attachment("Bill 1.pdf"), "attachment; filename=\"Bill 1.pdf\"; filename*=UTF-8''Bill%201.pdf");
        assert_eq!(attachment("é\"%\r\nx: y.txt"), "attachment; filename=\"___x_ y.txt\"; filename*=UTF-8''%C3%A9_%25x_%20y.txt");
    }

    #[test]
    fn a_name_is_found_in_every_form_a_header_gives_it() {
        for (header, expected) in [
            (&b"attachment; filename=\"bill.pdf\""[..], Some("bill.pdf")),
            (b"attachment;filename=bill.pdf", Some("bill.pdf")),
            (b"ATTACHMENT ; FileName = \"a;b.pdf\" ; size=3", Some("a;b.pdf")),
            (b"attachment; filename=\"a \\\"b\\\".pdf\"", Some("a _b_.pdf")),
            (b"attachment; filename=\"x.pdf\"; filename*=UTF-8''%e2%82%ac.pdf", Some("\u{20ac}.pdf")),
            (b"attachment; filename*=iso-8859-1'en'%A3.pdf; filename=x.pdf", Some("\u{a3}.pdf")),
            (b"attachment; filename=\"x.pdf\"; filename*=UTF-8''%ff.pdf", Some("x.pdf")),
            (b"attachment; filename=\"x.pdf\"; filename*=UTF-8''%4", Some("x.pdf")),
            (b"attachment; filename=\"x.pdf\"; filename*=utf-16''a", Some("x.pdf")),
            ("attachment; filename=\"Grüße.txt\"".as_bytes(), Some("Grüße.txt")),
            (b"attachment; filename=\"K\xf6ln.txt\"", Some("Köln.txt")),
            (b"attachment; filename=\"never ends; x", Some("never ends; x")),
            (b"attachment; filename=\"a\"; filename=\"b\"", Some("a")),
            (b"attachment; filename=\"../../a.txt\"", Some("a.txt")),
            (b"filename=a.txt", Some("a.txt")),
            (b"attachment; filename=\"\"", None),
            (b"attachment; filename=", None),
            (b"attachment", None),
            (b"inline; name=a.txt", None),
            (b"", None),
        ] {
            assert_eq!(name_from_disposition(header).as_deref(), expected, "{}", String::from_utf8_lossy(header));
        }
    }

    proptest! {
        #[test]
        fn any_name_makes_a_header_that_gives_back_the_safe_name(name in any_name()) {
            let header = attachment(&name);
            prop_assert!(reqwest::header::HeaderValue::from_str(&header).is_ok(), "{}", header);
            prop_assert!(header.is_ascii());
            // Nothing but the two quotes around the plain name.
            prop_assert_eq!(header.matches('"').count(), 2);
            let name = safe_name(&name);
            prop_assert_eq!(name_from_disposition(header.as_bytes()), Some(name));
        }

        #[test]
        fn no_header_is_too_odd_to_be_read(bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..100), any_name().prop_map(String::into_bytes)]) {
            for begin in [&b""[..], b"attachment; filename=", b"attachment; filename*=UTF-8''", b"attachment; filename=\""] {
                if let Some(name) = name_from_disposition(&[begin, &bytes].concat()) {
                    prop_assert_eq!(safe_name(&name), name);
                }
            }
        }
    }
}
