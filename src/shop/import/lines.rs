//! Lines of a file, one at a time, never more of one in memory than a line may have.

use std::io::{self, BufRead};

use crate::domain::limits::IMPORT_LINE_BYTES_MAX;

/// One line, or why it is none.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Text(String),
    TooLong,
    NotUtf8,
}

/// Reads the next line without its end; `None` at the end of the file.
pub fn next_line(file: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line: Vec<u8> = Vec::new();
    let mut too_long = false;
    let mut started = false;
    loop {
        let piece = match file.fill_buf() {
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if piece.is_empty() {
            break;
        }
        started = true;
        let end = piece.iter().position(|byte| *byte == b'\n');
        let text = &piece[..end.unwrap_or(piece.len())];
        if line.len() + text.len() > IMPORT_LINE_BYTES_MAX {
            too_long = true;
            line.clear();
        }
        if !too_long {
            line.extend_from_slice(text);
        }
        let read = end.map_or(piece.len(), |end| end + 1);
        file.consume(read);
        if end.is_some() {
            break;
        }
    }
    Ok(started.then(|| {
        if too_long {
            return Line::TooLong;
        }
        String::from_utf8(line).map_or(Line::NotUtf8, Line::Text)
    }))
}
