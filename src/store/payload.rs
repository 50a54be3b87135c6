//! Payload bodies as bytes: compressed, because a tool's result is mostly the same words in every
//! conversation.
//!
//! Design: raw deflate whose window is first filled with a text of those words, so that even a
//! short body finds its phrases there. The encoder compresses the text and throws that part away;
//! the decoder reads the text as stored blocks before the body. Either needs nothing but deflate.

use std::cell::RefCell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::db::DbError;

/// The first byte says how the rest is to be read.
const PLAIN: u8 = 0;
const DEFLATED_AFTER_PHRASES_1: u8 = 1;
/// Never changed: rows written with it need it for ever. A better one gets the next number.
const PHRASES_1: &[u8] = include_bytes!("phrases-1.txt");
/// Shorter bodies gain less than they cost.
const PLAIN_BYTES_MAX: usize = 96;

thread_local! {
    /// Its tables are large; cleared is cheaper than new.
    static COMPRESS: RefCell<Compress> =
        RefCell::new(Compress::new(Compression::default(), false));
}

pub(super) fn encode(body: &str) -> Vec<u8> {
    if body.len() > PLAIN_BYTES_MAX
        && let Some(deflated) = deflate(body.as_bytes())
        && deflated.len() <= body.len()
    {
        return deflated;
    }
    let mut plain = vec![PLAIN];
    plain.extend_from_slice(body.as_bytes());
    plain
}

pub(super) fn decode(stored: &[u8]) -> Result<String, DbError> {
    let body = match stored.split_first() {
        Some((&PLAIN, body)) => Some(body.to_vec()),
        Some((&DEFLATED_AFTER_PHRASES_1, body)) => inflate(body),
        _ => None,
    };
    body.and_then(|body| String::from_utf8(body).ok())
        .ok_or_else(|| DbError("a payload cannot be read".to_owned()))
}

/// `None` when the encoder gives up; the body is then stored as it is.
fn deflate(body: &[u8]) -> Option<Vec<u8>> {
    COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        // Room for what does not shrink: then one call takes everything.
        let mut dropped = Vec::with_capacity(PHRASES_1.len() + 1024);
        compress
            .compress_vec(PHRASES_1, &mut dropped, FlushCompress::Sync)
            .ok()?;
        let taken = compress.total_in() == PHRASES_1.len() as u64;
        let mut deflated = Vec::with_capacity(body.len() + body.len() / 8 + 1024);
        deflated.push(DEFLATED_AFTER_PHRASES_1);
        let ended = compress.compress_vec(body, &mut deflated, FlushCompress::Finish);
        (taken && ended.ok()? == Status::StreamEnd).then_some(deflated)
    })
}

fn inflate(body: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(PHRASES_1.len()).ok()?;
    let mut stream = vec![0];
    stream.extend_from_slice(&length.to_le_bytes());
    stream.extend_from_slice(&(!length).to_le_bytes());
    stream.extend_from_slice(PHRASES_1);
    stream.extend_from_slice(body);
    let mut inflate = Decompress::new(false);
    let mut text = Vec::with_capacity(PHRASES_1.len() + 8 * body.len() + 1024);
    loop {
        let read = stream.get(usize::try_from(inflate.total_in()).ok()?..)?;
        let before = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress_vec(read, &mut text, FlushDecompress::None);
        if status.ok()? == Status::StreamEnd {
            return Some(text.split_off(PHRASES_1.len()));
        }
        if text.len() == text.capacity() {
            text.reserve(text.len());
        } else if before == (inflate.total_in(), inflate.total_out()) {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_body_comes_back(body in ".{0,400}", times in 1_usize..60) {
            let body = body.repeat(times);
            let stored = encode(&body);
            prop_assert!(stored.len() <= body.len() + 1);
            prop_assert_eq!(decode(&stored).unwrap(), body);
        }

        #[test]
        fn bytes_that_nobody_wrote_are_an_error_or_a_text(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for tag in [PLAIN, DEFLATED_AFTER_PHRASES_1, 7] {
                let _ = decode(&[&[tag], bytes.as_slice()].concat());
            }
        }
    }

    #[test]
    fn a_body_that_is_cut_is_an_error() {
        let stored = encode(&"where is my order? ".repeat(50));
        for end in [0, 1, 2, stored.len() - 1] {
            assert!(decode(&stored[..end]).is_err(), "{end}");
        }
    }

    /// A row as it was written on the first day: it must be read for ever.
    #[test]
    fn the_phrases_have_not_changed() {
        assert_eq!(
            crate::domain::ids::sha256_hex(std::str::from_utf8(PHRASES_1).unwrap()),
            PHRASES_1_SHA256
        );
    }
    const PHRASES_1_SHA256: &str =
        "fc9ad4b04d05dca0bed12b8d293bb76d1a0fce87be8c6621cbac3a3c8c3cca11";
}
