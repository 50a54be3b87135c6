//! Of evals, cassettes and data sets.

use std::time::Duration;

/// Orders of one customer that an eval reads.
pub const EVAL_ORDERS_MAX: usize = 200;
/// Products that an eval reads.
pub const EVAL_PRODUCTS_MAX: usize = 1_000;
/// Customers that an eval reads at once.
pub const EVAL_CUSTOMERS_PAGE: usize = 1_000;
/// Bytes of one file of a data set, unpacked.
pub const EVAL_FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Signs of an expression that is calculated, and how deep its parentheses and powers go.
pub const EVAL_EXPRESSION_CHARS_MAX: usize = 10_000;
pub const EVAL_EXPRESSION_DEPTH_MAX: usize = 100;
/// Attacks that one eval plants.
pub const EVAL_ATTACKS_MAX: usize = 10_000;
/// How long a template's database may take to close.
pub const EVAL_CLOSE_WAIT_MAX: Duration = Duration::from_secs(30);
/// Turns of a shopper who is played, in one conversation; trials of one task; tries of a call that is to
/// say what the shopper writes, and tokens of its answer; conversations at once that may be asked for.
pub const EVAL_TAU_TURNS_MAX: usize = 30;
pub const EVAL_TRIALS_MAX: usize = 64;
pub const EVAL_SHOPPER_TRIES_MAX: usize = 4;
pub const EVAL_SHOPPER_TOKENS_MAX: u32 = 1_000;
pub const EVAL_AT_ONCE_MAX: usize = 64;
/// Events of a cassette, bytes of one of its lines, and mails under way that are looked through for
/// addresses when one is recorded.
pub const CASSETTE_EVENTS_MAX: usize = 5_000;
pub const CASSETTE_LINE_BYTES_MAX: usize = 4 * 1024 * 1024;
pub const CASSETTE_OUTBOX_MAX: usize = 10_000;
/// Signs of a transcript that a judge reads, tokens of its answer, signs kept of its reason, and calls
/// of it at once.
pub const EVAL_JUDGED_CHARS_MAX: usize = 60_000;
pub const EVAL_JUDGE_TOKENS_MAX: u32 = 400;
pub const EVAL_REASON_CHARS_MAX: usize = 500;
pub const EVAL_JUDGE_AT_ONCE: usize = 4;
/// Conversations that an eval of a data set has at once.
pub const EVAL_CHATS_AT_ONCE: usize = 16;
