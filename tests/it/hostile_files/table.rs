//! What files hold.

use shared::ProblemKind;

use super::{
    LIMIT,
    made::{eicar, gif, jpeg, pdf, png, webp, zip},
};

/// One file, and what becomes of it.
#[derive(Clone)]
pub(super) struct Row {
    /// As it stands in the form, within quotes.
    pub(super) name: String,
    /// What the browser says it is; nothing if it says nothing.
    pub(super) declared: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) expected: Expected,
    /// Why that is right.
    pub(super) why: &'static str,
}

/// What becomes of a file.
#[derive(Clone)]
pub(super) enum Expected {
    /// With this status and problem.
    Refused(u16, ProblemKind),
    /// Under this name, as this media type.
    Taken(String, &'static str),
}

pub(super) const KIND: Expected = Expected::Refused(415, ProblemKind::FileTypeRefused);

pub(super) fn taken(name: &str, media_type: &'static str) -> Expected {
    Expected::Taken(name.to_owned(), media_type)
}

pub(super) fn row(name: &str, declared: &'static str, bytes: impl AsRef<[u8]>, expected: Expected, why: &'static str) -> Row {
    Row { name: name.to_owned(), declared, bytes: bytes.as_ref().to_vec(), expected, why }
}

/// A file that is taken under its own name.
fn kept(name: &str, declared: &'static str, bytes: impl AsRef<[u8]>, why: &'static str) -> Row {
    row(name, declared, bytes, taken(name, declared), why)
}

fn refused(name: &str, declared: &'static str, bytes: impl AsRef<[u8]>, why: &'static str) -> Row {
    row(name, declared, bytes, KIND, why)
}

const HTML: &[u8] = b"<!doctype html><script>alert(document.domain)</script>";
const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Polyglots, wrong extensions, what browsers and systems run, and what unpackers trip over.
pub(super) fn contents() -> Vec<Row> {
    let with = |bytes: Vec<u8>, more: &[u8]| [&bytes[..], more].concat();
    let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(HTML.iter().flat_map(|byte| [*byte, 0])).collect();
    let film = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2";
    let parts = ["[Content_Types].xml", "_rels/.rels", "word/document.xml"];
    let jar = ["META-INF/MANIFEST.MF", "Evil.class"];
    vec![
        // Of two kinds at once.
        refused("a.gif", "image/gif", b"GIF89a/*<script>alert(1)</script>*/", "the beginning of a picture alone is no picture"),
        kept("a.gif", "image/gif", with(gif(1, 1), HTML), "a page behind a picture: nobody sniffs what is nosniff and an attachment"),
        kept("a.png", "image/png", with(png(1, 1), &zip(&jar, 4)), "programs behind a picture: no browser runs them any more"),
        kept("a.jpg", "image/jpeg", with(jpeg(1, 1, 100), HTML), "a page behind a picture: nosniff and an attachment"),
        kept("a.webp", "image/webp", with(webp(1), HTML), "a page behind a picture: nosniff and an attachment"),
        kept("a.pdf", "application/pdf", with(pdf(), HTML), "a page behind a document: nosniff and an attachment"),
        kept("a.pdf", "application/pdf", with(pdf(), &zip(&jar, 4)), "an archive behind a document: it is opened as a document"),
        refused("a.pdf", "application/pdf", with(HTML.to_vec(), &pdf()), "readers find a document behind a page: two signatures"),
        refused("a.zip", "application/zip", with(HTML.to_vec(), &zip(&jar, 4)), "unpackers find an archive behind a page"),
        refused("a.zip", "application/zip", with(b"MZ\x90\0".to_vec(), &zip(&jar, 4)), "an archive that unpacks itself is a program"),
        kept("a.zip", "application/zip", with(zip(&["a.txt"], 4), HTML), "a page behind an archive: nosniff and an attachment"),
        refused("a.docx", DOCX, zip(&jar, 4), "an archive of programs is no document"),
        kept("a.docx", DOCX, zip(&[&jar[..], &parts].concat(), 4), "it opens as a document; programs in it are never run from there"),
        kept("a.mp3", "audio/mpeg", with(b"ID3\x04\0\0\0\0\0\0".to_vec(), HTML), "a page behind a sound: nosniff and an attachment"),
        kept("a.mp4", "video/mp4", with(film.to_vec(), HTML), "a page behind a film: nosniff and an attachment"),
        refused("a.webp", "image/webp", b"RIFF\x24\0\0\0WAVEfmt ", "a sound of the same family is no picture"),
        // Not what the name says.
        refused("a.txt", "text/plain", HTML, "a page is no text"),
        refused("a.txt", "text/plain", with(b"\xef\xbb\xbf \n".to_vec(), HTML), "a mark and blanks do not hide a page"),
        refused("a.csv", "text/csv", HTML, "a page is no table"),
        refused("a.txt", "text/plain", utf_16, "a page in another encoding: text has no nulls"),
        refused("a.txt", "text/plain", SVG, "a drawing with a script is no text"),
        refused("a.png", "image/png", SVG, "a drawing with a script is no picture of dots"),
        refused("a.svg", "image/svg+xml", SVG, "drawings hold scripts"),
        refused("a.txt", "text/plain", b"<?xml version='1.0'?><x xmlns='http://www.w3.org/1999/xhtml'/>", "a strict page is no text"),
        refused("a.txt", "text/plain", b"#!/bin/sh\nrm -rf ~\n", "a script of a shell is no text"),
        refused("a.txt", "text/plain", b"\x7fELF\x02\x01\x01\0", "a program is no text"),
        refused("a.jpg", "image/jpeg", b"MZ\x90\0\x03", "a program is no picture"),
        refused("a.png", "image/png", gif(1, 1), "a picture of another kind"),
        refused("a.png", "text/html", png(1, 1), "declared as a page: somebody would believe it"),
        kept("a.txt", "text/plain", b"<?php system($_GET['c']); ?>", "harmless where nobody runs it; it is handed out as text"),
        kept("a.txt", "text/plain", b"hello <script>alert(1)</script>", "browsers take it for text, as they are told"),
        kept("a.txt", "text/plain", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "no browser reads seven bits any more"),
        kept("a.csv", "text/csv", b"name,note\nAda,=cmd|' /C calc'!A0\n", "a formula: programs for tables ask before they obey"),
        // What systems run.
        refused("a.html", "text/html", HTML, "pages run"),
        refused("a.js", "text/javascript", b"alert(1)", "scripts run"),
        refused("a.exe", "application/octet-stream", b"MZ\x90\0", "programs run"),
        refused("a.pdf.exe", "application/pdf", pdf(), "the last extension counts"),
        kept("a.exe.pdf", "application/pdf", pdf(), "the last extension counts"),
        refused("a.hta", "", HTML, "Windows runs it"),
        refused("a.lnk", "", b"L\0\0\0\x01\x14\x02\0", "Windows follows it"),
        refused("a.jar", "application/java-archive", zip(&jar, 4), "an archive of programs"),
        refused("a.iso", "", b"\0\0\0\0", "Windows opens it without a warning"),
        refused("a.docm", "", zip(&parts, 4), "documents with macros"),
        refused("a.com", "", eicar(), "programs run"),
        // What scanners and unpackers are there for.
        kept("a.txt", "text/plain", eicar(), "Webex scans what it is given, and what it finds is handed on to nobody"),
        kept("bomb.zip", "application/zip", zip(&["0.bin"; 200], u32::MAX), "it is never unpacked here"),
        kept("slip.zip", "application/zip", zip(&["../../etc/cron.d/x", "C:\\x"], 4), "it is never unpacked here"),
        kept("bomb.docx", DOCX, zip(&parts, u32::MAX), "it is never unpacked here"),
    ]
}

/// How large files and pictures are.
pub(super) fn limits() -> Vec<Row> {
    let text = |bytes: usize| "x".repeat(bytes);
    let many = Expected::Refused(413, ProblemKind::FileTooLarge);
    vec![
        kept("none.txt", "text/plain", b"", "a text may say nothing"),
        refused("none.png", "image/png", b"", "a picture of nothing is none"),
        kept("limit.txt", "text/plain", text(LIMIT), "as large as the site takes"),
        kept("less.txt", "text/plain", text(LIMIT - 1), "smaller than the site takes"),
        row("more.txt", "text/plain", text(LIMIT + 1), many, "larger than the site takes"),
        kept("40.png", "image/png", png(8000, 5000), "as many dots as are taken"),
        refused("40.png", "image/png", png(8001, 5000), "more dots than are taken"),
        refused("100.png", "image/png", png(10_000, 10_000), "a hundred million dots in fifty bytes fill the memory of whoever looks"),
        refused("all.png", "image/png", png(u32::MAX, u32::MAX), "more dots than a number holds"),
        refused("0.png", "image/png", png(0, 10_000), "a picture of no width is none"),
        refused("cut.png", "image/png", &png(1, 1)[..20], "the header is cut off"),
        refused("100.jpg", "image/jpeg", jpeg(10_000, 10_000, 2), "a hundred million dots"),
        refused("late.jpg", "image/jpeg", jpeg(10_000, 10_000, 12_000), "the header is behind what is looked at first"),
        kept("late.jpg", "image/jpeg", jpeg(100, 100, 12_000), "the header is behind what is looked at first, and harmless"),
        refused("100.gif", "image/gif", gif(10_000, 1), "a hundred million dots of screen"),
        refused("frame.gif", "image/gif", gif(1, 10_000), "a picture that is larger than its screen"),
        refused("100.webp", "image/webp", webp(10_000), "a hundred million dots"),
    ]
}
