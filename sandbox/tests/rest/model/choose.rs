//! What is asked next: random, and mostly sensible.

use fastrand::Rng;

use super::operations::{MembershipRef, MessageList, Operation, Outcome, Ref, WhomRef};
use super::words::{Mention, Piece, Words};
use super::world::{Kind, MessageNumber, PersonNumber, RoomNumber, World, decode, encode};

/// How many of the people have a token.
pub(super) const CALLERS: usize = 8;
/// At first rooms are made and filled.
const SETTLING_STEPS: usize = 9;
/// One more than is allowed, and another.
const STREAK: usize = 11;
const STREAK_PERCENT: u32 = 12;
/// How often something else is chosen in place of nonsense, and how likely it is not.
const TRIES: usize = 4;
const NONSENSE_PERCENT: u32 = 15;
const NAMES: [&str; 5] = ["Ada", "Ada Lovelace", "Ben & Söhne <3", "Ivy", "Ünïcödé 名"];

type Choice = fn(&mut Chooser<'_>) -> Operation;

/// How often each is chosen while settling, and afterwards.
const CHOICES: [(u32, u32, Choice); 18] = [
    (12, 2, |chooser| chooser.create_room()),
    (8, 8, |chooser| chooser.change_room()),
    (0, 2, |chooser| chooser.delete_room()),
    (0, 3, |chooser| chooser.get_room()),
    (1, 3, |chooser| chooser.list_rooms()),
    (42, 10, |chooser| chooser.add_member()),
    (5, 8, |chooser| chooser.change_membership()),
    (0, 4, |chooser| chooser.delete_membership()),
    (0, 2, |chooser| chooser.get_membership()),
    (1, 4, |chooser| chooser.list_memberships()),
    (27, 24, |chooser| chooser.post()),
    (2, 10, |chooser| chooser.edit()),
    (0, 5, |chooser| chooser.delete_message()),
    (1, 7, |chooser| chooser.get_message()),
    (2, 11, |chooser| chooser.list_messages()),
    (0, 3, |chooser| chooser.list_direct()),
    (1, 1, |chooser| chooser.vouch()),
    (0, 1, |chooser| chooser.log_in()),
];

/// Somebody going on to edit the same message.
#[derive(Clone, Debug)]
pub(super) struct Streak {
    caller: PersonNumber,
    message: MessageNumber,
    left: usize,
}

/// Chooses one operation of one caller.
pub(super) struct Chooser<'a> {
    rng: &'a mut Rng,
    world: &'a World,
    caller: PersonNumber,
}

pub(super) fn choose(rng: &mut Rng, world: &World, step: usize, streak: &mut Option<Streak>) -> (PersonNumber, Operation) {
    if let Some(going_on) = streak.as_mut().filter(|streak| streak.left > 0) {
        going_on.left -= 1;
        let (caller, message) = (going_on.caller, going_on.message);
        let mut chooser = Chooser { rng, world, caller };
        let room = Some(chooser.known_room(world.messages[message].room));
        let (message, words) = (chooser.known_message(message), chooser.good_words());
        return (caller, Operation::Edit { message, room, words });
    }
    let mut chosen = choose_any(rng, world, step);
    // Much of what is chosen blindly is nonsense, and changes nothing.
    for _ in 0..TRIES {
        let is_nonsense = matches!(chosen.1.predict(&mut world.clone(), chosen.0), Outcome::Refused(400 | 404));
        if !is_nonsense || rng.u32(..100) < NONSENSE_PERCENT {
            break;
        }
        chosen = choose_any(rng, world, step);
    }
    if let (caller, Operation::Edit { message: Ref { known: Some(message), .. }, .. }) = &chosen
        && rng.u32(..100) < STREAK_PERCENT
    {
        *streak = Some(Streak { caller: *caller, message: *message, left: STREAK });
    }
    chosen
}

fn choose_any(rng: &mut Rng, world: &World, step: usize) -> (PersonNumber, Operation) {
    // Mostly somebody who is in a room.
    let members = world.rooms.iter().filter(|room| !room.is_gone).flat_map(|room| room.members.keys().copied());
    let members: Vec<PersonNumber> = members.filter(|person| *person < CALLERS).collect();
    let caller = rng.choice(members).filter(|_| rng.u32(..100) < 80).unwrap_or_else(|| rng.usize(..CALLERS));
    let weight = |(early, late, _): &(u32, u32, Choice)| if step < SETTLING_STEPS { *early } else { *late };
    let mut left = rng.u32(..CHOICES.iter().map(weight).sum::<u32>());
    let chosen = CHOICES.iter().find(|choice| {
        let is_chosen = left < weight(choice);
        left = left.saturating_sub(weight(choice));
        is_chosen
    });
    let mut chooser = Chooser { rng, world, caller };
    let operation = chosen.unwrap().2(&mut chooser);
    (chooser.caller, operation)
}

impl Chooser<'_> {
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    fn one_of<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        self.rng.choice(from).cloned()
    }

    fn flag(&mut self, percent: u32) -> Option<bool> {
        self.chance(percent).then(|| self.rng.bool())
    }

    /// Padded, unpadded or the bare UUID (5.3).
    fn as_sent(&mut self, cluster: &str, kind: &str, id: &str) -> String {
        match self.rng.u32(..20) {
            0 => id.to_owned() + &"=".repeat((4 - id.len() % 4) % 4),
            1 => decode(cluster, kind, id).unwrap(),
            _ => id.to_owned(),
        }
    }

    /// Not the id of anything of the kind.
    fn bad(&mut self, kind: &str) -> Ref {
        let uuid = uuid::Builder::from_random_bytes(self.rng.u128(..).to_be_bytes()).into_uuid();
        let unknown = |text: String| Ref { text, known: None, is_decodable: true };
        let garbage = |text: &str| Ref { text: text.to_owned(), known: None, is_decodable: false };
        match self.rng.u32(..6) {
            0 | 1 => unknown(encode("us", kind, &uuid.to_string())),
            2 => unknown(uuid.to_string()),
            3 => garbage("nothing"),
            4 => garbage("Y2lzY29zcGFyazovL3VzL1JPT00v"),
            _ => garbage(&encode("us", "TEAM", &uuid.to_string())),
        }
    }

    fn known_room(&mut self, room: RoomNumber) -> Ref {
        let world = self.world;
        Ref { text: self.as_sent(world.cluster, "ROOM", &world.rooms[room].id), known: Some(room), is_decodable: true }
    }

    fn known_message(&mut self, message: MessageNumber) -> Ref {
        let world = self.world;
        Ref { text: self.as_sent(world.cluster, "MESSAGE", &world.messages[message].id), known: Some(message), is_decodable: true }
    }

    fn known_person(&mut self, person: PersonNumber) -> Ref {
        let world = self.world;
        Ref { text: self.as_sent("us", "PEOPLE", &world.people[person].id), known: Some(person), is_decodable: true }
    }

    /// Mostly one of the caller's own.
    fn room(&mut self) -> Ref {
        let own = self.world.rooms_of(self.caller);
        let any: Vec<RoomNumber> = (0..self.world.rooms.len()).collect();
        let from = if self.chance(82) { own } else { any };
        let chosen = self.one_of(&from).filter(|_| !self.chance(5));
        if let Some(room) = chosen { self.known_room(room) } else { self.bad("ROOM") }
    }

    /// Mostly one in the caller's rooms.
    fn message(&mut self) -> Ref {
        let world = self.world;
        let all = 0..world.messages.len();
        let near: Vec<MessageNumber> = all.clone().filter(|message| world.is_member(world.messages[*message].room, self.caller)).collect();
        let from = if self.chance(80) { near } else { all.collect() };
        let chosen = self.one_of(&from).filter(|_| !self.chance(5));
        if let Some(message) = chosen { self.known_message(message) } else { self.bad("MESSAGE") }
    }

    fn own_message(&mut self) -> Ref {
        let is_own =
            |message: &MessageNumber| self.world.messages[*message].author == self.caller && !self.world.messages[*message].is_gone;
        let own: Vec<MessageNumber> = (0..self.world.messages.len()).filter(is_own).collect();
        let chosen = self.one_of(&own).filter(|_| self.chance(80));
        if let Some(message) = chosen { self.known_message(message) } else { self.message() }
    }

    fn message_in(&mut self, room: &Ref) -> Ref {
        let all = 0..self.world.messages.len();
        let there: Vec<MessageNumber> = all.filter(|message| Some(self.world.messages[*message].room) == room.known).collect();
        let chosen = self.one_of(&there).filter(|_| self.chance(85));
        if let Some(message) = chosen { self.known_message(message) } else { self.message() }
    }

    fn person(&mut self) -> Ref {
        // Bots have rules of their own, so they are everywhere.
        let bot = self.world.people.iter().position(|person| person.kind == Kind::Bot).filter(|_| self.chance(15));
        let person = bot.unwrap_or_else(|| self.rng.usize(..self.world.people.len()));
        if self.chance(4) { self.bad("PEOPLE") } else { self.known_person(person) }
    }

    fn address(&mut self) -> String {
        match self.rng.u32(..20) {
            0 => "nobody".to_owned(),
            1..=4 => format!("stranger-{}@example.org", self.rng.u32(..3)),
            number => {
                let person = self.rng.usize(..self.world.people.len());
                let email = &self.world.people[person].email;
                if number == 5 { email.to_uppercase() } else { email.clone() }
            }
        }
    }

    fn whom(&mut self) -> WhomRef {
        match self.rng.u32(..40) {
            0 => WhomRef::Neither,
            1 => WhomRef::Both(self.person(), self.address()),
            2..=16 => WhomRef::Address(self.address()),
            _ => WhomRef::Id(self.person()),
        }
    }

    fn membership(&mut self) -> MembershipRef {
        let world = self.world;
        let room = self.room();
        let members: Vec<PersonNumber> = room.known.map(|room| world.rooms[room].members.keys().copied().collect()).unwrap_or_default();
        let person = if self.chance(40) { Some(self.caller) } else { self.one_of(&members) };
        match (room.known, person.filter(|_| self.chance(95))) {
            (Some(room), Some(person)) => MembershipRef { text: world.membership_id(room, person), known: Some((room, person)) },
            _ => MembershipRef { text: room.text, known: None },
        }
    }

    fn title(&mut self) -> String {
        let title = self.one_of(&["", " ", "Help", "Grüße & <b>", "مرحبا", "News", "📣"]).unwrap();
        if title.trim().is_empty() && self.chance(60) { "Space".to_owned() } else { title.to_owned() }
    }

    fn max(&mut self) -> Option<String> {
        let max = self.one_of(&["1", "2", "3", "5", "1000000", "0", "-7"]).unwrap();
        self.chance(60).then(|| max.to_owned())
    }

    fn word(&mut self) -> String {
        self.one_of(&["hello", "grüße", "日本", "help", "yes", "1 < 2", "a & b"]).unwrap().to_owned()
    }

    fn piece(&mut self) -> Piece {
        let world = self.world;
        match self.rng.u32(..10) {
            0..=2 => Piece::Plain(self.word()),
            3 => Piece::Bold("important".to_owned()),
            4 => Piece::Everybody,
            number => {
                let bot = world.people.iter().position(|person| person.kind == Kind::Bot).filter(|_| self.chance(35));
                let person = bot.unwrap_or_else(|| self.rng.usize(..world.people.len()));
                let named = &world.people[person];
                // 13.2: guests by id.
                let is_by_id = number > 7 || named.kind.is_guest();
                let address = if is_by_id { format!("personId:{}", named.id) } else { format!("personEmail:{}", named.email) };
                let name = self.chance(20).then(|| "You".to_owned());
                let shown = name.as_ref().map(|name| format!("|{name}")).unwrap_or_default();
                Piece::Person(Mention { source: format!("<@{address}{shown}>"), person: Some(person), name })
            }
        }
    }

    fn good_words(&mut self) -> Words {
        if self.chance(40) {
            return Words { text: Some(self.word()), markdown: None };
        }
        let count = self.rng.usize(1..4);
        let markdown = Some((0..count).map(|_| self.piece()).collect());
        Words { text: self.chance(10).then(|| "fallback".to_owned()), markdown }
    }

    fn words(&mut self) -> Words {
        let words = |text: String| Words { text: Some(text), markdown: None };
        match self.rng.u32(..40) {
            0 => Words::default(),
            1 => words(String::new()),
            2 => words("é".repeat(3720)),
            3 => words("a".repeat(7439)),
            4 => Words { text: None, markdown: Some(vec![Piece::Plain("a".repeat(7440))]) },
            _ => self.good_words(),
        }
    }

    fn create_room(&mut self) -> Operation {
        let is_locked = self.flag(50);
        let is_announcement = if is_locked == Some(true) { self.flag(40) } else { self.flag(5) };
        Operation::CreateRoom { title: self.title(), is_locked, is_announcement }
    }

    fn change_room(&mut self) -> Operation {
        Operation::ChangeRoom { room: self.room(), title: self.title(), is_locked: self.flag(50), is_announcement: self.flag(30) }
    }

    fn delete_room(&mut self) -> Operation {
        Operation::DeleteRoom { room: self.room() }
    }

    fn get_room(&mut self) -> Operation {
        Operation::GetRoom { room: self.room() }
    }

    fn list_rooms(&mut self) -> Operation {
        let kind = self.one_of(&[None, None, Some("direct"), Some("group")]).unwrap();
        let sort = self.one_of(&[None, Some("id"), Some("lastactivity"), Some("created")]).unwrap();
        // At most one thing is wrong at once.
        match self.rng.u32(..25) {
            0 => Operation::ListRooms { kind: Some("team"), sort, max: self.max() },
            1 => Operation::ListRooms { kind, sort: Some("size"), max: self.max() },
            2 => Operation::ListRooms { kind, sort, max: Some("many".to_owned()) },
            _ => Operation::ListRooms { kind, sort, max: self.max() },
        }
    }

    fn add_member(&mut self) -> Operation {
        let mut room = self.chance(98).then(|| self.room());
        let is_direct = |room: &Ref| room.known.is_some_and(|room| self.world.rooms[room].pair.is_some());
        if room.as_ref().is_some_and(is_direct) && self.chance(80) {
            room = Some(self.room());
        }
        // At most one thing is wrong at once.
        let is_good = room.as_ref().is_none_or(|room| room.is_decodable);
        let whom = if is_good { self.whom() } else { WhomRef::Id(self.known_person(self.caller)) };
        Operation::AddMember { room, whom, is_moderator: self.flag(30) }
    }

    fn change_membership(&mut self) -> Operation {
        let membership = self.membership();
        // At most one thing is wrong at once.
        let percent = if membership.known.is_some() { 70 } else { 100 };
        Operation::ChangeMembership { membership, is_moderator: self.flag(percent), is_hidden: self.flag(40) }
    }

    fn delete_membership(&mut self) -> Operation {
        Operation::DeleteMembership { membership: self.membership() }
    }

    fn get_membership(&mut self) -> Operation {
        Operation::GetMembership { membership: self.membership() }
    }

    fn list_memberships(&mut self) -> Operation {
        let room = self.chance(60).then(|| self.room());
        let whom = match self.rng.u32(..5) {
            0 => Some(WhomRef::Id(self.person())),
            1 if room.is_some() => Some(WhomRef::Address(self.address())),
            _ => None,
        };
        let max = if self.chance(3) { Some("many".to_owned()) } else { self.max() };
        Operation::ListMemberships { room, whom, max }
    }

    fn post(&mut self) -> Operation {
        let (room, whom) = match self.rng.u32(..40) {
            0 => (Some(self.room()), self.whom()),
            1..=9 => (None, self.whom()),
            _ => (Some(self.room()), WhomRef::Neither),
        };
        let parent = match &room {
            Some(room) if self.chance(30) => Some(self.message_in(room)),
            None if self.chance(10) => Some(self.message()),
            _ => None,
        };
        Operation::Post { room, whom, words: self.words(), parent }
    }

    fn edit(&mut self) -> Operation {
        let message = self.own_message();
        let room = message.known.map(|message| self.known_room(self.world.messages[message].room)).filter(|_| self.chance(95));
        let room = room.or_else(|| self.chance(70).then(|| self.room()));
        Operation::Edit { message, room, words: self.words() }
    }

    fn delete_message(&mut self) -> Operation {
        let message = if self.chance(50) { self.own_message() } else { self.message() };
        Operation::DeleteMessage { message }
    }

    fn get_message(&mut self) -> Operation {
        Operation::GetMessage { message: self.message() }
    }

    fn list_messages(&mut self) -> Operation {
        let world = self.world;
        let room = self.room();
        let mine = |caller: PersonNumber| world.people[caller].id.clone();
        let is_mention_wanted = if world.is_bot(self.caller) { self.chance(80) } else { self.chance(15) };
        let mentioned = is_mention_wanted.then(|| if self.rng.bool() { "me".to_owned() } else { mine(self.caller) });
        let mut list = MessageList { mentioned: mentioned.map(|person| (person, true)), max: self.max(), ..MessageList::default() };
        // At most one thing is wrong at once.
        match self.rng.u32(..25) {
            0 => return Operation::ListMessages(list),
            1 => list.mentioned = Some((mine((self.caller + 1) % CALLERS), false)),
            2 => list.before = Some(Err("yesterday".to_owned())),
            3 => list.max = Some("many".to_owned()),
            4 => list.before_message = Some(self.bad("MESSAGE")),
            5 => list.parent = Some(self.bad("MESSAGE")),
            6..=9 => list.before = Some(Ok(self.rng.u64(..=world.now + 1))),
            10..=14 => list.before_message = Some(self.message_in(&room)),
            15..=18 => list.parent = Some(self.message_in(&room)),
            _ => {}
        }
        let is_wrong = list.before.as_ref().is_some_and(Result::is_err)
            || list.max.as_deref() == Some("many")
            || list.mentioned.as_ref().is_some_and(|(_, is_me)| !is_me);
        let is_id_bad = |id: &Option<Ref>| id.as_ref().is_some_and(|id| !id.is_decodable);
        if (is_wrong && !room.is_decodable) || (is_id_bad(&list.before_message) && is_id_bad(&list.parent)) {
            return Operation::ListMessages(MessageList { room: Some(room), mentioned: None, ..MessageList::default() });
        }
        list.room = Some(room);
        Operation::ListMessages(list)
    }

    fn list_direct(&mut self) -> Operation {
        let partners: Vec<PersonNumber> =
            (0..self.world.people.len()).filter(|person| self.world.direct_room(self.caller, *person).is_some()).collect();
        let whom = match self.one_of(&partners).filter(|_| self.chance(70)) {
            Some(partner) if self.chance(50) => WhomRef::Address(self.world.people[partner].email.clone()),
            Some(partner) => WhomRef::Id(self.known_person(partner)),
            None => self.whom(),
        };
        let parent = self.chance(15).then(|| self.message());
        Operation::ListDirect { whom, parent }
    }

    fn one_of_kind(&mut self, kind: Kind) -> PersonNumber {
        let people: Vec<PersonNumber> = (0..CALLERS).filter(|person| self.world.people[*person].kind == kind).collect();
        self.one_of(&people).unwrap()
    }

    fn vouch(&mut self) -> Operation {
        if self.chance(70) {
            self.caller = self.one_of_kind(Kind::ServiceApp);
        }
        Operation::Vouch { guest: self.one_of_kind(Kind::ServiceAppGuest), name: self.one_of(&NAMES).unwrap().to_owned() }
    }

    fn log_in(&mut self) -> Operation {
        Operation::LogIn { guest: self.one_of_kind(Kind::IssuerGuest), name: self.one_of(&NAMES).unwrap().to_owned() }
    }
}
