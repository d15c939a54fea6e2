//! No token, JWT or secret reaches the browser: not in an answer, not in its storage, not in the program.

use secrecy::ExposeSecret;
use serde_json::Value;
use shared::GuestId;
use tests::portal::GRACE;

use crate::world::World;

/// A named heap of bytes to search.
type Heap = (String, Vec<u8>);

#[tokio::test(flavor = "multi_thread")]
async fn no_token_or_secret_reaches_the_browser() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("my message").await;
    world.webex_has("Ada", "my message").await;
    world.staff_reply("Ada", "the answer");
    world.guest.sees_message("the answer").await;
    meet_and_fetch_a_file(&world).await;
    world.guest.reload().await;
    world.guest.sees_message("the answer").await;
    world.guest.link("Join now").await;

    let secrets = secrets(&world).await;
    let heaps = heaps(&world).await;
    assert!(heaps.iter().any(|(_, bytes)| contains(bytes, b"the answer")), "the search looks where answers are");
    assert!(heaps.iter().any(|(name, bytes)| name.ends_with(".wasm") && bytes.starts_with(b"\0asm")), "the search looks into the program");
    assert_eq!(findings(&heaps, &secrets), Vec::<String>::new());
    assert_eq!(world.guest.script("return document.cookie").await, "", "cookies are out of reach of scripts");

    // The search finds what is there: one secret comes as a message, another lies in the storage.
    let [first, second, ..] = secrets.as_slice() else { panic!("there are secrets to look for") };
    world.staff_reply("Ada", &format!("planted {}", first.1));
    world.guest.sees_message("planted").await;
    world.guest.script(&format!("localStorage.setItem('planted', '{}')", second.1)).await;
    let found = findings(&self::heaps(&world).await, &secrets);
    assert!(found.iter().any(|found| found.contains(&first.0) && found.contains("answers")), "{found:?}");
    assert!(found.iter().any(|found| found.contains(&second.0) && found.contains("storage")), "{found:?}");
    world.end().await;
}

/// A file from staff is fetched, and a meeting is asked for and taken: more secrets come into being.
async fn meet_and_fetch_a_file(world: &World) {
    let room = world.portal.webex().room_titled("Ada").unwrap();
    world.portal.webex().send_file_as_staff(GRACE, &room.id, "offer.txt", "text/plain", b"an offer", None).unwrap();
    world.guest.press("Download offer.txt").await;
    world.guest.press("Join meeting").await;
    world.guest.sees("We are asking somebody to join you.").await;
    let claim = world.portal.claim(GRACE, 1).await;
    world.portal.take_it(&claim).await;
    world.guest.sees("Grace Hopper is waiting for you.").await;
}

/// Everything that must stay on the server, by name.
async fn secrets(world: &World) -> Vec<(String, String)> {
    let credentials = world.portal.webex().credentials();
    let mut secrets = vec![
        ("service app access token".to_owned(), credentials.service_app.access_token.clone()),
        ("service app client secret".to_owned(), credentials.service_app.client_secret.clone()),
        ("service app refresh token".to_owned(), credentials.service_app.refresh_token.clone()),
        ("bot token".to_owned(), credentials.bot.access_token.clone()),
        ("guest issuer secret".to_owned(), credentials.guest_issuer.secret.clone()),
    ];
    secrets.extend(credentials.staff.iter().map(|staff| (format!("token of {}", staff.email), staff.access_token.clone())));
    let session = world
        .guest
        .client()
        .execute_async(
            "const [done] = arguments; fetch('/api/session', { headers: { 'x-gp': 'demo' } }).then(r => r.json()).then(done)",
            Vec::new(),
        )
        .await
        .expect("the session");
    let guest_id = GuestId::new(session["guest_id"].as_str().expect("a guest id"));
    let vouched = world.portal.app().identity.vouch(&guest_id).await.expect("the guest's token");
    secrets.push(("guest access token".to_owned(), vouched.access_token.expose_secret().to_owned()));
    // Whatever the simulated Webex handed out: every token, cipher, host's link, and address of a file.
    let issued = world.portal.webex().issued_secrets();
    assert!(issued.len() > 10, "{issued:?}");
    secrets.extend(issued.into_iter().enumerate().map(|(number, secret)| (format!("issued secret {number}"), secret)));
    for staff in [GRACE, "linus@sandbox.example"] {
        secrets.extend(world.portal.claims(staff).into_iter().map(|claim| (format!("claim of {staff}"), claim)));
    }
    secrets.extend(world.portal.minted(true).into_iter().map(|link| ("host link".to_owned(), link)));
    secrets
}

/// Every answer of the portal, everything the browser stores, and every file of the page.
async fn heaps(world: &World) -> Vec<Heap> {
    let storage = "return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), location.href, document.documentElement.outerHTML])";
    let storage = world.guest.script(storage).await;
    let databases = world
        .guest
        .client()
        .execute_async(
            "const [done] = arguments; indexedDB.databases().then(d => caches.keys().then(k => done([d.length, k.length])))",
            Vec::new(),
        )
        .await
        .expect("databases and caches");
    assert_eq!(databases, serde_json::json!([0, 0]), "there is more storage to search");
    let mut heaps = vec![
        ("answers".to_owned(), world.recorder.answers()),
        ("storage".to_owned(), storage.as_str().unwrap_or_default().as_bytes().to_vec()),
    ];
    let files =
        world.guest.script("return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.includes('/api/'))").await;
    let files: Vec<&str> = files.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for file in files {
        // Without `Accept-Encoding` the portal answers the bytes themselves.
        let bytes = reqwest::get(file).await.expect(file).bytes().await.expect(file).to_vec();
        heaps.push((file.to_owned(), bytes));
    }
    heaps
}

/// Where which secret, or anything of the shape of a JWT, was found.
fn findings(heaps: &[Heap], secrets: &[(String, String)]) -> Vec<String> {
    let mut findings = Vec::new();
    for (heap, bytes) in heaps {
        let found = secrets.iter().filter(|(_, secret)| contains(bytes, secret.as_bytes()));
        findings.extend(found.map(|(name, _)| format!("{name} in {heap}")));
        if has_jwt(bytes) {
            findings.push(format!("a JWT in {heap}"));
        }
    }
    findings
}

/// Three runs of base64url letters parted by dots, the first of them beginning like a JSON object.
fn has_jwt(bytes: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let starts = bytes.windows(3).enumerate().filter(|(_, window)| *window == b"eyJ").map(|(index, _)| index);
    starts.into_iter().any(|start| {
        let words: Vec<usize> =
            bytes[start..].split(|byte| *byte == b'.').take(3).map(|word| word.iter().take_while(|byte| is_letter(byte)).count()).collect();
        let whole = bytes[start..].split(|byte| *byte == b'.').take(2).map(<[u8]>::len).collect::<Vec<_>>();
        matches!(words.as_slice(), [a, b, c] if *a > 10 && *b > 10 && *c > 10 && whole == [*a, *b])
    })
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn the_search_knows_a_jwt_when_it_sees_one() {
    assert!(has_jwt(b"x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P y"));
    assert!(!has_jwt(b"eyJhbGciOiJIUzI1NiJ9 and nothing else. At all."));
}
