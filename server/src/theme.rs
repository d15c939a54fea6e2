//! A site's own colours. The owner names one; what stands on it and beside it is worked out so that everybody can read it, by
//! the contrasts of WCAG 2.2.

use std::fmt;

/// Text on its surface.
const READABLE: f64 = 4.5;
/// What must only be seen, such as the ring around what has the focus.
const VISIBLE: f64 = 3.0;

/// The sheet's surfaces (frontend/styles/tokens.css) and what they turn to, by day and by night.
struct Scheme {
    /// Where the site's colour is laid on faintly.
    surface: Colour,
    /// The one of all surfaces on which the least can be read.
    worst: Colour,
    /// Where a colour goes that cannot be read.
    away: Colour,
    /// How much of the site's colour a faint surface has, at most.
    faint: f64,
    /// The page's quiet text, which stands on it.
    quiet: Colour,
}

const LIGHT: Scheme =
    Scheme { surface: Colour::WHITE, worst: Colour(0xef, 0xf1, 0xf5), away: Colour::BLACK, faint: 0.1, quiet: Colour(0x5a, 0x61, 0x70) };
const DARK: Scheme = Scheme {
    surface: Colour(0x15, 0x17, 0x1d),
    worst: Colour(0x22, 0x26, 0x2f),
    away: Colour::WHITE,
    faint: 0.24,
    quiet: Colour(0x9b, 0xa2, 0xb1),
};

/// The site's colour by day and by night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// `accent`: the guest's own bubbles, and buttons that matter.
    pub accent: Colour,
    /// `accent_dark`: the same where the guest prefers dark pages.
    pub accent_dark: Colour,
}

impl Theme {
    /// The site's colour and what is written on it, for both by day and by night: `light-dark(…)`.
    pub fn accents(&self) -> [String; 2] {
        let (day, night) = (Shades::of(self.accent, &LIGHT), Shades::of(self.accent_dark, &DARK));
        [format!("light-dark({},{})", day.accent, night.accent), format!("light-dark({},{})", day.on_accent, night.on_accent)]
    }

    /// The part of the page's sheet that the site changes.
    pub fn css(&self) -> String {
        let (day, night) = (Shades::of(self.accent, &LIGHT), Shades::of(self.accent_dark, &DARK));
        let pair = |name: &str, of: fn(&Shades) -> Colour| format!("--{name}:light-dark({},{});", of(&day), of(&night));
        [
            ":root{".to_owned(),
            pair("accent", |shades| shades.accent),
            pair("accent-hover", |shades| shades.hover),
            pair("accent-faint", |shades| shades.faint),
            pair("accent-text", |shades| shades.text),
            pair("on-accent", |shades| shades.on_accent),
            pair("focus", |shades| shades.focus),
            "}".to_owned(),
        ]
        .concat()
    }
}

/// One colour and what goes with it.
struct Shades {
    accent: Colour,
    on_accent: Colour,
    hover: Colour,
    faint: Colour,
    text: Colour,
    focus: Colour,
}

impl Shades {
    fn of(accent: Colour, scheme: &Scheme) -> Self {
        // One of these can be read on any colour.
        let on_accent = [Colour::WHITE, Colour::INK].into_iter().find(|text| text.contrast(accent) >= READABLE).unwrap_or(Colour::BLACK);
        let hover = accent.mix(if on_accent == Colour::WHITE { Colour::BLACK } else { Colour::WHITE }, 0.14);
        let faint = scheme.surface.mix(accent, scheme.faint).until(scheme.surface, |faint| scheme.quiet.contrast(faint) >= READABLE);
        let text = accent.until(scheme.away, |text| text.contrast(scheme.worst) >= READABLE && text.contrast(faint) >= READABLE);
        let focus = accent.until(scheme.away, |focus| focus.contrast(scheme.worst) >= VISIBLE && focus.contrast(faint) >= VISIBLE);
        Self { accent, on_accent, hover, faint, text, focus }
    }
}

/// Red, green and blue as a screen has them (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(u8, u8, u8);

impl Colour {
    const WHITE: Self = Self(0xff, 0xff, 0xff);
    const BLACK: Self = Self(0, 0, 0);
    /// The page's own text by day.
    const INK: Self = Self(0x17, 0x1a, 0x21);

    /// `#rrggbb`, or `#rgb` for `#rrggbb` with each digit twice.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        let part = |shift: u32, mask: u32| u8::try_from(number >> shift & mask).ok();
        match digits.len() {
            6 => Some(Self(part(16, 0xff)?, part(8, 0xff)?, part(0, 0xff)?)),
            3 => Some(Self(part(8, 0xf)? * 0x11, part(4, 0xf)? * 0x11, part(0, 0xf)? * 0x11)),
            _ => None,
        }
    }

    /// Between 1 and 21: how well one can be told from the other.
    fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(other) / one.min(other)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    fn mix(self, other: Self, share: f64) -> Self {
        // Within bounds: it lies between the two.
        let part = |one: u8, other: u8| (f64::from(one) + (f64::from(other) - f64::from(one)) * share).round() as u8;
        Self(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// The nearest on the way to another that will do.
    fn until(self, other: Self, will_do: impl Fn(Self) -> bool) -> Self {
        (0..50).map(|step| self.mix(other, f64::from(step) / 50.0)).find(|colour| will_do(*colour)).unwrap_or(other)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_people_write_them_and_nothing_else() {
        assert_eq!(Colour::parse(" #0A7d4f "), Some(Colour(10, 125, 79)));
        assert_eq!(Colour::parse("#fa0"), Some(Colour(0xff, 0xaa, 0)));
        for wrong in ["", "#", "0a7d4f", "#0a7d4", "#0a7d4ff", "#+a7d4f", "red", "#ggg", "#0a7d4f;}"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn everything_can_be_read_whatever_colour_the_owner_names() {
        for number in 0..4096_u32 {
            let part = |shift: u32| u8::try_from(number >> shift & 0xf).unwrap() * 0x11;
            let accent = Colour(part(8), part(4), part(0));
            for scheme in [&LIGHT, &DARK] {
                let shades = Shades::of(accent, scheme);
                for (text, surface) in [
                    (shades.on_accent, shades.accent),
                    (shades.on_accent, shades.hover),
                    (shades.text, shades.faint),
                    (scheme.quiet, shades.faint),
                    (shades.text, scheme.surface),
                    (shades.text, scheme.worst),
                ] {
                    assert!(text.contrast(surface) >= READABLE, "{accent}: {text} on {surface}");
                }
                assert!(shades.focus.contrast(scheme.worst) >= VISIBLE && shades.focus.contrast(shades.faint) >= VISIBLE, "{accent}");
            }
        }
    }

    #[test]
    fn contrasts_are_those_of_wcag() {
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 1e-9);
        // The lightest grey that can be read on white, as everybody's tables have it.
        assert!((Colour(0x76, 0x76, 0x76).contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn the_sheet_names_each_colour_for_day_and_night() {
        let theme = Theme { accent: Colour(10, 125, 79), accent_dark: Colour(0xff, 0xdd, 0) };
        let css = theme.css();
        assert!(css.starts_with(":root{--accent:light-dark(#0a7d4f,#ffdd00);--accent-hover:light-dark("), "{css}");
        assert!(css.contains("--on-accent:light-dark(#ffffff,#171a21);"), "{css}");
    }
}
