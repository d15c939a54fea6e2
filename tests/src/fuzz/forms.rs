//! An upload's form, piece by piece. The judge writes forms and knows what it wrote; of others, a file that is taken stands in the body
//! byte by byte, and nothing stays of what is refused.

use std::cell::RefCell;

use axum::body::{Body, Bytes};
use futures_util::stream;
use http::{Request, header::CONTENT_TYPE};
use server::{
    clock::Clock,
    content::files::safe_name,
    outbox::{FileSender, Spool},
    routes::{NewContent, read_form},
};
use shared::{GuestId, path::FILE_BYTES_HEADER};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const BOUNDARY: &str = "xx";
const MAX_FILE_BYTES: u64 = 2000;

/// Where forms are read: made once, for a folder is slow.
struct Desk {
    folder: TempDir,
    spool: Spool,
    runtime: Runtime,
}

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
}

pub(super) fn target(bytes: &[u8]) {
    DESK.with_borrow_mut(|desk| {
        let desk = desk.get_or_insert_with(Desk::new);
        desk.strange(bytes);
        desk.own(bytes);
    });
}

impl Desk {
    fn new() -> Self {
        // In memory where there is such a folder: a disk takes its time over each file.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let spool = Spool::open(folder.path(), 1_000_000, None).expect("a spool");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { folder, spool, runtime }
    }

    fn read(&self, body: &[u8], piece: usize, announced: Option<usize>) -> Option<(NewContent, Vec<u8>)> {
        let pieces: Vec<_> = body.chunks(piece.max(1)).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
        let mut request = Request::builder().method("POST").header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        if let Some(bytes) = announced {
            request = request.header(FILE_BYTES_HEADER, bytes);
        }
        let request = request.body(Body::from_stream(stream::iter(pieces))).expect("a request");
        let content = self
            .runtime
            .block_on(read_form(
                request,
                &Clock::system(),
                &self.spool,
                FileSender { guest_id: &GuestId::new("ada"), waiting_bytes: 0 },
                MAX_FILE_BYTES,
            ))
            .ok()?;
        let file = &content.file.as_ref().expect("a form has a file").file;
        let bytes = std::fs::read(self.folder.path().join("spool").join(&file.spool_name)).expect("what was received");
        Some((content, bytes))
    }

    /// Nothing stays of what nobody keeps.
    fn is_tidy(&self) {
        assert_eq!(std::fs::read_dir(self.folder.path().join("spool")).expect("the spool").count(), 0);
    }

    fn strange(&self, body: &[u8]) {
        if let Some((content, bytes)) = self.read(body, 7, None) {
            let file = &content.file.as_ref().expect("a file").file;
            assert!(bytes.is_empty() || body.windows(bytes.len()).any(|window| window == bytes), "made up: {bytes:?}");
            assert!(file.size == bytes.len() as u64 && file.size <= MAX_FILE_BYTES);
            assert_eq!(safe_name(&file.name), file.name);
            let whole = self.read(body, body.len(), None).map(|(_, bytes)| bytes);
            assert_eq!(whole, Some(bytes), "it depends on how the body arrives");
        }
        self.is_tidy();
    }

    /// Any text as a file: what is read is what was written, or it is refused for what it is.
    fn own(&self, bytes: &[u8]) {
        let text: Vec<u8> = bytes.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || b" \r\n-".contains(byte)).collect();
        let ends_it = text.windows(BOUNDARY.len() + 4).any(|window| window == b"\r\n--xx");
        let id = "01936b1e-7a5c-7c3e-9a41-000000000064";
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\n{{\"client_message_id\":\"{id}\",\"text\":\"x\"}}\r\n\
             --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
        );
        let body = [head.as_bytes(), &text, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let read = self.read(&body, bytes.len() % 13 + 1, Some(text.len()));
        if !ends_it && text.len() as u64 <= MAX_FILE_BYTES {
            let (content, written) = read.expect("a plain text is taken");
            assert_eq!((written, content.new.text.as_str()), (text, "x"));
            drop(content);
            // It is not what was announced.
            assert!(self.read(&body, 100, Some(MAX_FILE_BYTES as usize)).is_none());
        } else {
            assert!(ends_it || read.is_none(), "more than is taken");
        }
        self.is_tidy();
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let message = "--xx\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\n{\"client_message_id\":\"01936b1e-7a5c-7c3e-9a41-000000000064\",\"text\":\"\"}\r\n";
    let file =
        "--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\nwords\r\n--xx--\r\n";
    super::bytes(&[
        &format!("{message}{file}"),
        message,
        file,
        "--xx--\r\n",
        &format!("{message}{}", file.replace("a.txt", "../a%22.txt")),
        "\r\n--x\r\n--xx-",
    ])
}
