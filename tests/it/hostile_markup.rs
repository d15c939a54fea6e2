//! Hostile markup comes out as words and known formatting. The vectors lie in `tests/hostile/markup.txt`.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tests::hostile::{Mutator, Vector, broken, judge, judge_mutations, long_vectors, vectors};

const URL: &str = "http://canary.example/";
/// What is read of one message, in a build that is made for finding mistakes.
const MAX_TIME: Duration = Duration::from_secs(1);
const SEED: u64 = 20_261_128;
/// `./x campaign markup` tries more.
const MUTATIONS: usize = 100_000;

fn every_vector() -> Vec<Vector> {
    [vectors(URL), long_vectors()].concat()
}

#[test]
fn every_vector_becomes_words_and_known_formatting() {
    let mut wrong = Vec::new();
    let mut classes = BTreeMap::new();
    for Vector { class, html } in every_vector() {
        let judged = judge(&html);
        let begin: String = html.chars().take(200).collect();
        if let Some(broken) = judged.broken {
            wrong.push(format!("{class}: {broken}\n    {begin:?}"));
        }
        if judged.took > MAX_TIME {
            wrong.push(format!("{class}: took {:?}\n    {begin:?}", judged.took));
        }
        *classes.entry(class).or_insert(0) += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count: usize = classes.values().sum();
    println!("{count} vectors in {} classes: {classes:?}", classes.len());
    assert!(count >= 400 && classes.len() >= 20);
}

#[test]
fn whatever_vectors_are_mixed_to_it_stays_words_and_known_formatting() {
    let parents: Vec<String> = vectors(URL).into_iter().map(|vector| vector.html).collect();
    let began = Instant::now();
    let longest = judge_mutations(&parents, MUTATIONS, SEED);
    println!("{MUTATIONS} mutations of seed {SEED} in {:.1?}, the longest {longest:.1?}", began.elapsed());
    assert!(longest < MAX_TIME);
}

#[test]
fn the_same_seed_makes_the_same_mutations() {
    let parents = ["<b>one</b>".to_owned(), "<i>two</i>".to_owned()];
    let made = |seed| {
        let mut mutator = Mutator::new(&parents, seed);
        (0..50).map(|_| mutator.mutation()).collect::<Vec<_>>()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}

#[test]
fn the_judge_knows_what_is_wrong() {
    use serde_json::json;
    let text = |text: &str| json!({ "inline": "text", "text": text });
    let paragraph = |inline: serde_json::Value| json!([{ "block": "paragraph", "inlines": [inline] }]);
    let link = |href: &str| paragraph(json!({ "inline": "link", "href": href, "inlines": [] }));
    assert_eq!(broken(&paragraph(text("a\tb\nc"))), None);
    for href in ["https://a.example/", "http://a.example/", "mailto:a@a.example"] {
        assert_eq!(broken(&link(href)), None);
    }
    let nested = |count: usize| (0..count).fold(json!([]), |within, _| json!([{ "block": "quote", "blocks": within }]));
    assert_eq!(broken(&nested(32)), None);
    for wrong in [
        link("javascript:alert(1)"),
        link(" https://a.example/"),
        link("HTTPS://a.example/"),
        link("data:text/html,x"),
        link("//a.example/"),
        link("https:a.example"),
        link("https://a.example/\nx"),
        paragraph(text("a\u{202e}b")),
        paragraph(text("a\u{0}b")),
        paragraph(text("a\u{9b}b")),
        paragraph(text(&"x".repeat(70_000))),
        paragraph(json!({ "inline": "image", "src": "x" })),
        paragraph(json!({ "inline": "text", "text": "x", "onclick": "x" })),
        paragraph(
            json!({ "inline": "link", "href": "https://a.example/", "inlines": [{ "inline": "link", "href": "https://a.example/", "inlines": [] }] }),
        ),
        json!([{ "block": "unknown" }]),
        json!([{ "block": "heading", "level": 7, "inlines": [] }]),
        json!({ "block": "rule" }),
        nested(33),
        vec![json!({ "block": "rule" }); 2001].into(),
    ] {
        assert!(broken(&wrong).is_some(), "{wrong}");
    }
}
