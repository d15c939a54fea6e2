//! The page's budget: what a guest on a bad line has to wait for.

use tests::{portal::TestPortal, weighing::Weight};

/// Compressed bytes until one message is sent and one reply is shown.
const BUDGET_BYTES: u64 = 160_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_visit_stays_within_its_budget() {
    let mut portal = TestPortal::start().await;
    let weight = Weight::of_a_first_visit(&portal).await;
    assert!(weight.body_bytes() <= BUDGET_BYTES, "{} bytes of {BUDGET_BYTES}:\n{weight}", weight.body_bytes());
    // The program alone is more than half of it: a page that was not measured whole would pass.
    assert!(weight.body_bytes() > BUDGET_BYTES / 2, "{weight}");
    portal.stop_portal().await;
}
