//! Of language models: calls, tries, pauses, answers.

use std::time::Duration;

/// Failed model calls in one turn before a person is asked: three endpoints may break off in the middle
/// of a sentence, and the last call is the built-in model's.
pub const MODEL_FAILURES_PER_TURN_MAX: u32 = 4;
/// One try of a model call, from request to end of stream: all of `OUTPUT_TOKENS_MAX` from an endpoint
/// that makes 15 tokens a second.
pub const MODEL_CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// From a call to its first text, or to its end when it only calls tools. Hosted models begin within
/// 1 to 5 seconds and reason for up to 20; who takes longer most likely hangs.
pub const MODEL_FIRST_EVENT_TIMEOUT: Duration = Duration::from_secs(30);
/// Silence in an answer that has begun: the arguments of a call behind its text come in one piece.
pub const MODEL_SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// Model work of one turn, from its first call: after it only the built-in model is asked, and without
/// one a person. One endpoint that hangs, one that is slow, and who comes then still fit in.
pub const TURN_MODEL_TIME_MAX: Duration = Duration::from_secs(90);
/// What may pass beyond it: the built-in model needs milliseconds.
pub const TURN_MODEL_GRACE: Duration = Duration::from_secs(2);
/// Tries of one endpoint for one call; more make the shopper wait for what the next one has at once.
pub const MODEL_TRIES_PER_ENDPOINT_MAX: u32 = 3;
/// Tries of one endpoint that answers with nothing: each costs a whole prompt.
pub const MODEL_EMPTY_TRIES_MAX: u32 = 2;
/// The longest pause before a call is repeated the first time; it doubles. Each is drawn from nothing
/// to that long (full jitter), so that many who failed together do not come back together.
pub const MODEL_RETRY_PAUSE: Duration = Duration::from_millis(500);
pub const MODEL_RETRY_PAUSE_MAX: Duration = Duration::from_secs(4);
/// The longest `Retry-After` that a shopper waits for while somebody else could answer.
pub const MODEL_RETRY_AFTER_WAIT_MAX: Duration = Duration::from_secs(3);
/// Failures of an endpoint with no success between after which it is not asked; a hang counts for all
/// tries that it is not given. One that fails every fifth call comes to eight about once in 400,000 calls.
pub const BREAKER_FAILURES_IN_A_ROW_MAX: u32 = 8;
/// The same for a share of the calls of a while, in percent, and the calls that it takes to say so.
pub const BREAKER_FAILED_PERCENT_MAX: u32 = 50;
pub const BREAKER_CALLS_MIN: u32 = 20;
pub const BREAKER_WINDOW: Duration = Duration::from_secs(60);
/// How long it is not asked the first time; it doubles with each probe that fails. The longest is also
/// the longest that its own `Retry-After` counts.
pub const BREAKER_REST: Duration = Duration::from_secs(15);
pub const BREAKER_REST_MAX: Duration = Duration::from_secs(5 * 60);
/// Endpoints that may be named, the first and its fallbacks.
pub const MODEL_ENDPOINTS_MAX: usize = 8;
/// Headers, and parameters behind the path, that a configuration may add to a call.
pub const MODEL_HEADERS_MAX: usize = 20;
/// Bytes of text and arguments taken from one model answer.
pub const ANSWER_BYTES_MAX: usize = 32 * 1024;
/// Tokens asked of the model for one answer.
pub const OUTPUT_TOKENS_MAX: u32 = 800;
/// Connecting to the model endpoint.
pub const MODEL_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes read from the model endpoint for one answer, envelopes and hidden reasoning included.
pub const MODEL_WIRE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of one line of it: what has no end is searched for one again with every piece.
pub const MODEL_LINE_BYTES_MAX: usize = 256 * 1024;
/// Lines of it: the client's reader moves what is left of a piece for each, and keeps what they say
/// until it is taken.
pub const MODEL_LINES_MAX: usize = 256 * 1024;
/// Bytes that the client's reader gets at once, for the same reason.
pub const MODEL_PIECE_BYTES_MAX: usize = 16 * 1024;
/// Bytes read of an endpoint's error.
pub const ERROR_BODY_BYTES_MAX: usize = 16 * 1024;
/// Characters kept of an endpoint's words about an error.
pub const ERROR_WORDS_CHARS_MAX: usize = 300;
/// After an endpoint has said why it stopped: for the count of tokens and the end of the stream.
pub const MODEL_TAIL_WAIT: Duration = Duration::from_secs(2);
/// Tool lists that an endpoint's adapter keeps as they go over the wire; a program has few.
pub const TOOL_LISTS_MAX: usize = 16;
/// Output tokens of the call with which an operator checks an endpoint; OpenAI takes no fewer.
pub const MODEL_CHECK_TOKENS: u32 = 16;
/// The longest pause that an endpoint's `Retry-After` can ask for.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);
