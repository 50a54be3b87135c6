//! How the shop's categories are grouped in its pages: `groups.toml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../assets/storefront/groups.toml"))
        .expect("a test reads this file, which is part of the binary")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: Vec<Group>,
}

/// Several categories under one name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub title: String,
    pub words: String,
    pub categories: Vec<String>,
    /// The product whose picture stands for it, and in which colour.
    picture: String,
    color: String,
}

#[derive(Serialize)]
pub struct NavLink<'a> {
    id: &'a str,
    title: &'a str,
}

/// A group with its picture.
#[derive(Serialize)]
pub struct Tile<'a> {
    id: &'a str,
    title: &'a str,
    picture: String,
}

pub fn nav() -> Vec<NavLink<'static>> {
    let link = |group: &'static Group| NavLink {
        id: &group.id,
        title: &group.title,
    };
    FILE.group.iter().map(link).collect()
}

pub fn tiles() -> Vec<Tile<'static>> {
    let tile = |group: &'static Group| Tile {
        id: &group.id,
        title: &group.title,
        picture: super::shelf::picture(&group.picture, &group.color),
    };
    FILE.group.iter().map(tile).collect()
}

pub fn group(id: &str) -> Option<&'static Group> {
    FILE.group.iter().find(|group| group.id == id)
}

/// The group that a category is in.
pub fn of_category(category: &str) -> Option<&'static Group> {
    let has = |group: &&Group| group.categories.iter().any(|known| known == category);
    FILE.group.iter().find(has)
}

/// "rain-jackets" as people read it: "Rain jackets".
pub fn category_title(category: &str) -> String {
    let words = category.replace('-', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
