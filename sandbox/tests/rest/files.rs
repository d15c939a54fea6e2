//! Files of messages: sent in parts, fetched by members, gone with their message.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response, StatusCode};
use sandbox::{FileScan, Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Client, http, ok, refusal, start, text};

async fn send(client: &Client, form: Form) -> Response {
    client.request(Method::POST, "/messages").multipart(form).send().await.unwrap()
}

fn part(name: &str, media_type: &str, bytes: &[u8]) -> Part {
    Part::bytes(bytes.to_vec()).file_name(name.to_owned()).mime_str(media_type).unwrap()
}

async fn two_in_a_room(sandbox: &Sandbox) -> (Client, Client, String) {
    let (grace, guest) = (Client::grace(sandbox), Client::guest(sandbox, "ada", "Ada").await);
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "grace@sandbox.example" })).await;
    (grace, guest, room)
}

#[tokio::test]
async fn a_file_is_sent_in_parts_and_fetched_by_members_only() {
    let sandbox = start().await;
    let (grace, guest, room) = two_in_a_room(&sandbox).await;
    let form =
        Form::new().text("roomId", room.clone()).text("markdown", "**Look**").part("files", part("naïve plan.txt", "text/plain", b"four"));
    let message = ok(send(&guest, form).await).await;
    assert_eq!((&message["text"], &message["html"]), (&json!("Look"), &json!("<p><strong>Look</strong></p>")));
    let url = message["files"][0].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/v1/contents/", sandbox.base_url())), "{url}");
    assert_eq!(message["files"].as_array().unwrap().len(), 1);

    let head = grace.request(Method::HEAD, url).send().await.unwrap();
    let fetched = grace.request(Method::GET, url).send().await.unwrap();
    for response in [&head, &fetched] {
        assert_eq!(response.status(), 200);
        let header = |name| response.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(header("content-disposition"), "attachment; filename=\"na_ve plan.txt\"; filename*=UTF-8''na%C3%AFve%20plan.txt");
        assert_eq!((header("content-type"), header("content-length"), header("cache-control")), ("text/plain", "4", "no-cache"));
    }
    assert_eq!(head.bytes().await.unwrap().len(), 0);
    assert_eq!(fetched.bytes().await.unwrap(), "four");
    assert_eq!(Client::linus(&sandbox).refused(Method::GET, url, None).await.0, 404);
    assert_eq!(refusal(http().get(url).send().await.unwrap()).await.0, 401);
    let missing = format!("{}0", url);
    assert_eq!(grace.refused(Method::GET, &missing, None).await.0, 404);
}

#[tokio::test]
async fn a_file_needs_neither_words_nor_a_name() {
    let sandbox = start().await;
    let (grace, guest, room) = two_in_a_room(&sandbox).await;
    let form = Form::new().text("roomId", room.clone()).part("files", Part::bytes(b"x".to_vec()));
    let message = ok(send(&guest, form).await).await;
    assert!(message.get("text").is_none());
    let url = text(&json!({ "url": message["files"][0] }), "url");
    let response = grace.request(Method::GET, &url).send().await.unwrap();
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"file\"");
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    let path = format!("/messages/{}", text(&message, "id"));
    assert_eq!(guest.refused(Method::PUT, &path, Some(json!({ "roomId": room, "text": "x" }))).await.0, 400);
    assert_eq!(guest.get(&path).await["files"], message["files"]);

    guest.delete(&path).await;
    assert_eq!(grace.refused(Method::GET, &url, None).await.0, 404);
    assert_eq!(sandbox.file_bytes(&url), None);
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let sandbox = start().await;
    let (_, guest, room) = two_in_a_room(&sandbox).await;
    let to_room = || Form::new().text("roomId", room.clone());
    let two = to_room().part("files", part("a.txt", "text/plain", b"a")).part("files", part("b.txt", "text/plain", b"b"));
    assert_eq!(refusal(send(&guest, two).await).await.0, 400);
    let tiff = to_room().part("files", part("a.tif", "image/tiff", b"a"));
    assert_eq!(refusal(send(&guest, tiff).await).await.0, 400);
    let large = to_room().part("files", part("a.bin", "application/octet-stream", &vec![0; 100 * 1024 * 1024 + 1]));
    assert_eq!(refusal(send(&guest, large).await).await.0, 413);
    let by_url = json!({ "roomId": room, "files": ["https://files.example/a.png"] });
    assert_eq!(guest.refused(Method::POST, "/messages", Some(by_url)).await.0, 400);
    assert_eq!(guest.all(&format!("/messages?roomId={room}")).await, Vec::<Value>::new());
    guest.post("/messages", json!({ "roomId": room, "text": "none", "files": [] })).await;
}

#[tokio::test]
async fn the_largest_file_that_is_allowed_arrives_whole() {
    let sandbox = start().await;
    let (_, guest, room) = two_in_a_room(&sandbox).await;
    let bytes: Vec<u8> = (0..100 * 1024 * 1024_u32).map(|number| (number % 251) as u8).collect();
    let form = Form::new().text("roomId", room).part("files", part("a.bin", "application/octet-stream", &bytes));
    let message = ok(send(&guest, form).await).await;
    assert!(sandbox.file_bytes(message["files"][0].as_str().unwrap()).unwrap() == bytes);
}

#[tokio::test]
async fn a_file_is_locked_gone_or_at_ones_own_risk_as_the_scan_says() {
    let sandbox = start().await;
    let (grace, _, room) = two_in_a_room(&sandbox).await;
    let sent = sandbox.send_file_as_staff("Grace Hopper", &room, "a.zip", "application/zip", b"PK", Some("Here")).unwrap();
    let file = &sent.files[0];
    assert_eq!((sent.text.as_str(), file.name.as_str(), file.media_type.as_str(), file.size), ("Here", "a.zip", "application/zip", 2));
    let url = file.url.clone();
    let status = async |url: &str| grace.request(Method::GET, url).send().await.unwrap().status().as_u16();

    sandbox.set_file_scan("a.zip", FileScan::Scanning { retry_after_secs: 9 });
    let locked = grace.request(Method::GET, &url).send().await.unwrap();
    assert_eq!((locked.status().as_u16(), locked.headers()["retry-after"].to_str().unwrap()), (423, "9"));
    sandbox.set_file_scan("a.zip", FileScan::Infected);
    assert_eq!(status(&url).await, 410);
    let rule = json!({ "file_name": "a.zip", "scan": "unscannable" });
    let scans = format!("{}/sandbox/scans", sandbox.base_url());
    assert_eq!(http().post(&scans).json(&rule).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(status(&url).await, 428);
    assert_eq!(status(&format!("{url}?allow=unscannable")).await, 200);
    assert_eq!(http().delete(&scans).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(status(&url).await, 200);
}

#[tokio::test]
async fn files_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let config = SandboxConfig { data_dir: Some(directory.path().to_owned()), ..SandboxConfig::loopback() };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let address = sandbox.address();
    let (grace, _, room) = two_in_a_room(&sandbox).await;
    let file = sandbox.send_file_as_staff("grace@sandbox.example", &room, "a.txt", "text/plain", b"kept", None).unwrap().files.remove(0);
    sandbox.stop().await;
    // What a killed process leaves of an upload.
    let contents = directory.path().join("contents");
    let half = contents.join("6f1c1a52-9a59-4c4e-9a44-0f5d6c0d1d11");
    std::fs::write(&half, "half").unwrap();
    let sandbox = Sandbox::start(SandboxConfig { listen: address, ..config }).await.unwrap();
    assert!(!half.exists());
    assert_eq!(sandbox.messages(&room)[0].files, std::slice::from_ref(&file));
    assert_eq!(grace.request(Method::GET, &file.url).send().await.unwrap().bytes().await.unwrap(), "kept");
    sandbox.reset().unwrap();
    assert!(!contents.exists());
}

#[tokio::test]
async fn staff_answer_in_a_thread_and_take_back() {
    let sandbox = start().await;
    let (_, guest, room) = two_in_a_room(&sandbox).await;
    let asked = text(&guest.say(&room, "When?").await, "id");
    let reply = sandbox.reply_in_thread_as_staff("Grace Hopper", &asked, "Now").unwrap();
    assert_eq!(reply.parent_id.as_deref(), Some(asked.as_str()));
    sandbox.delete_as_staff("Grace Hopper", &reply.id).unwrap();
    assert_eq!(sandbox.messages(&room).len(), 1);
    assert!(sandbox.reply_in_thread_as_staff("Linus Pauling", &asked, "Me too").is_err());
}

#[tokio::test]
async fn the_desk_sends_and_saves_files() {
    let sandbox = start().await;
    let (grace, _, room) = two_in_a_room(&sandbox).await;
    let id = text(&grace.me().await, "id");
    let desk = format!("{}/desk/api", sandbox.base_url());
    let url = format!("{desk}/rooms/{room}/files?as={id}&name=plan.html");
    let sent = http().post(url).header("content-type", "text/html").body("<p>hi</p>").send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let file = &sandbox.messages(&room)[0].files[0];
    let content = file.url.rsplit('/').next().unwrap();
    let saved = http().get(format!("{desk}/contents/{content}?as={id}")).send().await.unwrap();
    assert_eq!(saved.headers()["content-disposition"], "attachment; filename=\"plan.html\"");
    assert_eq!(saved.headers()["x-content-type-options"], "nosniff");
    assert_eq!(saved.text().await.unwrap(), "<p>hi</p>");
}

#[tokio::test]
async fn a_file_is_fetched_from_its_address_and_kept() {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;

    let named = [("content-type", "application/pdf"), ("content-disposition", "attachment; filename=\"contract.pdf\"")];
    let router = Router::new()
        .route("/pictures/cat%20one.png", get(|| async { ([("content-type", "image/png")], "meow") }))
        .route("/download", get(move || async move { (named, "signed") }))
        .route("/gone", get(|| async { StatusCode::NOT_FOUND }))
        .route("/elsewhere", get(|| async { axum::response::Redirect::temporary("/download") }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let web = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    for (path, name, media_type, bytes) in
        [("/pictures/cat%20one.png", "cat one.png", "image/png", "meow"), ("/download", "contract.pdf", "application/pdf", "signed")]
    {
        let message = grace.post("/messages", json!({ "roomId": room, "text": "see", "files": [format!("{web}{path}")] })).await;
        let content = grace.request(Method::GET, message["files"][0].as_str().unwrap()).send().await.unwrap();
        assert_eq!(content.headers()["content-disposition"], format!("attachment; filename=\"{name}\""));
        assert_eq!(content.headers()["content-type"], media_type);
        assert_eq!(content.text().await.unwrap(), bytes);
    }
    let refused =
        async |files: serde_json::Value| grace.refused(Method::POST, "/messages", Some(json!({ "roomId": room, "files": files }))).await;
    for (files, expected) in [
        (json!([format!("{web}/gone")]), "404"),
        (json!([format!("{web}/elsewhere")]), "307"),
        (json!(["http://127.0.0.1:1/"]), "nobody answers"),
        (json!(["ftp://127.0.0.1/a"]), "http or https"),
        (json!([format!("{web}/download"), format!("{web}/download")]), "Only one file"),
        (json!([1]), "malformed"),
    ] {
        let (status, message) = refused(files.clone()).await;
        assert_eq!(status, 400, "{files}");
        assert!(message.contains(expected), "{message}");
    }
}
