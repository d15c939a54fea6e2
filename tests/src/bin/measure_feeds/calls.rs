//! What Webex is asked while many watch and nobody says anything. The clock that portal and simulated Webex share is moved by hand,
//! in small steps, and everybody acts to the end after each; streams end and begin again as they do in
//! operation, every ten minutes or so.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use sandbox::{CredentialKind, JournalEntry};

use crate::{
    FEEDS, is_heard_by,
    scene::{STEP, Scene, pass},
};

/// At most so many a minute with a token whose rooms are polled.
const LIMIT: usize = 35;
/// The beginning is over then: every stream has ended and begun again.
const SETTLES: Duration = Duration::from_secs(11 * 60);
const MINUTES: u32 = 10;
/// What is found must not depend on the steps, so that some is measured twice.
const FINER: Duration = Duration::from_millis(100);

/// Prints the table; answers what asks too much.
pub(super) async fn measure() -> Vec<String> {
    println!("Calls to Webex in a minute while nobody says anything: the mean of {MINUTES} minutes (the median, the worst)");
    println!(
        "{:<28} {:<8} {:>15} {:>19} {:>15}  {:<11}  all, by kind",
        "", "feed", "service app", "guests together", "worst guest", "at most"
    );
    let scenes = [
        (Scene::Spaces(10), STEP, &FEEDS[..]),
        (Scene::Spaces(100), STEP, &FEEDS),
        (Scene::Spaces(100), FINER, &["polling"]),
        (Scene::Spaces(500), STEP, &FEEDS),
        (Scene::SpacesAtOnce(500), STEP, &FEEDS),
        (Scene::Tabs(50), STEP, &FEEDS),
        // With larger steps all of them would act in the same instant.
        (Scene::Guests(50), FINER, &FEEDS),
    ];
    let mut broken = Vec::new();
    for (scene, step, feeds) in scenes {
        let name = if step == FINER { format!("{}, finer steps", scene.name()) } else { scene.name() };
        for &feed in feeds {
            let calls = of(scene, feed, step).await;
            let service_app = calls.of(CredentialKind::ServiceApp);
            let guests = calls.of(CredentialKind::Guest);
            let worst = guests.iter().max_by_key(|minutes| (minutes.iter().max().copied(), minutes.iter().sum::<usize>()));
            let (limit, polled) = match feed {
                "polling" => (format!("{LIMIT} each"), [service_app.clone(), guests.clone()].concat()),
                // Webex tells by webhooks what the service app is in; guests have none.
                "webhook" => (format!("{LIMIT} a guest"), guests.clone()),
                _ => (String::new(), Vec::new()),
            };
            println!(
                "{name:<28} {feed:<8} {:>15} {:>19} {:>15}  {limit:<11}  {}",
                told(&together(&service_app)),
                told(&together(&guests)),
                told(worst.unwrap_or(&Minutes::default())),
                calls.kinds(),
            );
            let most = polled.iter().flatten().max().copied().unwrap_or(0);
            if most > LIMIT {
                broken.push(format!("{name}, {feed}: {most} calls in a minute with one token, where {LIMIT} are allowed"));
            }
        }
    }
    println!();
    broken
}

/// How many in each minute.
type Minutes = [usize; MINUTES as usize];

/// What was asked.
#[derive(Default)]
struct Calls {
    by_credential: BTreeMap<(String, Option<String>), Minutes>,
    by_kind: BTreeMap<&'static str, usize>,
}

impl Calls {
    fn since<'a>(began_at: SystemTime, journal: impl Iterator<Item = &'a JournalEntry>) -> Self {
        let mut calls = Self::default();
        for entry in journal {
            let Ok(after) = entry.arrived_at.duration_since(began_at) else { continue };
            let minute = usize::try_from(after.as_secs() / 60).expect("few minutes");
            let whose = (format!("{:?}", entry.credential), entry.person_id.clone());
            if let Some(count) = calls.by_credential.entry(whose).or_default().get_mut(minute) {
                *count += 1;
                *calls.by_kind.entry(kind(&entry.path)).or_default() += 1;
            }
        }
        calls
    }

    /// Those of each credential of a kind.
    fn of(&self, credential: CredentialKind) -> Vec<Minutes> {
        let kind = format!("{credential:?}");
        self.by_credential.iter().filter(|((one, _), _)| *one == kind).map(|(_, minutes)| *minutes).collect()
    }

    fn kinds(&self) -> String {
        let per_minute = |(kind, count): (&&str, &usize)| format!("{kind} {:.2}", *count as f64 / f64::from(MINUTES));
        self.by_kind.iter().map(per_minute).collect::<Vec<_>>().join(", ")
    }
}

/// What a path is about.
fn kind(path: &str) -> &'static str {
    let known = [
        ("/v1/rooms", "rooms"),
        ("/v1/messages", "messages"),
        ("/v1/memberships", "memberships"),
        ("/v1/people", "people"),
        ("/v1/webhooks", "webhooks"),
        ("/v1/guests/token", "tokens"),
        ("/v1/access_token", "tokens"),
        ("/wdm/", "devices"),
        ("/u2c/", "catalogue"),
    ];
    known.into_iter().find(|(begin, _)| path.starts_with(begin)).map_or("other", |(_, kind)| kind)
}

fn together(all: &[Minutes]) -> Minutes {
    let mut sum = Minutes::default();
    for minutes in all {
        for (sum, count) in sum.iter_mut().zip(minutes) {
            *sum += count;
        }
    }
    sum
}

fn told(minutes: &Minutes) -> String {
    let mut sorted = *minutes;
    sorted.sort_unstable();
    let [.., worst] = sorted;
    let mean = sorted.iter().sum::<usize>() as f64 / f64::from(MINUTES);
    format!("{mean:.1} ({}, {worst})", sorted[sorted.len() / 2])
}

async fn of(scene: Scene, feed: &str, step: Duration) -> Calls {
    let (portal, guests) = scene.begin(feed).await;
    pass(&portal, SETTLES, step).await;
    portal.webex().clear_requests();
    let began_at = portal.clock.system_time();
    // The simulator remembers the last twenty thousand only.
    let mut journal = BTreeMap::new();
    for _ in 0..MINUTES {
        pass(&portal, Duration::from_secs(60), step).await;
        journal.extend(portal.webex().requests().into_iter().map(|entry| (entry.tracking_id.clone(), entry)));
    }
    let calls = Calls::since(began_at, journal.values());
    assert!(guests.iter().all(|guest| guest.is_listening()), "everybody still listens");
    assert!(is_heard_by(&portal, feed), "another way took over from {feed}");
    calls
}
