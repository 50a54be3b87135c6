//! How many appends a second, and what one costs in CPU, with 1, 16 and 64 writers: commits shared
//! against one commit each. `cargo bench --bench append [-- SECONDS]`; SECONDS is the length of one
//! measured window (0.6 when left out). The two ways take turns, so that a busy machine slows both;
//! the table shows medians.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use attendant::domain::event::{Channel, EventBody, ShopperWords, ShopperWrote};
use attendant::domain::ids::{ConversationId, MessageId, Random, sha256_hex};
use attendant::store::Store;
use attendant::store::db::Commits;
use attendant::store::log::{Append, Writer};

const WRITERS: [usize; 3] = [1, 16, 64];
const WAYS: [Commits; 2] = [Commits::Grouped, Commits::OneEach];
const REPEATS: usize = 3;
const WARM_UP: Duration = Duration::from_millis(150);
/// Below the limit on events of one conversation, so that long runs go on in the next one.
const APPENDS_PER_CONVERSATION: u64 = 10_000;
const TEXT: &str = "hi, where is my order? it should have been here on Tuesday";

struct Window {
    appends_per_s: f64,
    cpu_us: f64,
}

fn main() {
    let seconds = std::env::args()
        .find_map(|arg| arg.parse::<f64>().ok())
        .unwrap_or(0.6);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime needs only threads");
    println!(
        "one append: a message of {} bytes, its event, payload and head; synced",
        TEXT.len()
    );
    println!(
        "{:>7}  {:<9}  {:>9}  {:>13}",
        "writers", "commits", "appends/s", "CPU µs/append"
    );
    for writers in WRITERS {
        let mut windows: [Vec<Window>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..REPEATS {
            for (way, windows) in WAYS.iter().zip(&mut windows) {
                windows.push(runtime.block_on(measure(*way, writers, seconds)));
            }
        }
        for (way, windows) in WAYS.iter().zip(&windows) {
            let name = match way {
                Commits::Grouped => "shared",
                Commits::OneEach => "one each",
            };
            let appends = median(windows.iter().map(|window| window.appends_per_s));
            let cpu = median(windows.iter().map(|window| window.cpu_us));
            println!("{writers:>7}  {name:<9}  {appends:>9.0}  {cpu:>13.1}");
        }
    }
}

async fn measure(way: Commits, writers: usize, seconds: f64) -> Window {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-append");
    let _ = std::fs::remove_dir_all(&folder);
    let store = Store::open_with(&folder, way).expect("a fresh folder opens");
    let (stop, done) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let running: Vec<_> = (0..writers)
        .map(|_| tokio::spawn(write(store.clone(), stop.clone(), done.clone())))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let (start, appends, cpu) = (Instant::now(), done.load(Ordering::Relaxed), cpu_us());
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let appends = (done.load(Ordering::Relaxed) - appends).max(1) as f64;
    let window = Window {
        appends_per_s: appends / start.elapsed().as_secs_f64(),
        cpu_us: (cpu_us() - cpu) / appends,
    };
    stop.store(true, Ordering::Relaxed);
    for writer in running {
        writer
            .await
            .expect("a writer that fails makes the numbers wrong");
    }
    drop(store);
    let _ = std::fs::remove_dir_all(&folder);
    window
}

async fn write(store: Store, stop: Arc<AtomicBool>, done: Arc<AtomicU64>) {
    let token = sha256_hex("token");
    let mut left = 0;
    let mut id = ConversationId::new("");
    while !stop.load(Ordering::Relaxed) {
        if left == 0 {
            left = APPENDS_PER_CONVERSATION;
            id = ConversationId::new(Random::Os.id("c"));
            let created = store.create_conversation(&id, &token, Channel::Chat, 1, vec![]);
            created.await.expect("a new id is free");
        }
        let wrote = EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new(Random::Os.id("m")),
            client_id: Some(left.to_string()),
            private: Some(ShopperWords::new(TEXT)),
        });
        let writer = Writer::Shopper {
            holder: "bench".to_owned(),
        };
        let append = Append::new(writer, 1, vec![wrote]);
        store
            .append(&id, append)
            .await
            .expect("appends do not fail");
        done.fetch_add(1, Ordering::Relaxed);
        left -= 1;
    }
}

/// CPU time of all living threads, in microseconds; not a number where the system does not say.
fn cpu_us() -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return f64::NAN;
    };
    let of_task = |path: PathBuf| {
        let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    let nanos: f64 = tasks
        .flatten()
        .filter_map(|task| of_task(task.path()))
        .sum();
    nanos / 1_000.0
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
