//! `/policies/{id}`: a policy in the version in force, each heading under an address of its own.
//!
//! Its Markdown is read into blocks that the template shows: nothing of it becomes HTML by itself.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::frame::Head;
use super::front::Front;
use crate::clock::long_date;
use crate::domain::policy::anchor;
use crate::web::error::Problem;

#[derive(Serialize)]
struct Page<'a> {
    id: &'a str,
    title: &'a str,
    version: &'a str,
    since: String,
    sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
struct Section<'a> {
    anchor: String,
    heading: &'a str,
    blocks: Vec<Block>,
}

/// A paragraph or a list.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    kind: &'static str,
    /// One of a paragraph, several of a list.
    items: Vec<Vec<Run>>,
}

/// A piece of a line: plain or strong.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    strong: bool,
    text: String,
}

pub async fn page(front: Front, Path(id): Path<String>) -> Result<Response, Problem> {
    let today = front.site.shop.day(front.now_ms);
    let published = front.storefront.knowledge.published(today);
    let Some(policy) = published.into_iter().find(|policy| policy.id == id) else {
        return Ok(front.missing());
    };
    let page = Page {
        id: &policy.id,
        title: &policy.title,
        version: &policy.version,
        since: long_date(policy.valid_from),
        sections: policy
            .sections
            .iter()
            .map(|section| Section {
                anchor: anchor(&section.heading),
                heading: &section.heading,
                blocks: blocks(&section.text),
            })
            .collect(),
    };
    front.page("policy.html", &Head::new("policy", &policy.title), &page)
}

/// Paragraphs and lists of a section.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    // Does the next line belong to the block before it?
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            open = false;
            continue;
        }
        let (kind, words) = kind_of(line);
        let last = blocks
            .last_mut()
            .filter(|last| open && (last.kind == kind || kind == "p"));
        match last {
            Some(last) if kind != "p" => last.items.push(runs(words)),
            Some(last) => {
                if let Some(item) = last.items.last_mut() {
                    item.extend(runs(&format!(" {words}")));
                }
            }
            None => blocks.push(Block {
                kind,
                items: vec![runs(words)],
            }),
        }
        open = true;
    }
    blocks
}

fn kind_of(line: &str) -> (&'static str, &str) {
    if let Some(rest) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return ("ul", rest);
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match line[digits..].strip_prefix(". ") {
        Some(rest) if digits > 0 => ("ol", rest),
        _ => ("p", line),
    }
}

/// What stands between two pairs of stars is strong.
fn runs(text: &str) -> Vec<Run> {
    let parts: Vec<&str> = text.split("**").collect();
    // An odd pair closes nothing and is text.
    let whole = parts.len() % 2 == 1;
    if !whole {
        return vec![Run {
            strong: false,
            text: text.to_owned(),
        }];
    }
    let runs = parts.into_iter().enumerate();
    runs.filter(|(_, part)| !part.is_empty())
        .map(|(at, part)| Run {
            strong: at % 2 == 1,
            text: part.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_blocks() {
        let text = "One\nline.\n\n- a **b** c\n- d\n  goes on\n\n1. first\n2. second\nodd ** stars";
        let blocks = blocks(text);
        let kinds: Vec<(&str, usize)> = blocks.iter().map(|b| (b.kind, b.items.len())).collect();
        assert_eq!(kinds, [("p", 1), ("ul", 2), ("ol", 2)]);
        let strong: Vec<bool> = blocks[1].items[0].iter().map(|run| run.strong).collect();
        assert_eq!(strong, [false, true, false]);
        assert_eq!(blocks[2].items[1].len(), 2);
    }
}
