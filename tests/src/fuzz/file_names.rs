//! Names of files. The judge knows what no system may be given.

use server::content::files::safe_name;

pub(super) fn target(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes);
    let safe = safe_name(&name);
    assert!((1..=120).contains(&safe.len()), "{safe:?}");
    assert!(!safe.contains(['/', '\\', ':', '<', '>', '"', '|', '?', '*']), "{safe:?}");
    assert!(!safe.starts_with(['.', ' ']) && !safe.ends_with(['.', ' ']), "{safe:?}");
    let is_hidden =
        |c: char| c.is_control() || matches!(u32::from(c), 0x200b | 0x200e | 0x200f | 0x2028..=0x202e | 0x2060 | 0x2066..=0x206f | 0xfeff);
    assert!(!safe.contains(is_hidden), "{safe:?}");
    let stem = safe.split('.').next().unwrap_or_default().trim().to_lowercase();
    let devices = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let is_port = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|number| ["¹", "²", "³"].contains(&number) || matches!(number.as_bytes(), [b'0'..=b'9']))
    });
    assert!(!devices.contains(&stem.as_str()) && !is_port, "{safe:?}");
    assert_eq!(safe_name(&safe), safe);
    // Letters and digits of a short name without path stay.
    if name.len() < 100 && !name.contains(['/', '\\', '%']) && name.contains(char::is_alphanumeric) {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        assert_eq!(letters(&safe), letters(&name));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "Bill 2026.pdf",
        "C:\\fakepath\\bill.pdf",
        "../../etc/passwd",
        "bill\u{202e}fdp.exe",
        "con.txt",
        "NUL",
        "com¹.log",
        "a.txt::$DATA",
        "...hidden. . ",
        "%2%0D2.txt",
        "日本語.txt",
        "nul                                                                                                                      x.txt",
    ])
}
