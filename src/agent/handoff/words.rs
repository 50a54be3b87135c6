//! The words of `prompts/reply/bundle.toml` and `draft.toml`, for the person at the desk.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

static TABLES: LazyLock<toml::Table> = LazyLock::new(|| {
    let mut tables: toml::Table = read(include_str!("../../../prompts/reply/bundle.toml"));
    tables.extend(read(include_str!("../../../prompts/reply/draft.toml")));
    tables
});

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates
});

fn read(text: &str) -> toml::Table {
    toml::from_str(text).expect("a test reads this file, which is part of the binary")
}

/// `section.key`, filled with values; the top of a file is the section "".
pub fn say(section: &str, key: &str, values: impl Serialize) -> String {
    let table = match section {
        "" => Some(&*TABLES),
        section => TABLES.get(section).and_then(toml::Value::as_table),
    };
    let template = table.and_then(|table| table.get(key)?.as_str());
    let template = template.expect("every key is rendered with its values by a test");
    TEMPLATES
        .render_str(template, Serde(values))
        .expect("every key is rendered with its values by a test")
}

#[cfg(test)]
pub fn keys(section: &str) -> Vec<&'static str> {
    let table = TABLES.get(section).and_then(toml::Value::as_table);
    table.map_or_else(Vec::new, |table| table.keys().map(String::as_str).collect())
}
