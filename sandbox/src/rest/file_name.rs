//! Names of files in `Content-Disposition`, read as clients write them and written as browsers read them.

use std::fmt::Write;

/// The `filename*` or the `filename` of a header; `filename*` counts more. Folders are taken away.
pub(super) fn of_disposition(header: &str) -> Option<String> {
    let parameters = parameters(header);
    let value = |name: &str| parameters.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let name = match value("filename*").and_then(extended) {
        Some(name) => name,
        None => value("filename")?.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"),
    };
    Some(without_path(&name)).filter(|name| !name.is_empty())
}

/// The last part of a path of any system, without control characters.
pub(crate) fn without_path(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|character| !character.is_control()).collect::<String>().trim().to_owned()
}

/// `attachment` with the name for old readers and, where they could not read it, in UTF-8 for the others.
pub(crate) fn attachment(name: &str) -> String {
    let is_plain = |character: char| (character == ' ' || character.is_ascii_graphic()) && !matches!(character, '"' | '\\' | '%');
    let plain: String = name.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
    let mut header = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                header.push(char::from(byte));
            } else {
                let _ = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

/// `UTF-8''na%C3%AFve.txt`.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// What stands behind the first semicolon: names with values, quoted or bare.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Some((_, mut rest)) = header.split_once(';') else { return found };
    while let Some((name, after)) = rest.split_once('=') {
        let (value, remaining) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => take_quoted(quoted),
            None => {
                let (value, remaining) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), remaining)
            }
        };
        found.push((name.trim_matches([' ', ';', '\t']).to_owned(), value));
        rest = remaining;
    }
    found
}

fn take_quoted(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(index + 1..).unwrap_or_default()),
            // Only a quotation mark is escaped so; a backslash alone belongs to a path.
            '\\' if quoted.get(index + 1..).is_some_and(|rest| rest.starts_with('"') && rest.len() > 1) => {
                value.push('"');
                characters.next();
            }
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_form() {
        let cases = [
            (r#"form-data; name="files"; filename="a b.txt""#, "a b.txt"),
            (r#"form-data; name="files"; filename=a.txt; size=3"#, "a.txt"),
            ("form-data; name=\"files\"; filename=\"naïve.txt\"", "naïve.txt"),
            (r#"form-data; name="files"; filename="x"; filename*=UTF-8''na%C3%AFve.txt"#, "naïve.txt"),
            (r#"form-data; name="files"; filename="C:\dir\a.txt""#, "a.txt"),
            (r#"form-data; name="files"; filename="../../etc/passwd""#, "passwd"),
            (r#"form-data; name="files"; filename="a\"b.txt""#, "a\"b.txt"),
        ];
        for (header, name) in cases {
            assert_eq!(of_disposition(header).as_deref(), Some(name), "{header}");
        }
        assert_eq!(of_disposition(r#"form-data; name="files""#), None);
    }

    #[test]
    fn a_written_name_is_read_again() {
        assert_eq!(attachment("report.pdf"), "attachment; filename=\"report.pdf\"");
        for name in ["naïve \"quoted\" 100%.txt", "日本語.png", "a;b=c.txt"] {
            assert_eq!(of_disposition(&attachment(name)).as_deref(), Some(name));
        }
    }
}
