//! All roads to another customer at once: ten thousand seeded tries over many conversations, network
//! addresses, e-mails and orders, at the same time. Nothing is proved, every limit holds exactly, and
//! all refusals are of two wordings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use attendant::domain::limits::*;
use attendant::tools::registry::Run;
use attendant::tools::{ToolContext, ToolError, ToolOutput};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::*;

const TRIES: usize = 10_000;
const CONVERSATIONS: usize = 300;
const ORIGINS: usize = 150;
/// Tries under way at once.
const AT_ONCE: usize = 64;

struct Victim {
    email: String,
    orders: Vec<(String, String)>,
}

/// One try: its arguments, and what it is counted for.
struct Shot {
    conversation: usize,
    args: Value,
    counted: Vec<String>,
}

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        // SplitMix64, by Steele, Lea and Flood.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

async fn victims(place: &Place) -> Vec<Victim> {
    let mut victims = Vec::new();
    for shopper in demo::shoppers(&place.store).await.unwrap() {
        let mut orders = Vec::new();
        for number in &shopper.orders {
            let order = place.store.order(&OrderNumber::new(number)).await.unwrap();
            let postcode = order.unwrap().address.unwrap().postcode;
            orders.push((number.clone(), postcode));
        }
        victims.push(Victim {
            email: shopper.email,
            orders,
        });
    }
    victims
}

static TURN: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

/// The tool as the driver calls it, for a shopper who has written all of the values.
async fn fire(place: &Place, id: &ConversationId, args: &Value) -> Result<ToolOutput, ToolError> {
    let parts = &place.assistant.parts;
    let text = args.to_string();
    let wrote = call("verify_identity", args).to_lowercase();
    let context = ToolContext {
        refund_limit: None,
        approved_by: None,
        pictures: &[],
        shop: &parts.shop,
        knowledge: &parts.knowledge,
        customers: &parts.customers,
        catalog: &parts.catalog,
        clock: &parts.clock,
        secret: &parts.secret,
        conversation: id,
        // Each try is a turn of its own.
        turn: TURN.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
        orders: None,
        customer: None,
        shopper_wrote: &wrote,
    };
    match &parts.tools.get("verify_identity").unwrap().run {
        Run::Read(tool) => tool.call(&context, &text).await,
        Run::Confirm(_) => panic!("it asks for no yes"),
    }
}

/// Something like the postcode, and never it.
fn near(dice: &mut Dice, postcode: &str) -> String {
    match dice.below(3) {
        0 => format!("{postcode}1"),
        1 => postcode.chars().rev().chain("9".chars()).collect(),
        _ => format!("{:05}", dice.below(100_000) + 100_000),
    }
}

fn shot(dice: &mut Dice, victims: &[Victim], coded: &[Option<String>]) -> Shot {
    let conversation = dice.below(CONVERSATIONS);
    let mut counted = vec![
        format!("conversation {conversation}"),
        format!("origin {}", conversation % ORIGINS),
    ];
    let with_orders: Vec<&Victim> = victims.iter().filter(|v| !v.orders.is_empty()).collect();
    let victim = *dice.of(&with_orders);
    let (number, postcode) = dice.of(&victim.orders).clone();
    let unknown = format!("{}", 90_000_000 + dice.below(2_000));
    let number = if dice.below(3) == 0 { unknown } else { number };
    let args = match dice.below(4) {
        0 => {
            counted.extend(
                coded[conversation]
                    .clone()
                    .map(|email| format!("email {email}")),
            );
            return Shot {
                conversation,
                args: by_code(&format!("{:06}", dice.below(1_000_000))),
                counted,
            };
        }
        1 => {
            let email = format!("guess{}@example.com", dice.below(500));
            counted.push(format!("email {email}"));
            by_order(&number, Some(&email), None)
        }
        2 => by_order(&number, None, Some(&near(dice, &postcode))),
        _ => {
            // A real address with somebody else's order, and with a wrong postcode besides.
            let other = dice.of(victims);
            counted.push(format!("email {}", other.email));
            by_order(&number, Some(&other.email), Some(&near(dice, &postcode)))
        }
    };
    counted.push(format!("order {number}"));
    Shot {
        conversation,
        args,
        counted,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tries_prove_nothing_and_the_limits_hold_exactly() {
    let place = Place::new(puppet()).await;
    let victims = victims(&place).await;
    let mut dice = Dice(20_261_125);
    let mut ids = Vec::new();
    for n in 0..CONVERSATIONS {
        let origin = Origin::parse(&format!("address:{}", n % ORIGINS));
        ids.push(place.talk_from(None, origin).await.id);
    }
    // Codes are asked for as often as they are sent, for known addresses and unknown ones.
    let mut coded = vec![None; CONVERSATIONS];
    let (mut sent, mut words) = (BTreeMap::<String, u64>::new(), BTreeSet::new());
    for _ in 0..CONVERSATIONS {
        let conversation = dice.below(CONVERSATIONS);
        let email = match dice.below(2) {
            0 => dice.of(&victims).email.clone(),
            _ => format!("guess{}@example.com", dice.below(30)),
        };
        match fire(&place, &ids[conversation], &by_email(&email)).await {
            Ok(output) => {
                assert!(output.proof.is_none());
                coded[conversation] = Some(email.clone());
                *sent.entry(email).or_default() += 1;
            }
            Err(refused) => drop(words.insert(format!("{refused:?}"))),
        }
    }
    // A code that is asked for again at once is not sent again, so fewer have left.
    let fewer = |count: &u64| *count >= CODES_PER_EMAIL_MAX;
    assert!(sent.values().any(fewer), "the limit was reached");

    let shots: Vec<Shot> = (0..TRIES)
        .map(|_| shot(&mut dice, &victims, &coded))
        .collect();
    let (place, ids) = (Arc::new(place), Arc::new(ids));
    let results: Vec<_> = stream::iter(&shots)
        .map(|shot| {
            let (place, ids) = (place.clone(), ids.clone());
            async move { fire(&place, &ids[shot.conversation], &shot.args).await }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;

    let limited_words = words.clone();
    assert_eq!(
        limited_words.len(),
        1,
        "codes too many are refused in one wording"
    );
    let mut failed = BTreeMap::<&str, u64>::new();
    let mut limited = Vec::new();
    for (shot, result) in shots.iter().zip(&results) {
        let refused = match result {
            Err(refused @ ToolError::Refused(_)) => format!("{refused:?}"),
            other => panic!("{:?} gave {other:?}", shot.args),
        };
        if limited_words.contains(&refused) {
            limited.push(shot);
        } else {
            for key in &shot.counted {
                *failed.entry(key).or_default() += 1;
            }
        }
        words.insert(refused);
    }
    assert_eq!(words.len(), 2, "{words:?}");
    for (key, count) in &failed {
        assert!(*count <= PROOF_FAILURES_MAX, "{key}: {count}");
    }
    // Whoever was turned away was over a limit, and not a try too early.
    for shot in &limited {
        let full = |key: &String| failed.get(key.as_str()) == Some(&PROOF_FAILURES_MAX);
        assert!(shot.counted.iter().any(full), "{:?}", shot.args);
    }
    let looked_up = TRIES - limited.len();
    println!(
        "{TRIES} tries: {looked_up} were looked up, {} were over a limit",
        limited.len()
    );
    assert!(looked_up <= ORIGINS * usize::try_from(PROOF_FAILURES_MAX).unwrap());
    for id in ids.iter() {
        let log = place.store.events(id, 0).await.unwrap();
        assert_eq!(log.len(), 1, "nothing was proved");
    }
}
