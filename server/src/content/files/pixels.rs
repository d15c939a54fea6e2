//! How many pixels a picture claims to have, read from its header: a few bytes can claim more than whoever looks at it has memory.
//!
//! Nothing is decoded. What has no header as its kind has it is no picture that anybody can look at.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// A picture of more pixels than this is not taken.
pub const MAX_PIXELS: u64 = 40_000_000;

/// Whether files of this media type have pixels.
pub fn is_picture(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// How many pixels a picture of this media type claims to have.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] or [`ErrorKind::UnexpectedEof`] if it has no header that says so, and whatever reading it ends with.
pub fn pixels(media_type: &str, picture: impl Read) -> io::Result<u64> {
    let mut picture = BufReader::new(picture);
    let (width, height) = match media_type {
        "image/png" => png(&mut picture)?,
        "image/jpeg" => jpeg(&mut picture)?,
        "image/gif" => gif(&mut picture)?,
        "image/webp" => webp(&mut picture)?,
        _ => return Err(no_header()),
    };
    if width == 0 || height == 0 { Err(no_header()) } else { Ok(u64::from(width) * u64::from(height)) }
}

fn no_header() -> io::Error {
    ErrorKind::InvalidData.into()
}

fn png(picture: &mut impl BufRead) -> io::Result<(u32, u32)> {
    expect(picture, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    Ok((u32::from_be_bytes(take(picture)?), u32::from_be_bytes(take(picture)?)))
}

/// The first frame's header; before it there may be pieces of any kind, and filling between them.
fn jpeg(picture: &mut impl BufRead) -> io::Result<(u32, u32)> {
    expect(picture, b"\xff\xd8")?;
    loop {
        expect(picture, b"\xff")?;
        let mut marker = 0xff;
        while marker == 0xff {
            [marker] = take(picture)?;
        }
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let [_, _, _precision, high, low] = take(picture)?;
                return Ok((u16::from_be_bytes(take(picture)?).into(), u16::from_be_bytes([high, low]).into()));
            }
            // The picture begins, or ends, or another one does: all too early. Nought is no marker.
            0 | 0xd0..=0xda => return Err(no_header()),
            0x01 => {}
            _ => {
                let length = u64::from(u16::from_be_bytes(take(picture)?));
                skip(picture, length.checked_sub(2).ok_or_else(no_header)?)?;
            }
        }
    }
}

/// The screen it is drawn on, or the first picture where that is larger: browsers go by both.
fn gif(picture: &mut impl BufRead) -> io::Result<(u32, u32)> {
    expect(picture, b"GIF8")?;
    let [_version, b'a'] = take(picture)? else { return Err(no_header()) };
    let (width, height) = (u16_le(picture)?, u16_le(picture)?);
    let [flags, _, _] = take(picture)?;
    if flags & 0x80 != 0 {
        skip(picture, 3 << ((flags & 7) + 1))?;
    }
    loop {
        match take(picture)? {
            [b'!'] => {
                let [_label] = take(picture)?;
                while let [length @ 1..=255] = take(picture)? {
                    skip(picture, length.into())?;
                }
            }
            [b','] => {
                let (left, top) = (u16_le(picture)?, u16_le(picture)?);
                return Ok((width.max(left + u16_le(picture)?), height.max(top + u16_le(picture)?)));
            }
            _ => return Err(no_header()),
        }
    }
}

fn webp(picture: &mut impl BufRead) -> io::Result<(u32, u32)> {
    expect(picture, b"RIFF")?;
    skip(picture, 4)?;
    expect(picture, b"WEBP")?;
    let kind: [u8; 4] = take(picture)?;
    skip(picture, 4)?;
    match &kind {
        b"VP8 " => {
            skip(picture, 3)?;
            expect(picture, b"\x9d\x01\x2a")?;
            Ok((u16_le(picture)? & 0x3fff, u16_le(picture)? & 0x3fff))
        }
        b"VP8L" => {
            expect(picture, b"\x2f")?;
            let bits = u32::from_le_bytes(take(picture)?);
            Ok(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => {
            skip(picture, 4)?;
            let [w0, w1, w2, h0, h1, h2] = take(picture)?;
            Ok((u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1))
        }
        _ => Err(no_header()),
    }
}

fn u16_le(picture: &mut impl BufRead) -> io::Result<u32> {
    Ok(u16::from_le_bytes(take(picture)?).into())
}

fn take<const COUNT: usize>(picture: &mut impl BufRead) -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    picture.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn expect(picture: &mut impl BufRead, bytes: &[u8]) -> io::Result<()> {
    for expected in bytes {
        let [byte] = take(picture)?;
        if byte != *expected {
            return Err(no_header());
        }
    }
    Ok(())
}

fn skip(picture: &mut impl BufRead, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut picture.take(count), &mut io::sink())?;
    if skipped == count { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &width.to_be_bytes()[..], &height.to_be_bytes(), b"\x08\x06\0\0\0"].concat()
    }

    #[test]
    fn a_pictures_pixels_are_read_from_its_header() {
        let gif_frame = b"GIF89a\x10\0\x20\0\x80\0\0abcdef!\xfe\x03abc\0,\0\0\0\0\x10\0\x20\0";
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xff\xfe\0\x02\xff\xc2\0\x0b\x08\x00\x20\x00\x10\x01";
        for (media_type, bytes, expected) in [
            ("image/png", &png_of(16, 32)[..], 512),
            ("image/png", &png_of(u32::MAX, u32::MAX), u64::from(u32::MAX) * u64::from(u32::MAX)),
            ("image/gif", gif_frame, 512),
            // The first picture is larger than the screen.
            ("image/gif", b"GIF87a\x01\0\x01\0\0\0\0,\x01\0\x01\0\xff\xff\xff\xff", 65_536 * 65_536),
            ("image/jpeg", jpeg, 512),
            ("image/webp", b"RIFF....WEBPVP8 ....\0\0\0\x9d\x01\x2a\x10\x40\x20\x80", 512),
            ("image/webp", b"RIFF....WEBPVP8L....\x2f\x0f\xc0\x07\0", 512),
            ("image/webp", b"RIFF....WEBPVP8X....\0\0\0\0\xff\xff\xff\xff\xff\xff", 1 << 48),
        ] {
            assert_eq!(pixels(media_type, bytes).ok(), Some(expected), "{media_type} {bytes:?}");
        }
    }

    #[test]
    fn what_has_no_header_of_its_kind_is_no_picture() {
        for (media_type, bytes) in [
            ("image/png", &b""[..]),
            ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT\0\0\0\x01\0\0\0\x01"),
            ("image/png", &png_of(0, 9)),
            ("image/png", &png_of(9, 9)[..20]),
            ("image/gif", b"GIF89b\x01\0\x01\0\0\0\0;"),
            ("image/gif", b"GIF89a\x01\0\x01\0\0\0\0;"),
            ("image/gif", b"GIF89a/*<script>alert(1)</script>*/"),
            ("image/jpeg", b"\xff\xd8\xff\xda\0\x02"),
            ("image/jpeg", b"\xff\xd8\xff\xe0\0\x01\xff\xc0\0\x0b\x08\0\x01\0\x01"),
            ("image/jpeg", b"\xff\xd8\xff\xe0\xff\xff"),
            ("image/webp", b"RIFF....WEBPVP9 ...."),
            ("image/webp", b"RIFF....WEBPVP8 ....\0\0\0\x9d\x01\x2b\x10\0\x20\0"),
            ("image/svg+xml", b"<svg width='1' height='1'/>"),
        ] {
            assert!(pixels(media_type, bytes).is_err(), "{media_type} {bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_picture_is_too_odd_to_be_looked_at(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for (media_type, begin) in PICTURES.into_iter().zip([&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], b"\xff\xd8", b"GIF89a", b"RIFF....WEBP"]) {
                if let Ok(pixels) = pixels(media_type, &[begin, &bytes].concat()[..]) {
                    prop_assert!(pixels > 0);
                }
            }
        }
    }
}
