//! The text of an event stream, taken apart as it comes in.

/// What the stream said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The body of an event.
    Event(String),
    /// Everything before this has been said: the id to go on from after a break.
    Id(String),
    /// Wait so long before connecting again.
    Retry(u32),
}

/// Takes bytes in any pieces and gives whole events. Lines end in LF, CRLF or CR.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    ended_in_cr: bool,
    is_past_start: bool,
    id: Option<String>,
    data: Option<String>,
}

impl Parser {
    /// Takes the next bytes; `heard` is called with each thing they complete.
    pub fn push(&mut self, bytes: &[u8], heard: &mut dyn FnMut(Frame)) {
        for &byte in bytes {
            let follows_cr = std::mem::replace(&mut self.ended_in_cr, byte == b'\r');
            match byte {
                b'\n' if follows_cr => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    self.end_line(&String::from_utf8_lossy(&line), heard);
                }
                _ => self.line.push(byte),
            }
        }
    }

    fn end_line(&mut self, line: &str, heard: &mut dyn FnMut(Frame)) {
        let is_first = !std::mem::replace(&mut self.is_past_start, true);
        let line = if is_first { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        if line.is_empty() {
            let (data, id) = (self.data.take(), self.id.take());
            data.map(Frame::Event).into_iter().chain(id.map(Frame::Id)).for_each(heard);
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" => self.id = Some(value.to_owned()),
            "retry" => {
                if let Ok(millis) = value.parse() {
                    heard(Frame::Retry(millis));
                }
            }
            // A comment (its field is empty) or something newer.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pieces: &[&[u8]]) -> Vec<Frame> {
        let mut parser = Parser::default();
        let mut frames = Vec::new();
        for piece in pieces {
            parser.push(piece, &mut |frame| frames.push(frame));
        }
        frames
    }

    #[test]
    fn a_stream_is_read_the_same_however_it_is_cut() {
        let text = "\u{feff}: hello\nretry: 700\nid: e-1\ndata: {\"a\":\"ä😀\"}\n\n:\r\n\r\ndata:one\rdata: two\r\rid: e-2\r\ndata\r\n\r\nid: e-3\n\nevent: x\ndata: unfinished".as_bytes();
        let (event, id) = (|data: &str| Frame::Event(data.to_owned()), |id: &str| Frame::Id(id.to_owned()));
        let expected = vec![Frame::Retry(700), event("{\"a\":\"ä😀\"}"), id("e-1"), event("one\ntwo"), event(""), id("e-2"), id("e-3")];
        assert_eq!(parse(&[text]), expected);
        for first in 0..text.len() {
            for second in [first, first + 1, first + 2, first + 7] {
                let second = second.min(text.len());
                assert_eq!(parse(&[&text[..first], &text[first..second], &text[second..]]), expected, "{first} {second}");
            }
        }
    }

    #[test]
    fn nonsense_is_passed_over() {
        assert_eq!(parse(&[b"retry: soon\nfoo: bar\n\xff\xfe\n\n\n\n"]), vec![]);
    }
}
