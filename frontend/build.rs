//! Makes a method of each of the page's words, and knows where the server has the other languages.

use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

#[path = "words/pack.rs"]
mod pack;

/// Placeholders that are numbers, to be written as the language writes them.
const NUMBERS: [&str; 7] = ["count", "length", "limit", "minutes", "number", "percent", "place"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=words");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let languages = pack::read_all(&PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("words"))?;
    let mut code = String::new();
    for language in &languages {
        if language.tag == pack::FIRST {
            fs::write(out.join("first.txt"), language.packed())?;
            methods(&mut code, language)?;
        }
    }
    writeln!(code, "/// The languages with the names of their files; the first one is in the program.")?;
    writeln!(code, "const LANGUAGES: &[(&str, &str)] = &[(\"{}\", \"\"),", pack::FIRST)?;
    for language in languages.iter().filter(|language| language.tag != pack::FIRST) {
        writeln!(code, "    (\"{}\", \"{}\"),", language.tag, language.file_name())?;
    }
    writeln!(code, "];")?;
    fs::write(out.join("words.rs"), code)?;
    Ok(())
}

fn methods(code: &mut String, first: &pack::Language) -> Result<(), Box<dyn Error>> {
    writeln!(code, "const COUNT: usize = {};\nimpl Words {{", first.texts.len())?;
    for (place, text) in first.texts.iter().enumerate() {
        let (key, about) = (&text.key, &text.about);
        if about.is_empty() {
            return Err(format!("frontend/words/{}.properties: say above `{key}` where it is said", pack::FIRST).into());
        }
        writeln!(code, "    /// {about}")?;
        let names = pack::placeholders(&text.text);
        if names.is_empty() {
            writeln!(code, "    pub fn {key}(&self) -> &'static str {{ self.text({place}) }}")?;
            continue;
        }
        let is_number = |name: &str| NUMBERS.contains(&name);
        let parameter = |name: &&str| format!("{name}: {}", if is_number(name) { "usize" } else { "&str" });
        let value = |name: &&str| format!("(\"{name}\", Value::{}({name}))", if is_number(name) { "Number" } else { "Text" });
        let parameters: Vec<String> = in_order(&names, &text.text).iter().map(parameter).collect();
        let values: Vec<String> = names.iter().map(value).collect();
        writeln!(code, "    pub fn {key}(&self, {}) -> String {{ self.fill({place}, &[{}]) }}", parameters.join(", "), values.join(", "))?;
    }
    writeln!(code, "}}")?;
    Ok(())
}

/// As they come in the text.
fn in_order<'a>(names: &std::collections::BTreeSet<&'a str>, text: &str) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.iter().copied().collect();
    names.sort_by_key(|name| text.find(&format!("{{{name}")));
    names
}
