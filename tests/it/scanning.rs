//! Files that guests send, where somebody says which are harmful. The scanner here knows one that all of them know.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use shared::ProblemKind;
use tests::{files::TestFile, guest::new_client_message_id, portal::TestPortal};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Written in two halves, so that no scanner takes this file for it.
fn eicar() -> String {
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat()
}

async fn answer(mut stream: TcpStream, is_well: bool) -> std::io::Result<()> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut content = Vec::new();
    loop {
        let length = usize::try_from(stream.read_u32().await?).unwrap();
        if length == 0 {
            break;
        }
        let begin = content.len();
        content.resize(begin + length, 0);
        stream.read_exact(&mut content[begin..]).await?;
    }
    let is_harmful = String::from_utf8_lossy(&content).contains(&eicar());
    let said: &[u8] = match (is_well, is_harmful) {
        (false, _) => b"stream: Can't allocate memory ERROR\0",
        (true, true) => b"stream: Win.Test.EICAR_HDB-1 FOUND\0",
        (true, false) => b"stream: OK\0",
    };
    stream.write_all(said).await
}

#[tokio::test]
async fn what_is_harmful_is_refused_and_nothing_is_taken_while_nobody_can_tell() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let is_well = Arc::new(AtomicBool::new(true));
    let state = is_well.clone();
    let scanner = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, state.load(Ordering::Relaxed)));
        }
    });
    let site = "[[site]]\nid = \"demo\"\nname = \"Acme support\"\nstaff = [\"grace@sandbox.example\"]\n";
    let portal = TestPortal::start_with_sites(&format!("clamd = \"{address}\"\n{site}")).await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    let sender = ada.other_tab();
    let send = async |file: &TestFile| sender.send_file_as(&new_client_message_id(), file, "").await;

    let harmful = send(&TestFile::text("letter.txt", &eicar())).await;
    assert_eq!((harmful.status, harmful.problem().kind), (415, ProblemKind::FileTypeRefused), "{harmful}");
    assert!(harmful.problem().detail.contains("harmful"));
    let nested = send(&TestFile::text("longer.txt", &format!("{}{}{}", "a".repeat(200_000), eicar(), "b".repeat(10)))).await;
    assert_eq!(nested.status, 415);

    is_well.store(false, Ordering::Relaxed);
    let unknown = send(&TestFile::text("notes.txt", "fine")).await;
    assert_eq!((unknown.status, unknown.problem().retry_after_secs), (503, Some(5)), "{unknown}");
    portal.spool_is_empty().await;

    is_well.store(true, Ordering::Relaxed);
    let pending = ada.send_file(&TestFile::text("notes.txt", "fine"), "").await;
    let is_it = |message: &shared::Message| message.client_message_id.as_ref() == Some(&pending.client_message_id);
    ada.until("the file in the chat", async || ada.messages().await.items.iter().any(is_it).then_some(())).await;
    scanner.abort();
    assert_eq!(send_is_503(&sender).await, 503, "nobody listens any more");
}

async fn send_is_503(ada: &tests::guest::TestGuest) -> u16 {
    // The task lets go of the port when it has ended.
    for _ in 0..50 {
        let status = ada.send_file_as(&new_client_message_id(), &TestFile::text("notes.txt", "fine"), "").await.status;
        if status == 503 {
            return status;
        }
        tokio::time::sleep(tests::portal::LOOK_EVERY).await;
    }
    0
}
