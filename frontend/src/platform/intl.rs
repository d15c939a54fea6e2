//! Numbers, plurals, lists and dates as people write them, by the browser's own knowledge of languages. Where there is no
//! browser, in unit tests, plain English.

use js_sys::Intl::{DateTimeFormat, NumberFormat, PluralRules};
use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::JsValue;

const HAS_BROWSER: bool = cfg!(target_arch = "wasm32");

/// Which plural form a number takes, by its name in CLDR.
pub fn plural_form(locale: &str, number: usize) -> String {
    if !HAS_BROWSER {
        return if number == 1 { "one" } else { "other" }.to_owned();
    }
    PluralRules::new(&list(&[locale]), &Object::new()).select(number as f64).into()
}

/// A number.
pub fn number_text(locale: &str, number: usize) -> String {
    if !HAS_BROWSER {
        return number.to_string();
    }
    call(&NumberFormat::new(&list(&[locale]), &Object::new()).format(), number as f64)
}

/// A size in a unit of `Intl`, such as `kilobyte`, with this many decimals.
pub fn size_text(locale: &str, size: f64, unit: &str, decimals: u32) -> String {
    let settings = settings(&[("style", "unit"), ("unit", unit), ("unitDisplay", if unit == "byte" { "long" } else { "short" })]);
    let _ = Reflect::set(&settings, &JsValue::from_str("maximumFractionDigits"), &JsValue::from_f64(f64::from(decimals)));
    // A number and its unit stay on one line.
    call(&NumberFormat::new(&list(&[locale]), &settings).format(), size).replace(' ', "\u{a0}")
}

/// A moment.
pub fn date_text(locale: &str, date: &Date, options: &[(&str, &str)]) -> String {
    call_with(&DateTimeFormat::new(&list(&[locale]), &settings(options)).format(), date)
}

fn list(texts: &[&str]) -> Array {
    texts.iter().map(|text| JsValue::from_str(text)).collect()
}

fn settings(options: &[(&str, &str)]) -> Object {
    let settings = Object::new();
    for (name, value) in options {
        // Setting a property of an object just made does not fail.
        let _ = Reflect::set(&settings, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    settings
}

fn call(format: &Function, number: f64) -> String {
    call_with(format, &JsValue::from_f64(number))
}

fn call_with(format: &Function, value: &JsValue) -> String {
    format.call1(&JsValue::UNDEFINED, value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// A text as it is compared when somebody looks for something: without capitals and accents.
pub fn folded(text: &str) -> String {
    if !HAS_BROWSER {
        return text.to_ascii_lowercase();
    }
    let parts: String = js_sys::JsString::from(text).normalize("NFD").to_lower_case().into();
    parts.chars().filter(|letter| !matches!(letter, '\u{300}'..='\u{36f}')).collect()
}

/// A text in small letters.
pub fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}
