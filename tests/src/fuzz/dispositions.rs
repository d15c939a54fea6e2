//! The header that carries a file's name. The judge: what is written is one plain header, and gives back the safe name; what is read is
//! always a safe name.

use http::HeaderValue;
use server::content::files::{attachment, name_from_disposition, safe_name};

pub(super) fn target(bytes: &[u8]) {
    if let Some(name) = name_from_disposition(bytes) {
        assert_eq!(safe_name(&name), name);
    }
    let name = String::from_utf8_lossy(bytes);
    let header = attachment(&name);
    let (plain, extended) =
        header.strip_prefix("attachment; filename=\"").and_then(|rest| rest.split_once("\"; filename*=UTF-8''")).expect("two names");
    assert!(plain.bytes().all(|byte| (byte == b' ' || byte.is_ascii_graphic()) && !b"\"\\%".contains(&byte)), "{header}");
    assert!(extended.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%!#$&+-.^_`|~".contains(&byte)), "{header}");
    assert!(HeaderValue::from_str(&header).is_ok());
    assert_eq!(name_from_disposition(header.as_bytes()), Some(safe_name(&name)));
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "attachment; filename=\"a b.pdf\"; filename*=UTF-8''%C3%A9.pdf",
        "attachment; filename=\"a \\\"b\\\".pdf\"",
        "attachment; filename*=iso-8859-1'en'%E9.txt",
        "attachment; filename=\"never ends; x",
        "inline; filename=../../a.txt",
        "é\"%\r\nx: y.txt",
        "a%22b%0D%0A.txt",
    ])
}
