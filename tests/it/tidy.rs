//! The house rules as tests: who may use whom, where vendors, SQL, I/O and `async` may be, how long
//! a file and a function may get, and that no words file lies around unused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Source lines of a file, tests at its end left out.
const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// part → parts it may use. Everything may use `domain` and `clock`.
const ARROWS: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("clock", &[]),
    ("store", &[]),
    ("model", &[]),
    ("search", &["store"]),
    ("shop", &["store"]),
    ("mail", &["store"]),
    ("knowledge", &["search", "store"]),
    ("tools", &["knowledge", "shop", "store", "model"]),
    ("agent", &["tools", "knowledge", "shop", "model", "store"]),
    ("channels", &["agent", "mail", "store"]),
    (
        "jobs",
        &["channels", "agent", "knowledge", "shop", "mail", "store"],
    ),
    (
        "web",
        &[
            "channels",
            "agent",
            "knowledge",
            "shop",
            "store",
            "app",
            "config",
        ],
    ),
    (
        "app",
        &[
            "agent",
            "channels",
            "config",
            "jobs",
            "knowledge",
            "mail",
            "model",
            "shop",
            "store",
            "tools",
        ],
    ),
    ("config", &[]),
    ("telemetry", &["config"]),
    (
        "evals",
        &[
            "agent",
            "app",
            "channels",
            "config",
            "jobs",
            "knowledge",
            "mail",
            "model",
            "search",
            "shop",
            "store",
            "tools",
        ],
    ),
];

/// vendor's crate → the only parts that may name it.
const RIMS: [(&str, &[&str]); 8] = [
    ("axum", &["web"]),
    ("rusqlite", &["store"]),
    ("async_openai", &["model"]),
    ("qdrant_client", &["search"]),
    ("mail_builder", &["mail"]),
    ("pdf_writer", &["shop"]),
    ("clap", &["cli", "main"]),
    ("jsonwebtoken", &["channels", "web", "app"]),
];

/// Files that decide and never do: no `async`, no I/O.
const PURE: [&str; 6] = [
    "src/domain/",
    "src/agent/turn.rs",
    "src/agent/gate.rs",
    "src/agent/guard/",
    "src/agent/confirm.rs",
    "src/agent/evidence.rs",
];

struct Source {
    path: String,
    /// "store" of src/store/db.rs, "main" of src/main.rs.
    part: String,
    /// Without its tests.
    code: Vec<String>,
    whole: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<Source> {
    let root = root();
    files(&root.join("src"), ".rs")
        .into_iter()
        // Unit tests that fill a file of their own.
        .filter(|path| !path.to_string_lossy().ends_with("_tests.rs"))
        .map(|path| {
            let whole = fs::read_to_string(&path).unwrap();
            let relative = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let part = relative["src/".len()..]
                .split('/')
                .next()
                .unwrap()
                .trim_end_matches(".rs")
                .to_owned();
            let code = whole
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect();
            Source {
                path: relative,
                part,
                code,
                whole,
            }
        })
        .collect()
}

/// Lines of code with their numbers, comments left out.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.code.iter().enumerate().filter_map(|(i, line)| {
        let line = line.split(" // ").next().unwrap();
        (!line.trim_start().starts_with("//")).then_some((i + 1, line))
    })
}

fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn arrows_hold() {
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let mut problems = Vec::new();
    for source in sources() {
        let Some(may_use) = allowed.get(source.part.as_str()) else {
            continue;
        };
        for (number, line) in code(&source) {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let used: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                let fine = used.is_empty()
                    || used == source.part
                    || used == "domain"
                    || used == "clock"
                    || may_use.contains(&used.as_str());
                if !fine {
                    problems.push(format!(
                        "{}:{number}: {} may not use {used}",
                        source.path, source.part
                    ));
                }
            }
        }
    }
    none(problems);
}

#[test]
fn vendors_stay_at_the_rim() {
    let mut problems = Vec::new();
    for source in sources() {
        for (vendor, parts) in RIMS {
            if parts.contains(&source.part.as_str()) {
                continue;
            }
            for (number, line) in code(&source) {
                let named = line.contains(&format!("{vendor}::"))
                    || line.contains(&format!("use {vendor}"));
                if named {
                    problems.push(format!(
                        "{}:{number}: {vendor} belongs in {}",
                        source.path,
                        parts.join(", ")
                    ));
                }
            }
        }
    }
    none(problems);
}

#[test]
fn what_decides_does_no_io() {
    let banned = [
        "async ",
        ".await",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "tokio::",
        "Timestamp::now",
        "rand::rng",
    ];
    let mut problems = Vec::new();
    for source in sources() {
        // Randomness has its one source there.
        if !PURE.iter().any(|pure| source.path.starts_with(pure))
            || source.path == "src/domain/ids.rs"
        {
            continue;
        }
        for (number, line) in code(&source) {
            if let Some(word) = banned.iter().find(|word| line.contains(**word)) {
                problems.push(format!(
                    "{}:{number}: `{word}` in a part that only decides",
                    source.path
                ));
            }
        }
    }
    none(problems);
}

#[test]
fn sql_clock_and_variables_have_one_home() {
    let rules: [(&[&str], &[&str]); 3] = [
        (
            &["SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE"],
            &["src/store/"],
        ),
        (&["env::var", "env::vars"], &["src/config.rs"]),
        (
            &["SystemTime::now", "Timestamp::now", "Zoned::now"],
            &["src/clock.rs"],
        ),
    ];
    let mut problems = Vec::new();
    for source in sources() {
        for (words, homes) in rules {
            if homes.iter().any(|home| source.path.starts_with(home)) {
                continue;
            }
            for (number, line) in code(&source) {
                if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                    problems.push(format!(
                        "{}:{number}: `{word}` belongs in {}",
                        source.path,
                        homes.join(", ")
                    ));
                }
            }
        }
    }
    none(problems);
}

#[test]
fn every_module_says_what_it_is_for_and_nothing_is_unfinished() {
    let mut problems = Vec::new();
    for source in sources() {
        if !source.whole.starts_with("//!") && !source.whole.starts_with("#![doc") {
            problems.push(format!("{}: opens without a doc comment", source.path));
        }
        if source.whole.contains("Placeholder") {
            problems.push(format!("{}: is a placeholder", source.path));
        }
        for (number, line) in code(&source) {
            for word in [
                "todo!(",
                "unimplemented!(",
                "dbg!(",
                ".unwrap()",
                "println!(\"DEBUG",
            ] {
                if line.contains(word) {
                    problems.push(format!("{}:{number}: `{word}`", source.path));
                }
            }
        }
    }
    none(problems);
}

/// Lengths of all functions of formatted source: from `fn` to the brace at the same indentation.
fn functions(source: &Source) -> Vec<(usize, usize)> {
    let mut lengths = Vec::new();
    for (at, line) in source.code.iter().enumerate() {
        let trimmed = line.trim_start();
        let starts = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "pub(super) fn ",
            "pub(super) async fn ",
            "pub(crate) fn ",
            "pub(crate) async fn ",
            "pub const fn ",
            "const fn ",
        ];
        if !starts.iter().any(|start| trimmed.starts_with(start)) {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - trimmed.len()]);
        let length = match source.code[at..].iter().position(|later| *later == end) {
            _ if line.ends_with('}') || line.ends_with(';') => 1,
            Some(lines) => lines + 1,
            None => 1,
        };
        lengths.push((at + 1, length));
    }
    lengths
}

#[test]
fn files_and_functions_stay_small() {
    let mut problems = Vec::new();
    let (mut file_lines, mut function_lines) = (Vec::new(), Vec::new());
    for source in sources() {
        file_lines.push(source.code.len());
        if source.code.len() > FILE_LINES_MAX {
            problems.push(format!(
                "{}: {} lines, at most {FILE_LINES_MAX}",
                source.path,
                source.code.len()
            ));
        }
        for (number, length) in functions(&source) {
            function_lines.push(length);
            if length > FUNCTION_LINES_MAX {
                problems.push(format!(
                    "{}:{number}: a function of {length} lines, at most {FUNCTION_LINES_MAX}",
                    source.path
                ));
            }
        }
    }
    for (what, lines) in [("file", &mut file_lines), ("function", &mut function_lines)] {
        lines.sort_unstable();
        let at = |share: usize| lines[(lines.len() - 1) * share / 100];
        println!(
            "lines a {what}: median {} · p90 {} · p99 {} · max {} · count {}",
            at(50),
            at(90),
            at(99),
            at(100),
            lines.len()
        );
    }
    none(problems);
}

/// A words file that no source names is dead, and a dead file misleads whoever looks for words.
#[test]
fn no_words_file_is_an_orphan() {
    let root = root();
    let all: String = sources()
        .iter()
        .map(|source| source.whole.as_str())
        .collect();
    let mut problems = Vec::new();
    for path in files(&root.join("prompts"), "") {
        let relative = path
            .strip_prefix(root.join("prompts"))
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let folder = relative.split('/').next().unwrap();
        // Whole folders that are read by listing them.
        let listed = all.contains(&format!("prompts/{folder}/\""));
        let parent = relative.rsplit_once('/').map_or("", |(parent, _)| parent);
        let parent_listed = !parent.is_empty() && all.contains(&format!("prompts/{parent}"));
        if !all.contains(&relative) && !listed && !parent_listed {
            problems.push(format!("prompts/{relative}: no source names it"));
        }
    }
    for path in files(&root.join("tools"), ".toml") {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if !root.join(format!("src/tools/{stem}.rs")).exists() {
            problems.push(format!(
                "tools/{stem}.toml: there is no src/tools/{stem}.rs"
            ));
        }
    }
    none(problems);
}

/// The top level holds these and nothing else; build output and dot-files aside.
#[test]
fn the_top_level_is_as_agreed() {
    let agreed: BTreeSet<&str> = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "SECURITY.md",
        "CHANGELOG.md",
        "README.md",
        "src",
        "prompts",
        "tools",
        "knowledge",
        "evals",
        "tests",
        "target",
        "attendant-data",
    ]
    .into();
    let strange: Vec<String> = fs::read_dir(root())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !agreed.contains(name.as_str()))
        .collect();
    none(strange);
}

/// A scope made outside the fold of proofs would be a way around the gate.
#[test]
fn only_identity_makes_scopes() {
    let mut problems = Vec::new();
    for source in sources() {
        if source.path == "src/domain/identity.rs" {
            continue;
        }
        for (number, line) in code(&source) {
            if line.contains("CustomerScope {") || line.contains("OrderScope {") {
                problems.push(format!("{}:{number}: makes a scope", source.path));
            }
        }
    }
    none(problems);
}
