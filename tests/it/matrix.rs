//! Every fault of Webex's and of the line against everything the portal asks: what becomes of it, what that costs, and
//! that the log gives nothing away.
//! `cargo test -p guest-portal-tests --test it matrix -- --nocapture` prints the table.

use std::{fmt::Write, time::Duration};

use reqwest::Method;
use sandbox::{Fault, FaultEffect};
use shared::{Delivery, FileTicket, VisitState};
use tests::{
    files::TestFile,
    guest::TestGuest,
    line::{Line, Toxic},
    portal::{GRACE, TestPortal},
};

use crate::secrets::{Log, Needles, secrets_of};

/// What happens to the one request that meets it.
#[derive(Clone, Debug)]
struct Trouble {
    name: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// Webex does it, in proper HTTP.
    Webex(FaultEffect),
    /// The line does it, at the bytes.
    Line(Toxic),
}

/// What is asked of Webex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Text,
    File,
    Edit,
    Delete,
    List,
    Read,
    GuestToken,
    Room,
    Member,
    Links,
    Contents,
}

/// What guests write must not be logged either.
const WORDS: &str = "quince marmalade";
const OTHER_WORDS: &str = "gooseberry jam";
const FILE_NAME: &str = "quince.txt";

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Done, once.
    Done,
    /// Refused for good, and the guest was told.
    Refused,
}

const ASKED: [Asked; 11] = [
    Asked::Text,
    Asked::File,
    Asked::Edit,
    Asked::Delete,
    Asked::List,
    Asked::Read,
    Asked::GuestToken,
    Asked::Room,
    Asked::Member,
    Asked::Links,
    Asked::Contents,
];

impl Asked {
    /// The request that meets the trouble.
    fn request(self) -> (&'static str, &'static str) {
        match self {
            Self::Text | Self::File => ("POST", "/v1/messages"),
            Self::Edit => ("PUT", "/v1/messages/"),
            Self::Delete => ("DELETE", "/v1/messages/"),
            Self::List => ("GET", "/v1/messages"),
            Self::Read => ("GET", "/v1/messages/"),
            Self::GuestToken => ("POST", "/v1/guests/token"),
            Self::Room => ("POST", "/v1/rooms"),
            Self::Member => ("POST", "/v1/memberships"),
            Self::Links => ("POST", "/api/v2/joseencrypt"),
            Self::Contents => ("GET", "/v1/contents/"),
        }
    }

    /// What is final about a message is not about what comes before it: that is tried again.
    fn expected(self, trouble: &Trouble) -> End {
        let What::Webex(FaultEffect::Answer { status, .. }) = trouble.what else { return End::Done };
        match (self, status) {
            // Gone is as good as deleted.
            (Self::Delete, 404) => End::Done,
            (Self::Text | Self::File | Self::Edit | Self::Delete, 400 | 403 | 404 | 413 | 415) => End::Refused,
            _ => End::Done,
        }
    }
}

fn troubles_of_webex() -> Vec<Trouble> {
    let answer = |status, retry_after_secs| FaultEffect::Answer { status, retry_after_secs };
    let mut troubles: Vec<(String, FaultEffect)> = [400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504]
        .into_iter()
        .map(|status| (status.to_string(), answer(status, None)))
        .collect();
    troubles.extend([
        ("429, wait 4 s".to_owned(), answer(429, Some(4))),
        ("503, wait 4 s".to_owned(), answer(503, Some(4))),
        ("cut off before".to_owned(), FaultEffect::DropBefore),
        ("cut off after".to_owned(), FaultEffect::DropAfter),
        ("cut off midway".to_owned(), FaultEffect::DropMidway),
        ("done 8 s late".to_owned(), FaultEffect::DoneLate { ms: 8000 }),
        ("slow".to_owned(), FaultEffect::Slow { ms: 4000 }),
        ("slow body".to_owned(), FaultEffect::SlowBody { ms: 4000 }),
        ("empty".to_owned(), FaultEffect::EmptyBody),
        ("html".to_owned(), FaultEffect::NotJson),
        ("truncated".to_owned(), FaultEffect::Truncated),
    ]);
    troubles.into_iter().map(|(name, effect)| Trouble { name, what: What::Webex(effect) }).collect()
}

fn troubles_of_the_line() -> Vec<Trouble> {
    let answer = |head: &str, body: &[u8]| [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat();
    let elsewhere = "302 Found\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0";
    let zipped = "200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4";
    let two_lengths = "200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\nTransfer-Encoding: chunked";
    let troubles = [
        ("reset at once", Toxic::ResetPeerUp(0)),
        ("reset in request", Toxic::ResetPeerUp(40)),
        ("reset after it", Toxic::ResetPeerDown(0)),
        ("end in head", Toxic::LimitData(30)),
        ("reset in body", Toxic::ResetPeerDown(400)),
        ("bytes one by one", Toxic::Slicer(1)),
        ("5 KiB a second", Toxic::Bandwidth(256, Duration::from_millis(50))),
        ("no answer", Toxic::Timeout),
        ("no HTTP", Toxic::Instead(b"\x16\x03\x01\x02 no HTTP\r\n\r\n".to_vec())),
        ("redirect", Toxic::Instead(answer(elsewhere, b""))),
        ("gzip", Toxic::Instead(answer(zipped, b"\x1f\x8b\x08\x00"))),
        ("two lengths", Toxic::Instead(answer(two_lengths, b"3\r\n{}\n\r\n0\r\n\r\n"))),
        ("endless head", Toxic::Endless(b"HTTP/1.1 200 OK\r\nx-more: a".to_vec())),
        ("2 GiB of body", Toxic::Endless(answer("200 OK\r\nContent-Type: application/json\r\nContent-Length: 2147483648", b" "))),
    ];
    troubles.into_iter().map(|(name, toxic)| Trouble { name: name.to_owned(), what: What::Line(toxic) }).collect()
}

/// From now on it is there, for the next request that asks for this.
fn set_up(portal: &TestPortal, asked: Asked, trouble: &Trouble) {
    let (method, path) = asked.request();
    match &trouble.what {
        What::Webex(effect) => {
            let fault = serde_json::json!({ "method": method, "path_prefix": path, "effect": effect });
            portal.webex().add_fault(serde_json::from_value::<Fault>(fault).unwrap()).unwrap();
        }
        What::Line(toxic) => portal.line.as_ref().unwrap().poison(format!("{method} {path}"), toxic.clone()),
    }
}

/// What the guest asked for is settled: nothing waits, or it was refused.
async fn end_of(portal: &TestPortal, guest: &TestGuest) -> End {
    portal
        .until("an end", async || {
            let pending = guest.messages().await.pending;
            match pending.first().map(|pending| pending.delivery) {
                None => Some(End::Done),
                Some(Delivery::Failed) => Some(End::Refused),
                Some(_) => None,
            }
        })
        .await
}

fn count(portal: &TestPortal, asked: Asked) -> usize {
    let (method, path) = asked.request();
    portal.webex().requests().iter().filter(|entry| entry.method == method && entry.path.starts_with(path)).count()
}

/// Texts of a room, names of files, oldest first.
fn said(portal: &TestPortal, words: &str) -> Vec<String> {
    let messages = portal.webex().messages_titled(words).into_iter();
    messages
        .flat_map(|message| message.files.into_iter().map(|file| file.name).chain(Some(message.text)).filter(|text| !text.is_empty()))
        .collect()
}

/// Does it, and holds what is there afterwards against how it ended.
async fn try_out(portal: &TestPortal, asked: Asked, trouble: &Trouble) -> (End, usize, Duration) {
    let name = format!("Ada {asked:?}");
    let mut guest = match asked {
        // Guests are vouched for as soon as they are here.
        Asked::GuestToken => {
            set_up(portal, asked, trouble);
            portal.guest(&name).await
        }
        Asked::Room | Asked::Member => portal.guest(&name).await,
        _ => portal.guest_in_conversation(&name, "Hello").await,
    };
    let greeting = ["Hello, and thank you for writing.", "Hello"].map(str::to_owned);
    let mut expected = greeting.to_vec();
    let own = async |guest: &mut TestGuest| {
        guest.say("first").await;
        guest.hear_message("first").await.id
    };
    let (mut id, mut offer) = (None, None);
    match asked {
        Asked::Edit | Asked::Delete | Asked::Read => id = Some(own(&mut guest).await),
        Asked::Contents => {
            let room = portal.webex().room_titled(&name).unwrap();
            portal.webex().send_file_as_staff(GRACE, &room.id, "offer.txt", "text/plain", b"for you", None).unwrap();
            offer = Some(guest.hear_file("offer.txt").await.id);
        }
        _ => {}
    }
    let began = portal.clock.elapsed();
    let mut before = 0;
    if asked != Asked::GuestToken {
        before = count(portal, asked);
        set_up(portal, asked, trouble);
    }
    let end = match asked {
        Asked::Text => {
            guest.say(WORDS).await;
            end_of(portal, &guest).await
        }
        Asked::File => {
            guest.send_file(&TestFile::text(FILE_NAME, WORDS), "").await;
            end_of(portal, &guest).await
        }
        Asked::Edit => {
            guest.edit(id.as_ref().unwrap(), OTHER_WORDS).await;
            end_of(portal, &guest).await
        }
        Asked::Read => {
            // What was done about an edit in doubt is read.
            portal.webex().add_fault(Fault::answer("PUT", "/v1/messages/", 503)).unwrap();
            guest.edit(id.as_ref().unwrap(), OTHER_WORDS).await;
            end_of(portal, &guest).await
        }
        Asked::Delete => {
            guest.delete(id.as_ref().unwrap()).await;
            end_of(portal, &guest).await
        }
        Asked::List => {
            let room = portal.webex().room_titled(&name).unwrap();
            portal.webex().reply_as_staff(GRACE, &room.id, "heard").unwrap();
            guest.hear_message("heard").await;
            End::Done
        }
        Asked::GuestToken | Asked::Room | Asked::Member => {
            guest.say("Hello").await;
            end_of(portal, &guest).await
        }
        Asked::Links => {
            let visit = guest.ask_for_meeting().await;
            guest.sees_visit(&visit.id, VisitState::Ringing).await;
            guest.cancel(&visit.id).await;
            End::Done
        }
        Asked::Contents => {
            // The guest presses again if the first time went wrong, or gave them half of it.
            let message = offer.unwrap();
            portal
                .until("the file", async || {
                    let ticket = guest.ticket(&message, 0).await;
                    let ticket: FileTicket = (ticket.status == 200).then(|| ticket.json())?;
                    let mut answer = guest.bare_request(Method::GET, &ticket.url).send().await.ok()?;
                    let mut bytes = Vec::new();
                    while let (..1_000_000, Some(chunk)) = (bytes.len(), answer.chunk().await.ok()?) {
                        bytes.extend(chunk);
                    }
                    (answer.status() == 200 && bytes == b"for you").then_some(())
                })
                .await;
            End::Done
        }
    };
    let (calls, took) = (count(portal, asked) - before, portal.clock.elapsed() - began);
    let is_left = !portal.webex().faults().is_empty() || portal.line.as_ref().is_some_and(Line::is_poisoned);
    assert!(!is_left, "{asked:?} did not meet {}", trouble.name);
    match (asked, end) {
        (Asked::Text, End::Done) => expected.push(WORDS.to_owned()),
        (Asked::File, End::Done) => expected.push(FILE_NAME.to_owned()),
        (Asked::Edit | Asked::Read, End::Done) => expected.push(OTHER_WORDS.to_owned()),
        (Asked::Edit | Asked::Delete, End::Refused) => expected.push("first".to_owned()),
        (Asked::Delete, End::Done) if matches!(trouble.what, What::Webex(FaultEffect::Answer { status: 404, .. })) => {
            expected.push("first".to_owned())
        }
        (Asked::List, _) => expected.push("heard".to_owned()),
        (Asked::Contents, _) => expected.push("offer.txt".to_owned()),
        _ => {}
    }
    if asked != Asked::Links {
        assert_eq!(said(portal, &name), expected, "{asked:?} {}", trouble.name);
    }
    let rooms = portal.webex().rooms().into_iter().filter(|room| room.title.starts_with(&name)).count();
    assert_eq!(rooms, 1, "{asked:?} {}", trouble.name);
    (end, calls, took)
}

/// One thing that is asked, against every trouble.
async fn column(asked: Asked, troubles: Vec<Trouble>) -> Vec<String> {
    let mut cells = Vec::new();
    for trouble in troubles {
        if asked == Asked::Links && matches!(trouble.what, What::Line(Toxic::Timeout)) {
            // While the ten seconds of a request pass, hours do by the shared clock, and a visit is long over: `visit_faults`.
            cells.push("elsewhere".to_owned());
            continue;
        }
        let (log, _logging) = Log::begin();
        let portal = match trouble.what {
            What::Webex(_) => TestPortal::start().await,
            What::Line(_) => TestPortal::start_behind_line().await,
        };
        let (end, calls, took) = try_out(&portal, asked, &trouble).await;
        let logged = log.bytes();
        let texts = [WORDS, OTHER_WORDS, FILE_NAME].map(str::to_owned);
        Needles::new(secrets_of(&portal).into_iter().chain(texts))
            .assert_none_in(&format!("the log of {asked:?} {}", trouble.name), &logged);
        assert!(!logged.is_empty() && !String::from_utf8_lossy(&logged).contains("panicked"));
        assert_eq!(end, asked.expected(&trouble), "{asked:?} {}", trouble.name);
        if matches!(asked, Asked::Text | Asked::File | Asked::Edit | Asked::Delete | Asked::Room) {
            assert!(calls <= 2, "{asked:?} {}: one trouble is worth one more try, and there were {calls}", trouble.name);
        }
        cells.push(format!("{end:?} {calls}x {:.0}s", took.as_secs_f64()));
    }
    cells
}

/// Every trouble against everything, in a table.
fn try_out_all(troubles: &[Trouble]) {
    let columns = ASKED.map(|asked| {
        let troubles = troubles.to_vec();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(column(asked, troubles))
        })
    });
    let columns = columns.map(|column| column.join().unwrap());
    let mut table = format!("{:<18}", "");
    ASKED.iter().for_each(|asked| write!(table, "{:<16}", format!("{asked:?}")).unwrap());
    for (row, trouble) in troubles.iter().enumerate() {
        write!(table, "\n{:<18}", trouble.name).unwrap();
        columns.iter().for_each(|column| write!(table, "{:<16}", column[row]).unwrap());
    }
    println!("how it ended, how often it was asked, how long it took by the shared clock\n{table}");
}

#[test]
fn every_fault_of_webex_against_everything_it_is_asked() {
    try_out_all(&troubles_of_webex());
}

#[test]
fn every_fault_of_the_line_against_everything_webex_is_asked() {
    try_out_all(&troubles_of_the_line());
}
