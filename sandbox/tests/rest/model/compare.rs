//! After a sequence: everything everybody can see, and that nobody sees more.

use fastrand::Rng;
use reqwest::Method;

use super::act::{same, same_list};
use super::cast::Stage;
use super::choose::CALLERS;
use super::hear::{hear, whole_list};
use super::operations::{MessageList, Operation, Outcome, Ref, WhomRef};
use super::world::{MessageNumber, PersonNumber, RoomNumber, World};

fn known(text: &str, number: usize) -> Ref {
    Ref { text: text.to_owned(), known: Some(number), is_decodable: true }
}

/// What somebody may ask that changes nothing: all of their rooms and memberships, and all messages of each of these rooms.
/// Of what is the same for all who may see it, each is asked a part: the members of a room, a conversation of two by its
/// partner, rooms and messages by id. Only the bot is asked for every message, as its view is the narrowest.
fn questions(world: &World, caller: PersonNumber, rng: &mut Rng) -> Vec<Operation> {
    let max = Some("1000".to_owned());
    let room_ref = |room: RoomNumber| known(&world.rooms[room].id, room);
    let mut questions = vec![
        Operation::ListRooms { kind: None, sort: None, max: max.clone() },
        Operation::ListMemberships { room: None, whom: None, max: max.clone() },
    ];
    for room in world.rooms_of(caller) {
        let is_restricted = world.is_bot(caller) && world.rooms[room].pair.is_none();
        let mentioned = is_restricted.then(|| ("me".to_owned(), true));
        let limit = if is_restricted { Some("100".to_owned()) } else { max.clone() };
        questions.push(Operation::ListMessages(MessageList {
            room: Some(room_ref(room)),
            mentioned,
            max: limit,
            ..MessageList::default()
        }));
        if rng.usize(..world.rooms[room].members.len()) == 0 {
            questions.push(Operation::ListMemberships { room: Some(room_ref(room)), whom: None, max: max.clone() });
        }
        if let Some((one, other)) = world.rooms[room].pair
            && rng.bool()
        {
            let partner = if caller == one { other } else { one };
            questions.push(Operation::ListDirect { whom: WhomRef::Id(known(&world.people[partner].id, partner)), parent: None });
        }
    }
    for room in (0..world.rooms.len()).filter(|_| rng.usize(..CALLERS) == 0).collect::<Vec<RoomNumber>>() {
        questions.push(Operation::GetRoom { room: room_ref(room) });
    }
    let is_asked = |_: &MessageNumber| world.is_bot(caller) || rng.usize(..CALLERS) == 0;
    for message in (0..world.messages.len()).filter(is_asked).collect::<Vec<MessageNumber>>() {
        questions.push(Operation::GetMessage { message: known(&world.messages[message].id, message) });
    }
    questions
}

/// How many questions were answered as the model says.
pub(super) async fn compare(stage: &Stage, world: &mut World, rng: &mut Rng) -> Result<usize, String> {
    let mut asked = 0;
    for caller in 0..CALLERS {
        for question in questions(world, caller, rng) {
            let path = question.request(world).path;
            let outcome = question.predict(world, caller);
            let failed = |problem: String| format!("in the end {} asks {path}: {problem}", world.people[caller].name);
            let client = &stage.callers[caller];
            let heard = hear(client, Method::GET, &path, None).await.map_err(failed)?;
            if heard.status != outcome.status() {
                return Err(failed(format!("the model says {outcome:?}, the sandbox {} {}", heard.status, heard.body)));
            }
            let outcome = match outcome {
                Outcome::List(listing) => match whole_list(client, &path, heard, &listing).await {
                    Ok(items) => same_list(&listing, items),
                    Err(problem) => Err(problem),
                },
                Outcome::Room(room) => same(&world.draw_room(caller, room), &heard.body),
                Outcome::Message(message) => same(&world.draw_message(message), &heard.body),
                _ => Ok(()),
            };
            outcome.map_err(failed)?;
            asked += 1;
        }
    }
    Ok(asked)
}
