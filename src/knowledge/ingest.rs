//! Policy files: a TOML front matter between `+++` lines, then Markdown whose `## ` headings cut it
//! into sections. What is wrong is said with the file and the line.

use std::path::Path;

use jiff::civil::Date;
use rust_embed::Embed;
use serde::Deserialize;
use toml::value::Datetime;

use super::KnowledgeError;
use crate::domain::limits::{POLICY_BYTES_MAX, POLICY_FILES_MAX};
use crate::domain::policy::{Policy, Section};

#[derive(Embed)]
#[folder = "knowledge/policies/"]
struct DemoPolicies;

const FENCE: &str = "+++";

/// One file read: the policy and who may read it.
pub struct Ingested {
    pub policy: Policy,
    pub audience: Audience,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// May be shown to shoppers.
    Public,
    /// For the shop's own people: its rules hold, its words are never found by a search.
    Staff,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: String,
    title: String,
    version: String,
    valid_from: Datetime,
    valid_to: Option<Datetime>,
    last_confirmed: Datetime,
    audience: Audience,
    #[serde(default)]
    rules: toml::Table,
}

/// The demo shop's policies.
pub fn embedded() -> Result<Vec<Ingested>, KnowledgeError> {
    let mut names: Vec<_> = DemoPolicies::iter().collect();
    names.sort();
    names
        .iter()
        .filter_map(|name| Some((name, DemoPolicies::get(name)?)))
        .map(|(name, file)| parse(name, &file.data))
        .collect()
}

/// Every `.md` file of a folder; other files are left alone.
pub fn folder(folder: &Path) -> Result<Vec<Ingested>, KnowledgeError> {
    let unreadable = |at: &Path, error: std::io::Error| KnowledgeError::Unreadable {
        path: at.to_owned(),
        error: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
        if paths.len() > POLICY_FILES_MAX {
            return Err(KnowledgeError::TooMany {
                path: folder.to_owned(),
            });
        }
    }
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let size = path
                .metadata()
                .map_err(|error| unreadable(path, error))?
                .len();
            // Looked at before reading: a folder may hold a file of any size.
            if size > POLICY_BYTES_MAX as u64 {
                return Err(too_long(&name));
            }
            let bytes = std::fs::read(path).map_err(|error| unreadable(path, error))?;
            parse(&name, &bytes)
        })
        .collect()
}

fn too_long(file: &str) -> KnowledgeError {
    KnowledgeError::policy(
        file,
        1,
        format!("the file is longer than {POLICY_BYTES_MAX} bytes; split the policy"),
    )
}

pub fn parse(file: &str, bytes: &[u8]) -> Result<Ingested, KnowledgeError> {
    if bytes.len() > POLICY_BYTES_MAX {
        return Err(too_long(file));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1;
        KnowledgeError::policy(file, line, "this is not UTF-8")
    })?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let (front, body, body_line) = split(file, &text)?;
    let head: Front = toml::from_str(front).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(front.len()));
        let line = front.as_bytes()[..start]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 2;
        KnowledgeError::policy(file, line, error.message())
    })?;
    let line_of = |key: &str| {
        let at = front
            .lines()
            .position(|line| line.trim_start().starts_with(key));
        at.map_or(1, |line| line + 2)
    };
    let date = |key: &str, value: &Datetime| {
        day_of(value).ok_or_else(|| {
            let problem = format!("`{key}` must be a day like 2026-03-01");
            KnowledgeError::policy(file, line_of(key), problem)
        })
    };
    let policy = Policy {
        valid_from: date("valid_from", &head.valid_from)?,
        valid_to: head
            .valid_to
            .as_ref()
            .map(|d| date("valid_to", d))
            .transpose()?,
        last_confirmed: date("last_confirmed", &head.last_confirmed)?,
        sections: sections(file, body, body_line)?,
        id: head.id,
        title: head.title,
        version: head.version,
        rules: head.rules,
    };
    check(file, &policy, line_of)?;
    Ok(Ingested {
        policy,
        audience: head.audience,
    })
}

fn day_of(value: &Datetime) -> Option<Date> {
    let date = value
        .date
        .filter(|_| value.time.is_none() && value.offset.is_none())?;
    let year = i16::try_from(date.year).ok()?;
    Date::new(
        year,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
    )
    .ok()
}

/// Front matter, body and the body's first line number.
fn split<'a>(file: &str, text: &'a str) -> Result<(&'a str, &'a str, usize), KnowledgeError> {
    let missing = |line, problem: &str| KnowledgeError::policy(file, line, problem);
    let rest = text
        .strip_prefix(FENCE)
        .and_then(|rest| rest.strip_prefix('\n'))
        .ok_or_else(|| {
            missing(
                1,
                "the first line must be `+++`, with the front matter after it",
            )
        })?;
    let mut at = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        if line.trim_end() == FENCE {
            return Ok((&rest[..at], &rest[at + line.len()..], number + 3));
        }
        at += line.len();
    }
    let problem = "the front matter is not closed: a second `+++` line is missing";
    Err(missing(text.lines().count(), problem))
}

fn check(
    file: &str,
    policy: &Policy,
    line_of: impl Fn(&str) -> usize,
) -> Result<(), KnowledgeError> {
    let error =
        |key: &str, problem: String| Err(KnowledgeError::policy(file, line_of(key), problem));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if policy.id.is_empty() || !policy.id.bytes().all(plain) {
        return error(
            "id",
            "`id` must be lower-case letters, digits and hyphens".into(),
        );
    }
    if policy.title.trim().is_empty() || policy.version.trim().is_empty() {
        return error("title", "`title` and `version` must not be empty".into());
    }
    if policy.valid_to.is_some_and(|last| last < policy.valid_from) {
        return error("valid_to", "`valid_to` is before `valid_from`".into());
    }
    let expected = format!("{}.{}.md", policy.id, policy.valid_from);
    if file != expected {
        return error(
            "valid_from",
            format!("by its front matter this file is `{expected}`"),
        );
    }
    Ok(())
}

fn sections(file: &str, body: &str, first_line: usize) -> Result<Vec<Section>, KnowledgeError> {
    let error = |line, problem: &str| Err(KnowledgeError::policy(file, line, problem));
    let mut sections: Vec<(usize, Section)> = Vec::new();
    for (offset, line) in body.lines().enumerate() {
        let number = first_line + offset;
        if let Some(heading) = line.strip_prefix("## ") {
            let heading = heading.trim().to_owned();
            if sections
                .iter()
                .any(|(_, section)| section.heading == heading)
            {
                return error(number, "there is a section of that heading already");
            }
            let text = String::new();
            sections.push((number, Section { heading, text }));
        } else if let Some((_, section)) = sections.last_mut() {
            section.text.push_str(line);
            section.text.push('\n');
        } else if !line.trim().is_empty() {
            return error(number, "this text stands before the first `## ` heading");
        }
    }
    for (line, section) in &mut sections {
        section.text = section.text.trim().to_owned();
        if section.text.is_empty() || section.heading.is_empty() {
            return error(*line, "a section needs a heading and text");
        }
    }
    if sections.is_empty() {
        return error(
            first_line,
            "there is no `## ` section: nothing can be cited",
        );
    }
    Ok(sections.into_iter().map(|(_, section)| section).collect())
}
