//! A portal, its disk, Webex, the lines between and everybody who talks, in one thread and a time that stands still
//! while somebody works: hours pass in a moment, and a seed says what goes wrong and when.
//!
//! The portal is the real one; its store lies on a [`server::store::ModelDisk`], its requests reach the simulated Webex
//! by a function. The seed governs how long every step takes, crashes, faults and what people do; the portal's own
//! random ids are not governed, so a run is repeated in what matters, not byte by byte.

mod guest;
mod meeting_oracle;
pub mod meetings;
mod oracle;
mod plan;
mod process;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use fastrand::Rng;
use sandbox::{Fault, Sandbox, SandboxConfig};
use server::{clock::Clock, store::ModelDisk};
use tempfile::TempDir;

use self::{
    guest::Guest,
    plan::{Mode, Plan},
    process::{ONE_SITE, Process},
};
use crate::portal::{GRACE, shifted};

const SOON: Duration = Duration::from_secs(2);
const SHORTLY_MS: u64 = 10;
/// Before the end of a nap.
const NEARLY: Duration = Duration::from_secs(30);
/// So long everything may take to come to an end after the last trouble.
const PATIENCE: Duration = Duration::from_secs(300);

/// What one run did, and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Messages the portal took.
    pub accepted: usize,
    /// How often the power was cut.
    pub crashes: usize,
    /// Requests to Webex that met a fault.
    pub faults: usize,
    /// How long it was by the simulated time.
    pub lasted: Duration,
    /// Each is a promise that was broken.
    pub broken: Vec<String>,
}

/// Everything random comes from here.
#[derive(Clone)]
pub(crate) struct Dice(Arc<Mutex<Rng>>);

impl Dice {
    pub(crate) fn roll<T>(&self, roll: impl FnOnce(&mut Rng) -> T) -> T {
        roll(&mut self.0.lock().expect("nobody panics with them"))
    }

    /// A pause of at most so many milliseconds.
    pub(crate) fn pause(&self, most_ms: u64) -> Duration {
        Duration::from_millis(self.roll(|random| random.u64(0..=most_ms)))
    }
}

/// Runs what a seed says.
pub fn run(seed: u64) -> Report {
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The portal's own random waits.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(simulate(seed))
}

async fn simulate(seed: u64) -> Report {
    let dice = Dice(Arc::new(Mutex::new(Rng::with_seed(seed))));
    let plan = dice.roll(|random| Plan::of(seed, random));
    let clock = Clock::simulated(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
    let (sandbox_clock, ahead_secs) = (clock.clone(), plan.webex_ahead_secs);
    let config =
        SandboxConfig { clock: sandbox::Clock::new(move || shifted(sandbox_clock.system_time(), ahead_secs)), ..SandboxConfig::loopback() };
    let webex = Arc::new(Sandbox::start(config).await.expect("the sandbox starts"));
    let disk_dice = dice.clone();
    let longest_step_ms = plan.longest_step_ms;
    let disk = ModelDisk::new(clock.clone(), move || disk_dice.pause(longest_step_ms)).expect("a disk");
    let folder = TempDir::new().expect("a folder");
    let mut process = Process::new(ONE_SITE, clock.clone(), webex.clone(), disk, folder.path().to_owned(), dice.clone());
    process.start().await;

    let guests: Vec<Arc<Guest>> =
        (0..plan.guests).map(|number| Guest::new(number, plan.tabs, process.door(), clock.clone(), dice.clone())).collect();
    for guest in &guests {
        guest.sign_in().await;
        for tab in 0..plan.tabs {
            tokio::spawn(guest.clone().listen(tab, plan.nap.filter(|_| tab == 0)));
        }
    }
    let talking: Vec<_> = guests.iter().map(|guest| tokio::spawn(guest.clone().talk(plan.messages, plan.longest_pause_ms))).collect();
    let others = tokio::spawn(others_talk(plan.clone(), webex.clone(), guests.clone(), clock.clone(), dice.clone()));
    if plan.mode == Mode::Restless {
        // The greeting, and what the guest says first.
        webex.add_fault(Fault::drop_before("POST", "/v1/messages").times(2)).expect("the fault is one");
    }
    let began = clock.elapsed();
    let (crashes, faults) = trouble(&plan, &mut process, &webex, &clock, &dice).await;
    for one in talking {
        one.await.expect("nobody who talks panics");
    }
    others.await.expect("nobody who talks panics");
    let broken = oracle::judge(&plan, &guests, &webex, &process, &clock, PATIENCE).await;
    let accepted = guests.iter().map(|guest| guest.accepted().len()).sum();
    Report { accepted, crashes, faults, lasted: clock.elapsed() - began, broken }
}

/// Everything that goes wrong, and then nothing more does.
async fn trouble(plan: &Plan, process: &mut Process, webex: &Sandbox, clock: &Clock, dice: &Dice) -> (usize, usize) {
    let ends_at = clock.elapsed() + plan.trouble;
    let (mut crashes, mut faults) = (0, 0_usize);
    while clock.elapsed() < ends_at {
        let (pause, is_crash) = plan.next_trouble(dice);
        clock.sleep(pause).await;
        if is_crash {
            if plan.mode != Mode::Restless && dice.roll(|random| random.bool()) {
                // Right after the portal has said yes to somebody.
                let mut yeses = process.door().yeses();
                let _ = tokio::time::timeout(SOON, yeses.changed()).await;
                clock.sleep(dice.pause(SHORTLY_MS)).await;
            }
            crashes += 1;
            process.crash();
            clock.sleep(dice.pause(plan.longest_darkness_ms)).await;
            process.start().await;
        } else if let Some(fault) = plan.fault(dice) {
            faults += 1;
            webex.add_fault(fault).expect("the fault is one");
        }
    }
    let met = faults.saturating_sub(webex.faults().len());
    webex.clear_faults();
    (crashes, met)
}

/// Staff answer, change their minds and take it back; the guests write from somewhere else as well.
async fn others_talk(plan: Plan, webex: Arc<Sandbox>, guests: Vec<Arc<Guest>>, clock: Clock, dice: Dice) {
    for number in 0..plan.others {
        if let Some(nap) = plan.nap {
            // The first while the tab has just fallen asleep, the others shortly before it wakes up.
            clock.sleep_until(if number == 0 { nap.from } else { nap.until - NEARLY }).await;
        }
        clock.sleep(dice.pause(plan.longest_pause_ms)).await;
        let guest = &guests[dice.roll(|random| random.usize(..guests.len()))];
        let Some(room) = webex.room_titled(&guest.name()) else { continue };
        let messages = webex.messages(&room.id);
        let by_guest = messages.iter().find(|message| message.author == guest.name());
        let by_staff = messages.iter().rfind(|message| message.text.starts_with("answer"));
        // Staff may not be in the space yet, the guest may not have written: then nothing is said.
        match (dice.roll(|random| random.u8(..6)), by_guest, by_staff) {
            (0..2, Some(message), _) => {
                let text = format!("elsewhere {number}");
                if webex.write_elsewhere_as(&message.person_id, &room.id, &text).is_ok() {
                    guest.note_other(text);
                }
            }
            (2, _, Some(message)) => {
                let text = format!("answer {number}, which is a better one");
                webex.edit_as_staff(GRACE, &message.id, &text).expect("it is theirs");
                guest.forget_other(&message.text);
                guest.note_other(text);
            }
            (3, _, Some(message)) => {
                webex.delete_as_staff(GRACE, &message.id).expect("it is theirs");
                guest.forget_other(&message.text);
            }
            _ => {
                let text = format!("answer {number}");
                if webex.reply_as_staff(GRACE, &room.id, &text).is_ok() {
                    guest.note_other(text);
                }
            }
        }
    }
    if let Some(nap) = plan.nap {
        clock.sleep_until(nap.until).await;
    }
}
