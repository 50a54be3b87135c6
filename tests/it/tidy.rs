//! The house rules as tests: who may use whom, where vendors, SQL, I/O and `async` may be, how long
//! a file and a function may get, that no words file lies around unused, and that every test runs
//! and is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Source lines of a file, tests at its end left out.
const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// part → parts it may use. Everything may use `domain` and `clock`.
const ARROWS: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("clock", &[]),
    ("store", &[]),
    ("model", &[]),
    ("search", &["store"]),
    ("shop", &["store"]),
    ("mail", &["store"]),
    ("knowledge", &["search", "store"]),
    ("customers", &["shop", "store"]),
    (
        "tools",
        &["knowledge", "customers", "shop", "store", "model"],
    ),
    (
        "agent",
        &["tools", "knowledge", "customers", "shop", "model", "store"],
    ),
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
            "customers",
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
            "customers",
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
            "customers",
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
const RIMS: [(&str, &[&str]); 12] = [
    ("axum", &["web"]),
    ("hyper", &["web"]),
    ("hyper_util", &["web"]),
    ("tower_http", &["web"]),
    ("governor", &["web"]),
    ("rusqlite", &["store"]),
    ("async_openai", &["model"]),
    ("qdrant_client", &["search"]),
    ("mail_builder", &["mail"]),
    ("pdf_writer", &["shop"]),
    ("clap", &["cli", "main"]),
    ("jsonwebtoken", &["channels", "web", "app"]),
];

/// Files that decide and never do: no `async`, no I/O.
const PURE: [&str; 7] = [
    "src/domain/",
    "src/agent/turn.rs",
    "src/agent/turn/",
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

/// Test files whose `mod` line is missing: `(file, text)` pairs relative to tests/it.
fn without_mod_line(files: &[(String, String)]) -> Vec<String> {
    let text_of = |path: &str| files.iter().find(|(name, _)| name == path);
    let mut problems = Vec::new();
    for (name, _) in files {
        let (parent, stem) = match name.trim_end_matches(".rs").rsplit_once('/') {
            Some((folder, stem)) => (format!("{folder}.rs"), stem),
            None if name == "main.rs" => continue,
            None => ("main.rs".to_owned(), name.trim_end_matches(".rs")),
        };
        let line = format!("mod {stem};");
        let named = text_of(&parent).is_some_and(|(_, text)| {
            text.lines()
                .any(|one| one.trim_start_matches("pub ") == line)
        });
        if !named {
            problems.push(format!(
                "tests/it/{name}: never runs, tests/it/{parent} has no `{line}`"
            ));
        }
    }
    problems
}

fn test_files() -> Vec<(String, String)> {
    let folder = root().join("tests/it");
    files(&folder, ".rs")
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(&folder).unwrap();
            (name.to_string_lossy().replace('\\', "/"), text)
        })
        .collect()
}

/// A file without its `mod` line compiles nowhere, and its tests cannot fail.
#[test]
fn every_test_file_runs() {
    let files = test_files();
    assert!(files.len() > 20, "tests/it has been looked for elsewhere");
    none(without_mod_line(&files));

    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let lost = [
        file("main.rs", "mod shop;\n// mod mail;\nmod mailbox;\n"),
        file("mail.rs", ""),
        file("shop.rs", "mod returns;\n"),
        file("shop/returns.rs", ""),
        file("shop/orders.rs", ""),
    ];
    let found = without_mod_line(&lost);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("mail.rs") && found[1].contains("orders.rs"));
}

/// Whether a file has a test of that name, told by the attributes above it.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        let named = function.is_some_and(|rest| {
            rest.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('('))
        });
        let above = lines[..at].iter().rev();
        named
            && above
                .take_while(|above| above.starts_with('#') || above.starts_with("//"))
                .any(|above| above.starts_with("#[") && above.contains("test"))
    })
}

/// Tests that a text names in backticks and that are not there. `file::test` is a test of
/// tests/it/file.rs or a file of its folder, `file::*` all of them, `::test` one of the file named
/// before it.
fn missing_tests(text: &str, files: &[(String, String)]) -> (usize, Vec<String>) {
    let text_of = |path: String| {
        let found = files.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| text.as_str())
    };
    let is_name = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        part.chars().all(plain)
    };
    let (mut seen, mut problems) = (0, Vec::new());
    let mut last = String::new();
    for quoted in text.split('`').skip(1).step_by(2) {
        let Some((file, test)) = quoted.split_once("::") else {
            continue;
        };
        if !is_name(file) || !(test == "*" || !test.is_empty() && is_name(test)) {
            continue;
        }
        if !file.is_empty() {
            last = file.to_owned();
        }
        seen += 1;
        let there = text_of(format!("{last}.rs")).is_some_and(|text| match test {
            "*" => text.contains("test]"),
            _ => has_test(text, test) || text_of(format!("{last}/{test}.rs")).is_some(),
        });
        if !there {
            problems.push(format!("`{quoted}`: there is no such test in tests/it"));
        }
    }
    (seen, problems)
}

/// An invariant that names a test which is gone is held by nothing.
#[test]
fn the_tests_that_hold_the_invariants_exist() {
    let architecture = fs::read_to_string(root().join("src/ARCHITECTURE.md")).unwrap();
    let files = test_files();
    let (seen, mut problems) = missing_tests(&architecture, &files);
    assert!(seen > 10, "the invariants name {seen} tests");
    // The last column of the invariants names whole files too.
    for row in architecture.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, number, _, held_by, _] = cells[..] else {
            continue;
        };
        if number.parse::<u32>().is_err() {
            continue;
        }
        for name in held_by.split('`').skip(1).step_by(2) {
            let whole = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let there = files.iter().any(|(file, _)| *file == format!("{name}.rs"));
            if whole && name != "compile_fail" && !there {
                problems.push(format!("`{name}`: there is no tests/it/{name}.rs"));
            }
        }
    }
    none(problems);

    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let some = [
        file(
            "a.rs",
            "#[tokio::test]\nasync fn runs() {}\nfn helps() {}\n",
        ),
        file("a/b.rs", ""),
    ];
    let text = "`a::runs` `a::b`, `::runs`, `a::*`, `Run::serve` `tokio::` | `a::run` `a::helps` \
                `c::runs` `::gone`";
    let (seen, missing) = missing_tests(text, &some);
    assert_eq!((seen, missing.len()), (8, 4), "{missing:?}");
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

/// Who has proved what is decided in one tool: a proof in another's result would be a way around it.
#[test]
fn only_verify_identity_proves() {
    let mut problems = Vec::new();
    let mut found = 0;
    for source in sources() {
        // Whole lines: a field of a literal, a field that is set.
        for (number, line) in code(&source) {
            let line = line.trim_start();
            let sets = (line.starts_with("proof:") && line != "proof: None,")
                || line.contains(".proof = ")
                || line == "proof,";
            if source.part != "tools" || !sets || line.ends_with("Option<Proof>,") {
                continue;
            }
            if source.path == "src/tools/verify_identity.rs" {
                found += 1;
            } else {
                problems.push(format!("{}:{number}: proves an identity", source.path));
            }
        }
    }
    assert_eq!(found, 2, "an order's proof and a customer's");
    none(problems);
}
