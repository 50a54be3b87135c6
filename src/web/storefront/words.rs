//! What the pages say by themselves: `words.toml`, templates by key.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

static WORDS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let entries: BTreeMap<String, String> =
        toml::from_str(include_str!("../assets/storefront/words.toml"))
            .expect("a test reads this file, which is part of the binary");
    let mut words = Environment::new();
    words.set_undefined_behavior(UndefinedBehavior::Strict);
    for (key, template) in entries {
        words
            .add_template_owned(key, template)
            .expect("a test reads this file, which is part of the binary");
    }
    words
});

/// The words of a key, filled with values; plain text that a template escapes.
pub fn say<V: Serialize>(key: &str, values: V) -> String {
    WORDS
        .get_template(key)
        .and_then(|template| template.render(Serde(values)))
        .expect("every key is rendered with its values by a test")
}
