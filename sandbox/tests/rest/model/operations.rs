//! What can be asked, as a request and as a question to the model.

use reqwest::Method;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use super::spaces::Whom;
use super::talk::{Asked, Destination, IdOf};
use super::words::Words;
use super::world::{MessageNumber, PersonNumber, RoomNumber, World, moment};

/// An id as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Ref {
    pub(super) text: String,
    pub(super) known: Option<usize>,
    pub(super) is_decodable: bool,
}

/// A membership's id as it is sent.
#[derive(Clone, Debug)]
pub(super) struct MembershipRef {
    pub(super) text: String,
    pub(super) known: Option<(RoomNumber, PersonNumber)>,
}

#[derive(Clone, Debug)]
pub(super) enum WhomRef {
    Id(Ref),
    Address(String),
    Both(Ref, String),
    Neither,
}

#[derive(Clone, Debug)]
pub(super) enum Operation {
    CreateRoom {
        title: String,
        is_locked: Option<bool>,
        is_announcement: Option<bool>,
    },
    ChangeRoom {
        room: Ref,
        title: String,
        is_locked: Option<bool>,
        is_announcement: Option<bool>,
    },
    DeleteRoom {
        room: Ref,
    },
    GetRoom {
        room: Ref,
    },
    ListRooms {
        kind: Option<&'static str>,
        sort: Option<&'static str>,
        max: Option<String>,
    },
    AddMember {
        room: Option<Ref>,
        whom: WhomRef,
        is_moderator: Option<bool>,
    },
    ChangeMembership {
        membership: MembershipRef,
        is_moderator: Option<bool>,
        is_hidden: Option<bool>,
    },
    DeleteMembership {
        membership: MembershipRef,
    },
    GetMembership {
        membership: MembershipRef,
    },
    ListMemberships {
        room: Option<Ref>,
        whom: Option<WhomRef>,
        max: Option<String>,
    },
    Post {
        room: Option<Ref>,
        whom: WhomRef,
        words: Words,
        parent: Option<Ref>,
    },
    Edit {
        message: Ref,
        room: Option<Ref>,
        words: Words,
    },
    DeleteMessage {
        message: Ref,
    },
    GetMessage {
        message: Ref,
    },
    ListMessages(MessageList),
    ListDirect {
        whom: WhomRef,
        parent: Option<Ref>,
    },
    /// By the service app; whoever else tries is refused.
    Vouch {
        guest: PersonNumber,
        name: String,
    },
    /// With a JWT of the guest issuer, whoever the caller is.
    LogIn {
        guest: PersonNumber,
        name: String,
    },
}

#[derive(Clone, Debug, Default)]
pub(super) struct MessageList {
    pub(super) room: Option<Ref>,
    pub(super) parent: Option<Ref>,
    pub(super) before_message: Option<Ref>,
    pub(super) before: Option<Result<u64, String>>,
    /// The value, and whether it names the caller.
    pub(super) mentioned: Option<(String, bool)>,
    pub(super) max: Option<String>,
}

/// What the model says.
#[derive(Debug)]
pub(super) enum Outcome {
    Refused(u16),
    Nothing,
    Room(RoomNumber),
    Membership(RoomNumber, PersonNumber),
    Message(MessageNumber),
    Vouched(PersonNumber),
    LoggedIn,
    List(Listing),
}

#[derive(Debug)]
pub(super) struct Listing {
    pub(super) items: Vec<Value>,
    pub(super) order: Order,
    /// How many a page has.
    pub(super) page: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Exact,
    /// The description names none.
    Any,
    /// By a date; those of the same come in any order.
    Newest(&'static str),
}

/// A request without its token.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl Ref {
    pub(super) fn as_id(&self) -> IdOf<usize> {
        match self.known {
            Some(number) => IdOf::Known(number),
            None if self.is_decodable => IdOf::Unknown,
            None => IdOf::Undecodable,
        }
    }
}

impl WhomRef {
    fn whom(&self) -> Whom {
        match self {
            Self::Id(id) => Whom::Id(id.known),
            Self::Address(address) => Whom::Address(address.clone()),
            Self::Both(..) | Self::Neither => Whom::Unclear,
        }
    }

    fn fields(&self, id_name: &'static str, address_name: &'static str) -> Vec<(&'static str, String)> {
        match self {
            Self::Id(id) => vec![(id_name, id.text.clone())],
            Self::Address(address) => vec![(address_name, address.clone())],
            Self::Both(id, address) => vec![(id_name, id.text.clone()), (address_name, address.clone())],
            Self::Neither => Vec::new(),
        }
    }
}

/// 12.3: clamped. Assumption: from below, too; and what is no number is refused.
fn page_size(max: Option<&String>, default: usize, limit: usize) -> Result<usize, u16> {
    let Some(max) = max else { return Ok(default) };
    let max: i64 = max.parse().map_err(|_| 400_u16)?;
    Ok(usize::try_from(max).unwrap_or(1).clamp(1, limit))
}

fn query(pairs: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let encoded = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if encoded.is_empty() { encoded } else { format!("?{encoded}") }
}

fn object(fields: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Option<Value> {
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Some(Value::Object(fields.collect::<Map<_, _>>()))
}

fn text_of(id: Option<&Ref>) -> Option<Value> {
    id.map(|id| json!(id.text))
}

fn with_words(mut fields: Vec<(&'static str, Option<Value>)>, words: &Words) -> Option<Value> {
    fields.push(("text", words.text.as_ref().map(|text| json!(text))));
    fields.push(("markdown", words.source().map(|markdown| json!(markdown))));
    object(fields)
}

impl Operation {
    /// For the figures.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::CreateRoom { .. } => "create room",
            Self::ChangeRoom { .. } => "change room",
            Self::DeleteRoom { .. } => "delete room",
            Self::GetRoom { .. } => "get room",
            Self::ListRooms { .. } => "list rooms",
            Self::AddMember { .. } => "add member",
            Self::ChangeMembership { .. } => "change membership",
            Self::DeleteMembership { .. } => "delete membership",
            Self::GetMembership { .. } => "get membership",
            Self::ListMemberships { .. } => "list memberships",
            Self::Post { .. } => "post",
            Self::Edit { .. } => "edit",
            Self::DeleteMessage { .. } => "delete message",
            Self::GetMessage { .. } => "get message",
            Self::ListMessages(_) => "list messages",
            Self::ListDirect { .. } => "list direct messages",
            Self::Vouch { .. } => "vouch for guest",
            Self::LogIn { .. } => "log in by JWT",
        }
    }

    pub(super) fn request(&self, world: &World) -> Asking {
        let ask = |method, path: String, body| Asking { method, path, body };
        match self {
            Self::CreateRoom { title, is_locked, is_announcement } => {
                let flags = [("isLocked", is_locked.map(Value::from)), ("isAnnouncementOnly", is_announcement.map(Value::from))];
                ask(Method::POST, "/rooms".to_owned(), object([("title", Some(json!(title)))].into_iter().chain(flags)))
            }
            Self::ChangeRoom { room, title, is_locked, is_announcement } => {
                let flags = [("isLocked", is_locked.map(Value::from)), ("isAnnouncementOnly", is_announcement.map(Value::from))];
                let body = object([("title", Some(json!(title)))].into_iter().chain(flags));
                ask(Method::PUT, format!("/rooms/{}", room.text), body)
            }
            Self::DeleteRoom { room } => ask(Method::DELETE, format!("/rooms/{}", room.text), None),
            Self::GetRoom { room } => ask(Method::GET, format!("/rooms/{}", room.text), None),
            Self::ListRooms { kind, sort, max } => {
                let pairs = [("type", kind.map(str::to_owned)), ("sortBy", sort.map(str::to_owned)), ("max", max.clone())];
                let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
                ask(Method::GET, format!("/rooms{}", query(pairs)), None)
            }
            Self::AddMember { room, whom, is_moderator } => {
                let whom = whom.fields("personId", "personEmail").into_iter().map(|(name, value)| (name, Some(json!(value))));
                let fields = [("roomId", text_of(room.as_ref())), ("isModerator", is_moderator.map(Value::from))];
                ask(Method::POST, "/memberships".to_owned(), object(fields.into_iter().chain(whom)))
            }
            Self::ChangeMembership { membership, is_moderator, is_hidden } => {
                let fields = [("isModerator", is_moderator.map(Value::from)), ("isRoomHidden", is_hidden.map(Value::from))];
                ask(Method::PUT, format!("/memberships/{}", membership.text), object(fields))
            }
            Self::DeleteMembership { membership } => ask(Method::DELETE, format!("/memberships/{}", membership.text), None),
            Self::GetMembership { membership } => ask(Method::GET, format!("/memberships/{}", membership.text), None),
            Self::ListMemberships { room, whom, max } => {
                let mut pairs: Vec<(&str, String)> = room.iter().map(|room| ("roomId", room.text.clone())).collect();
                pairs.extend(whom.iter().flat_map(|whom| whom.fields("personId", "personEmail")));
                pairs.extend(max.iter().map(|max| ("max", max.clone())));
                ask(Method::GET, format!("/memberships{}", query(pairs)), None)
            }
            Self::Post { room, whom, words, parent } => {
                let whom = whom.fields("toPersonId", "toPersonEmail").into_iter().map(|(name, value)| (name, Some(json!(value))));
                let fields = [("roomId", text_of(room.as_ref())), ("parentId", text_of(parent.as_ref()))];
                ask(Method::POST, "/messages".to_owned(), with_words(fields.into_iter().chain(whom).collect(), words))
            }
            Self::Edit { message, room, words } => {
                let body = with_words(vec![("roomId", text_of(room.as_ref()))], words);
                ask(Method::PUT, format!("/messages/{}", message.text), body)
            }
            Self::DeleteMessage { message } => ask(Method::DELETE, format!("/messages/{}", message.text), None),
            Self::GetMessage { message } => ask(Method::GET, format!("/messages/{}", message.text), None),
            Self::ListMessages(list) => ask(Method::GET, format!("/messages{}", query(list.pairs())), None),
            Self::ListDirect { whom, parent } => {
                let mut pairs = whom.fields("personId", "personEmail");
                pairs.extend(parent.iter().map(|parent| ("parentId", parent.text.clone())));
                ask(Method::GET, format!("/messages/direct{}", query(pairs)), None)
            }
            Self::Vouch { guest, name } => {
                let body = json!({ "subject": world.people[*guest].subject, "displayName": name });
                ask(Method::POST, "/guests/token".to_owned(), Some(body))
            }
            Self::LogIn { .. } => ask(Method::POST, "/jwt/login".to_owned(), None),
        }
    }

    /// What the model makes of it.
    pub(super) fn predict(&self, world: &mut World, caller: PersonNumber) -> Outcome {
        self.outcome(world, caller).unwrap_or_else(Outcome::Refused)
    }

    fn outcome(&self, world: &mut World, caller: PersonNumber) -> Result<Outcome, u16> {
        Ok(match self {
            Self::CreateRoom { title, is_locked, is_announcement } => {
                let (is_locked, is_announcement) = (is_locked.unwrap_or(false), is_announcement.unwrap_or(false));
                Outcome::Room(world.create_room(caller, title, is_locked, is_announcement)?)
            }
            Self::ChangeRoom { room, title, is_locked, is_announcement } => {
                Outcome::Room(world.change_room(caller, room.known, title, *is_locked, *is_announcement)?)
            }
            Self::DeleteRoom { room } => {
                world.delete_room(caller, room.known)?;
                Outcome::Nothing
            }
            Self::GetRoom { room } => Outcome::Room(world.room_for(caller, room.known)?),
            Self::ListRooms { kind, sort, max } => Outcome::List(list_rooms(world, caller, *kind, *sort, max.as_ref())?),
            Self::AddMember { room, whom, is_moderator } => {
                let room = room.as_ref().ok_or(400_u16)?.known;
                let (room, person) = world.add_member(caller, room, &whom.whom(), is_moderator.unwrap_or(false))?;
                Outcome::Membership(room, person)
            }
            Self::ChangeMembership { membership, is_moderator, is_hidden } => {
                let (room, person) = world.change_membership(caller, membership.known, *is_moderator, *is_hidden)?;
                Outcome::Membership(room, person)
            }
            Self::DeleteMembership { membership } => {
                world.delete_membership(caller, membership.known)?;
                Outcome::Nothing
            }
            Self::GetMembership { membership } => {
                let (room, person) = world.membership(caller, membership.known)?;
                Outcome::Membership(room, person)
            }
            Self::ListMemberships { room, whom, max } => {
                let page = page_size(max.as_ref(), 100, 1000)?;
                let room = room.as_ref().map(|room| room.known);
                let found = world.list_memberships(caller, room, whom.as_ref().map(WhomRef::whom).as_ref())?;
                let items = found.into_iter().map(|(room, person)| world.draw_membership(room, person)).collect();
                Outcome::List(Listing { items, order: Order::Any, page })
            }
            Self::Post { room, whom, words, parent } => {
                let destination = match (room, whom) {
                    (Some(room), WhomRef::Neither) => Destination::Room(room.known),
                    (None, whom) => Destination::Person(whom.whom()),
                    _ => Destination::Unclear,
                };
                Outcome::Message(world.post(caller, &destination, words, parent.as_ref().map(|parent| parent.known))?)
            }
            Self::Edit { message, room, words } => {
                Outcome::Message(world.edit(caller, message.as_id(), room.as_ref().map(Ref::as_id), words)?)
            }
            Self::DeleteMessage { message } => {
                world.delete_message(caller, message.known)?;
                Outcome::Nothing
            }
            Self::GetMessage { message } => Outcome::Message(world.message_for(caller, message.known)?),
            Self::ListMessages(list) => {
                // 8.2: at most 100 with mentions; a thousand work otherwise.
                let limit = if list.mentioned.is_some() { 100 } else { 1000 };
                let page = page_size(list.max.as_ref(), 50, limit)?;
                let found = world.list_messages(caller, &list.asked())?;
                let items = found.into_iter().map(|message| world.draw_message(message)).collect();
                Outcome::List(Listing { items, order: Order::Exact, page })
            }
            Self::ListDirect { whom, parent } => {
                let found = world.list_direct(caller, &whom.whom(), parent.as_ref().map(Ref::as_id))?;
                let items = found.into_iter().map(|message| world.draw_message(message)).collect();
                Outcome::List(Listing { items, order: Order::Exact, page: usize::MAX })
            }
            Self::Vouch { guest, name } => {
                world.rename_by_service_app(caller, *guest, name)?;
                Outcome::Vouched(*guest)
            }
            Self::LogIn { guest, name } => {
                world.rename(*guest, name);
                Outcome::LoggedIn
            }
        })
    }
}

/// 6.2. Assumption: unknown words are refused, and the order by id is that of the UUIDs.
fn list_rooms(world: &World, caller: PersonNumber, kind: Option<&str>, sort: Option<&str>, max: Option<&String>) -> Result<Listing, u16> {
    let page = page_size(max, 100, 1000)?;
    if !matches!(kind, None | Some("direct" | "group")) {
        return Err(400);
    }
    let order = match sort {
        None | Some("id") => Order::Exact,
        Some("lastactivity") => Order::Newest("lastActivity"),
        Some("created") => Order::Newest("created"),
        Some(_) => return Err(400),
    };
    let mut rooms = world.rooms_of(caller);
    rooms.sort_by_key(|room| world.uuid_of_room(*room));
    let drawn = rooms.into_iter().map(|room| world.draw_room(caller, room));
    let items = drawn.filter(|room| kind.is_none_or(|kind| room["type"] == kind)).collect();
    Ok(Listing { items, order, page })
}

impl MessageList {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let text = |id: &Option<Ref>| id.as_ref().map(|id| id.text.clone());
        let pairs = [
            ("roomId", text(&self.room)),
            ("parentId", text(&self.parent)),
            ("beforeMessage", text(&self.before_message)),
            ("before", self.before.clone().map(|before| before.map_or_else(|no_time| no_time, moment))),
            ("mentionedPeople", self.mentioned.clone().map(|(person, _)| person)),
            ("max", self.max.clone()),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn asked(&self) -> Asked {
        Asked {
            room: self.room.as_ref().map(|room| room.known),
            parent: self.parent.as_ref().map(Ref::as_id),
            before_message: self.before_message.as_ref().map(Ref::as_id),
            before: self.before.clone(),
            mentioned: self.mentioned.as_ref().map(|(_, is_me)| *is_me),
        }
    }
}

impl Outcome {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Refused(status) => *status,
            Self::Nothing => 204,
            _ => 200,
        }
    }
}
