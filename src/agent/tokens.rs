//! How many tokens a text is. Counts with the o200k table, which is loaded once, in the background,
//! at the first need; whatever it may not or cannot count, its bytes bound from above.

use std::sync::{Once, OnceLock};
use std::thread;

use tiktoken_rs::{CoreBPE, o200k_base};

use crate::domain::limits::COUNTED_TEXT_BYTES_MAX;

/// About 46 MiB once it is loaded. Empty for good when that failed: then bytes bound all counts.
static TABLE: OnceLock<Option<CoreBPE>> = OnceLock::new();
static LOADING: Once = Once::new();

/// The tokens of a text, or its bytes, which are never fewer, while the table loads and for texts
/// past `COUNTED_TEXT_BYTES_MAX`. Never waits.
pub fn count(text: &str) -> usize {
    if text.is_empty() {
        return 0;
    }
    start_loading();
    match TABLE.get() {
        Some(Some(table)) if text.len() <= COUNTED_TEXT_BYTES_MAX => {
            table.encode_ordinary(text).len()
        }
        _ => text.len(),
    }
}

/// Loads the table if nobody has yet, and waits for it: for those who need the same counts in
/// every run. Not for async code.
pub fn load() {
    TABLE.get_or_init(|| match o200k_base() {
        Ok(table) => Some(table),
        Err(error) => {
            tracing::error!(%error, "no token table; bytes are counted in its place");
            None
        }
    });
}

fn start_loading() {
    LOADING.call_once(|| {
        let started = thread::Builder::new()
            .name("token-table".to_owned())
            .spawn(load);
        if let Err(error) = started {
            tracing::warn!(%error, "no thread to load the token table; bytes are counted");
        }
    });
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    /// Once loaded, counts are the table's; until then they are not smaller.
    #[test]
    fn counts_with_the_table() {
        let text = "Your parcel left on Tuesday 3 November 2026: €52.00 come back to your Visa.";
        assert!(count(text) <= text.len());
        load();
        assert_eq!(count(""), 0);
        assert_eq!(count("hello world"), 2);
        assert_eq!(count(text), 22);
        assert_eq!(
            count("<|endoftext|>"),
            7,
            "a shopper's text is never a special token"
        );
    }

    /// No text, however it is made, takes long: past the limit its bytes are the count.
    #[test]
    fn no_text_takes_long() {
        load();
        for piece in [
            "a", "A", " ", "\n", "\t", "1", "!", "\u{301}", "\n ", "🙂", "\0",
        ] {
            for bytes in [COUNTED_TEXT_BYTES_MAX - 1, 1024 * 1024] {
                let text = piece.repeat(bytes / piece.len()) + "x";
                let begun = Instant::now();
                let counted = count(&text);
                assert!(begun.elapsed() < Duration::from_secs(2), "{piece:?}");
                assert_eq!(
                    counted == text.len(),
                    bytes > COUNTED_TEXT_BYTES_MAX,
                    "{piece:?}"
                );
            }
        }
    }

    proptest! {
        /// Any text counts at most its bytes, and nothing panics.
        #[test]
        fn bytes_bound_from_above(text in any::<String>(), times in 1_usize..50) {
            load();
            let text = text.repeat(times);
            prop_assert!(count(&text) <= text.len());
        }
    }
}
