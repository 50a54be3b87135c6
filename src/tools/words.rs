//! A tool's fixed words for shoppers and models: one TOML file of templates per tool.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

/// Templates by key. Every key that the code names is rendered by a test.
pub struct Words {
    templates: Environment<'static>,
}

impl Words {
    /// Reads a file that is part of the binary.
    pub fn embedded(text: &str) -> Self {
        let entries: BTreeMap<String, String> =
            toml::from_str(text).expect("a test reads this file, which is part of the binary");
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (key, template) in entries {
            templates
                .add_template_owned(key, template)
                .expect("a test reads this file, which is part of the binary");
        }
        Self { templates }
    }

    /// The words of a key, filled with values.
    pub fn say<V: Serialize>(&self, key: &str, values: V) -> String {
        self.templates
            .get_template(key)
            .and_then(|template| template.render(Serde(values)))
            .expect("every key is rendered with its values by a test")
    }
}
