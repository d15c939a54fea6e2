//! Files: what a guest's browser does to send one and to fetch one, and what the portal keeps meanwhile.

use std::time::Instant;

use reqwest::{
    Method, RequestBuilder,
    multipart::{Form, Part},
};
use serde_json::json;
use shared::{ClientMessageId, FileRef, FileTicket, Message, MessageId, Pending, PortalEvent, RoomId, path};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    answer::Answer,
    guest::{TestGuest, new_client_message_id},
    portal::{LOOK_EVERY, PATIENCE, TestPortal, within},
};

/// A file as a guest chooses it from their disk.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// What it is called.
    pub name: String,
    /// What the browser takes it for.
    pub media_type: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl TestFile {
    /// A file.
    pub fn new(name: &str, media_type: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), media_type, bytes: bytes.into() }
    }

    /// A text.
    pub fn text(name: &str, text: &str) -> Self {
        Self::new(name, "text/plain", text)
    }

    /// A picture, or what has the beginning of one; with every byte there is.
    pub fn png(name: &str) -> Self {
        let header = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
        Self::new(name, "image/png", [header.to_vec(), (0..=255).collect()].concat())
    }

    /// A picture that a browser can draw: one grey dot.
    pub fn drawn_png(name: &str) -> Self {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55";
        let data = b"\0\0\0\x0aIDAT\x78\x9c\x63\x68\0\0\0\x82\0\x81\x77\xcd\x72\xb6";
        let end = b"\0\0\0\0IEND\xae\x42\x60\x82";
        Self::new(name, "image/png", [&head[..], data, end].concat())
    }
}

impl TestGuest {
    /// Sends a file into the guest's room, with some words or none.
    pub async fn send_file(&self, file: &TestFile, text: &str) -> Pending {
        let answer = self.send_file_as(&new_client_message_id(), file, text).await;
        assert_eq!(answer.status, 202, "{answer}");
        answer.json()
    }

    /// Sends a file with this id.
    pub async fn send_file_as(&self, id: &ClientMessageId, file: &TestFile, text: &str) -> Answer {
        self.send(self.upload(&self.room_id().await, id, file, text)).await
    }

    /// The upload as the page makes it: the message first, the file second, the file's size in a header.
    pub fn upload(&self, room_id: &RoomId, id: &ClientMessageId, file: &TestFile, text: &str) -> RequestBuilder {
        self.upload_in(room_id, None, id, file, text)
    }

    /// The same into a thread.
    pub fn upload_in(
        &self,
        room_id: &RoomId,
        parent_id: Option<&MessageId>,
        id: &ClientMessageId,
        file: &TestFile,
        text: &str,
    ) -> RequestBuilder {
        let message = json!({ "client_message_id": id, "text": text, "parent_id": parent_id }).to_string();
        let part = Part::bytes(file.bytes.clone()).file_name(file.name.clone()).mime_str(file.media_type).expect("a media type");
        let form = Form::new().text("message", message).part("file", part);
        let request = self.request(Method::POST, &path::room_messages(room_id));
        request.header(path::FILE_BYTES_HEADER, file.bytes.len()).multipart(form)
    }

    /// Asks for a ticket for a file.
    pub async fn ticket(&self, message_id: &MessageId, index: usize) -> Answer {
        let file = FileRef { message_id: message_id.clone(), index };
        self.send(self.request(Method::POST, &path::file_ticket(&file))).await
    }

    /// Fetches what a ticket stands for as a download link does: without cookies and without headers of the page.
    pub async fn redeem(&self, ticket: &FileTicket) -> Answer {
        self.send(self.bare_request(Method::GET, &ticket.url)).await
    }

    /// Fetches a file.
    pub async fn download(&self, message_id: &MessageId, index: usize) -> Answer {
        let ticket: FileTicket = self.ticket(message_id, index).await.json();
        self.redeem(&ticket).await
    }

    /// Listens until a message with a file of this name is posted.
    pub async fn hear_file(&mut self, name: &str) -> Message {
        self.hear_until(name, |event| match event {
            PortalEvent::MessagePosted { message, .. } if message.files.iter().any(|file| file.name == name) => Some(message.clone()),
            _ => None,
        })
        .await
    }
}

/// An upload byte by byte, for what no page does: stopping in the middle, or saying less than it sends.
pub struct SlowUpload {
    stream: TcpStream,
}

impl SlowUpload {
    /// What separates the parts of the form.
    const BOUNDARY: &str = "a-boundary-of-the-tests";

    /// Sends the head of an upload whose body has this many bytes, and maybe says how large the file is.
    pub async fn begin(guest: &TestGuest, body_bytes: usize, file_bytes: Option<usize>) -> Self {
        let mut request = guest.request(Method::POST, &path::room_messages(&guest.room_id().await));
        request = request.header("content-type", format!("multipart/form-data; boundary={}", Self::BOUNDARY));
        request = request.header("content-length", body_bytes);
        if let Some(bytes) = file_bytes {
            request = request.header(path::FILE_BYTES_HEADER, bytes);
        }
        let request = request.build().expect("a request");
        let address = request.url().socket_addrs(|| None).expect("an address")[0];
        let mut head = format!("POST {} HTTP/1.1\r\nhost: {address}\r\n", request.url().path());
        for (name, value) in request.headers() {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().expect("headers are text")));
        }
        let mut upload = Self { stream: TcpStream::connect(address).await.expect("the portal listens") };
        upload.send(format!("{head}\r\n").as_bytes()).await;
        upload
    }

    /// The body up to where the file's bytes begin.
    pub fn beginning(id: &ClientMessageId, file_name: &str) -> String {
        let boundary = Self::BOUNDARY;
        let message = json!({ "client_message_id": id, "text": "" });
        format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\n{message}\r\n--{boundary}\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\ncontent-type: text/plain\r\n\r\n"
        )
    }

    /// Sends more; a portal that has refused already need not take it.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The status of the answer, which comes although the upload has not ended.
    pub async fn status(mut self) -> u16 {
        let mut answer = String::new();
        within("an answer to an upload that has not ended", async {
            let mut buffer = [0; 1024];
            while !answer.contains("\r\n") {
                let count = self.stream.read(&mut buffer).await.expect("an answer");
                assert_ne!(count, 0, "the portal says nothing");
                answer.push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        })
        .await;
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    }
}

impl TestPortal {
    /// The names of what lies in the spool right now.
    pub fn spool(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data_dir().join("spool")).expect("the spool");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
    }

    /// Waits until nothing is in the spool, without moving the clock.
    pub async fn spool_is_empty(&self) {
        let began = Instant::now();
        while !self.spool().is_empty() {
            assert!(began.elapsed() < PATIENCE, "left in the spool: {:?}", self.spool());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
