//! `./x campaign kill [SENDS [SEED]]`: the portal is killed at random moments while guests write, without and with faults of
//! Webex's; nothing may be lost, doubled or out of order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tests::campaign::{Plan, run};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    assert_eq!(arguments.next().as_deref(), Some("kill"), "there is one campaign: kill");
    let mut numbers = arguments.map(|argument| argument.parse::<u64>().expect("a number"));
    let sends = usize::try_from(numbers.next().unwrap_or(10_000)).expect("a number of messages");
    let seed = numbers.next().unwrap_or(20_261_125);
    for fault_probability in [0.0, 0.02] {
        let plan = Plan { sends, guests: 40, seed, pause_ms: 200, kill_after_ms: (50, 1000), fault_probability };
        println!("{plan:?}");
        let report = run(plan).await;
        println!("{report}");
        for (what, found) in [("lost", &report.lost), ("doubled", &report.doubled), ("out of order", &report.out_of_order)] {
            assert!(found.is_empty(), "{what}: {found:?}");
        }
        assert!(report.at_once * 100 >= report.accepted * 95, "too few were accepted at the first or second try");
        assert!(fault_probability > 0.0 || report.taken_back == 0, "something was taken back although Webex was well");
    }
}
