//! What every kind of answer says about itself, page and script, API and refusal, as it stands in `headers.golden.txt`. Where that
//! is to change, the test is run once with the variable `GUEST_PORTAL_WRITE_GOLDEN`, and the file's difference is looked at.

mod book;
mod classes;

use server::routes::has_frontend;
use tests::recipe::document;

use book::{ALWAYS, Book, Class};
use classes::{NEEDS_FRONTEND, Scene};

const GOLDEN: &str = "tests/it/headers.golden.txt";
const WRITE: &str = "GUEST_PORTAL_WRITE_GOLDEN";
const BEGINNING: &str = "# What each kind of answer says about itself, by a portal whose address is https.\n\
    # Written by `GUEST_PORTAL_WRITE_GOLDEN=1 cargo test --workspace --test it headers`; look at what has changed.\n\
    # Besides, every answer says:\n";

#[tokio::test(flavor = "multi_thread")]
async fn answers_say_about_themselves_what_is_written_down() {
    let mut found = Scene::start().await.look().await;
    if std::env::var_os(WRITE).is_some() {
        assert!(has_frontend(), "build the page first: ./x run, or trunk build --release");
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(GOLDEN);
        let always: String = ALWAYS.iter().map(|line| format!("#   {line}\n")).collect();
        std::fs::write(path, format!("{BEGINNING}{always}\n{}", found.to_text())).unwrap();
        return;
    }
    let mut golden = Book::parse(&document(GOLDEN));
    if !has_frontend() {
        // A bare `cargo test` has no page; `./x test` builds it first.
        for book in [&mut golden, &mut found] {
            book.classes.retain(|class: &Class| !NEEDS_FRONTEND.contains(&&*class.name));
        }
    }
    let difference = Book::difference(&golden, &found);
    assert!(difference.is_empty(), "{GOLDEN} says (-), and the portal (+):\n{difference}\nIf it should be so: {WRITE}=1");
}

#[tokio::test]
async fn what_is_written_down_allows_no_more_than_it_must() {
    let golden = document(GOLDEN);
    let classes = Book::parse(&golden).classes;
    assert!(classes.len() >= 50, "{}", classes.len());
    for never in ["\nserver:", "x-powered-by", "'unsafe-eval'", "frame-ancestors *", "access-control-allow-credentials", " *;"] {
        assert!(!golden.contains(never), "{never}");
    }
    let says = |class: &Class, words: &str| class.to_text().contains(words);
    for class in &classes {
        for always in ["content-security-policy: ", "cache-control: ", "cross-origin-resource-policy: "] {
            assert!(says(class, always) && !says(class, "(not "), "{}: {always}", class.name);
        }
        // Whatever is meant for one person is kept by nobody.
        let is_for_everybody = says(class, "cache-control: public");
        assert!(!is_for_everybody || !says(class, "set-cookie"), "{}", class.name);
        // A picture may have styles of its own; nothing else.
        assert!(!says(class, "unsafe-inline") || class.name.ends_with("picture"), "{}", class.name);
        assert!(!says(class, "access-control-") || says(class, "text/javascript"), "{}", class.name);
        assert!(
            says(class, "HttpOnly") == says(class, "set-cookie") && says(class, "; Secure") == says(class, "set-cookie"),
            "{}",
            class.name
        );
    }
}
