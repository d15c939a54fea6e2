//! What the portal keeps, in the operator's hands: copied and put back, handed out, erased.

use std::path::Path;

use serde_json::Value;
use tests::{
    files::TestFile,
    guest::{TestGuest, new_client_message_id},
    portal::{GRACE, TestPortal},
    processes::{Processes, program_output},
};

/// Runs a command on the portal's data, and with its Webex.
async fn command(portal: &TestPortal, words: &[&str]) -> (i32, String) {
    let webex = format!("--sandbox={}", portal.webex().base_url());
    let data = portal.data_dir();
    program_output(&[words, &[webex.as_str()]].concat(), &[("GUEST_PORTAL_SERVER_DATA_DIR", data.to_str().unwrap())]).await
}

/// Every byte below a folder.
fn bytes_of(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { bytes_of(&path) } else { std::fs::read(&path).unwrap() }).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A folder of its own, which is not there yet.
fn new_folder(within: &tempfile::TempDir, name: &str) -> String {
    within.path().join(name).to_str().unwrap().to_owned()
}

async fn writes(portal: &TestPortal, name: &str, text: &str) -> TestGuest {
    let guest = portal.guest_in_conversation(name, "Hello").await;
    guest.say(text).await;
    guest
}

#[tokio::test]
async fn what_is_put_back_is_what_there_was_and_nothing_is_said_twice() {
    let mut portal = TestPortal::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (backup, second) = (new_folder(&folder, "backup"), new_folder(&folder, "second"));
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = ada.room_id().await;
    portal.stop_sandbox().await;
    let waiting = ada.say("Written while Webex was away").await;
    ada.send_file_as(&new_client_message_id(), &TestFile::text("notes.txt", "what was noted"), "A file").await;
    let (code, printed) = {
        let data = portal.data_dir();
        program_output(&["backup", "--sandbox", &backup], &[("GUEST_PORTAL_SERVER_DATA_DIR", data.to_str().unwrap())]).await
    };
    assert_eq!(code, 0, "{printed}");
    assert!(holds(&bytes_of(Path::new(&backup)), "what was noted"), "a file that waits is part of it");
    // After the backup it reaches Webex: whoever puts the backup back must not say it again.
    portal.start_sandbox().await;
    ada.hear_message("Written while Webex was away").await;
    ada.hear_message("A file").await;
    portal.stop_portal().await;
    let data = portal.data_dir();

    let restore = async |from: &str, words: &[&str]| {
        program_output(&[&["restore", "--sandbox", from], words].concat(), &[("GUEST_PORTAL_SERVER_DATA_DIR", data.to_str().unwrap())])
            .await
    };
    let (code, printed) = restore(&backup, &[]).await;
    assert_eq!((code, printed.as_str()), (2, ""), "what is there is not thrown away");
    std::fs::remove_dir_all(&data).unwrap();
    let (code, printed) = restore(&backup, &[]).await;
    assert_eq!(code, 0, "{printed}");
    portal.start_portal().await;

    // Who was here is known, with what they said; and it is there once.
    let page = portal.until("the page", async || Some(ada.messages().await).filter(|page| page.items.len() == 4)).await;
    assert_eq!(ada.room_id().await, room);
    portal.until("nothing in doubt", async || ada.messages().await.pending.is_empty().then_some(())).await;
    assert!(page.items.iter().any(|message| message.client_message_id.as_ref() == Some(&waiting.client_message_id)));
    let texts = portal.texts_in_webex("Ada", 4).await;
    assert_eq!(texts.iter().filter(|text| *text == "Written while Webex was away").count(), 1, "{texts:?}");
    assert_eq!(texts.len(), 4, "{texts:?}");
    ada.say("And on it goes").await;
    ada.reads(5).await;

    // Another one, put in place of what is there, which lies aside then.
    let (code, printed) = command(&portal, &["backup", &second]).await;
    assert_eq!(code, 0, "while it runs: {printed}");
    let (code, _) = restore(&second, &["--replace"]).await;
    assert_ne!(code, 0, "not under a portal that runs");
    portal.stop_portal().await;
    let within = data.join("backups").display().to_string();
    assert_eq!(restore(&within, &["--replace"]).await.0, 2, "no backup at all");
    std::fs::create_dir(data.join("backups")).unwrap();
    let copied = std::process::Command::new("cp").args(["-a", &second, &within]).status().unwrap();
    assert!(copied.success());
    let (code, _) = restore(&format!("{within}/second"), &["--replace"]).await;
    assert!(code == 2 && data.join("keys.toml").exists(), "it would be put aside itself, and nothing has been touched");
    let is_same = |folder: &Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(folder).unwrap());
    let folder_before = is_same(&data);
    let (code, printed) = restore(&second, &["--replace"]).await;
    assert!(code == 0 && printed.contains(&format!("{}/before-", data.display())), "{code} {printed}");
    assert_eq!(is_same(&data), folder_before, "the folder itself may be all that the portal may write to");
    portal.start_portal().await;
    assert_eq!(ada.reads(5).await.last().map(String::as_str), Some("And on it goes"));
}

#[tokio::test]
async fn a_backup_is_put_back_though_no_secret_is_there() {
    let portal = TestPortal::start().await;
    let folder = tempfile::tempdir().unwrap();
    let backup = new_folder(&folder, "backup");
    writes(&portal, "Ada", "One").await;
    assert_eq!(command(&portal, &["backup", &backup]).await.0, 0);
    // What systemd hands to a portal goes with it.
    let configuration = folder.path().join("guest-portal.toml");
    let data = new_folder(&folder, "data");
    let text = format!(
        "[server]\ndata_dir = \"{data}\"\n[webex.bot]\naccess_token_file = \"/nowhere\"\n[[site]]\nid = \"a\"\nname = \"A\"\nconversation = \"none\"\n"
    );
    std::fs::write(&configuration, &text).unwrap();
    let config = format!("--config={}", configuration.display());
    let (code, printed) = program_output(&["restore", &config, &backup], &[]).await;
    assert_eq!(code, 0, "{printed}");
    assert_eq!(program_output(&["rotate", &config], &[]).await.0, 0);
    assert_eq!(program_output(&["backup", &config, &new_folder(&folder, "again")], &[]).await.0, 0);
    std::fs::write(&configuration, text.replace("data_dir", "data_folder")).unwrap();
    assert_eq!(program_output(&["restore", &config, &backup], &[]).await.0, 2, "what is wrong there is still told");
}

#[tokio::test]
async fn a_backup_that_is_damaged_or_none_changes_nothing() {
    let portal = TestPortal::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (backup, target) = (new_folder(&folder, "backup"), new_folder(&folder, "target"));
    writes(&portal, "Ada", "One").await;
    assert_eq!(command(&portal, &["backup", &backup]).await.0, 0);
    let restore = async || program_output(&["restore", "--sandbox", &backup], &[("GUEST_PORTAL_SERVER_DATA_DIR", &target)]).await.0;
    assert_eq!(command(&portal, &["backup", &backup]).await.0, 2, "one is there already");
    let database = Path::new(&backup).join("guest-portal.db");
    let whole = std::fs::read(&database).unwrap();
    for damaged in [&whole[..whole.len() - 1], &[whole.as_slice(), b"x"].concat(), b""] {
        std::fs::write(&database, damaged).unwrap();
        assert_eq!(restore().await, 2);
        assert!(!Path::new(&target).exists());
    }
    std::fs::write(&database, &whole).unwrap();
    let list = std::fs::read_to_string(Path::new(&backup).join("backup.json")).unwrap();
    for wrong in ["", "{}", &list.replace("keys.toml", "../keys.toml"), &list.replace("\"schema\": ", "\"schema\": 9")] {
        std::fs::write(Path::new(&backup).join("backup.json"), wrong).unwrap();
        assert_eq!(restore().await, 2, "{wrong}");
    }
    std::fs::write(Path::new(&backup).join("backup.json"), list).unwrap();
    assert_eq!(restore().await, 0);
}

#[tokio::test]
async fn a_guest_is_handed_all_that_is_kept_of_them_and_erased_without_a_trace() {
    let portal = TestPortal::start().await;
    let mut ada = writes(&portal, "Ada Lovelace", "My secret is hush-hush").await;
    ada.hear_message("My secret is hush-hush").await;
    let bob = writes(&portal, "Bob", "I am somebody else").await;
    let room = portal.webex().room_titled("Ada Lovelace").unwrap().id;
    portal.webex().send_file_as_staff(GRACE, &room, "offer.txt", "text/plain", b"an offer", Some("An answer to Ada")).unwrap();
    ada.hear_file("offer.txt").await;

    let (code, listed) = command(&portal, &["guest", "list", "ada lovelace"]).await;
    assert_eq!((code, listed.lines().count()), (0, 1), "{listed}");
    let id = listed.split_whitespace().next().unwrap().to_owned();
    let (code, exported) = command(&portal, &["guest", "export", &id]).await;
    let all: Value = serde_json::from_str(&exported).unwrap_or_else(|error| panic!("{error}: {exported}"));
    assert_eq!((code, all["guest"][0]["display_name"].as_str()), (0, Some("Ada Lovelace")));
    let said = all["messages_in_webex"][0]["messages"].as_array().unwrap();
    let said: Vec<&str> = said.iter().filter_map(|message| message["text"].as_str()).collect();
    assert!(said.contains(&"My secret is hush-hush") && said.contains(&"An answer to Ada"), "{said:?}");
    assert!(!exported.contains("somebody else") && !exported.contains("Bob"));

    let (code, printed) = command(&portal, &["guest", "erase", &id]).await;
    assert!(code == 0 && printed.contains("1 space(s)"), "{code} {printed}");
    assert!(portal.webex().room_titled("Ada Lovelace").is_none());
    assert_eq!(ada.get("/api/session").await.status, 401, "their page knows it at once");
    assert_eq!(command(&portal, &["guest", "erase", &id]).await.0, 1, "they are gone");
    assert_eq!(command(&portal, &["guest", "list", "Ada Lovelace"]).await.1.lines().count(), 1, "nobody");

    // Others are left alone, and the audit log knows that it was done, but nothing of whom.
    assert_eq!(bob.messages().await.items.len(), 3);
    let bytes = bytes_of(&portal.data_dir());
    for theirs in ["Ada Lovelace", "hush-hush", "offer.txt"] {
        assert!(!holds(&bytes, theirs), "{theirs} is left");
    }
    let store = rusqlite::Connection::open(portal.data_dir().join("guest-portal.db")).unwrap();
    let tables: Vec<String> = store
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for table in tables {
        let mut rows = store.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let found = rows
            .query_map([], |row| (0..columns).map(|place| row.get::<_, rusqlite::types::Value>(place)).collect::<Result<Vec<_>, _>>())
            .unwrap()
            .filter(|row| format!("{:?}", row.as_ref().unwrap()).contains(&id))
            .count();
        assert_eq!(found, if table == "audit" { 2 } else { 0 }, "{table}: exported and erased");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_waits_for_a_command_that_is_at_its_data() {
    let mut processes = tokio::task::block_in_place(Processes::prepare);
    std::fs::create_dir(processes.data_dir()).unwrap();
    let lock = std::fs::File::create(processes.data_dir().join("guest-portal.lock")).unwrap();
    lock.try_lock().unwrap();
    let command = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(1));
        drop(lock);
    });
    tokio::task::block_in_place(|| processes.start_portal());
    command.join().unwrap();
    assert_eq!(processes.visitor("demo").get("/healthz").await.body, "ok\n");
}
