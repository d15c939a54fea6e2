//! What people write, and what becomes of it (8.4, 13).

use super::world::{PersonNumber, RoomNumber, Said, World};

/// As the error text says it, and as the description reads it: bytes.
const MAX_BYTES: usize = 7439;

/// The words of a message; empty ones are absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) text: Option<String>,
    /// Pieces, a space between any two.
    pub(super) markdown: Option<Vec<Piece>>,
}

/// A piece of markdown. Plain ones have no character that means something.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Plain(String),
    Bold(String),
    Person(Mention),
    Everybody,
}

/// `<@personId:…>` or `<@personEmail:…>`, with a name to show or without.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) source: String,
    pub(super) person: Option<PersonNumber>,
    pub(super) name: Option<String>,
}

/// A piece as everybody else gets it.
struct Shown {
    html: String,
    text: String,
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Words {
    pub(super) fn source(&self) -> Option<String> {
        let pieces = self.markdown.as_ref()?;
        let source: Vec<String> = pieces.iter().map(Piece::source).collect();
        Some(source.join(" "))
    }

    /// 400 where there are none or too many.
    pub(super) fn check(&self) -> Result<(), u16> {
        let words: Vec<String> = [self.text.clone(), self.source()].into_iter().flatten().filter(|words| !words.is_empty()).collect();
        if words.is_empty() || words.iter().any(|words| words.len() > MAX_BYTES) { Err(400) } else { Ok(()) }
    }

    /// As said in a room, whose members of now can be mentioned.
    pub(super) fn said(&self, world: &World, room: RoomNumber) -> Said {
        let given = self.text.clone().filter(|text| !text.is_empty());
        let (Some(pieces), Some(source)) = (&self.markdown, self.source().filter(|source| !source.is_empty())) else {
            return Said { text: given, ..Said::default() };
        };
        let shown: Vec<Shown> = pieces.iter().map(|piece| piece.shown(world, room)).collect();
        let html: Vec<&str> = shown.iter().map(|shown| shown.html.as_str()).collect();
        let text: Vec<&str> = shown.iter().map(|shown| shown.text.as_str()).collect();
        let mut people = Vec::new();
        for person in pieces.iter().filter_map(|piece| piece.mentions(world, room)) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        Said {
            // 8.4: text may accompany markdown, otherwise it is derived.
            text: given.or_else(|| Some(text.join(" "))),
            markdown: Some(source),
            html: Some(format!("<p>{}</p>", html.join(" "))),
            people,
            is_to_all: pieces.iter().any(|piece| matches!(piece, Piece::Everybody)),
        }
    }
}

impl Piece {
    fn source(&self) -> String {
        match self {
            Self::Plain(word) => word.clone(),
            Self::Bold(word) => format!("**{word}**"),
            Self::Person(mention) => mention.source.clone(),
            Self::Everybody => "<@all>".to_owned(),
        }
    }

    /// 13.2: only who is in the room.
    fn mentions(&self, world: &World, room: RoomNumber) -> Option<PersonNumber> {
        let Self::Person(mention) = self else { return None };
        mention.person.filter(|person| world.is_member(room, *person))
    }

    fn shown(&self, world: &World, room: RoomNumber) -> Shown {
        match self {
            Self::Plain(word) => Shown { html: escape(word), text: word.clone() },
            Self::Bold(word) => Shown { html: format!("<strong>{word}</strong>"), text: word.clone() },
            Self::Everybody => Shown {
                html: r#"<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>"#.to_owned(),
                text: "All".to_owned(),
            },
            Self::Person(mention) => match self.mentions(world, room) {
                // "left as text"
                None => Shown { html: escape(&mention.source), text: mention.source.clone() },
                Some(person) => {
                    let person = &world.people[person];
                    let name = mention.name.as_ref().unwrap_or(&person.name);
                    let (id, shown) = (&person.id, escape(name));
                    Shown {
                        html: format!(r#"<spark-mention data-object-type="person" data-object-id="{id}">{shown}</spark-mention>"#),
                        text: name.clone(),
                    }
                }
            },
        }
    }
}
