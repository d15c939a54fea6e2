//! Sending files, as the guest sees it: how far it has come, stopping it, and what is too large.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use crate::world::World;

/// A file of so many bytes.
fn file(folder: &TempDir, name: &str, bytes: usize) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, vec![b'x'; bytes]).unwrap();
    path
}

/// The line takes only so many bytes a second from the guest.
async fn slow_line(world: &World, bytes_per_second: i64) {
    world.guest.devtools("Network.enable", json!({})).await;
    let conditions = json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second });
    world.guest.devtools("Network.emulateNetworkConditions", conditions).await;
}

/// The percentage the page shows, if it shows one.
async fn shown_percent(world: &World) -> Option<u32> {
    let text = world.guest.messages().await;
    let (_, after) = text.split_once("Uploading ")?;
    after.split_once('%')?.0.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_shows_how_far_it_really_is() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    world.sign_in("Ada").await;
    world.guest.choose_file(&file(&folder, "plan.txt", 600_000)).await;
    world.guest.sees("plan.txt").await;
    slow_line(&world, 200_000).await;
    world.guest.press("Send").await;
    let mut seen: Vec<u32> = Vec::new();
    let collect = async || {
        if let Some(percent) = shown_percent(&world).await
            && seen.last() != Some(&percent)
        {
            seen.push(percent);
        }
        (seen.iter().filter(|percent| (1..100).contains(*percent)).count() >= 3).then_some(())
    };
    let has_seen = world.guest.until(collect).await;
    assert!(has_seen.is_some(), "only {seen:?}");
    assert!(seen.is_sorted(), "it never goes back: {seen:?}");
    slow_line(&world, -1).await;
    world.guest.button("Download plan.txt").await;
    let room = world.portal.webex().room_titled("Ada").unwrap();
    let sizes: Vec<u64> = world.portal.webex().messages(&room.id).iter().flat_map(|message| &message.files).map(|file| file.size).collect();
    assert_eq!(sizes, [600_000]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_stopped_leaves_nothing() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    world.sign_in("Ada").await;
    world.say("before").await;
    world.webex_has("Ada", "before").await;
    world.guest.choose_file(&file(&folder, "secret.txt", 600_000)).await;
    world.guest.sees("secret.txt").await;
    slow_line(&world, 50_000).await;
    world.guest.press("Send").await;
    assert!(world.guest.until(async || shown_percent(&world).await.filter(|percent| *percent > 0)).await.is_some());
    world.guest.press("Cancel").await;
    world.guest.sees_no_longer("secret.txt").await;
    slow_line(&world, -1).await;
    world.say("after").await;
    world.webex_has("Ada", "after").await;
    let room = world.portal.webex().room_titled("Ada").unwrap();
    assert!(world.portal.webex().messages(&room.id).iter().all(|message| message.files.is_empty()));
    let spool = std::fs::read_dir(world.portal.data_dir().join("spool")).unwrap();
    assert_eq!(spool.count(), 0, "nothing stays in the spool");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_or_of_a_refused_kind_is_told_with_what_is_possible() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    world.sign_in("Ada").await;
    world.guest.choose_file(&file(&folder, "huge.txt", 25 * 1024 * 1024 + 1)).await;
    world.guest.sees("the limit is 26.2").await;
    world.guest.choose_file(&file(&folder, "program.exe", 100)).await;
    world.guest.sees("program.exe").await;
    world.guest.press("Send").await;
    world.guest.sees("Files of this kind cannot be sent.").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_can_be_stopped_while_the_next_message_waits_behind_it() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    world.sign_in("Ada").await;
    world.guest.choose_file(&file(&folder, "plan.txt", 3_000_000)).await;
    world.guest.sees("plan.txt").await;
    slow_line(&world, 20_000).await;
    world.guest.press("Send").await;
    world.guest.sees("Uploading").await;
    world.say("behind it").await;
    world.guest.sees_message("behind it").await;
    world.guest.sees("Uploading").await;
    world.guest.press("Cancel").await;
    slow_line(&world, -1).await;
    world.webex_has("Ada", "behind it").await;
    world.end().await;
}
