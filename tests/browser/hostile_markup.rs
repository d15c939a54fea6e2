//! Hostile markup on the page that guests see: nothing runs, nothing is fetched, nobody is led away.

use tests::{engine::Engine, hostile::shown};

#[tokio::test(flavor = "multi_thread")]
async fn of_every_vector_only_words_and_known_formatting_are_drawn() {
    let report = shown::run(Engine::Chromium).await;
    println!("{report}");
    assert!(report.is_well(), "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vector_does_would_be_noticed() {
    let sightings = shown::run_unsafe(Engine::Chromium).await;
    println!("{sightings}");
    assert!(sightings.executions > 0 && sightings.dialogs > 0, "{sightings:#?}");
    assert!(!sightings.requests.is_empty() && !sightings.violations.is_empty(), "{sightings:#?}");
    assert!(sightings.navigations > 0 && !sightings.strange.is_empty(), "{sightings:#?}");
}
