//! Files that try to do harm, each with what becomes of it: refused and why, or taken, under which name and as what, and how a
//! download of it looks.

mod made;
mod names;
mod table;

use reqwest::{Method, header};
use shared::{FileInfo, Message, ProblemKind, path};
use tests::{
    answer::Answer,
    guest::{TestGuest, new_client_message_id},
    portal::TestPortal,
};

use self::table::{Expected, Row};

/// What the site takes at most.
const LIMIT: usize = 20_000;
/// One guest sends no more than so many.
const ROWS_OF_A_GUEST: usize = 8;
const BOUNDARY: &str = "a-boundary-of-the-tests";

fn sites() -> String {
    format!(
        "[[site]]\nid = \"demo\"\nname = \"Acme support\"\ngreeting = \"Hello.\"\nstaff = [\"grace@sandbox.example\"]\nmax_file_bytes = {LIMIT}\n"
    )
}

/// The form byte by byte: what a browser would escape in a file's name goes as it is.
fn form(row: &Row) -> Vec<u8> {
    let message = serde_json::json!({ "client_message_id": new_client_message_id(), "text": "" });
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\n{message}\r\n--{BOUNDARY}\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"{}\"\r\n",
        row.name
    );
    let declared = if row.declared.is_empty() { String::new() } else { format!("content-type: {}\r\n", row.declared) };
    [head.as_bytes(), declared.as_bytes(), b"\r\n", &row.bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

async fn send(guest: &TestGuest, row: &Row) -> Answer {
    let request = guest.request(Method::POST, &path::room_messages(&guest.room_id().await));
    let request = request.header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
    guest.send(request.header(path::FILE_BYTES_HEADER, row.bytes.len()).body(form(row))).await
}

/// What stands in the header is the name and nothing else, and what the browser must not do stands beside it.
fn assert_harmless(download: &Answer, told: &FileInfo, row: &Row) {
    let disposition = download.header("content-disposition");
    let (plain, extended) = disposition
        .strip_prefix("attachment; filename=\"")
        .and_then(|rest| rest.split_once("\"; filename*=UTF-8''"))
        .unwrap_or_else(|| panic!("{}: {disposition}", row.why));
    assert!(plain.bytes().all(|byte| (byte == b' ' || byte.is_ascii_graphic()) && !b"\"\\%/:".contains(&byte)), "{}: {plain}", row.why);
    assert!(extended.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~%".contains(&byte)), "{}: {extended}", row.why);
    let decoded = url::form_urlencoded::parse(format!("x={}", extended.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, name)| name.into_owned());
    assert_eq!(decoded.as_deref(), Some(&*told.name), "{}", row.why);
    for (name, value) in [
        ("content-type", &*told.media_type),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(download.header(name), value, "{}: {name}", row.why);
    }
    assert_eq!((download.status, &download.bytes), (200, &row.bytes), "{}", row.why);
}

/// What is different from the row, if anything is.
async fn difference(guest: &mut TestGuest, row: &Row) -> Option<String> {
    let answer = send(guest, row).await;
    match &row.expected {
        Expected::Refused(status, kind) => {
            if answer.status < 400 {
                return Some(format!("taken: {answer}"));
            }
            let problem = answer.problem();
            ((problem.status, problem.kind) != (*status, *kind)).then(|| format!("refused otherwise: {answer}"))
        }
        Expected::Taken(name, media_type) => {
            if answer.status != 202 {
                return Some(format!("refused: {answer}"));
            }
            let waiting = answer.json::<shared::Pending>().file.expect("a file");
            if (&*waiting.name, &*waiting.media_type) != (name, media_type) {
                return Some(format!("taken as {:?}, {}", waiting.name, waiting.media_type));
            }
            let Message { id, files, .. } = guest.hear_file(name).await;
            let download = guest.download(&id, 0).await;
            assert_harmless(&download, &files[0], row);
            None
        }
    }
}

#[tokio::test]
async fn of_every_hostile_file_becomes_what_the_table_says() {
    let rows = [table::contents(), table::limits(), names::names()].concat();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let portal = TestPortal::start_with_sites(&sites()).await;
    let mut wrong = Vec::new();
    let mut taken = 0;
    for (number, rows) in rows.chunks(ROWS_OF_A_GUEST).enumerate() {
        let mut guest = portal.guest_in_conversation(&format!("Guest {number}"), "Hello").await;
        for row in rows {
            taken += usize::from(matches!(row.expected, Expected::Taken(..)));
            if let Some(difference) = difference(&mut guest, row).await {
                wrong.push(format!("{:?} ({}): {difference}", row.name, row.why));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} hostile files: {taken} taken, {} refused", rows.len(), rows.len() - taken);
    portal.spool_is_empty().await;
}

#[test]
fn the_table_says_why() {
    for row in [table::contents(), table::limits(), names::names()].concat() {
        assert!(row.why.contains(' '), "{:?}", row.name);
        if let Expected::Refused(status, kind) = row.expected {
            assert!(matches!((status, kind), (415, ProblemKind::FileTypeRefused) | (413, ProblemKind::FileTooLarge) | (400, _)));
        }
    }
}
