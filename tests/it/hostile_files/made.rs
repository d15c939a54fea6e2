//! Files made for the table: as much of each kind as tells what it is.

pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &width.to_be_bytes()[..], &height.to_be_bytes(), b"\x08\x06\0\0\0crc.data"].concat()
}

/// With a first picture of this size on a screen of that.
pub(super) fn gif(screen: u16, frame: u16) -> Vec<u8> {
    let [screen, frame] = [screen.to_le_bytes(), frame.to_le_bytes()];
    [b"GIF89a", &screen[..], &screen, b"\0\0\0,\0\0\0\0", &frame, &frame, b"\0\x02\0;"].concat()
}

/// With pieces of this many bytes before the header.
pub(super) fn jpeg(width: u16, height: u16, before: u16) -> Vec<u8> {
    let piece = [b"\xff\xfe", &before.to_be_bytes()[..], &vec![b' '; usize::from(before) - 2]].concat();
    [b"\xff\xd8", &piece[..], b"\xff\xc0\0\x11\x08", &height.to_be_bytes(), &width.to_be_bytes(), b"\x03\xff\xd9"].concat()
}

pub(super) fn webp(side: u32) -> Vec<u8> {
    let less_one = &(side - 1).to_le_bytes()[..3];
    [b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0", less_one, less_one].concat()
}

/// A zip file with these names in it. Of each it claims that it becomes so many bytes.
pub(super) fn zip(names: &[&str], becomes: u32) -> Vec<u8> {
    let entry = |name: &&str| {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let sizes = [4_u32.to_le_bytes(), becomes.to_le_bytes()].concat();
        [b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0crc.", &sizes[..], &length, &[0; 2], name.as_bytes(), b"data"].concat()
    };
    names.iter().flat_map(entry).collect()
}

pub(super) fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}

/// The text that every scanner for malware knows. It does no harm, but a scanner would take this source for it, too.
pub(super) fn eicar() -> Vec<u8> {
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}
