//! Every limit, named once. Nothing in the crate loops, waits or grows without one of these.

mod evals;
mod models;

pub use evals::*;
pub use models::*;

use std::time::Duration;

/// Model calls in one turn that gave an answer.
pub const STEPS_PER_TURN_MAX: u32 = 8;
/// Tool calls in one turn.
pub const CALLS_PER_TURN_MAX: u32 = 16;
/// Tool calls taken from one model answer; the rest are refused.
pub const CALLS_PER_STEP_MAX: usize = 8;
/// How often a shopper's newer message may restart an unreleased answer within one turn.
pub const SUPERSEDES_PER_TURN_MAX: u32 = 3;
/// Tries of a confirmed write that breaks, all under one key.
pub const EFFECT_TRIES_MAX: u32 = 3;
/// Sentences the guard may stop in one turn before a person is asked.
pub const GUARD_STOPS_PER_TURN_MAX: u32 = 2;
/// Bytes of a reply past which a person finishes what a model has not.
pub const REPLY_BYTES_MAX: usize = 24 * 1024;
/// Tokens, in and out each, that one call is believed to have used; an endpoint that says more is mistaken.
pub const CALL_TOKENS_MAX: u64 = 1_000_000_000;
/// What one call is believed to cost, in millionths of the currency's main unit.
pub const CALL_COST_MICROS_MAX: u64 = 1_000_000_000_000;
/// How old the day's sum of all processes may be when a call is weighed against a budget.
pub const DAY_USAGE_REFRESH: Duration = Duration::from_secs(5);
/// Days of use that the command line shows.
pub const USAGE_DAYS_MAX: u32 = 366;

/// A shopper's message.
pub const MESSAGE_BYTES_MAX: usize = 8 * 1024;
/// A request body.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// A client's own message id.
pub const CLIENT_ID_BYTES_MAX: usize = 128;
/// Events of one conversation; past it a new conversation is needed.
pub const EVENTS_PER_CONVERSATION_MAX: u64 = 20_000;
/// Events read in one page.
pub const EVENTS_PER_READ_MAX: usize = 1_000;
/// Events that are read without handing the read to another thread; of more, a whole page is read
/// there.
pub const EVENTS_READ_HERE_MAX: usize = 200;
/// Orders of a customer that are read without handing the read to another thread.
pub const ORDERS_READ_HERE_MAX: usize = 20;
/// Unanswered shopper messages that one turn takes in.
pub const BURST_MESSAGES_MAX: usize = 20;

/// Tokens of the whole prompt, tools included.
pub const PROMPT_TOKENS_MAX: usize = 24_000;
/// Tokens of one tool result as the model sees it.
pub const TOOL_RESULT_TOKENS_MAX: usize = 3_000;
/// Tokens of one earlier message as the model sees it.
pub const MESSAGE_TOKENS_MAX: usize = 2_500;
/// The instructions that every channel has, those of one channel, and those about policies. Ours
/// and compiled in: a test holds them to it.
pub const SYSTEM_BYTES_MAX: usize = 4 * 1024;
pub const CHANNEL_BYTES_MAX: usize = 1_200;
pub const POLICY_WORDS_BYTES_MAX: usize = 1_500;
/// Characters of the shop's name in the instructions.
pub const SHOP_NAME_CHARS_MAX: usize = 100;
/// All data about now: the sum of its parts, which follow, and of its fixed words.
pub const CONTEXT_BYTES_MAX: usize = 11 * 1024;
/// What is known of the orders in play.
pub const ORDER_FACTS_BYTES_MAX: usize = 1_200;
/// The product and the cart of the page on which the shopper writes.
pub const PAGE_PRODUCT_BYTES_MAX: usize = 500;
pub const PAGE_CART_BYTES_MAX: usize = 800;
/// A sentence that was not sent, and why.
pub const STOPPED_SENTENCE_BYTES_MAX: usize = 700;
pub const STOPPED_REASON_BYTES_MAX: usize = 500;
/// The end of what was said already in this turn.
pub const ALREADY_SAID_BYTES_MAX: usize = 2_500;
/// Turns that are over are shown whole up to `HIGH`; past it the oldest are told in short until the
/// rest is within `LOW`. In between nothing changes, which keeps the prefix that a provider caches.
pub const HISTORY_BYTES_HIGH: usize = 24 * 1024;
pub const HISTORY_BYTES_LOW: usize = 12 * 1024;
/// What is told of all turns that are not shown.
pub const SUMMARY_BYTES_MAX: usize = 6 * 1024;
/// The same when the open turn leaves too little room for that; the history gives way to it.
pub const SUMMARY_BYTES_SQUEEZED: usize = 2 * 1024;
/// Below this nothing is told of them.
pub const SUMMARY_BYTES_MIN: usize = 1_000;
/// Messages of the shopper that it tells, the newest, and characters of each.
pub const SUMMARY_MESSAGES_MAX: usize = 40;
pub const SUMMARY_MESSAGE_CHARS_MAX: usize = 160;
/// What it tells was done, the newest, and promised.
pub const SUMMARY_DEEDS_MAX: usize = 40;
pub const SUMMARY_PROMISES_MAX: usize = 6;
/// Characters of one text in it.
pub const SUMMARY_TEXT_CHARS_MAX: usize = 240;

/// A picture that a shopper sends.
pub const IMAGE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// How long one may take to arrive: a phone's slow uplink needs minutes for the largest.
pub const IMAGE_READ_TIMEOUT: Duration = Duration::from_secs(180);
/// Pictures of one message.
pub const IMAGES_PER_MESSAGE_MAX: usize = 4;
/// Pictures of one conversation, and their bytes.
pub const ATTACHMENTS_PER_CONVERSATION_MAX: u64 = 30;
pub const ATTACHMENTS_BYTES_PER_CONVERSATION_MAX: u64 = 60 * 1024 * 1024;
/// Pictures that one network address may send at once, and how often one more after them.
pub const PICTURES_AT_ONCE_MAX: u32 = 20;
pub const PICTURE_EVERY: Duration = Duration::from_secs(30);
/// Characters of a page's title or address as the storefront tells it.
pub const PAGE_CHARS_MAX: usize = 200;
/// Lines of the cart that a message tells.
pub const PAGE_CART_LINES_MAX: usize = 20;
/// Characters of a product's or a variant's id in what a page tells.
pub const PAGE_ID_CHARS_MAX: usize = 100;
/// Small things of one conversation in a minute: typing, read marks.
pub const GESTURES_PER_MINUTE_MAX: u32 = 120;
/// Streams of one conversation that are open at once: tabs and devices of one shopper.
pub const STREAMS_PER_CONVERSATION_MAX: usize = 20;
/// How long a stream that a customer's token opened lasts until it must be shown again.
pub const CUSTOMER_STREAM_MAX: Duration = Duration::from_secs(600);
/// Turns a minute that can be configured.
pub const RATE_PER_MINUTE_MAX: u32 = 1_000_000;
/// Wrong API keys from one address in a minute.
pub const WRONG_KEYS_PER_MINUTE_MAX: u32 = 10;
/// Characters from which on an API key cannot be guessed.
pub const KEY_CHARS_SAFE: usize = 16;
/// Requests after which senders that have been quiet are forgotten.
pub const RATE_SWEEP_EVERY: u32 = 1_000;
/// Name of an API key, in characters, and the key itself.
pub const KEY_NAME_CHARS_MAX: usize = 60;
pub const KEY_CHARS_MAX: usize = 200;
/// A caller's own conversation id in the headless API, in bytes.
pub const OUTSIDE_ID_BYTES_MAX: usize = 200;
/// How long a browser may remember which requests a page may send.
pub const CORS_MAX_AGE: Duration = Duration::from_secs(600);
/// Origins of pages that may use the chat.
pub const ORIGINS_MAX: usize = 100;
/// Characters of a rating's remark.
pub const REMARK_CHARS_MAX: usize = 2_000;
/// Earlier conversations that a customer is shown, and characters of each one's title.
pub const CONVERSATIONS_LISTED_MAX: usize = 50;
pub const CONVERSATION_TITLE_CHARS_MAX: usize = 80;

/// How long a run may hold a conversation without renewing.
pub const LEASE_TTL: Duration = Duration::from_secs(15);
/// How long a proposal waits for its yes.
pub const PROPOSAL_TTL: Duration = Duration::from_secs(60 * 60);
/// Writes that one proposal stands for: more are not read before a yes.
pub const PROPOSAL_PARTS_MAX: usize = 6;
/// What a model is told of an open proposal; of a larger one only what it needs to prepare it again,
/// or the titles.
pub const OPEN_PROPOSAL_BYTES_MAX: usize = 4 * 1024;
/// Earlier moves of money that limits are counted over.
pub const MOVES_READ_MAX: i64 = 1_000;
/// Why money is paused, in characters.
pub const PAUSE_REASON_CHARS_MAX: usize = 300;
/// Characters of a receipt's number.
pub const RECEIPT_CHARS: usize = 10;
/// Entries of one order action.
pub const ACTION_ITEMS_MAX: usize = 50;
/// Jobs in one commit of the writer thread.
pub const GROUP_COMMIT_JOBS_MAX: usize = 256;
/// Jobs waiting for the writer thread before callers wait.
pub const WRITE_QUEUE_MAX: usize = 4_096;
/// Threads that read the database.
pub const READERS_MAX: usize = 4;
/// How long another process may hold the database's write lock before a write fails.
pub const DB_LOCK_WAIT_MAX: Duration = Duration::from_secs(30);
/// Pause between two looks at a lock that another process holds.
pub const DB_LOCK_POLL: Duration = Duration::from_millis(1);
/// Turns running at once in one process; the rest wait.
pub const TURNS_IN_FLIGHT_MAX: usize = 512;
/// Events a slow reader may fall behind before it must resume from the log.
pub const FEED_BACKLOG_MAX: usize = 64;
/// Deliveries tried for one outbox row before an operator must look.
pub const OUTBOX_ATTEMPTS_MAX: u32 = 12;

/// Bytes of an endpoint's id for a call; OpenAI refuses a history with longer ones.
pub const CALL_ID_BYTES_MAX: usize = 40;
/// Bytes of `prompt_cache_key`; OpenAI refuses longer ones.
pub const CACHE_KEY_BYTES_MAX: usize = 64;
/// What OpenAI takes of a strict schema: levels of objects and lists …
pub const STRICT_LEVELS_MAX: usize = 10;
/// … properties …
pub const STRICT_PROPERTIES_MAX: usize = 5_000;
/// … values of enums …
pub const STRICT_ENUM_VALUES_MAX: usize = 1_000;
/// … and bytes of all names and values together.
pub const STRICT_NAMES_BYTES_MAX: usize = 120_000;
/// Configured secrets of at least this many bytes are cut out of an endpoint's words; shorter ones
/// may be words of everyday.
pub const SECRET_BYTES_MIN: usize = 4;
/// Bytes of a text whose tokens are counted; of longer ones the bytes count. Hostile texts cost
/// more than their length.
pub const COUNTED_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Items printed on a return slip; of more only the count is.
pub const SLIP_ITEMS_MAX: usize = 200;
/// How long a claimed outbox row is its claimer's.
pub const OUTBOX_CLAIM_TTL: Duration = Duration::from_secs(60);
/// Pause after the first failed delivery; it doubles with each one.
pub const OUTBOX_PAUSE: Duration = Duration::from_secs(10);
/// The longest pause between two deliveries.
pub const OUTBOX_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// What is kept of a delivery's error.
pub const OUTBOX_ERROR_BYTES_MAX: usize = 1_000;
/// Events past `EVENTS_PER_CONVERSATION_MAX` that finish what was begun: results, replies, people.
pub const EVENTS_KEPT_FREE: u64 = 1_000;

/// Calls of one tool in one turn that a manifest may ask for.
pub const TOOL_CALLS_PER_TURN_MAX: u32 = 8;
/// The longest time limit that a manifest may ask for.
pub const TOOL_TIMEOUT_MAX: Duration = Duration::from_secs(20);
/// Arguments of one tool call.
pub const TOOL_ARGUMENT_BYTES_MAX: usize = 8 * 1024;
/// Summary of a hand-off, in characters.
pub const HAND_OFF_SUMMARY_CHARS_MAX: usize = 500;
/// Passages in one answer of `search_policies`.
pub const PASSAGES_MAX: usize = 3;
/// Text of all passages in one answer of `search_policies`.
pub const PASSAGES_BYTES_MAX: usize = 4 * 1024;
/// A question put to the search index.
pub const QUERY_BYTES_MAX: usize = 1024;
/// Text of one passage; longer sections are cut at paragraphs.
pub const PASSAGE_BYTES_MAX: usize = 1_200;
/// One policy file.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;
/// Policy files read.
pub const POLICY_FILES_MAX: usize = 2_000;
/// A policy that nobody has confirmed for so long is stale.
pub const POLICY_CONFIRMED_MONTHS_MAX: i32 = 12;

/// How often a follower of a chat looks into the log by itself: another process may have written.
pub const FOLLOW_RECHECK: Duration = Duration::from_secs(3);
/// Messages a follower remembers as finished, so that a late sentence does not reopen them.
pub const FOLLOW_FINISHED_MAX: usize = FEED_BACKLOG_MAX;
/// Silence after which a streamed answer carries a comment, so that proxies keep it open.
pub const STREAM_HEARTBEAT: Duration = Duration::from_secs(15);
/// Attempts to place a button's yes or no while others write to the same conversation.
pub const DECIDE_ATTEMPTS_MAX: usize = 16;
/// How long a customer token printed by the command line opens conversations.
pub const CUSTOMER_TOKEN_TTL: Duration = Duration::from_secs(60 * 60);
/// Bytes of a customer token.
pub const CUSTOMER_TOKEN_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a too large body that are still read, so that its sender gets to see the answer.
pub const BODY_DISCARDED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Time to send a request body.
pub const BODY_READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Time to send a request's headers, silence since the answer before included.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an answer may wait for its reader to take more of it.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections at once; whoever comes then waits for one to end.
pub const CONNECTIONS_MAX: u32 = 10_000;
/// Pause between two looks for conversations that nobody works on.
pub const RESUME_EVERY: Duration = Duration::from_secs(2);
/// Conversations taken up again in one look.
pub const RESUME_BATCH_MAX: usize = 256;
/// Longest pause before a conversation whose run fails is tried again.
pub const RESUME_PAUSE_MAX: Duration = Duration::from_secs(10 * 60);
/// Pause between two looks into the outbox.
pub const DELIVER_EVERY: Duration = Duration::from_secs(1);
/// How long running turns may take to finish at shutdown; the next start goes on with the rest.
pub const SHUTDOWN_DRAIN: Duration = Duration::from_secs(10);

/// The time within which tries to prove an identity are counted.
pub const PROOF_WINDOW: Duration = Duration::from_secs(60 * 60);
/// Failed proofs within the window for one network address, one e-mail address, one order number
/// and one conversation, each counted by itself: at any of them no more is looked up.
pub const PROOF_FAILURES_MAX: u64 = 5;
/// The same for conversations begun on this machine or its own network without a word for whom: by a
/// proxy for which `client_address_header` is not set, or by the operator. All shoppers behind it share it; set the
/// header, and each has a count of their own.
pub const PROOF_FAILURES_PER_MACHINE_MAX: u64 = 500;
/// Wrong codes before a code is void.
pub const CODE_TRIES_MAX: u64 = 3;
/// How long a one-time code counts.
pub const CODE_TTL: Duration = Duration::from_secs(10 * 60);
/// A code asked for again within this time stands as it is, so that a call that is repeated after a
/// crash sends one mail. Longer than `LEASE_TTL`, after which it is repeated.
pub const CODE_RESEND_PAUSE: Duration = Duration::from_secs(30);
/// Codes sent within the window to one e-mail address, whoever asks.
pub const CODES_PER_EMAIL_MAX: u64 = 3;
/// Codes sent within the window for one conversation, to whichever addresses.
pub const CODES_PER_CONVERSATION_MAX: u64 = 6;
/// The same for one network address, so that nobody fills many people's mailboxes.
pub const CODES_PER_ORIGIN_MAX: u64 = 12;
/// The same for conversations begun on this machine or its network (see `PROOF_FAILURES_PER_MACHINE_MAX`).
pub const CODES_PER_MACHINE_MAX: u64 = 500;
/// Characters of an e-mail address, a code or a postcode as a model or a shopper writes it.
pub const PROOF_VALUE_CHARS_MAX: usize = 254;
/// How far the storefront's clock may run ahead: a token counts so much before its `nbf`.
pub const CUSTOMER_TOKEN_SKEW: Duration = Duration::from_secs(30);
/// A file of the storefront's public keys, and the keys in it.
pub const JWKS_BYTES_MAX: u64 = 256 * 1024;
pub const JWKS_KEYS_MAX: usize = 64;

/// Bytes kept of one line typed into the terminal; more than a message may have, so that it is
/// refused and not cut.
pub const LINE_BYTES_MAX: usize = 2 * MESSAGE_BYTES_MAX;
/// Outbox rows claimed at once.
pub const DELIVER_BATCH_MAX: usize = 32;
/// Mails, and rows that wait, that the command line lists.
pub const MAILS_LISTED_MAX: usize = 500;
/// One mail on the wire.
pub const MAIL_BYTES_MAX: usize = 256 * 1024;
/// One mail address.
pub const MAIL_ADDRESS_BYTES_MAX: usize = 254;
/// Characters of one header's text.
pub const MAIL_HEADER_CHARS_MAX: usize = 200;
/// Lines of one order that a tool result lists; of the rest only the count is.
pub const ORDER_LINES_SHOWN_MAX: usize = 40;
/// Other orders that a lookup lists.
pub const OTHER_ORDERS_SHOWN_MAX: usize = 10;
/// Parcels, and scans of each, that a lookup lists.
pub const PARCELS_SHOWN_MAX: usize = 20;
pub const SCANS_SHOWN_MAX: usize = 12;
/// Ways to pay that a look-up tells of.
pub const PAYMENT_METHODS_SHOWN_MAX: usize = 20;
/// Returns of one order that a lookup lists.
pub const RETURNS_SHOWN_MAX: usize = 20;
/// Words and characters of a text that is taken for a name and not for a message.
pub const LABEL_WORDS_MAX: usize = 5;
pub const LABEL_CHARS_MAX: usize = 40;
/// Characters of one word of it.
pub const LABEL_WORD_CHARS_MAX: usize = 20;
/// The same of an order's line; with more words it must be the catalogue's own.
pub const LINE_WORDS_MAX: usize = 3;
/// Characters of a carrier's or catalogue's text in a tool result.
pub const FOREIGN_TEXT_CHARS_MAX: usize = 120;
/// Characters of an order number as a model or a shopper writes it.
pub const ORDER_NUMBER_CHARS_MAX: usize = 40;
/// Entries of one return request.
pub const RETURN_ITEMS_MAX: usize = 50;
/// Bytes of one line of an import file.
pub const IMPORT_LINE_BYTES_MAX: usize = 1024 * 1024;
/// Rows that an import stores in one transaction, and their bytes.
pub const IMPORT_BATCH_ROWS_MAX: usize = 2_000;
pub const IMPORT_BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Lines, payments, parcels or scans in one imported order; variants or reviews of a product.
pub const IMPORT_LIST_MAX: usize = 1_000;
/// Pieces of one line.
pub const LINE_QUANTITY_MAX: u32 = 10_000;
/// An amount in an import, in minor units.
pub const IMPORT_AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000;
/// Characters kept of what is wrong with an imported row.
pub const IMPORT_REASON_CHARS_MAX: usize = 500;

/// One file of size charts.
pub const CHART_FILE_BYTES_MAX: usize = 256 * 1024;
/// Files of size charts read.
pub const CHART_FILES_MAX: usize = 500;
/// Sizes of one chart.
pub const CHART_SIZES_MAX: usize = 100;
/// A body measure this near to where two sizes meet, in millimetres, is between them; never more
/// than a sixth of the smaller size's range.
pub const BETWEEN_SIZES_MM_MAX: i64 = 10;
/// Characters of one body measure or usual size as a model or a shopper writes it.
pub const MEASURE_CHARS_MAX: usize = 40;
/// Body measures in millimetres that are taken for one, from and to; what is outside is a mistake.
/// Source: nothing fits fewer than the smallest child or more than the largest adult that the
/// charts of clothing shops know, with a margin.
pub const CHEST_MM: (i64, i64) = (550, 1_700);
pub const WAIST_MM: (i64, i64) = (500, 1_700);
pub const HIPS_MM: (i64, i64) = (600, 1_800);
pub const INSIDE_LEG_MM: (i64, i64) = (400, 1_100);
pub const HEIGHT_MM: (i64, i64) = (500, 2_300);
pub const FOOT_MM: (i64, i64) = (125, 360);
pub const HAND_MM: (i64, i64) = (110, 320);
pub const HEAD_MM: (i64, i64) = (400, 700);
pub const BACK_MM: (i64, i64) = (250, 650);
/// Orders of a customer that are looked through for sizes which fitted.
pub const FIT_ORDERS_MAX: usize = 30;
/// Different products of those orders that are looked up.
pub const FIT_PRODUCTS_MAX: usize = 60;
/// Days after delivery from which something that did not come back counts as kept.
pub const FIT_KEPT_AFTER_DAYS: i64 = 14;
/// Days in which what a purchase says about a size loses half of its weight.
pub const FIT_HALF_LIFE_DAYS: f64 = 365.0;
/// Orders of one customer, and returns, that their behaviour is read from: the newest.
pub const BEHAVIOUR_ORDERS_MAX: usize = 1_000;
/// Customers read at once when all of them are sorted into segments.
pub const HISTORIES_PER_READ_MAX: usize = 200;
/// The longest time over which behaviour is observed.
pub const OBSERVED_MONTHS_MAX: i32 = 120;
/// Bytes of `segments.toml` and of `offers.toml`.
pub const CUSTOMER_FILE_BYTES_MAX: usize = 256 * 1024;
/// Offers in `offers.toml`.
pub const OFFERS_MAX: usize = 100;
/// Characters of an offer's title, and of a public code.
pub const OFFER_TITLE_CHARS_MAX: usize = 80;
pub const OFFER_CODE_CHARS_MAX: usize = 40;
/// Offers in one answer of `find_offers`.
pub const OFFERS_SHOWN_MAX: usize = 5;
/// Days that a personal code may be valid.
pub const OFFER_VALID_DAYS_MAX: u32 = 730;
/// Personal codes of one offer that one customer may use, one after the other.
pub const OFFER_USES_MAX: u32 = 50;
/// Codes made for one issue: the chance that all are taken is nil.
pub const OFFER_CODES_TRIED_MAX: usize = 4;
/// Codes that do not work that one conversation may try; after them every code is unknown.
pub const OFFER_GUESSES_PER_CONVERSATION_MAX: u32 = 10;
/// Products read at once, and in all, to see whether an offer holds for any of them.
pub const OFFER_PRODUCTS_PER_READ_MAX: usize = 50;
pub const OFFER_PRODUCTS_READ_MAX: usize = 20_000;
/// Products that one search shows, and how many when nobody says.
pub const PRODUCTS_SHOWN_MAX: usize = 6;
pub const PRODUCTS_SHOWN: usize = 4;
/// Products that a search shows as near misses, and as sold out, when it finds too little.
pub const NEAR_MISSES_MAX: usize = 2;
/// Products of one search whose stock is read; what is beyond is not counted.
pub const PRODUCT_CANDIDATES_MAX: usize = 5_000;
/// Products whose stock is read in one go.
pub const PRODUCT_STOCK_BATCH: usize = 500;
/// The best products of a search, of which those shown are chosen so that they differ.
pub const PRODUCT_POOL_MAX: usize = 24;
/// Products read in one go when the index is built.
pub const CATALOG_BATCH_ROWS: usize = 500;
/// How long a search waits for a newer index before it goes on with the one it has.
pub const CATALOG_WAIT_MAX: Duration = Duration::from_millis(800);
/// Wishes of one kind in one call, and characters of each.
pub const WISHES_MAX: usize = 12;
pub const WISH_CHARS_MAX: usize = 80;
/// Features and colours of one product, and sizes of one colour, in a tool result.
pub const PRODUCT_LIST_MAX: usize = 16;
/// Sizes of one product that advice on a size lists: trousers have one for each waist and leg.
pub const SIZES_LISTED_MAX: usize = 48;
/// Characters of a product's description, material, care or fit in a tool result.
pub const PRODUCT_PROSE_CHARS_MAX: usize = 1_200;
/// Reviews in a tool result, and characters of each.
pub const REVIEWS_SHOWN_MAX: usize = 3;
pub const REVIEW_CHARS_MAX: usize = 300;
/// Products that are offered when a name fits several or none.
pub const PRODUCT_NAMES_MAX: usize = 3;
/// Pieces of one variant put into the cart at once.
pub const CART_QUANTITY_MAX: u32 = 10;
/// Characters of a text that is looked through for a country's name.
pub const COUNTRY_TEXT_CHARS_MAX: usize = 120;
/// Characters of a country's name from which on one of them may be wrong.
pub const COUNTRY_TYPO_CHARS_MIN: usize = 5;
/// Bytes of `shipping.toml` or `hours.toml`.
pub const TERMS_BYTES_MAX: u64 = 1024 * 1024;
/// Working days of one step of a delivery that shipping terms may name.
pub const SHIPPING_DAYS_MAX: u32 = 366;
/// Zones of one version of the shipping terms.
pub const SHIPPING_ZONES_MAX: usize = 50;
/// Days looked ahead for the next time at which people answer.
pub const HOURS_AHEAD_DAYS_MAX: usize = 366;
/// Served countries named beside one that is not.
pub const NEAR_COUNTRIES_MAX: usize = 3;
/// Closed days that an estimate lists.
pub const CLOSED_DAYS_SHOWN_MAX: usize = 12;
/// Orders, and returns, that a customer's profile is counted from.
pub const PROFILE_ORDERS_MAX: usize = 1_000;
/// Earlier conversations that a profile lists.
pub const PROFILE_CONVERSATIONS_MAX: usize = 5;
/// Statements of an assessment about what was found.
pub const ASSESSMENT_FOUND_MAX: usize = 8;
/// Characters of one line that `attendant show` prints of a bundle.
pub const SHOW_LINE_CHARS_MAX: usize = 240;
/// Different variants in one cart.
pub const CART_LINES_MAX: usize = 30;
/// Bytes of a cart's cookie that are read; browsers keep no more of one either.
pub const CART_COOKIE_BYTES_MAX: usize = 4 * 1024;
/// Order numbers made for one order: the chance that all are taken is nil.
pub const ORDER_NUMBERS_TRIED_MAX: usize = 16;
/// Characters of one field of a form on the storefront.
pub const FORM_FIELD_CHARS_MAX: usize = 200;
/// Products on one page of the storefront, and products held for its pages.
pub const SHELF_PAGE_MAX: usize = 48;
pub const SHELF_PRODUCTS_MAX: usize = 5_000;
/// How long somebody stays signed in on the demo storefront.
pub const DEMO_SIGN_IN_TTL: Duration = Duration::from_secs(12 * 60 * 60);
/// Calls that wait for an agent in one answer, and how many when nobody says.
pub const APPROVALS_LISTED_MAX: usize = 200;
pub const APPROVALS_LISTED: usize = 50;
/// Characters of an agent's name, and of what they say to a decision.
pub const AGENT_NAME_CHARS_MAX: usize = 60;
pub const DECISION_WORDS_CHARS_MAX: usize = 2_000;
