//! The API's description as a document for people.

use std::fmt::Write;

use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];
/// What any route may answer is said once.
const EVERYWHERE: [&str; 7] = ["400", "403", "413", "429", "431", "500", "503"];

const ANYTHING: &str = "anything";

/// Markdown of a description in OpenAPI 3.1, as `docs/api.md` has it.
pub fn markdown(description: &Value) -> String {
    Document { description, text: String::new() }.write()
}

struct Document<'a> {
    description: &'a Value,
    text: String,
}

impl Document<'_> {
    fn write(mut self) -> String {
        let info = &self.description["info"];
        self.line(&format!("# The portal's API\n\n{}\n", words(&info["summary"])));
        self.line("Made from [openapi.json](../server/src/routes/openapi.json), which the portal serves at `/openapi.json` and `guest-portal openapi` prints.");
        self.line("Other programs begin with [automation.md](automation.md); the rest is what the portal's own pages use.\n");
        self.line(&format!("{}\n", words(&info["description"])));
        for tag in list(&self.description["tags"]) {
            self.line(&format!("## {}\n", words(&tag["description"]).trim_end_matches('.')));
            self.operations(tag["name"].as_str().unwrap_or_default());
        }
        self.line("## What the words mean\n");
        for (name, schema) in map(&self.description["components"]["schemas"]) {
            self.schema(name, schema);
        }
        format!("{}\n", self.text.trim_end())
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// What a reference leads to.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.description.pointer(pointer)).unwrap_or(value)
    }

    fn operations(&mut self, tag: &str) {
        let description = self.description;
        for (path, item) in map(&description["paths"]) {
            for method in METHODS {
                let operation = &item[method];
                if list(&operation["tags"]).iter().any(|one| one == tag) {
                    self.operation(path, method, item, operation);
                }
            }
        }
    }

    fn operation(&mut self, path: &str, method: &str, item: &Value, operation: &Value) {
        let mut text = format!("### {} `{path}`\n\n{}.", method.to_uppercase(), words(&operation["summary"]).trim_end_matches('.'));
        if let Some(more) = operation["description"].as_str() {
            let _ = write!(text, " {}", more.replace('\n', " "));
        }
        text.push_str("\n\n");
        let callers = list(&operation["security"]).iter().flat_map(|one| map(one).keys().map(String::as_str)).collect::<Vec<_>>();
        let is_open = list(&operation["security"]).iter().any(|one| map(one).is_empty());
        let callers = if callers.is_empty() || is_open { "anybody".to_owned() } else { format!("whoever has: {}", callers.join(", ")) };
        let _ = writeln!(text, "- for {callers}");
        for parameter in list(&item["parameters"]).iter().chain(list(&operation["parameters"])) {
            let parameter = self.resolved(parameter);
            let what = words(&parameter["description"]);
            let kind = self.kind(&parameter["schema"]);
            let needed = if parameter["required"] == true { "" } else { ", may be left out" };
            let _ = writeln!(text, "- `{}` ({}, {kind}{needed}){}", words(&parameter["name"]), words(&parameter["in"]), after_colon(&what));
        }
        for (media_type, content) in map(&operation["requestBody"]["content"]) {
            let _ = writeln!(text, "- body `{media_type}`: {}", self.kind(&content["schema"]));
        }
        for (status, answer) in map(&operation["responses"]) {
            if EVERYWHERE.contains(&status.as_str()) {
                continue;
            }
            let answer = self.resolved(answer);
            let kinds: Vec<_> =
                map(&answer["content"]).iter().map(|(media_type, one)| format!("`{media_type}` {}", self.kind(&one["schema"]))).collect();
            let kinds = if kinds.is_empty() { String::new() } else { format!(", {}", kinds.join("; ")) };
            let _ = writeln!(text, "- answers **{status}**{kinds}{}", after_colon(&words(&answer["description"])));
        }
        self.line(&text);
    }

    /// A type in a word or two.
    fn kind(&self, schema: &Value) -> String {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return format!("[{name}](#{})", name.to_lowercase());
        }
        if let Some(value) = schema.get("const") {
            return format!("`{value}`");
        }
        let values: Vec<_> = list(&schema["enum"]).iter().map(|value| format!("`{value}`")).collect();
        if !values.is_empty() {
            return values.join(" or ");
        }
        for together in ["oneOf", "anyOf", "allOf"] {
            let kinds: Vec<_> = list(&schema[together]).iter().map(|one| self.kind(one)).filter(|kind| kind != ANYTHING).collect();
            if !kinds.is_empty() {
                return kinds.join(if together == "allOf" { " and " } else { " or " });
            }
        }
        match &schema["type"] {
            Value::String(name) if name == "array" => format!("list of {}", self.kind(&schema["items"])),
            Value::String(name) => name.clone(),
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
            _ => ANYTHING.to_owned(),
        }
    }

    fn schema(&mut self, name: &str, schema: &Value) {
        let mut text = format!("### {name}\n\n");
        if let Some(more) = schema["description"].as_str() {
            let _ = writeln!(text, "{}\n", more.replace('\n', " "));
        }
        let variants: Vec<&Value> = ["oneOf", "anyOf"].iter().flat_map(|together| list(&schema[*together])).collect();
        if variants.is_empty() && map(&schema["properties"]).is_empty() {
            let _ = writeln!(text, "{}", self.kind(schema));
        }
        self.fields(&mut text, schema, "");
        for variant in variants {
            let variant = if map(&variant["properties"]).is_empty() { self.resolved(variant) } else { variant };
            let named = words(&variant["title"]);
            let _ = writeln!(
                text,
                "- {}{}",
                if named.is_empty() { "either".to_owned() } else { named },
                after_colon(&words(&variant["description"]))
            );
            self.fields(&mut text, variant, "  ");
        }
        self.line(&text);
    }

    fn fields(&self, text: &mut String, schema: &Value, indent: &str) {
        let required = list(&schema["required"]);
        for (name, field) in map(&schema["properties"]) {
            let needed = if required.iter().any(|one| one == name) { "" } else { ", may be missing" };
            let _ = writeln!(text, "{indent}- `{name}` ({}{needed}){}", self.kind(field), after_colon(&words(&field["description"])));
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn map(value: &Value) -> &Map<String, Value> {
    static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NOTHING)
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn after_colon(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {}", words.replace('\n', " ")) }
}
