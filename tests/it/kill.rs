//! `kill -9` while guests write: a small kill campaign, see `./x campaign kill` for the large one.

use tests::campaign::{Plan, run};

async fn campaign(plan: Plan) {
    let report = run(plan).await;
    println!("{plan:?}\n{report}");
    assert_eq!((report.lost.as_slice(), report.doubled.as_slice(), report.out_of_order.as_slice()), (&[][..], &[][..], &[][..]));
    assert!(report.kills >= 3, "{report}");
    if plan.fault_probability == 0.0 {
        assert_eq!(report.taken_back, 0, "{report}");
    } else {
        assert!(report.faults > 0, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_out_of_order_however_often_the_portal_is_killed() {
    campaign(Plan { sends: 300, guests: 10, seed: 1, pause_ms: 150, kill_after_ms: (50, 600), fault_probability: 0.0 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_with_a_webex_in_trouble() {
    campaign(Plan { sends: 200, guests: 10, seed: 2, pause_ms: 200, kill_after_ms: (50, 600), fault_probability: 0.03 }).await;
}
