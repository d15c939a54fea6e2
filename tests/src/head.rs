//! The head of a request whose body is never sent: what is refused by its head is answered all the same, and nobody hangs up on a
//! sender who is still sending.

use reqwest::{
    RequestBuilder,
    header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{answer::Answer, portal::within};

/// Sends the head of a request that announces a body of this length; answers the answer.
pub async fn send_head(request: RequestBuilder, body_bytes: usize) -> Answer {
    let request = request.header(CONTENT_LENGTH, body_bytes).build().expect("a request");
    let (method, url) = (request.method(), request.url());
    let address = url.socket_addrs(|| None).expect("an address")[0];
    let mut head = format!("{method} {} HTTP/1.1\r\nhost: {address}\r\n", url.path());
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().expect("headers are text")));
    }
    let asked = format!("{method} {}", url.path());
    within(&asked, async {
        let mut stream = TcpStream::connect(address).await.expect("the portal listens");
        stream.write_all(format!("{head}\r\n").as_bytes()).await.expect("a head");
        read(&mut stream, &asked).await
    })
    .await
}

async fn read(stream: &mut TcpStream, asked: &str) -> Answer {
    let mut heard = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.expect("an answer");
        heard.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&heard);
        assert_ne!(count, 0, "{asked}: it ends too early: {text}");
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let headers = headers(head);
        let length: usize = headers[CONTENT_LENGTH].to_str().expect("text").parse().expect("a number");
        if body.len() >= length {
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
            return Answer { asked: asked.to_owned(), status, headers, bytes: body.as_bytes().to_vec(), body: body.to_owned() };
        }
    }
}

fn headers(head: &str) -> HeaderMap {
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.parse::<HeaderName>().expect("a name"), value.parse::<HeaderValue>().expect("a value"))
    };
    head.lines().skip(1).map(header).collect()
}
