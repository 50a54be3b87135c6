//! Payload bodies as bytes: compressed, because a tool's result is mostly the same words in every
//! conversation.
//!
//! Design: raw deflate with a text of those words as its preset dictionary, so that even a short
//! body finds its phrases there.
//! Source: RFC 1951, and zlib's `deflateSetDictionary`.

use std::cell::RefCell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::db::DbError;

/// The first byte says how the rest is to be read.
const PLAIN: u8 = 0;
const DEFLATED_AFTER_PHRASES_1: u8 = 1;
const DEFLATED_AFTER_PHRASES_2: u8 = 2;
/// Never changed: rows written with them need them for ever. A better one gets the next number.
const PHRASES_1: &[u8] = include_bytes!("phrases-1.txt");
const PHRASES_2: &[u8] = include_bytes!("phrases-2.txt");
/// Shorter bodies gain less than they cost.
const PLAIN_BYTES_MAX: usize = 96;

/// Higher ones find no more.
const LEVEL: u32 = 6;
/// A window that holds the phrases and most bodies: its tables are cleared for every body.
const WINDOW_BITS: u8 = 13;
/// What rows were written with before, and whatever may come.
const WINDOW_BITS_READ: u8 = 15;

thread_local! {
    // Cleared is cheaper than new.
    static COMPRESS: RefCell<Compress> =
        RefCell::new(Compress::new_with_window_bits(Compression::new(LEVEL), false, WINDOW_BITS));
    static DECOMPRESS: RefCell<Decompress> =
        RefCell::new(Decompress::new_with_window_bits(false, WINDOW_BITS_READ));
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
        Some((&DEFLATED_AFTER_PHRASES_1, body)) => inflate(body, PHRASES_1),
        Some((&DEFLATED_AFTER_PHRASES_2, body)) => inflate(body, PHRASES_2),
        _ => None,
    };
    body.and_then(|body| String::from_utf8(body).ok())
        .ok_or_else(|| DbError("a payload cannot be read".to_owned()))
}

/// `None` when the encoder gives up; the body is then stored as it is.
fn deflate(body: &[u8]) -> Option<Vec<u8>> {
    COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        compress.set_dictionary(PHRASES_2).ok()?;
        // Room for what does not shrink: then one call takes everything.
        let mut deflated = Vec::with_capacity(body.len() + body.len() / 8 + 1024);
        deflated.push(DEFLATED_AFTER_PHRASES_2);
        let ended = compress.compress_vec(body, &mut deflated, FlushCompress::Finish);
        (ended.ok()? == Status::StreamEnd).then_some(deflated)
    })
}

fn inflate(body: &[u8], phrases: &[u8]) -> Option<Vec<u8>> {
    DECOMPRESS.with_borrow_mut(|inflate| {
        inflate.reset(false);
        inflate.set_dictionary(phrases).ok()?;
        let mut text = Vec::with_capacity(8 * body.len() + 1024);
        loop {
            let read = body.get(usize::try_from(inflate.total_in()).ok()?..)?;
            let before = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress_vec(read, &mut text, FlushDecompress::None);
            if status.ok()? == Status::StreamEnd {
                return Some(text);
            }
            if text.len() == text.capacity() {
                text.reserve(text.len());
            } else if before == (inflate.total_in(), inflate.total_out()) {
                return None;
            }
        }
    })
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
            for tag in [PLAIN, DEFLATED_AFTER_PHRASES_1, DEFLATED_AFTER_PHRASES_2, 7] {
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

    /// Rows as they were written with either: they must be read for ever.
    #[test]
    fn the_phrases_have_not_changed() {
        let of = |phrases| crate::domain::ids::sha256_hex(std::str::from_utf8(phrases).unwrap());
        assert_eq!(of(PHRASES_1), PHRASES_1_SHA256);
        assert_eq!(of(PHRASES_2), PHRASES_2_SHA256);
        let first = [&[DEFLATED_AFTER_PHRASES_1], FIRST_DAY].concat();
        let text = "{\"text\":\"Order 10482 is in transit.\"}";
        assert_eq!(decode(&first).unwrap(), text);
    }
    const PHRASES_1_SHA256: &str =
        "fc9ad4b04d05dca0bed12b8d293bb76d1a0fce87be8c6621cbac3a3c8c3cca11";
    const PHRASES_2_SHA256: &str =
        "ccf0828d99e5bfb9a8788c98a88ab0040f346ba3428ef3314366271bb184808c";
    /// Made by zlib 1.2.13 with the first phrases as its dictionary.
    const FIRST_DAY: &[u8] = &[
        0x83, 0xcb, 0xfb, 0x83, 0xdc, 0xa0, 0x60, 0x68, 0x60, 0x62, 0x61, 0xa4, 0x90, 0x59, 0xac,
        0x80, 0x28, 0x75, 0xf5, 0x94, 0x6a, 0x01,
    ];
}
