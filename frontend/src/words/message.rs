//! Texts with something to fill in, as ICU MessageFormat writes them, as far as the page's words need it:
//! `{name}`, and `{count, plural, one {# message} other {# messages}}`.

/// What is filled in.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// As it is.
    Text(&'a str),
    /// As the language writes it.
    Number(usize),
}

/// Fills a text in. `isolate` stands around what comes from others, for what is written the other way. `form_of` names a number's plural form, `write` writes a number.
pub(super) fn fill(
    text: &str,
    values: &[(&str, Value<'_>)],
    isolate: [&str; 2],
    form_of: &dyn Fn(usize) -> String,
    write: &dyn Fn(usize) -> String,
) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (inside, after) = split_at_end(after);
        rest = after;
        let (name, plural) = inside.split_once(',').map_or((inside, None), |(name, rest)| (name, rest.strip_prefix(" plural, ")));
        let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        match (value, plural) {
            (Some(Value::Text(text)), _) => filled.push_str(&[isolate[0], text, isolate[1]].concat()),
            (Some(Value::Number(number)), None) => filled.push_str(&write(number)),
            (Some(Value::Number(number)), Some(forms)) => {
                filled.push_str(&form(forms, &form_of(number)).replace('#', &write(number)));
            }
            // The build has looked that there is none.
            (None, _) => {}
        }
    }
    filled.push_str(rest);
    filled
}

/// The form of this name, or the one for everything else.
fn form<'a>(mut forms: &'a str, wanted: &str) -> &'a str {
    let mut other = "";
    while let Some((name, after)) = forms.split_once('{') {
        let (text, after) = split_at_end(after);
        forms = after;
        match name.trim() {
            name if name == wanted => return text,
            "other" => other = text,
            _ => {}
        }
    }
    other
}

/// What stands before the brace that closes, and what behind it.
fn split_at_end(text: &str) -> (&str, &str) {
    let mut open = 0;
    for (place, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return (text.get(..place).unwrap_or_default(), text.get(place + 1..).unwrap_or_default()),
            '}' => open -= 1,
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, values: &[(&str, Value<'_>)]) -> String {
        let form_of = |number| (if number == 1 { "one" } else { "many" }).to_owned();
        fill(text, values, ["", ""], &form_of, &|number| format!("<{number}>"))
    }

    #[test]
    fn names_are_filled_in_as_they_are() {
        let values = [("name", Value::Text("{count} #")), ("text", Value::Text("b"))];
        assert_eq!(filled("{name}: {text}.", &values), "{count} #: b.");
        assert_eq!(filled("nothing # here", &values), "nothing # here");
    }

    #[test]
    fn what_comes_from_others_stands_in_its_own_direction() {
        let values = [("name", Value::Text("Ada"))];
        assert_eq!(fill("({name})", &values, ["<", ">"], &|_| String::new(), &|_| String::new()), "(<Ada>)");
    }

    #[test]
    fn the_form_follows_the_number() {
        let text = "So {count, plural, one {# is} other {# are}} there.";
        assert_eq!(filled(text, &[("count", Value::Number(1))]), "So <1> is there.");
        assert_eq!(filled(text, &[("count", Value::Number(7))]), "So <7> are there.", "a form that is not there is `other`");
        let text = "{count, plural, one {One} many {Many}}";
        assert_eq!(filled(text, &[("count", Value::Number(2))]), "Many");
        assert_eq!(filled("{number} of {count}", &[("count", Value::Number(2)), ("number", Value::Number(1))]), "<1> of <2>");
    }

    #[test]
    fn a_broken_text_breaks_nothing() {
        for broken in ["{", "{count", "{count, plural, ", "{count, plural, one {#", "}", "a}b{", "{other}"] {
            let _ = filled(broken, &[("count", Value::Number(1))]);
        }
    }
}
