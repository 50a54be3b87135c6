//! Turns against an endpoint that breaks one call in five in random, seeded ways: statuses, hangs, cuts,
//! answers that are no JSON, empty, refused, filtered, cut short, slow. The whole assistant runs in this
//! process with the product's chain and the built-in model behind it, over real HTTP on loopback.
//!
//! Ends with an error unless every message got one reply, nobody was stuck, and nothing was done twice.
//!
//! `cargo bench --bench unshaken [-- TURNS [SEED]]`; the whole is `-- 100000`.

#[path = "unshaken/endpoint.rs"]
mod endpoint;
#[path = "unshaken/load.rs"]
mod load;

use std::time::Instant;

use load::{Fallible, Tally, World};

const TURNS: usize = 400;
const SEED: u64 = 6;
const AT_ONCE: usize = 64;
const PARTS: usize = 10;

/// Resident memory of this process in MiB. Source: proc(5), `VmRSS`.
fn resident() -> Fallible<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = rss.and_then(|rest| rest.split_whitespace().next());
    Ok(kib.ok_or("no VmRSS")?.parse::<f64>()? / 1024.0)
}

async fn measure(turns: usize, seed: u64) -> Fallible<()> {
    let name = format!("attendant-bench-unshaken-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder)?;
    let world = World::new(&folder, seed).await?;
    println!("seed {seed}; memory at the start: {:.1} MiB", resident()?);
    let begun = Instant::now();
    let mut all = Tally::default();
    for part in 1..=PARTS {
        let since = Instant::now();
        let tally = world.play(turns / PARTS, AT_ONCE).await?;
        println!(
            "{part:>2}/{PARTS}: {} turns, {:.0} turns/s, {:.1} MiB",
            tally.turns,
            tally.turns as f64 / since.elapsed().as_secs_f64(),
            resident()?
        );
        all.add(tally);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (calls, failed) = world.calls();
    println!(
        "{} turns in {seconds:.0} s, {:.0} turns/s; {failed} of {calls} calls broken",
        all.turns,
        all.turns as f64 / seconds
    );
    let answers: usize = all.answers.values().sum();
    for (model, count) in &all.answers {
        println!(
            "{model}: {:.1} % of {answers} answers",
            100.0 * *count as f64 / answers as f64
        );
    }
    println!(
        "none lost, none stuck; {} effects, each once; hand-offs {:?}; {} failures the turn heard of; the slowest turn {:.1} s",
        all.effects,
        all.hand_offs,
        all.model_failures,
        all.slowest.as_secs_f64()
    );
    drop(world);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn main() -> Fallible<()> {
    // `cargo bench` adds `--bench`.
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let turns = numbers.next().map_or(Ok(TURNS), usize::try_from)?;
    let seed = numbers.next().unwrap_or(SEED);
    tokio::runtime::Runtime::new()?.block_on(measure(turns.max(PARTS), seed))
}
