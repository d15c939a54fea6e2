//! Vectors that are too long to write down: deep nesting, huge attributes, and what makes parsers slow.

use super::{SCRIPT, Vector};

/// As deep as nobody nests.
const DEEP: usize = 10_000;
/// More than is read of a message.
const LONG: usize = 100_000;

/// All of them. Each holds an image that would run a script where one survives.
pub fn long_vectors() -> Vec<Vector> {
    let mut found = Vec::new();
    let mut add = |class: &str, html: String| found.push(Vector { class: class.to_owned(), html });
    let image = format!("<img src=x onerror={SCRIPT}>");

    let nested = [
        "b",
        "i",
        "u",
        "s",
        "em",
        "code",
        "del",
        "a",
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "pre",
        "blockquote",
        "h1",
        "spark-mention",
        "span",
        "font",
        "table",
        "svg",
        "math",
        "template",
        "select",
        "button",
        "nobr",
        "object",
        "form",
        "x",
    ];
    for tag in nested {
        add("Deep nesting", format!("{}{image}{}", format!("<{tag}>").repeat(DEEP), format!("</{tag}>").repeat(DEEP)));
        add("Deep nesting that does not end", format!("{}{image}", format!("<{tag}>").repeat(DEEP)));
    }
    for pair in [["blockquote", "ul"], ["b", "i"], ["div", "p"], ["ul", "li"], ["svg", "p"], ["math", "mi"], ["table", "td"], ["a", "div"]]
    {
        let [outer, inner] = pair;
        add("Deep nesting of two", format!("{}{image}", format!("<{outer}><{inner}>").repeat(DEEP / 2)));
    }
    add("Ends of nothing", format!("{}{image}", "</b></p></blockquote>".repeat(DEEP / 3)));

    // What is open and differs is opened anew in each of the paragraphs that follow.
    let open: String = (0..2500).map(|number| format!("<b x{number}>")).collect();
    add("Formatting that is opened anew", format!("<p>{open}{}", "<p>x".repeat(9000)));
    let open: String = (0..2500).map(|number| format!("<font x{number}>")).collect();
    add("Formatting that is opened anew", format!("<p>{open}{}", "<p>x".repeat(9000)));
    let crossed: String = (0..4000).map(|_| "<a><b>".to_owned()).collect();
    add("Formatting that crosses", format!("{crossed}{}", "</a>".repeat(4000)));
    add("Formatting that crosses", format!("{}{}", "<b><i><p>".repeat(3000), "</b></i>".repeat(3000)));
    add("Tables that are no tables", format!("{}x", "<table><b><tr><i><td>".repeat(3000)));

    add("Huge attributes", format!("<a href=\"https://a.example/{}\">long</a>{image}", "x".repeat(LONG)));
    add("Huge attributes", format!("<a href=\"https://a.example/{}\">long</a>{image}", "x".repeat(30_000)));
    add("Huge attributes", format!("<a href=\"{}javascript:{SCRIPT}\">blanks</a>", " ".repeat(30_000)));
    add("Huge attributes", format!("<a href=\"java{}script:{SCRIPT}\">breaks</a>", "\n".repeat(30_000)));
    add("Huge attributes", format!("<a href=\"{}\">by number</a>", "&#106;".repeat(10_000)));
    add("Huge attributes", format!("<p title=\"{}\">title</p>{image}", "y".repeat(LONG)));
    add(
        "Many attributes",
        format!("<a {} href=\"javascript:{SCRIPT}\">many</a>", (0..6000).map(|n| format!("a{n}=1 ")).collect::<String>()),
    );
    add("Many attributes", format!("<p {}>same</p>{image}", "onclick=x ".repeat(6000)));
    add("Long names", format!("<{}>{image}", "x".repeat(50_000)));
    add("Long names", format!("<a {}=x>{image}", "y".repeat(50_000)));

    add("Long text", "x".repeat(LONG));
    add("Long text", "\u{1F600}".repeat(LONG / 4));
    add("Long text", format!("{}{image}", "\0".repeat(60_000)));
    add("Long text", format!("<xmp>{}</xmp>{image}", "\0".repeat(60_000)));
    add("Long text", format!("<svg><desc>{}</desc></svg>{image}", "\0".repeat(60_000)));
    add("Long text", "&nGt;".repeat(13_000));
    add("Long text", "&".repeat(LONG));
    add("Long text", "<".repeat(LONG));
    add("Long text", "<!--".repeat(16_000));
    add("Long text", "<![CDATA[".repeat(7000));
    add("Long text", " \n\t".repeat(20_000));
    add("Long text", "\u{202e}a".repeat(16_000));
    add("Many parts", "<br>".repeat(16_000));
    add("Many parts", "<hr>".repeat(16_000));
    add("Many parts", "<b>x</b>".repeat(8000));
    add("Many parts", "<p>x</p>".repeat(8000));
    add("Many parts", format!("<div>{}</div>", "<p>x</p>".repeat(8000)));
    add("Many parts", format!("<ul>{}</ul>", "<li>x".repeat(12_000)));
    add("Many parts", "<a href=https://a.example/>x</a>".repeat(2000));
    add("Many parts", "https://a.example/ ".repeat(3400));
    add("Many parts", "a\n\n".repeat(20_000));
    found
}
