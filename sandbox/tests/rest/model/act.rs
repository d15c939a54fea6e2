//! One step: asks the sandbox and the model, and compares.

use serde_json::{Value, json};

use super::cast::Stage;
use super::hear::{hear, whole_list};
use super::operations::{Asking, Listing, Operation, Order, Outcome, WhomRef};
use super::world::{MessageNumber, PersonNumber, RoomNumber, World, decode};

/// The sandbox must say what the model says. The ids it gives are learned.
pub(super) async fn act(
    stage: &mut Stage,
    world: &mut World,
    caller: PersonNumber,
    operation: &Operation,
    asking: &Asking,
    outcome: &Outcome,
) -> Result<(), String> {
    if let Operation::LogIn { guest, name } = operation {
        let answer = stage.log_in(&world.people[*guest].subject, name).await?;
        let token = answer["token"].as_str().ok_or_else(|| format!("no token: {answer}"))?;
        token.clone_into(&mut stage.callers[*guest].token);
        return same(&json!({ "token": token, "expiresIn": 21_599 }), &answer);
    }
    let client = stage.callers[caller].clone();
    let heard = hear(&client, asking.method.clone(), &asking.path, asking.body.as_ref()).await?;
    if heard.status != outcome.status() {
        return Err(format!("the model says {outcome:?}, the sandbox {} {}", heard.status, heard.body));
    }
    match outcome {
        Outcome::Refused(_) | Outcome::Nothing | Outcome::LoggedIn => Ok(()),
        Outcome::Room(room) => {
            learn(world.cluster, "ROOM", &mut world.rooms[*room].id, &heard.body["id"])?;
            same(&world.draw_room(caller, *room), &heard.body)
        }
        Outcome::Membership(room, person) => {
            learn_person(world, *person, &heard.body)?;
            same(&world.draw_membership(*room, *person), &heard.body)
        }
        Outcome::Message(message) => {
            learn_message(stage, world, caller, *message, &heard.body).await?;
            let mut expected = world.draw_message(*message);
            if let Operation::Post { whom, .. } = operation {
                match whom {
                    WhomRef::Id(id) => expected["toPersonId"] = json!(id.text),
                    WhomRef::Address(address) => expected["toPersonEmail"] = json!(address),
                    WhomRef::Both(..) | WhomRef::Neither => {}
                }
            }
            same(&expected, &heard.body)
        }
        Outcome::Vouched(guest) => {
            let (person, mut answer) = (&world.people[*guest], heard.body);
            let token = answer.as_object_mut().and_then(|answer| answer.remove("accessToken"));
            let Some(Value::String(token)) = token else { return Err(format!("no accessToken: {answer}")) };
            let expected = json!({
                "id": person.id, "subject": person.subject, "displayName": person.name, "email": person.email, "expiresIn": 64_799
            });
            // The older ones stay good: half of the guests go on with theirs.
            if guest % 2 == 0 {
                stage.callers[*guest].token = token;
            }
            same(&expected, &answer)
        }
        Outcome::List(listing) => {
            let items = whole_list(&client, &asking.path, heard, listing).await?;
            same_list(listing, items)
        }
    }
}

/// The first answer gives the id, in the canonical form; later ones repeat it.
fn learn(cluster: &str, kind: &str, known: &mut String, id: &Value) -> Result<(), String> {
    if known.is_empty() {
        let id = id.as_str().ok_or("no id")?;
        decode(cluster, kind, id).ok_or_else(|| format!("{id} is no id of {kind} in {cluster}"))?;
        id.clone_into(known);
    }
    Ok(())
}

fn learn_person(world: &mut World, person: PersonNumber, membership: &Value) -> Result<(), String> {
    let home = world.home.clone();
    let person = &mut world.people[person];
    learn("us", "PEOPLE", &mut person.id, &membership["personId"])?;
    if person.organisation.is_empty() {
        learn("us", "ORGANIZATION", &mut person.organisation, &membership["personOrgId"])?;
        // Strangers are of another organisation.
        if person.organisation == home {
            return Err(format!("a stranger is of the organisation: {membership}"));
        }
    }
    Ok(())
}

/// A message may bring a direct room, and that a stranger.
async fn learn_message(
    stage: &Stage,
    world: &mut World,
    author: PersonNumber,
    message: MessageNumber,
    answer: &Value,
) -> Result<(), String> {
    let room: RoomNumber = world.messages[message].room;
    learn(world.cluster, "MESSAGE", &mut world.messages[message].id, &answer["id"])?;
    learn(world.cluster, "ROOM", &mut world.rooms[room].id, &answer["roomId"])?;
    let Some(stranger) = world.rooms[room].members.keys().copied().find(|person| world.people[*person].id.is_empty()) else {
        return Ok(());
    };
    let path = format!("/memberships?roomId={}", world.rooms[room].id);
    let members = hear(&stage.callers[author], reqwest::Method::GET, &path, None).await?;
    let email = json!(world.people[stranger].email);
    let found = members.body["items"].as_array().and_then(|items| items.iter().find(|item| item["personEmail"] == email));
    learn_person(world, stranger, found.ok_or_else(|| format!("{email} is not in the room: {}", members.body))?)
}

pub(super) fn same(expected: &Value, heard: &Value) -> Result<(), String> {
    if expected == heard { Ok(()) } else { Err(format!("the model says {expected}\nthe sandbox     {heard}")) }
}

pub(super) fn same_list(listing: &Listing, mut heard: Vec<Value>) -> Result<(), String> {
    let mut expected = listing.items.clone();
    if listing.order != Order::Exact {
        for items in [&mut expected, &mut heard] {
            items.sort_by_key(|item| item["id"].to_string());
        }
    }
    same(&Value::Array(expected), &Value::Array(heard))
}
