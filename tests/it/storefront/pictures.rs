//! Every product in every colour has a picture that is well-formed, small, the same each time, and
//! runs nothing.

use std::collections::BTreeSet;

use attendant::domain::product::{Product, Variant};
use reqwest::StatusCode;

use super::{Browser, shop};
use crate::support;

const BYTES_MAX: usize = 6_000;

/// Is it XML? Tags close in their order, attributes are quoted, text holds no sign of its own.
/// Good for what a drawing has: no comments, no sections, no instructions.
fn well_formed(text: &str) -> Result<BTreeSet<String>, String> {
    let (mut open, mut names) = (Vec::<String>::new(), BTreeSet::new());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at])?;
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("{name} closes {last:?}"));
            }
            continue;
        }
        let (tag, closed) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        names.insert(name.to_owned());
        let parts: Vec<&str> = attributes.split('"').collect();
        if parts.len().is_multiple_of(2) {
            return Err(format!("{tag}: an odd quote"));
        }
        if parts.last().is_some_and(|rest| !rest.trim().is_empty()) {
            return Err(format!("{tag}: no quotes"));
        }
        let mut seen = BTreeSet::new();
        for pair in parts.chunks(2).filter(|pair| pair.len() == 2) {
            let attribute = pair[0].trim();
            if !attribute.ends_with('=') || !seen.insert(attribute) {
                return Err(format!("{tag}: {attribute}"));
            }
            names.insert(format!("@{}", attribute.trim_end_matches('=')));
            check_text(pair[1])?;
        }
        if !closed {
            open.push(name.to_owned());
        }
    }
    match open.is_empty() && rest.trim().is_empty() {
        true => Ok(names),
        false => Err(format!("{open:?} stay open")),
    }
}

fn check_text(text: &str) -> Result<(), String> {
    for part in text.split('&').skip(1) {
        let entity = part.split(';').next().unwrap_or_default();
        if !["amp", "lt", "gt", "quot"].contains(&entity) {
            return Err(format!("&{entity}"));
        }
    }
    match text
        .chars()
        .find(|c| *c == '<' || *c == '>' || c.is_control())
    {
        Some(c) => Err(format!("{c:?} in text")),
        None => Ok(()),
    }
}

fn is_a_drawing(svg: &str, of: &str) {
    let names = well_formed(svg).unwrap_or_else(|wrong| panic!("{of}: {wrong}"));
    for name in &names {
        let lower = name.to_lowercase();
        let runs = lower.contains("script") || lower.starts_with("@on") || lower == "foreignobject";
        assert!(!runs, "{of}: {name}");
    }
    assert!(names.contains("title"), "{of}");
    for part in svg.split("href=\"").skip(1) {
        assert!(part.starts_with('#'), "{of} loads something");
    }
    assert!(svg.len() <= BYTES_MAX, "{of}: {} bytes", svg.len());
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{of}");
}

#[tokio::test]
async fn every_product_has_a_picture_in_every_colour() {
    let server = shop("pictures").await;
    let browser = Browser::new(&server);
    let mut drawn = BTreeSet::new();
    for product in server.app.store().products(None, 1_000).await.unwrap() {
        let colors: BTreeSet<&str> = product.variants.iter().map(|v| v.color.as_str()).collect();
        for color in colors {
            let path = format!(
                "/pictures/{}.svg?color={}",
                product.id,
                attendant::shop::links::one_step(color)
            );
            let page = browser.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert_eq!(page.headers["content-type"], "image/svg+xml");
            assert_eq!(page.headers["cross-origin-resource-policy"], "cross-origin");
            assert!(
                page.headers["content-security-policy"]
                    .to_str()
                    .unwrap()
                    .starts_with("default-src 'none'")
            );
            is_a_drawing(&page.body, &path);
            drawn.insert(page.body);
        }
    }
    assert!(drawn.len() > 550, "{} different ones", drawn.len());
    let again = browser.get("/pictures/p-0001.svg?color=navy").await;
    assert!(drawn.contains(&again.body), "the same each time");
    server.stop().await;
}

#[tokio::test]
async fn what_nobody_has_drawn_has_a_picture_too() {
    let server = shop("other-pictures").await;
    let browser = Browser::new(&server);
    let titled = |id: &str, title: &str, category: &str, color: &str| Product {
        title: title.into(),
        category: category.into(),
        variants: vec![Variant {
            color: color.into(),
            ..support::product(id).variants[0].clone()
        }],
        ..support::product(id)
    };
    let own = Product {
        picture: Some("https://cdn.example/own.jpg".into()),
        ..support::product("own")
    };
    let products = vec![
        titled(
            "lamp",
            "A \u{1}lamp & <b>\"more\"</b> \u{fffe}",
            "lighting",
            "Sunset #4",
        ),
        titled("boot", "Chelsea Boot", "Shoes & More", "dark red"),
        titled("none", "", "", ""),
        own,
    ];
    server.app.store().put_products(products).await.unwrap();
    for id in ["lamp", "boot", "none"] {
        for color in ["", "?color=unknown", "?color=%3Cscript%3E"] {
            let path = format!("/pictures/{id}.svg{color}");
            let page = browser.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            is_a_drawing(&page.body, &path);
        }
    }
    let page = browser.get("/pictures/own.svg").await;
    assert_eq!(page.location(), "https://cdn.example/own.jpg");
    for nowhere in [
        "/pictures/p-9999.svg",
        "/pictures/p-0001.png",
        "/pictures/.svg",
    ] {
        assert_eq!(
            browser.get(nowhere).await.status,
            StatusCode::NOT_FOUND,
            "{nowhere}"
        );
    }
    server.stop().await;
}

#[test]
fn the_check_finds_what_is_not_well_formed() {
    for bad in [
        "<a>",
        "<a></b>",
        "<a b=c/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>&x;</a>",
        "<a>\u{1}</a>",
        "<a/>x<",
    ] {
        assert!(well_formed(bad).is_err(), "{bad}");
    }
    assert!(well_formed("<a b=\"c &amp; d\"><e/>text</a>").is_ok());
}
