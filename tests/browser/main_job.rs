//! The whole main job in real browsers, with portal and simulated Webex as two processes: sign in, talk,
//! files both ways, edit, delete, meet; with reloads and a power cut of the portal in the middle.

use std::path::Path;

use tests::{browser::TestBrowser, processes::Processes};

const GUEST: &str = "Ada Lovelace";

async fn sign_in(guest: &TestBrowser, processes: &Processes, site: &str) {
    guest.goto(&format!("{}/s/{site}", processes.portal_url())).await;
    guest.write("Your name", GUEST).await;
    guest.press("Start chat").await;
}

async fn desk(processes: &Processes, space: &str) -> TestBrowser {
    let desk = TestBrowser::start().await;
    desk.goto(&format!("{}/desk", processes.sandbox_url())).await;
    desk.press_what_says(space).await;
    desk.text_box("Reply as staff").await;
    desk
}

async fn count(browser: &TestBrowser, text: &str) -> usize {
    browser.messages().await.matches(text).count()
}

fn written(folder: &Path, name: &str, content: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_talks_sends_files_and_meets_staff_whatever_is_killed_meanwhile() {
    let mut processes = Processes::start();
    let guest = TestBrowser::start().await;
    let (to_send, guests_files, staffs_files) = (processes.folder("files"), processes.folder("guest"), processes.folder("staff"));
    guest.downloads_go_to(&guests_files).await;

    sign_in(&guest, &processes, "demo").await;
    guest.write("Message", "My parcel is lost.\n").await;
    guest.sees_message("My parcel is lost.").await;
    let desk = desk(&processes, GUEST).await;
    desk.downloads_go_to(&staffs_files).await;
    desk.sees_message("My parcel is lost.").await;

    // A file from the guest, opened by staff.
    let invoice = b"Invoice 4711\n42 parcels\n".as_slice();
    guest.choose_file(&written(&to_send, "invoice.txt", invoice)).await;
    guest.sees("invoice.txt").await;
    guest.write("Message", "Here is the invoice.").await;
    guest.press("Send").await;
    desk.sees_message("Here is the invoice.").await;
    desk.link("Download invoice.txt").await.click().await.unwrap();
    assert_eq!(desk.downloaded(&staffs_files.join("invoice.txt")).await, invoice);

    // The power goes, and comes back: what was said is there once, and goes on.
    processes.kill_and_start_portal();

    // A file from staff, opened by the guest.
    let label = b"%PDF-1.4\n% a label\n".as_slice();
    desk.choose_file(&written(&to_send, "label.pdf", label)).await;
    desk.sees("label.pdf").await;
    desk.write("Reply as staff", "Please use this label.").await;
    desk.press("Send reply").await;
    guest.sees_message("Please use this label.").await;
    guest.press("Download label.pdf").await;
    assert_eq!(guest.downloaded(&guests_files.join("label.pdf")).await, label);

    // Edit, and take back.
    guest.write("Message", "I will send it tomorow.\n").await;
    desk.sees_message("I will send it tomorow.").await;
    guest.act_on_message("I will send it tomorow.", "Edit").await;
    guest.text_box("Message").await.clear().await.unwrap();
    guest.write("Message", "I will send it tomorrow.").await;
    guest.press("Save").await;
    desk.sees_message("I will send it tomorrow.").await;
    guest.write("Message", "My card number is 1234.\n").await;
    desk.sees_message("My card number is 1234.").await;
    guest.act_on_message("My card number is 1234.", "Delete").await;
    guest.act_on_message("My card number is 1234.", "Delete").await;
    desk.sees_no_longer("My card number is 1234.").await;
    guest.sees_no_longer("My card number is 1234.").await;

    // Meet.
    guest.press("Join meeting").await;
    guest.button("Cancel request").await;
    processes.kill_and_start_portal();
    guest.reload().await;
    guest.button("Cancel request").await;
    desk.press_what_says("Guest Portal Bot").await;
    desk.sees_message("asks for a meeting").await;
    desk.follow_to_new_tab("Take this visit").await;
    desk.press("Take this visit").await;
    desk.is_at(&format!("{}/visit/", processes.sandbox_url())).await;
    desk.button("Start meeting").await;

    guest.sees("Grace Hopper").await;
    let chat = guest.this_tab().await;
    guest.follow_to_new_tab("Join now").await;
    guest.sees("Waiting room").await;
    desk.sees("is waiting").await;
    desk.press("Start meeting").await;
    guest.sees("In the meeting").await;
    desk.sees("In the meeting").await;
    let room = async |browser: &TestBrowser| {
        let body = browser.script("return document.body.innerText").await;
        let text = body.as_str().unwrap_or_default().to_owned();
        let at = text.find("Virtual Visit - gp-").unwrap_or_else(|| panic!("the meeting has no title in\n{text}"));
        text[at..].split_whitespace().take(4).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(room(&guest).await, room(&desk).await, "both are in one meeting");

    guest.press("Leave").await;
    guest.sees("Thanks for participating").await;
    guest.turn_to(&chat).await;
    processes.kill_and_start_portal();
    guest.press("Leave meeting").await;
    guest.reload().await;
    guest.sees_message("Please use this label.").await;
    for text in
        ["My parcel is lost.", "Here is the invoice.", "Please use this label.", "I will send it tomorrow.", "invoice.txt", "label.pdf"]
    {
        assert_eq!(count(&guest, text).await, 1, "{text} in\n{}", guest.messages().await);
    }
    assert_eq!(count(&guest, "tomorow.").await, 0);
    assert!(guest.violations().await.is_empty(), "{:#?}", guest.violations().await);
    desk.close().await;
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorials_site_talks_one_to_one_with_a_guest_of_the_issuer() {
    let processes = Processes::start();
    let guest = TestBrowser::start().await;
    sign_in(&guest, &processes, "tutorial").await;
    guest.write("Message", "Hello from the tutorial.\n").await;
    guest.sees_message("Hello from the tutorial.").await;
    let desk = desk(&processes, GUEST).await;
    desk.sees_message("Hello from the tutorial.").await;
    desk.write("Reply as staff", "Hello, guest.").await;
    desk.press("Send reply").await;
    guest.sees_message("Hello, guest.").await;
    guest.reload().await;
    guest.sees_message("Hello, guest.").await;
    assert_eq!(count(&guest, "Hello from the tutorial.").await, 1);
    desk.close().await;
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_government_site_offers_meetings_only() {
    let processes = Processes::start();
    let guest = TestBrowser::start().await;
    sign_in(&guest, &processes, "gov").await;
    guest.press("Join meeting").await;
    guest.press_what_says("Permits").await;
    guest.button("Cancel request").await;
    let desk = TestBrowser::start().await;
    desk.goto(&format!("{}/desk", processes.sandbox_url())).await;
    desk.choose("You are", "Hedy Lamarr (government cloud)").await;
    desk.press_what_says("Guest Portal Bot").await;
    desk.sees_message("Permits").await;
    desk.follow_to_new_tab("Take this visit").await;
    desk.press("Take this visit").await;
    desk.is_at(&format!("{}/gov/visit/", processes.sandbox_url())).await;
    guest.follow_to_new_tab("Join now").await;
    guest.is_at(&format!("{}/gov/visit/", processes.sandbox_url())).await;
    desk.press("Start meeting").await;
    guest.sees("In the meeting").await;
    desk.close().await;
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_made_on_the_command_line_lead_into_one_meeting() {
    let processes = Processes::start();
    let (host, guest) = (TestBrowser::start().await, TestBrowser::start().await);
    for form in [&[][..], &["--long"]] {
        let subject = format!("Test meeting {}.", form.len());
        let printed = processes.command(&[&["meeting", "links", "--subject", &subject], form].concat());
        let link = |begin: &str| printed.lines().find_map(|line| line.strip_prefix(begin)).unwrap().trim().to_owned();
        guest.goto(&link("Guest link:")).await;
        guest.sees("Waiting room").await;
        host.goto(&link("Host link:")).await;
        host.press("Start meeting").await;
        for browser in [&host, &guest] {
            browser.sees("In the meeting").await;
            browser.sees(&format!("Virtual Visit - {subject}")).await;
        }
    }
    host.close().await;
    guest.close().await;
}
