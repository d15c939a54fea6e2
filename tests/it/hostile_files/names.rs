//! What files are called.

use shared::ProblemKind;

use super::table::{Expected, KIND, Row, row, taken};

/// The form cannot be read.
const NO_HEADER: Expected = Expected::Refused(400, ProblemKind::FileIncomplete);

/// A text under a name that becomes another one.
fn named(name: &str, becomes: &str, why: &'static str) -> Row {
    row(name, "text/plain", "words", taken(becomes, "text/plain"), why)
}

fn refused(name: &str, expected: Expected, why: &'static str) -> Row {
    row(name, "text/plain", "words", expected, why)
}

pub(super) fn names() -> Vec<Row> {
    let long = format!("{}.txt", "n".repeat(251));
    let cut = format!("{}.txt", "n".repeat(116));
    let wide = format!("{}.txt", "\u{1F600}".repeat(62));
    let wide_cut = format!("{}.txt", "\u{1F600}".repeat(29));
    vec![
        named("../../etc/passwd.txt", "passwd.txt", "a path leads nowhere"),
        named("..\\\\..\\\\boot.txt", "boot.txt", "a path of Windows leads nowhere"),
        named("/etc/passwd.txt", "passwd.txt", "a path from the root leads nowhere"),
        named("C:evil.txt", "C_evil.txt", "a drive is no part of a name"),
        named("evil\u{202e}txt.gnp.txt", "eviltxt.gnp.txt", "nothing turns the direction of writing"),
        refused("evil\u{202e}txt.exe", KIND, "what it really ends with counts"),
        named("a\u{200b}\u{2060}\u{feff}b.txt", "ab.txt", "what is not seen tells names apart that look the same"),
        named("con.txt", "_con.txt", "Windows takes it for a device"),
        named("NUL.tar.txt", "_NUL.tar.txt", "Windows takes it for a device, whatever follows"),
        named("com¹.txt", "_com¹.txt", "Windows takes it for a port"),
        named("a<b>c|d?e*f.txt", "a_b_c_d_e_f.txt", "no name of Windows has these"),
        refused("a.txt:evil.exe", KIND, "a stream behind a file: what it ends with counts"),
        named("a.exe:evil.txt", "a.exe_evil.txt", "a stream behind a file is a name like any other"),
        refused("a.txt::$DATA", KIND, "a stream by its type has no extension that is taken"),
        named("a.txt. . .", "a.txt", "systems drop dots and blanks at an end"),
        refused("a.exe. . .", KIND, "what is left counts"),
        named("  a.txt  ", "a.txt", "blanks around a name are not seen"),
        named(".htaccess.txt", "htaccess.txt", "systems hide what begins with a dot"),
        named(&long, &cut, "255 bytes are cut, the extension stays"),
        named(&wide, &wide_cut, "252 bytes are cut between characters"),
        named("🧾 bill 👩‍👩‍👧.txt", "🧾 bill 👩‍👩‍👧.txt", "people write so"),
        named("%2e%2e%2fx%00.txt", "%2e%2e%2fx%00.txt", "nobody undoes it: they are letters"),
        named("<img src=x onerror=alert(1)>.txt", "_img src=x onerror=alert(1)_.txt", "a tag is letters"),
        named("a;filename=b.exe;c=.txt", "a;filename=b.exe;c=.txt", "within quotes, nothing ends the name"),
        refused("a\u{1b}[31m\u{7f}.txt", NO_HEADER, "what controls a terminal has no place in a header"),
        refused("a\0b.txt", NO_HEADER, "a null has no place in a header"),
        refused("a.exe\0.txt", NO_HEADER, "a null ends a name for some: it has no place in a header"),
        refused("a\r\ncontent-type: text/html\r\n\r\n.txt", KIND, "after a line break the name is over and has no extension"),
        named("a%0D%0Acontent-type: text%2Fhtml.txt", "a__content-type_ text%2Fhtml.txt", "browsers send line breaks so"),
        named("a%22b.txt", "a_b.txt", "browsers send quotes so"),
        named("a\\\"b.txt", "a_b.txt", "a quote with a stroke before it does not end the name"),
        refused("a\"; filename=\"b.exe", KIND, "a second name"),
        refused("noextension", KIND, "without an extension nobody knows what it is"),
        refused("...", KIND, "dots alone are no name"),
        refused(".txt", KIND, "an extension alone is no name"),
        refused("", KIND, "nothing is no name"),
    ]
}
