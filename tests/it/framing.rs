//! Where a request ends must never be a matter of opinion: a proxy that thinks otherwise would take what a stranger wrote for the
//! beginning of the next guest's request. Whatever is ambiguous is refused, and the connection with it.

use std::time::Duration;

use tests::portal::TestPortal;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What would be answered with 404 if it were taken for a request of its own.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";

/// What is answered to these bytes, until the portal hangs up or says no more.
async fn answers(portal: &TestPortal, bytes: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(portal.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let has_hung_up = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await.is_ok();
    (String::from_utf8_lossy(&answer).into_owned(), has_hung_up)
}

fn statuses(answer: &str) -> Vec<&str> {
    answer.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)).collect()
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused_with_the_connection() {
    let portal = TestPortal::start().await;
    // What leaves no doubt is two requests, and two answers.
    let both = format!("POST /api/session HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}");
    assert_eq!(statuses(&answers(&portal, both.as_bytes()).await.0).len(), 2);

    let chunked = format!("0\r\n\r\n{SMUGGLED}");
    let length = chunked.len();
    for (what, head, body) in [
        ("a length and chunks", format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"), chunked.clone()),
        ("chunks and a length", format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"), chunked.clone()),
        ("two lengths", format!("content-length: 0\r\ncontent-length: {}\r\n", SMUGGLED.len()), SMUGGLED.to_owned()),
        ("two lengths in one line", format!("content-length: 0, {}\r\n", SMUGGLED.len()), SMUGGLED.to_owned()),
        ("a length with a sign", "content-length: +0\r\n".to_owned(), SMUGGLED.to_owned()),
        ("a length below nothing", "content-length: -1\r\n".to_owned(), SMUGGLED.to_owned()),
        ("a length in hexadecimal", "content-length: 0x0\r\n".to_owned(), SMUGGLED.to_owned()),
        ("a length beyond numbers", "content-length: 18446744073709551616\r\n".to_owned(), SMUGGLED.to_owned()),
        ("a length of nothing", "content-length: \r\n".to_owned(), SMUGGLED.to_owned()),
        ("chunks that are not last", "transfer-encoding: chunked, identity\r\n".to_owned(), chunked.clone()),
        ("nearly chunks", "transfer-encoding: xchunked\r\n".to_owned(), chunked.clone()),
        ("another coding", "transfer-encoding: gzip\r\n".to_owned(), chunked.clone()),
        ("a blank before the colon", "transfer-encoding : chunked\r\n".to_owned(), chunked.clone()),
        ("a folded line", "x-a: b\r\n content-length: 0\r\n".to_owned(), SMUGGLED.to_owned()),
        ("a line end in a value", "x-a: b\rtransfer-encoding: chunked\r\n".to_owned(), chunked.clone()),
        ("a null in a value", "x-a: b\0c\r\n".to_owned(), SMUGGLED.to_owned()),
        ("a name with a blank", "content length: 0\r\n".to_owned(), SMUGGLED.to_owned()),
        ("a chunk too long for numbers", "transfer-encoding: chunked\r\n".to_owned(), format!("ffffffffffffffff1\r\nx\r\n{chunked}")),
        ("a chunk that is no number", "transfer-encoding: chunked\r\n".to_owned(), format!("zz\r\nx\r\n{chunked}")),
        ("a chunk with a sign", "transfer-encoding: chunked\r\n".to_owned(), format!("+1\r\nx\r\n{chunked}")),
        ("a chunk longer than it says", "transfer-encoding: chunked\r\n".to_owned(), format!("1\r\nxyz\r\n{chunked}")),
        ("a chunk's note with a line end", "transfer-encoding: chunked\r\n".to_owned(), format!("1;a\nb\r\nx\r\n{chunked}")),
    ] {
        let request = format!("POST /api/session HTTP/1.1\r\nhost: x\r\nx-gp: demo\r\ncontent-type: application/json\r\n{head}\r\n{body}");
        let (answer, has_hung_up) = answers(&portal, request.as_bytes()).await;
        assert!(has_hung_up, "{what}: {answer}");
        assert!(statuses(&answer).len() <= 1 && statuses(&answer).iter().all(|status| status.starts_with('4')), "{what}: {answer}");
    }
}
