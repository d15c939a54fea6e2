//! The largest file there can be: the portal passes it on without holding it.

use std::time::{Duration, Instant};

use tests::{files::TestFile, guest::TestGuest, processes::Processes};

const LARGEST: usize = 100_000_000;
/// What the portal may need more while it takes the file, keeps it, and gives it to Webex.
const MEMORY: u64 = 10 * 1000 * 1000;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_hundred_megabytes_goes_through_in_little_memory() {
    let site = format!("[[site]]\nid = \"demo\"\nname = \"Demo\"\nstaff = [\"grace@sandbox.example\"]\nmax_file_bytes = {LARGEST}\n");
    let processes = tokio::task::spawn_blocking(move || Processes::start_with(Some(&site))).await.unwrap();
    let guest = processes.visitor("demo");
    guest.sign_in("Ada").await;
    // The space is open and everything was used once.
    let small = guest.send_file(&TestFile::text("small.txt", "small"), "first").await;
    arrives(&guest, &small.client_message_id).await;

    let before = processes.portal_peak_memory();
    let large = TestFile::new("large.txt", "text/plain", vec![b'x'; LARGEST]);
    let began = Instant::now();
    let sent = guest.send_file(&large, "second").await;
    let taken = began.elapsed();
    arrives(&guest, &sent.client_message_id).await;
    let more = processes.portal_peak_memory() - before;
    println!("taken after {taken:?}, in webex after {:?}, {:.1} MB more memory at its peak", began.elapsed(), more as f64 / 1e6);
    assert!(more < MEMORY, "{more} bytes more than the {before} before");

    // And back again, as the guest fetches it.
    let page = guest.messages().await;
    let message = page.items.iter().find(|message| message.files.iter().any(|file| file.name == "large.txt")).unwrap();
    let fetched = guest.download(&message.id, 0).await;
    assert_eq!((fetched.status, fetched.bytes.len()), (200, LARGEST));
    let more = processes.portal_peak_memory() - before;
    println!("{:.1} MB more memory after it was fetched", more as f64 / 1e6);
    assert!(more < MEMORY, "{more} bytes more after fetching");
}

/// Waits, by real time, until a message is in Webex.
async fn arrives(guest: &TestGuest, id: &shared::ClientMessageId) {
    let began = Instant::now();
    loop {
        let page = guest.messages().await;
        if page.items.iter().any(|message| message.client_message_id.as_ref() == Some(id)) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{id} does not arrive: {:?}", page.pending);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
