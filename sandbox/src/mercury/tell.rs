//! Tells those who are connected what happened.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::activity::{self, Activity};
use super::base::Base;
use super::close::Close;
use super::hub::{Line, Told};
use crate::app::App;
use crate::cloud::Cloud;
use crate::ids::PersonId;
use crate::state::{Happened, Organisation, PersonKind, Sign, SignKind};

/// Somebody whom the staff saw typing, or stopping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypingView {
    /// Where: the room's Webex id.
    pub room_id: String,
    /// Who: their Webex id.
    pub person_id: String,
    /// Whether they began or went on; otherwise they stopped.
    pub is_typing: bool,
}

/// One thing to tell, and to whom of those who may know.
struct Data {
    value: Arc<Value>,
    only: Option<PersonId>,
}

/// A change in a room.
pub(crate) fn tell(app: &App, cloud: Cloud, number: u64, happened: &Happened) {
    // One seed for all, so that everybody is told the same ids.
    let seed = Uuid::new_v4();
    tell_all(app, cloud, number, &happened.audience, |organisation, base| {
        let activities = activity::of(organisation, happened, base, seed);
        activities.into_iter().map(|Activity { value, only }| Data { value: Arc::new(told_activity(value)), only }).collect()
    });
}

/// Typing, or reading.
pub(crate) fn tell_sign(app: &App, cloud: Cloud, number: u64, sign: &Sign) {
    if let SignKind::Typing { is_typing } = sign.kind {
        note_typing(app, cloud, sign, is_typing);
    }
    tell_all(app, cloud, number, &sign.audience, |organisation, base| {
        let value = match sign.kind {
            SignKind::Typing { is_typing } => json!({
                "eventType": if is_typing { "status.start_typing" } else { "status.stop_typing" },
                "actor": activity::person(organisation, sign.actor),
                "conversationId": sign.room.uuid().to_string(),
            }),
            SignKind::HasRead(message) => {
                let activity = activity::acknowledge(organisation, sign.actor, sign.room, message, sign.at, base);
                told_activity(activity)
            }
        };
        vec![Data { value: Arc::new(value), only: None }]
    });
}

fn told_activity(activity: Value) -> Value {
    json!({ "eventType": "conversation.activity", "activity": activity })
}

fn note_typing(app: &App, cloud: Cloud, sign: &Sign, is_typing: bool) {
    app.world_of(cloud).read(|organisation| {
        let is_staff = |id: &PersonId| organisation.person(*id).is_some_and(|person| person.kind == PersonKind::Staff);
        if sign.audience.iter().any(is_staff) {
            let (room_id, person_id) = (sign.room.public(organisation.cluster()), sign.actor.public());
            app.mercury.typing.note(TypingView { room_id, person_id, is_typing });
        }
    });
}

/// Nothing is made where nobody listens. Whoever joined later is not told what was before.
fn tell_all(app: &App, cloud: Cloud, number: u64, audience: &[PersonId], data: impl Fn(&Organisation, &Base) -> Vec<Data>) {
    let (hub, rules) = (&app.mercury.hub, app.mercury.rules());
    let lines: Vec<Line> = hub.lines_of(audience).into_iter().filter(|line| line.since < number).collect();
    if lines.is_empty() || rules.is_silent {
        return;
    }
    let due_at = app.clock.now() + rules.delay();
    // Nearly always all of them see the sandbox at one address.
    let mut made: Vec<(Base, Vec<Data>)> = Vec::new();
    let (good, ended): (Vec<Line>, Vec<Line>) = app.world_of(cloud).read(|organisation| {
        for line in &lines {
            if made.iter().all(|(base, _)| *base != line.base) {
                made.push((line.base.clone(), data(organisation, &line.base)));
            }
        }
        lines.into_iter().partition(|line| line.is_good(organisation))
    });
    ended.iter().for_each(|line| hub.end(line, &Close::UNAUTHORISED));
    for line in &good {
        let own = made.iter().find(|(base, _)| *base == line.base).map(|(_, data)| data.as_slice()).unwrap_or_default();
        for data in own.iter().filter(|data| data.only.is_none_or(|only| only == line.owner)) {
            (0..rules.copies()).for_each(|_| hub.tell(line, Told { due_at, data: data.value.clone() }));
        }
    }
}
