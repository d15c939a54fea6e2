//! Vectors changed at random, by a seed: what nobody thought of.

use fastrand::Rng;

/// What parsers turn at.
const TOKENS: [&str; 56] = [
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<?",
    "<!",
    "&",
    ";",
    "&#",
    "&#x",
    "&lt;",
    "&#60;",
    "\"",
    "'",
    "`",
    "=",
    " ",
    "\n",
    "\t",
    "\0",
    "\u{c}",
    "/",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<style>",
    "</style>",
    "<title>",
    "<template>",
    "</template>",
    "<noscript>",
    "<textarea>",
    "<xmp>",
    "<plaintext>",
    "<table>",
    "<select>",
    "<form>",
    "<p>",
    "</p>",
    "<b>",
    "<a href=\"",
    "javascript:",
    "https://a.example/",
    " onerror=alert(1) ",
    "<script>",
    "</script>",
    "<img src=x onerror=alert(1)>",
    "<spark-mention>",
    "<pre>",
    "\u{202e}",
];
/// So many changes one after the other, at most.
const MOST_CHANGES: usize = 6;
/// What grows longer is cut.
const MAX_BYTES: usize = 8 * 1024;

/// Makes mutations.
pub struct Mutator<'a> {
    dice: Rng,
    parents: &'a [String],
}

impl<'a> Mutator<'a> {
    /// Of these, the same ones for the same seed.
    pub fn new(parents: &'a [String], seed: u64) -> Self {
        assert!(!parents.is_empty(), "nothing to change");
        Self { dice: Rng::with_seed(seed), parents }
    }

    /// The next one.
    pub fn mutation(&mut self) -> String {
        let mut text = self.parent().to_owned();
        for _ in 0..self.dice.usize(1..=MOST_CHANGES) {
            text = self.change(&text);
            text.truncate(text.floor_char_boundary(MAX_BYTES));
        }
        text
    }

    fn parent(&mut self) -> &'a str {
        &self.parents[self.dice.usize(..self.parents.len())]
    }

    fn change(&mut self, text: &str) -> String {
        let (from, to) = (self.place(text), self.place(text));
        let (from, to) = (from.min(to), from.max(to));
        let (before, within, after) = (&text[..from], &text[from..to], &text[to..]);
        match self.dice.u8(0..7) {
            // Splice: the beginning of one, the end of another.
            0 => {
                let other = self.parent();
                let at = self.place(other);
                format!("{before}{}", &other[at..])
            }
            // Delete.
            1 => format!("{before}{after}"),
            // Duplicate.
            2 => format!("{before}{within}{within}{after}"),
            // Swap two neighbouring pieces.
            3 => {
                let middle = self.place(within);
                format!("{before}{}{}{after}", &within[middle..], &within[..middle])
            }
            // Another, whole, in the middle.
            4 => format!("{before}{}{after}", self.parent()),
            // One character.
            5 => {
                let c = char::from_u32(self.dice.u32(..0x300)).unwrap_or(' ');
                format!("{before}{c}{within}{after}")
            }
            _ => {
                let token = TOKENS[self.dice.usize(..TOKENS.len())];
                format!("{before}{token}{within}{after}")
            }
        }
    }

    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.dice.usize(..=text.len()))
    }
}
