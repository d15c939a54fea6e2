//! Names of files, made safe to show and to save under.

/// Longest file name, in bytes.
const MAX_NAME_BYTES: usize = 120;
/// A longer end of a name is no extension worth keeping, in bytes with its dot.
const MAX_EXTENSION_BYTES: usize = 16;
/// What a file is called whose name says nothing.
const NAMELESS: &str = "file";

/// A name that is safe to show and to save under: without path, control characters, characters that turn the
/// direction of writing, and leading dots; without what means something else to Windows; at most 120 bytes of UTF-8, of which the
/// extension is kept; `file` if nothing is left. A safe name stays as it is.
pub fn safe_name(name: &str) -> String {
    let visible: String = name.chars().filter(|c| !is_misleading(*c)).collect();
    // So forms carry a quote and line breaks, and whoever reads one may undo it: every reader is to see the same name.
    let unescaped = ["%22", "%0D", "%0A"].into_iter().fold(visible, |name, escaped| name.replace(escaped, "_"));
    let last = unescaped.rsplit(['/', '\\']).next().unwrap_or_default().replace(is_special, "_");
    let trimmed = trim(&last);
    let named = no_device(trimmed);
    let (stem, extension) = split_extension(&named);
    let room = MAX_NAME_BYTES.saturating_sub(extension.len());
    let cut = if stem.len() <= room { stem } else { trim(stem.get(..stem.floor_char_boundary(room)).unwrap_or_default()) };
    if cut.is_empty() {
        return NAMELESS.to_owned();
    }
    // What was cut off may have been all that made it another name.
    no_device(&format!("{cut}{extension}"))
}

fn no_device(name: &str) -> String {
    if is_device(name) { format!("_{name}") } else { name.to_owned() }
}

/// No file of Windows has these in its name; what follows a colon there is a second file behind the first.
fn is_special(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Whether Windows takes the name for a device, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_port = |stem: &str| {
        let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
        number.is_some_and(|number| matches!(number.chars().next(), Some('0'..='9' | '¹' | '²' | '³')) && number.chars().nth(1).is_none())
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str()) || is_port(&stem)
}

/// Systems hide what begins with a dot, and drop dots and spaces at an end.
fn trim(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '.')
}

/// Characters that are not seen and change what is.
fn is_misleading(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' // direction of writing
            | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}') // of no width, or line breaks
}

/// The name without its extension, and the extension with its dot, if it has one.
pub(super) fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.').map(|dot| name.split_at(dot)) {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= MAX_EXTENSION_BYTES => (stem, extension),
        _ => (name, ""),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_loses_what_is_not_safe_and_keeps_the_rest() {
        let long = format!("{}.pdf", "é".repeat(100));
        for (name, expected) in [
            ("Bill 2026.pdf", "Bill 2026.pdf"),
            ("C:\\fakepath\\bill.pdf", "bill.pdf"),
            ("../../etc/passwd", "passwd"),
            ("bill\u{202e}fdp.exe", "billfdp.exe"),
            ("a\r\nb\0\u{7f}\u{85}.txt", "ab.txt"),
            ("...hidden", "hidden"),
            (" . .bill.pdf. . ", "bill.pdf"),
            ("日本語.txt", "日本語.txt"),
            ("con.txt", "_con.txt"),
            ("NUL", "_NUL"),
            ("Aux .tar.gz", "_Aux .tar.gz"),
            ("com1.log", "_com1.log"),
            ("LPT².txt", "_LPT².txt"),
            ("CONIN$.txt", "_CONIN$.txt"),
            (&format!("nul{}x.txt", " ".repeat(200)), "_nul.txt"),
            ("console.txt", "console.txt"),
            ("com10.txt", "com10.txt"),
            ("notes.txt:hidden.exe", "notes.txt_hidden.exe"),
            ("a<b>c|d?e*f\"g.txt", "a_b_c_d_e_f_g.txt"),
            ("say %22hi%22%0D%0A.txt", "say _hi___.txt"),
            ("%2%0D2.txt", "%2_2.txt"),
            ("%0\0D%\n22.txt", "__.txt"),
            ("", "file"),
            ("..", "file"),
            ("a/", "file"),
            ("\u{200b}", "file"),
            (&long, &format!("{}.pdf", "é".repeat(58))),
            (&"x".repeat(200), &"x".repeat(120)),
            (&format!("a.{}", "x".repeat(200)), &format!("a.{}", "x".repeat(118))),
        ] {
            assert_eq!(safe_name(name), expected, "{name:?}");
        }
    }

    pub(in crate::content::files) fn any_name() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[a-zé日 ./\\\\\"%;='\r\n\u{202e}]{0,160}"]
    }

    proptest! {
        #[test]
        fn a_safe_name_is_short_has_no_path_and_stays_as_it_is(name in any_name()) {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= MAX_NAME_BYTES);
            prop_assert!(!safe.contains(['/', '\\']) && !safe.starts_with('.') && !safe.chars().any(|c| is_misleading(c) || is_special(c)));
            prop_assert!(!is_device(&safe));
            prop_assert_eq!(safe_name(&safe), safe);
        }
    }
}
