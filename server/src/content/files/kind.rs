//! The kinds of file that are taken and given: name, declared type and contents must agree.

use thiserror::Error;

use super::name::{safe_name, split_extension};

/// So many of a file's first bytes tell its kind.
pub const SNIFF_BYTES: usize = 8192;

/// What a file is about which nothing is known.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum FileRefusal {
    /// The name's extension is none of those that are taken.
    #[error("files of this kind are not taken")]
    Kind,
    /// The browser says that it is something else than its name says.
    #[error("the file is declared as something else than its name says")]
    Declared,
    /// Its first bytes are not of the kind that its name says.
    #[error("the file's contents are something else than its name says")]
    Contents,
    /// It is a picture of more pixels than are taken.
    #[error("the picture has more pixels than are taken")]
    Pixels,
}

/// One kind of file that is taken.
struct Kind {
    extension: &'static str,
    media_type: &'static str,
    /// What some systems call it.
    aliases: &'static [&'static str],
    looks_like_it: fn(&[u8]) -> bool,
}

const KINDS: &[Kind] = &[
    Kind { extension: "png", media_type: "image/png", aliases: &[], looks_like_it: infer::image::is_png },
    Kind { extension: "jpg", media_type: "image/jpeg", aliases: &["image/jpg", "image/pjpeg"], looks_like_it: infer::image::is_jpeg },
    Kind { extension: "jpeg", media_type: "image/jpeg", aliases: &["image/jpg", "image/pjpeg"], looks_like_it: infer::image::is_jpeg },
    Kind { extension: "gif", media_type: "image/gif", aliases: &[], looks_like_it: is_gif },
    Kind { extension: "webp", media_type: "image/webp", aliases: &[], looks_like_it: is_webp },
    Kind { extension: "pdf", media_type: "application/pdf", aliases: &["application/x-pdf"], looks_like_it: is_pdf },
    Kind { extension: "txt", media_type: "text/plain", aliases: &[], looks_like_it: is_text },
    Kind {
        extension: "csv",
        media_type: "text/csv",
        // Where Excel is installed, Windows calls it Excel's.
        aliases: &["text/plain", "application/csv", "text/comma-separated-values", "application/vnd.ms-excel"],
        looks_like_it: is_text,
    },
    Kind {
        extension: "docx",
        media_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        aliases: &[],
        looks_like_it: |bytes| is_office(bytes, b"word/"),
    },
    Kind {
        extension: "xlsx",
        media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        aliases: &[],
        looks_like_it: |bytes| is_office(bytes, b"xl/"),
    },
    Kind {
        extension: "pptx",
        media_type: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        aliases: &[],
        looks_like_it: |bytes| is_office(bytes, b"ppt/"),
    },
    Kind {
        extension: "mp4",
        media_type: "video/mp4",
        aliases: &["video/x-m4v"],
        looks_like_it: |bytes| infer::video::is_mp4(bytes) || infer::video::is_m4v(bytes),
    },
    Kind { extension: "mp3", media_type: "audio/mpeg", aliases: &["audio/mp3", "audio/x-mpeg"], looks_like_it: infer::audio::is_mp3 },
    Kind {
        extension: "m4a",
        media_type: "audio/mp4",
        aliases: &["audio/x-m4a", "audio/m4a"],
        // Recorders put sound alone into the container of films, too.
        looks_like_it: |bytes| infer::audio::is_m4a(bytes) || infer::video::is_mp4(bytes),
    },
    Kind {
        extension: "zip",
        media_type: "application/zip",
        aliases: &["application/x-zip-compressed", "application/x-zip"],
        looks_like_it: infer::archive::is_zip,
    },
];

/// The media type of a file that may be sent: its name's extension, the media type the browser declares (nothing, or
/// `application/octet-stream`, where it knows none) and its first bytes (all of them, or [`SNIFF_BYTES`]) agree.
///
/// # Errors
///
/// The [`FileRefusal`] that names what disagrees.
pub fn accepted_type(name: &str, declared: &str, first_bytes: &[u8]) -> Result<&'static str, FileRefusal> {
    let name = safe_name(name);
    let (_, extension) = split_extension(&name);
    let extension = extension.strip_prefix('.').unwrap_or_default();
    let kind = KINDS.iter().find(|kind| kind.extension.eq_ignore_ascii_case(extension)).ok_or(FileRefusal::Kind)?;
    let declared = essence(declared);
    let is_declared =
        declared.is_empty() || [UNKNOWN_TYPE, kind.media_type].iter().chain(kind.aliases).any(|known| known.eq_ignore_ascii_case(declared));
    if !is_declared {
        return Err(FileRefusal::Declared);
    }
    if !(kind.looks_like_it)(first_bytes) {
        return Err(FileRefusal::Contents);
    }
    Ok(kind.media_type)
}

/// The `Content-Type` a download is given: one of those that no browser runs, else `application/octet-stream`.
pub fn download_type(media_type: &str) -> &'static str {
    let wanted = essence(media_type);
    KINDS.iter().map(|kind| kind.media_type).find(|known| known.eq_ignore_ascii_case(wanted)).unwrap_or(UNKNOWN_TYPE)
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

fn is_gif(bytes: &[u8]) -> bool {
    bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a")
}

fn is_webp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && infer::image::is_webp(bytes)
}

/// Readers find a PDF behind other bytes, too; but then it is something else as well.
fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// Text in any encoding of single bytes: Excel still writes its country's own.
fn is_text(bytes: &[u8]) -> bool {
    let is_binary = |byte: &u8| matches!(byte, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    let is_more_than_text = [
        infer::text::is_html,
        infer::text::is_xml,
        infer::text::is_shellscript,
        infer::archive::is_pdf,
        infer::archive::is_ps,
        infer::archive::is_rtf,
    ];
    // A mark of the encoding would hide what comes after it.
    let begin = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let is_drawing = begin.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"<svg"));
    !bytes.iter().any(is_binary) && !is_drawing && !is_more_than_text.iter().any(|is_it| is_it(begin))
}

/// Whether it is a zip file with the parts of an Office document, and the first telling one lies in this folder.
/// Programs write the parts in different orders, so that the folder itself may lie beyond the first bytes.
fn is_office(bytes: &[u8], folder: &[u8]) -> bool {
    const FOLDERS: [&[u8]; 3] = [b"word/", b"xl/", b"ppt/"];
    const PARTS: [&[u8]; 4] = [b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/"];
    if !bytes.starts_with(ENTRY) {
        return false;
    }
    match zip_names(bytes).find_map(|name| FOLDERS.into_iter().find(|folder| name.starts_with(folder))) {
        Some(first) => first == folder,
        None => zip_names(bytes).next().is_some_and(|name| PARTS.iter().any(|part| name.starts_with(part))),
    }
}

/// What each file in a zip file begins with.
const ENTRY: &[u8] = b"PK\x03\x04";

/// The names of the files in a zip file, as far as its first bytes tell.
fn zip_names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..bytes.len()).filter_map(|start| {
        let entry = bytes.get(start..)?;
        if !entry.starts_with(ENTRY) {
            return None;
        }
        let length = u16::from_le_bytes(*entry.get(26..)?.first_chunk()?);
        entry.get(30..)?.get(..usize::from(length))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    /// The beginning of a zip file with these names in it.
    fn zip(names: &[&str]) -> Vec<u8> {
        let entry = |name: &&str| {
            let length = u16::try_from(name.len()).unwrap().to_le_bytes();
            [ENTRY, &[0; 22], &length, &[0; 2], name.as_bytes(), b"contents"].concat()
        };
        names.iter().flat_map(entry).collect()
    }

    #[test]
    fn a_file_whose_name_type_and_contents_agree_is_taken() {
        let film = b"\0\0\0\x18ftypisom\0\0\x02\0";
        let sound = b"\0\0\0\x18ftypM4A \0\0\x02\0";
        let word = zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]);
        for (name, declared, bytes, expected) in [
            ("a.png", "image/png", &b"\x89PNG\r\n\x1a\n"[..], "image/png"),
            ("A.JPG", "image/jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
            ("a.jpeg", "image/jpg", b"\xff\xd8\xff\xe1", "image/jpeg"),
            ("a.gif", "", b"GIF89a", "image/gif"),
            ("a.webp", "image/webp", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            ("a.pdf", "application/pdf", b"%PDF-1.7\n", "application/pdf"),
            ("a.txt", "text/plain; charset=utf-8", "Grüße\r\n\tAda".as_bytes(), "text/plain"),
            ("BMW.txt", "text/plain", b"BMW, MZ and GIF are letters", "text/plain"),
            ("empty.txt", "text/plain", b"", "text/plain"),
            ("a.csv", "application/vnd.ms-excel", b"name;city\r\nAda;K\xf6ln", "text/csv"),
            ("a.docx", DOCX, &word, DOCX),
            ("a.docx", "Application/Octet-Stream", &word, DOCX),
            ("a.zip", "application/x-zip-compressed", &word, "application/zip"),
            ("a.mp4", "video/mp4", film, "video/mp4"),
            ("a.mp3", "audio/mpeg", b"ID3\x04\0", "audio/mpeg"),
            ("a.m4a", "audio/x-m4a", sound, "audio/mp4"),
            ("a.m4a", "audio/mp4", film, "audio/mp4"),
        ] {
            assert_eq!(accepted_type(name, declared, bytes), Ok(expected), "{name} {declared}");
        }
    }

    #[test]
    fn every_program_may_order_the_parts_of_an_office_document_its_own_way() {
        let pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
        let libre = zip(&["_rels/.rels", "docProps/core.xml", "docProps/app.xml", "ppt/_rels/presentation.xml.rels"]);
        assert_eq!(accepted_type("a.pptx", pptx, &libre), Ok(pptx));
        // A large picture of the first page comes first; the rest is beyond the first bytes.
        let cut = zip(&["[Content_Types].xml", "_rels/.rels", "docProps/thumbnail.jpeg"]);
        assert_eq!(accepted_type("a.pptx", pptx, &cut), Ok(pptx));
        // What is embedded does not decide.
        let nested = zip(&["[Content_Types].xml", "ppt/presentation.xml", "xl/workbook.xml"]);
        assert_eq!(accepted_type("a.pptx", pptx, &nested), Ok(pptx));
    }

    #[test]
    fn a_file_of_which_one_part_disagrees_is_refused() {
        let word = zip(&["[Content_Types].xml", "word/document.xml"]);
        for (name, declared, bytes, expected) in [
            ("a.svg", "image/svg+xml", &b"<svg/>"[..], FileRefusal::Kind),
            ("a.html", "text/html", b"<p>", FileRefusal::Kind),
            ("a.png.exe", "image/png", b"\x89PNG", FileRefusal::Kind),
            ("a.exe.", "", b"MZ", FileRefusal::Kind),
            ("a.docm", "", &word, FileRefusal::Kind),
            ("png", "image/png", b"\x89PNG", FileRefusal::Kind),
            (".png", "image/png", b"\x89PNG", FileRefusal::Kind),
            ("", "", b"", FileRefusal::Kind),
            ("a.exe\u{202e}.png/", "image/png", b"\x89PNG", FileRefusal::Kind),
            ("a.png", "text/html", b"\x89PNG", FileRefusal::Declared),
            ("a.txt", "text/html", b"hello", FileRefusal::Declared),
            ("a.png", "image/jpeg", b"\x89PNG", FileRefusal::Declared),
            ("a.png", "image/png", b"\xff\xd8\xff\xe0", FileRefusal::Contents),
            ("a.png", "image/png", b"", FileRefusal::Contents),
            ("a.jpg", "image/jpeg", b"MZ\x90\0", FileRefusal::Contents),
            ("a.gif", "image/gif", b"GIFT", FileRefusal::Contents),
            ("a.webp", "image/webp", b"<!--    WEBP-->", FileRefusal::Contents),
            ("a.pdf", "application/pdf", b"<html>%PDF-1.7", FileRefusal::Contents),
            ("a.docx", DOCX, &zip(&["META-INF/MANIFEST.MF"]), FileRefusal::Contents),
            ("a.docx", DOCX, &zip(&["[Content_Types].xml", "xl/workbook.xml"]), FileRefusal::Contents),
            ("a.docx", DOCX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileRefusal::Contents),
            ("a.docx", DOCX, b"PK\x03\x04", FileRefusal::Contents),
            ("a.zip", "application/zip", b"Rar!\x1a\x07", FileRefusal::Contents),
            ("a.mp4", "video/mp4", b"\0\0\0\x18ftypM4A ", FileRefusal::Contents),
        ] {
            assert_eq!(accepted_type(name, declared, bytes), Err(expected), "{name} {declared}");
        }
        for more_than_text in [
            &b"a\0b"[..],
            b"\x01",
            b"\xff\xfea\0",
            b"<!DOCTYPE html><p>",
            b" \n<script >",
            b"\xef\xbb\xbf<?xml version='1.0'?>",
            b"\xef\xbb\xbf <html>",
            b"\n<SVG onload=x>",
            b"#!/bin/sh\n",
            b"text %PDF-1.7",
            b"{\\rtf1 }",
        ] {
            for name in ["a.txt", "a.csv"] {
                assert_eq!(accepted_type(name, "", more_than_text), Err(FileRefusal::Contents), "{more_than_text:?}");
            }
        }
    }

    #[test]
    fn a_download_is_of_a_type_that_no_browser_runs() {
        assert_eq!(download_type("image/png"), "image/png");
        assert_eq!(download_type("Text/Plain; charset=utf-8"), "text/plain");
        for active in ["", "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript", "image/png\r\nx: y"] {
            assert_eq!(download_type(active), "application/octet-stream", "{active}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd_to_be_judged(name in any::<String>(), declared in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for kind in KINDS {
                for begin in [&b""[..], ENTRY, b"%PDF-", b"\0\0\0\x18ftyp"] {
                    let _ = accepted_type(&format!("{name}.{}", kind.extension), &declared, &[begin, &bytes].concat());
                    let _ = accepted_type(kind.extension, "", &bytes);
                    let _ = (kind.looks_like_it)(&[begin, &bytes].concat());
                }
            }
        }
    }
}
