//! What a file is. The judge: only a few kinds are taken, each by its own extension, and a picture's size does not depend on how its bytes
//! arrive.

use std::io::{self, Read};

use server::content::files::{accepted_type, download_type, is_picture, pixels, safe_name};

const TAKEN: [(&str, &str); 14] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("mp4", "video/mp4"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
];

pub(super) fn target(bytes: &[u8]) {
    let (name, content) = super::parted(bytes);
    let name = String::from_utf8_lossy(name);
    for declared in ["", "image/png", "text/html"] {
        let Ok(media_type) = accepted_type(&name, declared, content) else { continue };
        assert!(declared.is_empty() || declared == media_type, "{declared} for {media_type}");
        assert_eq!(download_type(media_type), media_type);
        let extension = safe_name(&name).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        assert!(extension == "zip" || TAKEN.contains(&(&extension, media_type)), "{name:?} as {media_type}");
        if media_type.starts_with("text/") {
            assert!(!content.contains(&0), "text has no nulls");
        }
    }
    for media_type in ["image/png", "image/jpeg", "image/gif", "image/webp"] {
        assert!(is_picture(media_type));
        let (whole, piecewise) = (pixels(media_type, content).ok(), pixels(media_type, OneByOne(content)).ok());
        assert_eq!(whole, piecewise);
        assert!(whole.is_none_or(|pixels| pixels > 0 && pixels <= u64::from(u32::MAX) * u64::from(u32::MAX)));
    }
}

/// Gives one byte at a time.
struct OneByOne<'a>(&'a [u8]);

impl Read for OneByOne<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(1);
        self.0.read(&mut buffer[..count])
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let png = b"a.png\0\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0";
    let gif = b"a.gif\0GIF89a\x10\0\x20\0\x80\0\0abcdef!\xfe\x03abc\0,\0\0\0\0\x10\0\x20\0";
    let jpeg = b"a.jpg\0\xff\xd8\xff\xe0\0\x04ab\xff\xff\xfe\0\x02\xff\xc2\0\x0b\x08\x00\x20\x00\x10\x01";
    let webp = b"a.webp\0RIFF....WEBPVP8X....\0\0\0\0\x01\0\0\x01\0\0";
    let zip = b"a.docx\0PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x11\0\0\0word/document.xmldata";
    let others: [&[u8]; 6] = [
        b"a.txt\0words",
        b"a.csv\0a;b\r\n",
        b"a.pdf\0%PDF-1.7\n",
        b"a.mp4\0\0\0\0\x18ftypisom",
        b"a.mp3\0ID3\x04",
        b"a.txt\0<!doctype html>",
    ];
    [&png[..], gif, jpeg, webp, zip].into_iter().chain(others).map(<[u8]>::to_vec).collect()
}
